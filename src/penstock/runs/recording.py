"""One iteration, recorded whole: what was sent and came back, in order, with what was made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that failed: a word for its kind (`status`, `timeout`, `check`, `extract`, `script`, …), and why.

    `place` is where in the test, in words, where the message does not say it: the line of a script.
    """

    kind: str
    message: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class JudgedCheck:
    """A check with what it saw. `held` is None where it could not be judged; unless `enforced` it fails nothing.

    `expected` is what each condition compares with, in words.
    """

    label: str
    held: bool | None
    subject: str = ""
    actual: str = ""
    expected: str = ""
    enforced: bool = True


@dataclass(frozen=True, slots=True)
class RecordedResponse:
    """What came back; bodies as text. `status` is 0 when no complete response came."""

    status: int
    reason: str
    headers: Pairs
    body: str
    redirects: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One exchange.

    `step` is the place of its step in the journey, counted from the first that is no assignment of defaults; a flow.py
    has none. `round` counts from 1. `url` is what the test asks for, whatever the run's base URL makes of it.
    `started_s` counts from the start of the iteration, `elapsed_s` is the service latency. `variables` are those
    afterwards, where the test has some.
    """

    step: int | None
    round: int
    name: str
    method: str
    url: str
    headers: Pairs
    body: str
    started_s: float
    elapsed_s: float
    response: RecordedResponse | None
    groups: tuple[str, ...] = ()
    extracted: Pairs = ()
    checks: tuple[JudgedCheck, ...] = ()
    output: tuple[str, ...] = ()
    variables: Pairs = ()
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedPause:
    """A pause: `think` (which a load may leave out) or `wait`. `planned_s` is what the test says."""

    kind: Literal["think", "wait"]
    planned_s: float
    started_s: float


@dataclass(frozen=True, slots=True)
class RecordedAction:
    """A step that sends nothing: a script, an examination of the response before, a WebSocket step."""

    step: int | None
    name: str
    started_s: float
    extracted: Pairs = ()
    checks: tuple[JudgedCheck, ...] = ()
    output: tuple[str, ...] = ()
    variables: Pairs = ()
    failures: tuple[Failure, ...] = ()


Entry = RecordedRequest | RecordedPause | RecordedAction


@dataclass(frozen=True, slots=True)
class Recording:
    """One iteration of a journey. `started_ms` is UTC since the epoch.

    `initial` are the variables before the first step, `variables` those after the last. `failures` belong to no
    exchange; with the place of the step that was to be done next. `is_complete` is false when it was stopped.
    `cookies` are those of the user at the end, in the loop's own form.
    """

    journey: str
    started_ms: int
    duration_s: float
    entries: tuple[Entry, ...]
    failures: tuple[tuple[int | None, Failure], ...] = ()
    initial: Pairs = ()
    variables: Pairs = ()
    is_complete: bool = True
    cookies: tuple[str, ...] = ()

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """The exchanges, in order."""
        return tuple(entry for entry in self.entries if isinstance(entry, RecordedRequest))

    @property
    def has_passed(self) -> bool:
        """Whether nothing failed."""
        inside = any(not isinstance(entry, RecordedPause) and entry.failures for entry in self.entries)
        return self.is_complete and not inside and not self.failures

    @property
    def first_failure(self) -> str:
        """Why it failed, in words; empty when it did not."""
        for entry in self.entries:
            if not isinstance(entry, RecordedPause) and entry.failures:
                return f"{entry.name}: {entry.failures[0].message}"
        if self.failures:
            return self.failures[0][1].message
        return "" if self.is_complete else "stopped"


def read(value: dict[str, Any]) -> Recording:
    """Return the recording that `dataclasses.asdict` made a plain value of, as JSON keeps it."""
    return Recording(
        journey=value["journey"],
        started_ms=value["started_ms"],
        duration_s=value["duration_s"],
        entries=tuple(map(_entry, value["entries"])),
        failures=tuple((step, Failure(**failure)) for step, failure in value["failures"]),
        initial=_pairs(value["initial"]),
        variables=_pairs(value["variables"]),
        is_complete=value["is_complete"],
        cookies=tuple(value["cookies"]),
    )


def _entry(value: dict[str, Any]) -> Entry:
    if "planned_s" in value:
        return RecordedPause(**value)
    judged = {
        "extracted": _pairs(value["extracted"]),
        "checks": tuple(JudgedCheck(**check) for check in value["checks"]),
        "output": tuple(value["output"]),
        "variables": _pairs(value["variables"]),
        "failures": tuple(Failure(**failure) for failure in value["failures"]),
    }
    if "method" not in value:
        return RecordedAction(**{**value, **judged})
    response = value["response"]
    if response is not None:
        response = RecordedResponse(
            **{**response, "headers": _pairs(response["headers"]), "redirects": tuple(response["redirects"])}
        )
    rest = {"headers": _pairs(value["headers"]), "groups": tuple(value["groups"]), "response": response}
    return RecordedRequest(**{**value, **judged, **rest})


def _pairs(value: list[list[str]]) -> Pairs:
    return tuple((name, text) for name, text in value)
