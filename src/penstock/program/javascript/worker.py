"""The child process in which scripts run: one QuickJS runtime at a time, driven over a pair of pipes.

Run as a file of its own, not as a part of the package, so that it starts in some ten milliseconds and holds
nothing but this module, QuickJS and the realm's sources. It trusts nobody's script: whatever goes wrong in
here (a crash of the interpreter, a loop inside one of its built-ins that nothing can interrupt) ends this
process and no other.

Frames are a 4-byte little-endian length and that many bytes; the first byte of a frame is its kind. The
parent asks and the worker answers, strictly by turns; while a run is under way the worker may ask back (CALL).

    to the worker    COMPILE  JSON {program, source, candidates, functions, reflective, isolated}
                     RUN      program (u32), length of the values (u32), values as JSON, then `-` or `+` and the body
                     REPLY    JSON [ok, text], the answer to CALL
    to the parent    READY    nothing
                     COMPILED JSON {declared} or {error, line}
                     DONE     JSON [failure | null, lines, changes], the failure [name, message, stack]
                     CALL     JSON [function, [arguments]]
"""

from __future__ import annotations

import json
import os
import re
import signal
import struct
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import quickjs

COMPILE, RUN, REPLY, READY, COMPILED, DONE, CALL = b"cryRCDK"

_LENGTH = struct.Struct("<I")
_RUN = struct.Struct("<II")
_SOURCES = ("inspection", "comparison", "assertion", "console", "additions", "localization", "hardening", "runs")
_PARSED = "penstock: parsed"
_RUNS_PER_COLLECTION = 64
_ABOVE_SOURCES = "\n" * 10_000
"""Stands before the realm's own sources, which QuickJS calls by the same name as scripts: lines tell them apart."""

_ALARM_MARGIN_S = 1.0
_NATIVE_STACK_BYTES = 128 * 1024 * 1024

# How a script becomes a function whose scope is the run's variables (`this`), tried in order. Inside a block,
# `var x = x || 1` sees a variable `x`, as it would in a script of its own; but only a function's own body may
# declare one name by both `var` and `function`.
_SHAPES = (
    ("(function(){with(this){{", "}}})"),
    ("(function(){with(this){return(function(){", "}).call(this)}})"),
)

_SYNTAX_ERROR = re.compile(r"(?P<message>[^\n]*)\n(?:.*<input>:(?P<line>\d+))?", re.DOTALL)


@dataclass(frozen=True)
class Settings:
    """What the parent asks for; see `Limits`."""

    time_s: float
    memory_bytes: int
    stack_bytes: int
    console_lines: int
    console_line_chars: int


class Realm:
    """A QuickJS runtime with the global objects that scripts see.

    A frozen one can be used for any number of runs; one that is not must be thrown away after a single run.
    """

    def __init__(self, settings: Settings, sources: list[str], call: Any, *, frozen: bool) -> None:
        self.context = _limited_context(settings)
        evaluate = self.context.eval
        self._get = evaluate("(function (object, name) { return object[name]; })")
        limits = {"consoleLines": settings.console_lines, "consoleLineChars": settings.console_line_chars}
        realm = evaluate(f"({{lines: [], limits: {json.dumps(limits)}}})")
        self.context.add_callable("host", call)
        host = self.context.get("host")
        evaluate("delete globalThis.host")
        for source in sources:
            evaluate(_ABOVE_SOURCES + source)(realm, host)
        self._get(realm, "arrangeGlobals")()
        if frozen:
            self._get(realm, "freezeAll")()
        self._get(realm, "seal")()
        self.probe = self._get(realm, "probe")
        self.prepare = self._get(realm, "prepare")
        self.tidy = self._get(realm, "tidy")

    def drain(self) -> None:
        """Run what promises have left waiting, so that nothing of this run happens in the next."""
        pending = self.context.execute_pending_job
        while True:
            try:
                if not pending():
                    return
            except quickjs.JSException:  # belongs to a run that has already answered
                continue


def _limited_context(settings: Settings) -> quickjs.Context:
    context = quickjs.Context()
    context.set_memory_limit(settings.memory_bytes)
    context.set_max_stack_size(settings.stack_bytes)
    return context


