"""JavaScript of test plans that is more than what all their languages share: run in the sandbox.

What stands in `${…}` is handed over as a value: a number, true, false or null where it looks like one, else a text. So
nothing is compiled under load, and a value cannot become code, as it can in JMeter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from penstock.program.javascript import InvalidScript, Program, Sandbox
from penstock.program.values.dialect import EvaluationFailed, Variables
from penstock.program.values.jmeter.scripting.tokens import Fill, Unsupported
from penstock.program.values.jmeter.shared import Shared

_RESULT = "jmeterResult"
_HOLE = "jmeterHole"
_OF_JAVA = re.compile(
    r"\b(?:Packages|JavaImporter|importPackage|importClass|java|javax|org|com)\b\s*[.(]"
    r"|\b(?:ctx|sampler|sampleResult|prev|OUT|Parameters|args)\b"
)
_PRELUDE = (
    "const jmeterFound=t=>t===''?null:t.slice(1);"
    "const vars={get:n=>jmeterFound(__vars_get(String(n))),put:(n,v)=>{__vars_put(String(n),String(v))},"
    "remove:n=>{__vars_remove(String(n))}};"
    "const props={get:n=>jmeterFound(__props_get(String(n))),put:(n,v)=>{__props_put(String(n),String(v))}};"
    "props.getProperty=props.get;props.setProperty=props.put;"
    "const jmeterNothing=()=>{};"
    "const log={info:jmeterNothing,warn:jmeterNothing,error:jmeterNothing,debug:jmeterNothing};"
    "const jmeterValue=t=>t==='true'?true:t==='false'?false:t==='null'?null"
    ":t.trim()!==''&&!isNaN(Number(t))?Number(t):t;"
)


def beyond_sandbox(source: str) -> str | None:
    """Return what a script asks for that only Java has; None when there is nothing."""
    match = _OF_JAVA.search(source)
    return None if match is None else f"{match[0].rstrip(' .(')!r} is Java's and not there"


class JavaScript:
    """The sandbox of one agent, which is opened with the first script; all users take turns."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._sandbox: Sandbox | None = None
        self._variables: Variables = {}

    def compile(self, parts: Sequence[str | Fill]) -> Callable[[Variables], str]:
        """Return what runs a script; raises `Unsupported` for one that is none."""
        source, fills = _with_names(parts)
        program = self._program(source)

        def run(variables: Variables) -> str:
            self._variables = variables
            result = program.run({f"{_HOLE}{place}": fill(variables) for place, fill in enumerate(fills)}, None)
            if result.failure is not None:
                raise EvaluationFailed(result.failure)
            return result.variables.get(_RESULT, "undefined")

        return run

    def _program(self, source: str) -> Program:
        """Compile an expression, or statements of which the last is one."""
        self._sandbox = self._sandbox or Sandbox()
        functions = self._functions()
        reason = ""
        for begin in _last_statements(source):
            whole = f"{_PRELUDE}{source[:begin]}var {_RESULT}=String((\n{source[begin:].rstrip().rstrip(';')}\n));"
            try:
                return self._sandbox.compile(whole, functions, title="JavaScript")
            except InvalidScript as error:
                reason = reason or error.reason
        try:
            return self._sandbox.compile(f"{_PRELUDE}{source}\n", functions, title="JavaScript")
        except InvalidScript:
            raise Unsupported(reason or "it is not valid") from None

    def _functions(self) -> dict[str, Callable[[list[str]], str]]:
        """Return what scripts may call; a value that is there begins with a mark, so that none is told from empty."""
        shared = self._shared

        def found(value: str | None) -> str:
            return "" if value is None else f"={value}"

        def put(values: Variables, given: list[str]) -> str:
            values[given[0]] = given[1]
            return ""

        def remove(given: list[str]) -> str:
            self._variables.pop(given[0], None)
            return ""

        return {
            "__vars_get": lambda given: found(self._variables.get(given[0])),
            "__vars_put": lambda given: put(self._variables, given),
            "__vars_remove": remove,
            "__props_get": lambda given: found(shared.property(given[0])),
            "__props_put": lambda given: put(shared.properties, given),
        }


def _last_statements(source: str) -> list[int]:
    """Return where the last expression of a script may begin: at its beginning, or behind a `;` or line end."""
    ends = [match.end() for match in re.finditer(r"[;\n}]", source.rstrip().rstrip(";"))]
    return [0, *reversed(ends[-20:])]


def _with_names(parts: Sequence[str | Fill]) -> tuple[str, list[Fill]]:
    """Return the script with a name in place of each hole; a text with holes in it becomes a sum in parentheses."""
    out: list[str] = []
    fills: list[Fill] = []
    quote, begin, has_holes = "", 0, False
    for part in parts:
        if not isinstance(part, str):
            name = f"{_HOLE}{len(fills)}"
            fills.append(part)
            has_holes = True
            out.append(
                f"${{{name}}}" if quote == "`" else f"{quote}+{name}+{quote}" if quote else f"jmeterValue({name})"
            )
            continue
        at = 0
        while match := (_IN_TEXT if quote else _OUTSIDE).match(part, at):
            token, at = match[0], match.end()
            if not quote and token in _QUOTES:
                quote, begin, has_holes = token, len(out), False
            elif quote and token == quote:
                if has_holes:
                    out[begin] = f"({out[begin]}"
                    token += ")"
                quote = ""
            out.append(token)
    return "".join(out), fills


_QUOTES = frozenset("'\"`")
_IN_TEXT = re.compile(r"\\.|.", re.DOTALL)
_OUTSIDE = re.compile(r"//[^\n]*|/\*.*?\*/|.", re.DOTALL)
