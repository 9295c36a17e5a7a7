"""The steps of a flow as they are written, beside what was recorded of them."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.model import (
    Assign,
    Branch,
    Examine,
    Group,
    Journey,
    Loop,
    Omitted,
    Request,
    Script,
    SocketClose,
    SocketOpen,
    SocketSend,
    SocketWait,
    Step,
    Think,
)
from penstock.runs.recording import Failure, RecordedAction, RecordedRequest, Recording

_SOCKETS = SocketOpen | SocketSend | SocketWait | SocketClose


@dataclass(frozen=True, slots=True)
class Row:
    """One step as people count them: a request with the delay before it is one, a pause of its own as well.

    `rounds` are its exchanges (several for one that polls, none where it was not reached), `actions` what it did else.
    `failures` are all that failed in it.
    """

    name: str
    step: Step
    rounds: tuple[RecordedRequest, ...] = ()
    actions: tuple[RecordedAction, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def is_omitted(self) -> bool:
        """Whether it is switched off."""
        return isinstance(self.step, Omitted)

    @property
    def was_done(self) -> bool:
        """Whether it was reached."""
        return bool(self.rounds or self.actions or self.failures)

    @property
    def inner(self) -> tuple[RecordedRequest, ...]:
        """What was asked for inside the step: of a page what it embeds, of a group, a loop or a branch everything."""
        if isinstance(self.step, Request):
            return tuple(entry for entry in self.rounds if entry.name != self.step.name)
        return self.rounds if isinstance(self.step, Group | Loop | Branch) else ()

    @property
    def own(self) -> tuple[RecordedRequest, ...]:
        """The exchanges of the step itself, without those inside."""
        if isinstance(self.step, Request):
            return tuple(entry for entry in self.rounds if entry.name == self.step.name)
        return () if isinstance(self.step, Group | Loop | Branch) else self.rounds

    @property
    def last(self) -> RecordedRequest | RecordedAction | None:
        """What was recorded last."""
        return self.rounds[-1] if self.rounds else self.actions[-1] if self.actions else None


def rows_of(journey: Journey, recording: Recording | None) -> tuple[Row, ...]:
    """Return the steps of a journey in order, each with what was recorded of it."""
    steps = journey.steps
    first = next((index for index, step in enumerate(steps) if not isinstance(step, Assign)), len(steps))
    rows = []
    for place, step in enumerate(steps[first:]):
        following = steps[first + place + 1] if first + place + 1 < len(steps) else None
        if _is_row(step, following):
            rows.append(_row(place, step, recording))
    return tuple(rows)


def _is_row(step: Step, following: Step | None) -> bool:
    if isinstance(step, Request | Script | Examine | Omitted | Group | Loop | Branch | _SOCKETS):
        return True
    return isinstance(step, Think) and not _is_delay(step, following)


def _is_delay(step: Think, following: Step | None) -> bool:
    """Whether a pause belongs to the request behind it: both stand at one place of the file."""
    if not isinstance(following, Request | Script | Examine | _SOCKETS):
        return False
    origin = following.code.origin if isinstance(following, Script) else following.origin
    return step.origin.file == origin.file and step.origin.path.startswith(origin.path)


def _row(place: int, step: Step, recording: Recording | None) -> Row:
    name = getattr(step, "name", "") or _kind(step)
    if recording is None:
        return Row(name, step)
    rounds = tuple(entry for entry in recording.requests if entry.step == place)
    actions = tuple(entry for entry in recording.entries if isinstance(entry, RecordedAction) and entry.step == place)
    inside = [failure for entry in rounds for failure in entry.failures]
    inside += [failure for entry in actions for failure in entry.failures]
    outside = [failure for at, failure in recording.failures if at == place]
    return Row(name, step, rounds, actions, (*inside, *outside))


def _kind(step: Step) -> str:
    if isinstance(step, Think):
        seconds = step.duration if isinstance(step.duration, float | int) else step.nominal_s
        return f"wait {seconds:g} s"
    if isinstance(step, SocketSend):
        return "send a message"
    return "close the socket" if isinstance(step, SocketClose) else type(step).__name__.lower()


def elsewhere(journey: Journey, recording: Recording | None) -> tuple[Failure, ...]:
    """Return the failures that belong to no step: before the first one, or of one that is no row."""
    if recording is None:
        return ()
    told = {id(failure) for row in rows_of(journey, recording) for failure in row.failures}
    return tuple(failure for _, failure in recording.failures if id(failure) not in told)