class Worker:
    """Answers the frames of one parent."""

    def __init__(self, settings: Settings, reading: int, writing: int) -> None:
        self._settings = settings
        self._reading = reading
        self._writing = writing
        self._sources = [Path(__file__).with_name("realm").joinpath(f"{name}.js").read_text() for name in _SOURCES]
        self._compiled: dict[int, dict[str, Any]] = {}
        self._prepared: dict[int, Any] = {}
        self._runs = 0
        self._realm = self._new_realm(frozen=True)
        self._spare: Realm | None = None

    def serve(self) -> None:
        """Answer until the parent closes its end."""
        self._send(READY, b"")
        while (frame := self._receive()) is not None:
            if frame[0] == RUN:
                self._run(frame)
            else:
                answer = self._compile(json.loads(frame[1:]))
                self._send(COMPILED, json.dumps(answer).encode())

    def _new_realm(self, *, frozen: bool) -> Realm:
        return Realm(self._settings, self._sources, self._call, frozen=frozen)

    def _take_spare(self) -> Realm:
        realm, self._spare = self._spare or self._new_realm(frozen=False), None
        return realm

    def _compile(self, request: dict[str, Any]) -> dict[str, Any]:
        # The script alone, in a runtime of its own: what parses here as a whole program cannot close the
        # wrapper's braces later. The throw stands before its first statement, so none of it is executed.
        try:
            _limited_context(self._settings).eval(f"throw {json.dumps(_PARSED)};{request['source']}")
        except quickjs.JSException as error:
            if not str(error).startswith(_PARSED):
                return _syntax_error(str(error))
        names = [name for name in request["candidates"] if name.isascii() or self._is_name(name)]
        readers = ",".join(f"()=>{name},()=>typeof {name}" for name in names)
        failures = []
        for opening, closing in _SHAPES:
            try:
                script = self._realm.context.eval(f"{opening}return[{readers}];{request['source']}\n{closing}")
                request["declared"] = json.loads(self._realm.probe(script, json.dumps(names)))
            except quickjs.JSException as error:
                failures.append(_syntax_error(str(error)))
                continue
            capture = ",".join(request["declared"])
            request["script"] = f"{opening}{request['source']}\n;return()=>[{capture}]{closing}"
            self._compiled[request["program"]] = request
            self._prepared.pop(request["program"], None)
            return {"declared": request["declared"]}
        return failures[0]

    def _is_name(self, word: str) -> bool:
        # Which letters names may have depends on the edition of Unicode: the engine's own counts.
        try:
            self._realm.context.eval(f"(function(){{typeof {word}}})")
        except quickjs.JSException:
            return False
        return True

    def _prepare(self, realm: Realm, program: int) -> Any:
        request = self._compiled[program]
        description = {key: request[key] for key in ("declared", "functions", "reflective")}
        return realm.prepare(realm.context.eval(request["script"]), json.dumps(description))

    def _run(self, frame: bytes) -> None:
        program, length = _RUN.unpack_from(frame, 1)
        split = 1 + _RUN.size + length
        values = frame[1 + _RUN.size : split].decode()
        body = frame[split + 1 :].decode() if frame[split : split + 1] == b"+" else None
        isolated = self._compiled[program]["isolated"]
        # Should the parent be gone when a script never ends, this process still is to end.
        signal.setitimer(signal.ITIMER_REAL, self._settings.time_s + _ALARM_MARGIN_S)
        realm = self._take_spare() if isolated else self._realm
        try:
            if isolated:
                run = self._prepare(realm, program)
            elif (run := self._prepared.get(program)) is None:
                run = self._prepared[program] = self._prepare(realm, program)
            answer = run(values, body)
            realm.drain()
        except quickjs.JSException:  # not even the answer could be made: the memory is used up
            answer = '[["InternalError","out of memory",""],[],[]]'
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._send(DONE, answer.encode())
        if isolated:
            self._spare = self._new_realm(frozen=False)  # while the parent is busy with something else
        else:
            self._tidy()

    def _tidy(self) -> None:
        """Between two runs: drop what the last one left behind; the parent does not wait for it."""
        if not self._realm.tidy():
            self._prepared.clear()
            self._realm = self._new_realm(frozen=True)
        self._runs += 1
        if self._runs % _RUNS_PER_COLLECTION == 0:
            self._realm.context.gc()

    def _call(self, function: int, arguments: str) -> str:
        """Ask the parent for the result of one of the program's functions; called by the script.

        May not raise: QuickJS would go on with a Python exception pending.
        """
        try:
            self._send(CALL, f"[{function},{arguments}]".encode())
            frame = self._receive()
            if frame is not None:
                return frame[1:].decode()
        except OSError:
            pass
        os._exit(0)  # the parent is gone

    def _send(self, kind: int, payload: bytes) -> None:
        frame = memoryview(_LENGTH.pack(len(payload) + 1) + bytes((kind,)) + payload)
        while frame:
            frame = frame[os.write(self._writing, frame) :]

    def _receive(self) -> bytes | None:
        data = os.read(self._reading, 65536)
        while len(data) < _LENGTH.size:
            more = os.read(self._reading, 65536)
            if not more:
                return None
            data += more
        (length,) = _LENGTH.unpack_from(data)
        missing = length + _LENGTH.size - len(data)
        if missing == 0:
            return data[_LENGTH.size :]
        chunks = [data[_LENGTH.size :]]
        while missing > 0:
            more = os.read(self._reading, min(missing, 1 << 20))
            if not more:
                return None
            chunks.append(more)
            missing -= len(more)
        return b"".join(chunks)


def _syntax_error(text: str) -> dict[str, Any]:
    match = _SYNTAX_ERROR.match(text)
    line = match["line"] if match else None
    return {"error": match["message"] if match else text, "line": int(line) if line else None}


def _renounce(settings: Settings) -> None:
    """Give up what a script never needs: files, children, memory without bound."""
    with suppress(ImportError):
        import resource

        memory = 4 * settings.memory_bytes + (1 << 30)
        for limit, value in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_NOFILE, 0),
            (resource.RLIMIT_NPROC, 0),
            (resource.RLIMIT_AS, memory),
        ):
            with suppress(ValueError, OSError):  # not every system lets every one of them be set
                resource.setrlimit(limit, (value, value))


def _serve(settings: Settings) -> None:
    worker = Worker(settings, 0, 1)
    _renounce(settings)
    with suppress(BrokenPipeError):
        worker.serve()


def main() -> None:
    """Serve the parent at the standard streams."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when this process ends
    # JSON.stringify recurses without looking at the limit of the stack. Its time is quadratic in the depth, so
    # with this much room (of which only what is used takes memory) the time is over before the stack is.
    threading.stack_size(_NATIVE_STACK_BYTES)
    thread = threading.Thread(target=_serve, args=(Settings(**json.loads(sys.argv[1])),))
    thread.start()
    thread.join()


if __name__ == "__main__":
    main()
