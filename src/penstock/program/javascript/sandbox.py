"""The sandbox as its callers see it: scripts in, results out."""

from __future__ import annotations

import json
import re
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import orjson

from penstock.errors import InvalidInput
from penstock.program.javascript.limits import Limits
from penstock.program.javascript.process import WorkerLost, WorkerOverdue, WorkerProcess
from penstock.program.javascript.scanning import candidates, changes_built_ins, find_unavailable, tokens, words
from penstock.program.javascript.worker import CALL, COMPILE, COMPILED, DONE, REPLY, RUN

Function = Callable[[list[str]], str]
"""A function that scripts may call, texts in, text out. What it raises reaches the script as an `Error`."""

_RUN_HEAD = struct.Struct("<II")
_COMPILE_S = 10.0
_CALL = re.compile(r"\(<input>:(\d+)\)")
_IN_SCOPE = frozenset(("$", "globalThis"))  # names that scripts have without there being a variable


class _LostBeforeItActed(WorkerLost):
    """The worker has ended before the run had any effect outside of it."""


class InvalidScript(InvalidInput):
    """A script that cannot be compiled. `line` is the line in the script, from 1, if it is known."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Result:
    """What a run leaves.

    `variables` are those that the script declared at its top level, or changed, with their values as texts;
    none after a failure. `failure` says why the run failed, `None` when it did not; `place` where in the script, as
    `line 3: assert(ok);`, if that is known.
    """

    variables: dict[str, str] = field(default_factory=dict)
    console: list[str] = field(default_factory=list)
    failure: str | None = None
    place: str = ""


class Sandbox:
    """Runs scripts in a process of their own, which it starts with the first script and keeps for all.

    Exactly one thread may use a sandbox and its programs; each agent has its own. Close it, or use it as a
    context manager; a forgotten one is closed when it is collected.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._process: WorkerProcess | None = None
        self._programs = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process. Programs of this sandbox start a new one when they are run again."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def compile(self, source: str, functions: Mapping[str, Function] | None = None, *, title: str = "") -> Program:
        """Make a program of a script, once, before load.

        `functions` are called in the script by their names, and without a leading `__` as members of `__`.
        `title` stands before every failure (`Post Script`). Raises `InvalidScript`, and `NotRunnable` when no
        process can be started.
        """
        self._programs += 1
        program = Program(self, self._programs, source, functions or {}, title)
        program.upload()
        return program

    def process(self) -> WorkerProcess:
        """Return the process to use, ready: the one before, or a new one if that was ended."""
        if self._process is None or not self._process.alive:
            self._process = WorkerProcess(self.limits)
        self._process.wait_ready()
        return self._process

    def replace_process(self) -> None:
        """End the process, and start the next one without waiting for it."""
        self.close()
        self._process = WorkerProcess(self.limits)


