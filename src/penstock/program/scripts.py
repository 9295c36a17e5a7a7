"""Scripts: every one compiled once, before the load, in one sandbox an agent."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

from penstock.errors import InvalidInput
from penstock.model import Code, Script
from penstock.program.context import Context
from penstock.program.iteration import Iteration, Outcome, Step, StepFailed, acting
from penstock.program.javascript import InvalidScript, Program, Sandbox
from penstock.program.values import Dialect, Variables
from penstock.script import binding

_TITLE = "Post Script"
"""What stands before the reason of every failure; the words of the source."""


def compile_scripts(nodes: object, dialect: Dialect) -> dict[Code, Program]:
    """Compile every script in the nodes. A sandbox is only opened when there is one.

    Raises `InvalidInput` with the place of a script that is not valid, `NotRunnable` when no sandbox can be opened.
    """
    found = list(dict.fromkeys(_scripts(nodes)))
    if not found:
        return {}
    sandbox, functions = Sandbox(), dialect.functions()
    return {script: _compile(script, sandbox, functions) for script in found}


def _compile(script: Code, sandbox: Sandbox, functions: Mapping[str, Callable[[list[str]], str]]) -> Program:
    try:
        return sandbox.compile(script.source, functions, title=_TITLE)
    except InvalidScript as error:
        raise InvalidInput(f"{script.origin}: {error}") from None


def names_read(programs: Mapping[Code, Program], dialect: Dialect) -> frozenset[str]:
    """Return the variables that scripts may read."""
    named = frozenset(name for program in programs.values() for name in program.names)
    return named | dialect.built_ins() if any(program.reads_all for program in programs.values()) else named


def compile_after_response(script: Code, context: Context) -> Callable[[Variables, bytes], bool]:
    """Return what runs the script on a response; False: it failed, which is recorded."""
    program, trace = context.programs[script], context.trace

    def run(variables: Variables, body: bytes) -> bool:
        result = program.run(variables, body)
        if trace is not None:
            trace.printed(result.console)
        if result.failure is not None:
            if trace is not None:
                trace.locate(result.place)
            binding.recorder.fail("script", result.failure)
            return False
        variables.update(result.variables)
        return True

    return run


def compile_script(step: Script, context: Context) -> Step:
    """Compile a script that is a step of its own."""
    program, trace, place, name = context.programs[step.code], context.trace, context.place, step.name or "script"

    def run(iteration: Iteration) -> Outcome:
        variables = iteration.variables
        result = program.run(variables, None)
        if trace is not None:
            trace.act(place, name, variables)
            trace.printed(result.console)
        if result.failure is not None:
            if trace is not None:
                trace.locate(result.place)
            raise StepFailed(result.failure)
        variables.update(result.variables)
        if trace is not None:
            trace.examined((), (), variables)
        return None

    return acting(run)


def _scripts(node: object) -> Iterator[Code]:
    if isinstance(node, Code):
        yield node
    elif isinstance(node, tuple):
        for each in node:
            yield from _scripts(each)
    elif dataclasses.is_dataclass(node):
        for field in dataclasses.fields(node):
            yield from _scripts(getattr(node, field.name))
