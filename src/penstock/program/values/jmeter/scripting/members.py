"""What scripts find in `vars`, `props`, `prev` and `ctx`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from penstock.program.values.dialect import Variables
from penstock.program.values.jmeter.scripting.semantics import ScriptFailed, shown
from penstock.program.values.jmeter.scripting.tokens import Unsupported
from penstock.program.values.jmeter.shared import Shared


@dataclass(slots=True)
class Run:
    """One run of a script: the user's variables, what all users share, the script's own names."""

    variables: Variables
    shared: Shared
    own: dict[str, Any] = field(default_factory=dict)


Node = Callable[[Run], Any]

PREVIOUS: Final = {
    "getResponseCode": "#code",
    "getResponseMessage": "#message",
    "getResponseDataAsString": "#body",
    "getResponseHeaders": "#headers",
    "getUrlAsString": "#url",
    "getTime": "#time",
    "isSuccessful": "JMeterThread.last_sample_ok",
    "isSuccess": "JMeterThread.last_sample_ok",
}
"""What is asked of the last sample, and the variable that keeps it where a script asks."""

_PROPERTIES: Final = {
    "responseCode": "getResponseCode",
    "responseMessage": "getResponseMessage",
    "responseDataAsString": "getResponseDataAsString",
    "responseHeaders": "getResponseHeaders",
    "time": "getTime",
    "successful": "isSuccessful",
}

FAILURE, MESSAGE = "Failure", "FailureMessage"
"""The names that hold the verdict of a script that is an assertion; in BeanShell it sets them itself."""

ROOTS: Final = frozenset(
    {"AssertionResult", "vars", "props", "prev", "sampleResult", "SampleResult", "ctx", "log", "OUT"}
)


def member(root: str, name: str, arguments: list[Node] | None, reads: set[str]) -> Node:
    """Return what `root.name(arguments)` gives, without `arguments` what `root.name` does.

    Built-in variables that it needs are added to `reads`. Raises `Unsupported` for what is not known.
    """
    if root in ("log", "OUT"):
        return lambda _run: None
    if root == "AssertionResult":
        return _of_assertion(name, arguments)
    if root == "vars":
        return _of_variables(name, arguments)
    if root == "props":
        return _of_properties(name, arguments)
    if root == "ctx":
        if (name, arguments) in (("getThreadNum", []), ("threadNum", None)):
            reads.add("#threadNum")
            return lambda run: int(run.variables.get("#threadNum", "1")) - 1
        raise Unsupported(f"ctx.{name} is not known")
    asked = name if arguments == [] else _PROPERTIES.get(name, "")
    variable = PREVIOUS.get(asked)
    if variable is None:
        raise Unsupported(f"{root}.{name} is not known")
    reads.add(variable)
    if variable == "JMeterThread.last_sample_ok":
        return lambda run: run.variables.get(variable) == "true"
    if variable == "#time":
        return lambda run: int(run.variables.get(variable, "0"))
    return lambda run: run.variables.get(variable, "")


def _of_assertion(name: str, arguments: list[Node] | None) -> Node:
    """Return what sets the verdict of a script that is an assertion, which has names for it."""
    match (name, arguments):
        case ("setFailure" | "setError", [value]):
            return lambda run: run.own.__setitem__(FAILURE, value(run) is True)
        case ("setFailureMessage", [value]):
            return lambda run: run.own.__setitem__(MESSAGE, shown(value(run), "groovy"))
        case ("isFailure" | "isError", []):
            return lambda run: run.own.get(FAILURE, False)
    raise Unsupported(f"AssertionResult.{name} is not known")


def _of_variables(name: str, arguments: list[Node] | None) -> Node:
    match (name, arguments):
        case (_, None):
            return lambda run: run.variables.get(name)
        case ("get", [key]):
            return lambda run: run.variables.get(_key(key(run)))
        case ("put", [key, value]):

            def put(run: Run) -> None:
                text = value(run)
                if not isinstance(text, str):
                    raise ScriptFailed(f"vars.put needs a text, not {text!r}")
                run.variables[_key(key(run))] = text

            return put
        case ("putObject", [key, value]):
            return lambda run: run.variables.update({_key(key(run)): shown(value(run), "groovy")})
        case ("getObject", [key]):
            return lambda run: run.variables.get(_key(key(run)))
        case ("remove", [key]):
            return lambda run: run.variables.pop(_key(key(run)), None)
    raise Unsupported(f"vars.{name} is not known")


def _of_properties(name: str, arguments: list[Node] | None) -> Node:
    match (name, arguments):
        case (_, None):
            return lambda run: run.shared.property(name)
        case ("get" | "getProperty", [key]):
            return lambda run: run.shared.property(_key(key(run)))
        case ("get" | "getProperty" | "getOrDefault", [key, default]):

            def get(run: Run) -> Any:
                value = run.shared.property(_key(key(run)))
                return default(run) if value is None else value

            return get
        case ("put" | "setProperty", [key, value]):

            def put(run: Run) -> Any:
                name, before = _key(key(run)), run.shared.property(_key(key(run)))
                run.shared.properties[name] = shown(value(run), "groovy")
                return before

            return put
        case ("remove", [key]):
            return lambda run: run.shared.properties.pop(_key(key(run)), None)
        case ("containsKey", [key]):
            return lambda run: run.shared.property(_key(key(run))) is not None
    raise Unsupported(f"props.{name} is not known")


def _key(value: Any) -> str:
    if value is None:
        raise ScriptFailed("null is no name")
    return shown(value, "groovy")