class Program:
    """A compiled script. Made by `Sandbox.compile`."""

    def __init__(
        self, sandbox: Sandbox, number: int, source: str, functions: Mapping[str, Function], title: str
    ) -> None:
        if "\0" in source:
            raise InvalidScript("the script holds a NUL character", source.count("\n", 0, source.index("\0")) + 1)
        try:
            source.encode()
        except UnicodeEncodeError as error:
            line = source.count("\n", 0, error.start) + 1
            raise InvalidScript("the script holds half a character (a lone surrogate)", line) from None
        scanned = list(tokens(source))
        unavailable = find_unavailable(scanned)
        if unavailable is not None:
            raise InvalidScript(f"{unavailable.what} not available: scripts run synchronously, alone", unavailable.line)
        self._sandbox = sandbox
        self._number = number
        self._title = f"{title} " if title else ""
        self._lines = source.split("\n")
        self._functions = tuple(functions.values())
        names = candidates(source)
        # Only `this` and `globalThis` lead to variables that the source does not name.
        self.reads_all = not {"this", "globalThis"}.isdisjoint(words(source))
        """Whether the script can reach every variable, also those that it does not name."""
        self.names = frozenset(names) - _IN_SCOPE
        """All words of the script that may be names of variables, and many that are none."""
        self._reads_body = "$" in names or self.reads_all
        self._request = json.dumps(
            {
                "program": number,
                "source": source,
                "candidates": names,
                "functions": tuple(functions),
                "reflective": self.reads_all,
                "isolated": changes_built_ins(scanned),
            }
        ).encode()
        self._process: WorkerProcess | None = None
        self.declared: tuple[str, ...] = ()
        """The names that the script declares at its top level."""

    def upload(self) -> WorkerProcess:
        """Compile the script in the sandbox's process, if that has not happened. Raises `InvalidScript`."""
        for attempt in (1, 2):  # the process may have died before, of what an earlier run left behind
            process = self._sandbox.process()
            if process is self._process:
                return process
            deadline = time.monotonic() + _COMPILE_S
            try:
                process.send(COMPILE, self._request, deadline)
                kind, payload = process.receive(deadline)
                if kind != COMPILED:
                    raise WorkerLost("it sends what was not asked for")
                answer = json.loads(payload)
                break
            except (WorkerLost, WorkerOverdue, ValueError):
                self._sandbox.close()
                if attempt == 2:
                    raise InvalidScript("the JavaScript interpreter does not survive compiling it", None) from None
        if "error" in answer:
            raise InvalidScript(str(answer["error"]), answer["line"])
        self.declared = tuple(answer["declared"])
        self._process = process
        return process

    def run(self, variables: Mapping[str, str], body: bytes | None) -> Result:
        """Run the script on the variables and the body of a response (`None`: there is none).

        Blocks for as long as the script runs, which the limits bound. Raises nothing for what a script does;
        `NotRunnable` when its process was lost and no other can be started.
        """
        request = self._encode(variables, body)
        try:
            try:
                return self._exchange(request)
            except _LostBeforeItActed:
                # It may have died before, of what an earlier run left behind. If not, it dies again.
                self._sandbox.replace_process()
                return self._exchange(request)
        except WorkerOverdue:
            self._sandbox.replace_process()
            return self._failed("Error", f"Script execution timed out after {self._sandbox.limits.time_s * 1000:g}ms")
        except (WorkerLost, InvalidScript):  # it was valid when it was compiled first
            self._sandbox.replace_process()
            return self._failed("Error", "Script crashed the JavaScript interpreter")
        except BaseException:
            self._sandbox.close()  # the exchange is cut off in the middle
            raise

    def _exchange(self, request: bytes) -> Result:
        process = self.upload()
        deadline = time.monotonic() + self._sandbox.limits.time_s
        acted = False
        try:
            process.send(RUN, request, deadline)
            while True:
                kind, payload = process.receive(deadline)
                if kind == DONE:
                    return self._decode(payload)
                if kind != CALL:
                    raise WorkerLost("it sends what was not asked for")
                acted = True
                process.send(REPLY, self._call(payload), deadline)
        except (WorkerLost, ValueError, LookupError, TypeError) as error:  # the latter: what it sends makes no sense
            raise (WorkerLost if acted else _LostBeforeItActed)(str(error)) from error

    def _encode(self, variables: Mapping[str, str], body: bytes | None) -> bytes:
        if self.reads_all:
            known = {name: value for name, value in variables.items() if name not in _IN_SCOPE}
        else:
            known = {name: variables[name] for name in variables.keys() & self.names}
        try:
            values = orjson.dumps(known)
        except TypeError:  # half characters, which orjson refuses
            values = json.dumps(known).encode()
        head = _RUN_HEAD.pack(self._number, len(values))
        if body is None or not self._reads_body or b"\0" in body:  # JSON holds no NUL
            return b"%b%b-" % (head, values)
        if not body.isascii():
            body = body.decode(errors="replace").encode()
        return b"%b%b+%b" % (head, values, body)

    def _call(self, payload: bytes) -> bytes:
        index, arguments = json.loads(payload)
        function = self._functions[index]
        texts = [_whole(str(argument)) for argument in arguments]
        try:
            answer: tuple[bool, str] = (True, function(texts))
        except Exception as error:  # noqa: BLE001 — the script gets it, as an exception of its own
            answer = (False, str(error) or type(error).__name__)
        return json.dumps(answer).encode()

    def _decode(self, payload: bytes) -> Result:
        try:
            failure, lines, changes = orjson.loads(payload)
        except orjson.JSONDecodeError:  # half characters, which orjson refuses
            failure, lines, changes = _repaired(json.loads(payload))
        if not {*map(type, lines), *map(type, changes)} <= {str}:
            raise TypeError("it sends something else than texts")
        if failure is not None:
            name, message, stack = failure
            if name == "InternalError" and message.startswith("out of memory"):
                most = self._sandbox.limits.memory_bytes / (1024 * 1024)
                name, message = "Error", f"Script ran out of memory ({most:g} MiB)"
                self._sandbox.replace_process()  # engines are least reliable after exhaustion
            return Result(console=lines, failure=self._failed(name, message).failure, place=self._place(stack))
        names = iter(changes)
        return Result(variables=dict(zip(names, names, strict=True)), console=lines)

    def _place(self, stack: str) -> str:
        """Return the innermost line of the script in a stack; other calls there are of the realm's own sources."""
        numbers = (int(found[1]) for found in _CALL.finditer(stack))
        number = next((number for number in numbers if 0 < number <= len(self._lines)), None)
        return "" if number is None else f"line {number}: {self._lines[number - 1].strip()}"

    def _failed(self, name: str, message: str) -> Result:
        return Result(failure=f"{self._title}{name}: {message}")


def _whole(text: str) -> str:
    """Replace half characters, which cannot be sent."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        return _whole(value)
    return [_repaired(each) for each in value] if isinstance(value, list) else value
