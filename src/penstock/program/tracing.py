"""Recording an iteration: a listener between a journey and the loop, never another way to run it.

    journey ──operation──▶ trace ──operation──▶ loop
            ◀──result──────       ◀──result────
    checks, failures, groups ──▶ trace ──▶ the loop's recorder

What passes by is enough for any journey. A compiled one also tells what it knows: which step a request belongs to, what
was extracted, what each check saw, what a script printed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import Any

from penstock.program.compiled import JourneyFunction
from penstock.program.values import Variables
from penstock.runs.recording import (
    Entry,
    Failure,
    JudgedCheck,
    Pairs,
    RecordedAction,
    RecordedPause,
    RecordedRequest,
    RecordedResponse,
    Recording,
)
from penstock.script.binding import Recorder
from penstock.script.operations import (
    COOKIES,
    PARALLEL,
    REQUEST,
    SLEEP,
    SOCKET_CLOSE,
    SOCKET_OPEN,
    SOCKET_RECEIVE,
    SOCKET_SEND,
    THINK,
)

LONGEST_BODY = 100 * 1024
"""Characters of a body that are kept."""

CUT = "\n..."
"""What stands at the end of a text that was cut."""

Observe = Callable[[Variables, Any], None]


class _Traced:
    """Steps through the trace; whoever asks where they stand is told of the journey behind it."""

    def __init__(self, steps: Generator[Any, Any, Any], inner: Any) -> None:
        self._steps = steps
        self._inner = inner

    def send(self, value: Any) -> Any:
        return self._steps.send(value)

    def throw(self, error: BaseException) -> Any:
        return self._steps.throw(error)

    def close(self) -> None:
        self._steps.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Trace:
    """Records the iterations of one user, one after the other; stands in for the loop's recorder."""

    def __init__(self, recorder: Recorder, clock: Callable[[], float] = time.perf_counter) -> None:
        self._recorder = recorder
        self._clock = clock
        self.recordings: list[Recording] = []
        self._hidden = ""
        self._restart()

    def _restart(self) -> None:
        self._started = self._clock()
        self._started_ms = time.time_ns() // 1_000_000
        self._entries: list[Entry] = []
        self._current: int | None = None  # the place of the entry that failures belong to
        self._together: list[tuple[int, Any]] = []  # places and responses of the last parallel requests
        self._failures: list[tuple[int | None, Failure]] = []
        self._place = ""
        self._groups: list[str] = []
        self._step: int | None = None
        self._rounds: dict[int, int] = {}
        self._variables: Variables | None = None
        self._observe: Observe | None = None
        self._initial: Pairs = ()
        self._cookies: tuple[str, ...] = ()

    def listen_for(self, recorder: Recorder) -> None:
        """Pass on to that recorder what is told from now on."""
        self._recorder = recorder

    def journey(self, name: str, function: JourneyFunction, cookies: tuple[str, ...] = ()) -> JourneyFunction:
        """Return the journey with the trace between it and the loop."""

        def run(inner: Any) -> Generator[Any, Any, Any]:
            self._restart()
            send: Any = None
            wrong: BaseException | None = None
            is_complete = False
            try:
                if cookies:
                    yield (COOKIES, cookies)
                while True:
                    try:
                        operation = inner.send(send) if wrong is None else inner.throw(wrong)
                    except StopIteration as end:
                        self._cookies = tuple((yield (COOKIES, None)))
                        is_complete = True
                        return end.value
                    except BaseException as error:
                        is_complete = True
                        self._fail(Failure("script", _said(error)))
                        raise
                    wrong = None
                    try:
                        self._hand_over(operation)
                    except (TypeError, ValueError, AttributeError, LookupError):
                        self._current = None  # it is none: the loop refuses it, with the reason
                    try:
                        send = yield operation
                    except Exception as error:  # noqa: BLE001 — what the loop refuses is the journey's to handle
                        wrong = error
                        continue
                    self._take(operation, send)
            finally:
                inner.close()
                self._finish(name, is_complete)

        def start(user: Any) -> _Traced:
            inner = function(user)
            return _Traced(run(inner), inner)

        return start

    # what passes by

    def _hand_over(self, operation: Any) -> None:
        if operation[0] in (SLEEP, THINK):
            self._current = None
            if operation[1] > 0:
                kind = "think" if operation[0] == THINK else "wait"
                self._entries.append(RecordedPause(kind, float(operation[1]), self._now()))  # type: ignore[arg-type]
        elif operation[0] == REQUEST:
            self._request(operation)
        elif operation[0] == PARALLEL:
            page = self._current
            self._together = []
            for request in operation[1]:
                self._request(request)
                self._together.append((len(self._entries) - 1, None))
            if operation[3]:
                self._current = page  # what is found next is about the page, not about what it embeds
        elif operation[0] in (SOCKET_OPEN, SOCKET_RECEIVE):
            self._request(operation[2])
        elif operation[0] == SOCKET_SEND:
            self._enter_action(self._step, "send a message", (_as_text(operation[2][5]),))
        elif operation[0] == SOCKET_CLOSE:
            self._enter_action(self._step, "close the socket")

    def _request(self, operation: Any) -> None:
        _, method, url, name, headers, body, *_ = operation
        step = self._step
        turn = self._rounds.get(step, 0) + 1 if step is not None else 1
        if step is not None:
            self._rounds[step] = turn
        pairs = tuple(headers.items()) if isinstance(headers, Mapping) else tuple(headers or ())
        self._current = len(self._entries)
        self._entries.append(
            RecordedRequest(
                step=step,
                round=turn,
                name=name or f"{method} {url.partition('?')[0]}",
                method=method,
                url=url,
                headers=tuple((str(key), str(value)) for key, value in pairs),
                body=_as_text(body),
                started_s=self._now(),
                elapsed_s=0.0,
                response=None,
                groups=tuple(self._groups),
            )
        )

    def _take(self, operation: Any, result: Any) -> None:
        if operation[0] in (REQUEST, SOCKET_OPEN, SOCKET_RECEIVE) and self._current is not None:
            self._received(self._current, result)
        elif operation[0] == PARALLEL:
            self._together = [(place, one) for (place, _), one in zip(self._together, result, strict=True)]
            for place, response in self._together:
                self._received(place, response)

    def _received(self, place: int, response: Any) -> None:
        entry = self._entries[place]
        if not isinstance(entry, RecordedRequest):
            return
        came = response.status != 0
        text = response.text if came else ""
        got = RecordedResponse(
            status=response.status,
            reason=response.reason,
            headers=tuple(response.headers.items()),
            body=cut(text),
            redirects=tuple(response.redirects),
            url=response.url,
        )
        failures = () if response.ok else (Failure(response.error_kind or "", response.error or ""),)
        self._entries[place] = replace(
            entry, elapsed_s=response.elapsed_s, response=got if came else None, failures=failures
        )
        if not response.ok and self._variables is not None and came and place == self._current:
            if self._observe is not None:
                self._observe(self._variables, response)
            self._note(variables=self._shown(self._variables))

    def _shown(self, variables: Variables) -> Pairs:
        """Return the variables that are the test's own; what a dialect keeps for itself is nobody's to look at."""
        hidden = self._hidden
        return tuple((name, cut(str(value))) for name, value in variables.items() if not hidden or name[0:1] != hidden)

    def hide(self, first: str) -> None:
        """Leave out variables whose names begin with this character; the empty text leaves out none."""
        self._hidden = first

    def _finish(self, name: str, is_complete: bool) -> None:
        variables = () if self._variables is None else self._shown(self._variables)
        self.recordings.append(
            Recording(
                journey=name,
                started_ms=self._started_ms,
                duration_s=self._now(),
                entries=tuple(self._entries),
                failures=tuple(self._failures),
                initial=self._initial,
                variables=variables,
                is_complete=is_complete,
                cookies=self._cookies,
            )
        )

    def _now(self) -> float:
        return self._clock() - self._started

    # what a compiled journey tells

    def begin(self, variables: Variables) -> None:
        """Note the variables before the first step."""
        self._variables = variables
        self._initial = self._shown(variables)

    def reach(self, step: int) -> None:
        """Note the place of the step that is done next."""
        self._step = step

    def request(self, step: int, variables: Variables, observe: Observe | None) -> None:
        """Note which step the next exchange belongs to, and what sets the variables about its response."""
        self._step, self._variables, self._observe = step, variables, observe

    def act(self, step: int, name: str, variables: Variables) -> None:
        """Note a step that sends nothing; what is found next belongs to it."""
        self._variables = variables
        self._enter_action(step, name)

    def _enter_action(self, step: int | None, name: str, output: tuple[str, ...] = ()) -> None:
        self._step, self._current = step, len(self._entries)
        self._entries.append(RecordedAction(step, name, self._now(), output=output))

    def leave(self, step: int, name: str, variables: Variables) -> None:
        """Note the variables behind a step, and the step itself if nothing of it has passed by."""
        entry = None if self._current is None else self._entries[self._current]
        if not isinstance(entry, RecordedRequest | RecordedAction) or entry.step != step:
            self.act(step, name, variables)
        self._note(variables=self._shown(variables))

    def examined(self, extracted: Pairs, checks: tuple[JudgedCheck, ...], variables: Variables) -> None:
        """Note what was made of a response."""
        self._note(extracted=_texts(extracted), checks=checks, variables=self._shown(variables))

    def printed(self, lines: list[str]) -> None:
        """Note what a script printed."""
        if self._current is not None and lines:
            entry = self._entries[self._current]
            if not isinstance(entry, RecordedPause):
                self._note(output=(*entry.output, *lines))

    def locate(self, place: str) -> None:
        """Note where in the test the failure is that is told next."""
        self._place = place

    def _note(self, **changes: Any) -> None:
        if self._current is not None and not isinstance(self._entries[self._current], RecordedPause):
            self._entries[self._current] = replace(self._entries[self._current], **changes)

    # the recorder of the loop

    def check(self, name: str, passed: bool, response: object = None) -> None:
        """See `penstock.script.binding.Recorder`."""
        if response is not None:
            self._recorder.check(name, passed, response)
            self._mean(response)
        else:
            self._recorder.check(name, passed)
        entry = None if self._current is None else self._entries[self._current]
        if entry is not None and not isinstance(entry, RecordedPause):
            if not any(check.label == name for check in entry.checks):
                self._note(checks=(*entry.checks, JudgedCheck(name, passed)))
            if not passed:
                self._fail(Failure("check", name))
        elif not passed:
            self._fail(Failure("check", name))

    def fail(self, kind: str, message: str, response: object = None) -> None:
        """See `penstock.script.binding.Recorder`."""
        if response is not None:
            self._recorder.fail(kind, message, response)
            self._mean(response)
        else:
            self._recorder.fail(kind, message)
        self._fail(Failure(kind, message))

    def _fail(self, failure: Failure) -> None:
        if self._place:
            failure, self._place = replace(failure, place=self._place), ""
        if self._current is None:
            self._failures.append((self._step, failure))
            return
        entry = self._entries[self._current]
        if not isinstance(entry, RecordedPause):
            self._entries[self._current] = replace(entry, failures=(*entry.failures, failure))

    def enter_group(self, name: str) -> None:
        """See `penstock.script.binding.Recorder`."""
        self._groups.append(name)
        self._recorder.enter_group(name)

    def enter_page(self, name: str) -> None:
        """See `penstock.script.binding.Recorder`."""
        self._groups.append(name)
        self._recorder.enter_page(name)

    def tag(self, name: str) -> None:
        """See `penstock.script.binding.Recorder`."""
        self._recorder.tag(name)

    def measure(self, kind: str, name: str, value: float) -> None:
        """See `penstock.script.binding.Recorder`."""
        self._recorder.measure(kind, name, value)

    def count_cached(self, name: str) -> None:
        """See `penstock.script.binding.Recorder`."""
        self._recorder.count_cached(name)

    def user(self) -> Any:
        """See `penstock.script.binding.Recorder`."""
        return self._recorder.user()

    def _mean(self, response: object) -> None:
        """Let what follows be about one of several requests that were parallel."""
        self._current = next((place for place, known in self._together if known is response), self._current)

    def exit_group(self) -> None:
        """See `penstock.script.binding.Recorder`."""
        if self._groups:
            self._groups.pop()
        self._recorder.exit_group()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recorder, name)  # what a newer recorder can do besides is passed on as it is


def _said(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 — the user's own `__str__`
        text = "(its text cannot be read)"
    return f"{type(error).__name__}: {text}"


def cut(text: str) -> str:
    """Return a text of bounded length."""
    return text if len(text) <= LONGEST_BODY else text[:LONGEST_BODY] + CUT


def _as_text(body: bytes | str | None) -> str:
    return cut(body.decode("utf-8", "replace") if isinstance(body, bytes) else body or "")


def _texts(pairs: Pairs) -> Pairs:
    return tuple((name, cut(str(value))) for name, value in pairs)
