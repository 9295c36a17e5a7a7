"""The one thing a journey reaches without awaiting: the recorder of the loop that steps it.

A process runs one loop. It binds its recorder before the first step; the recorder knows which user is being
stepped, so `check` and `group` need no argument for it.
"""

from __future__ import annotations

from typing import NoReturn, Protocol


class Recorder(Protocol):
    """What the loop keeps of the user that is being stepped."""

    def check(self, name: str, passed: bool) -> None:
        """Count a check; one that does not hold fails the last request of the user and the iteration."""

    def fail(self, kind: str, message: str) -> None:
        """Fail the last request of the user (or, before any, the iteration itself) for a reason of its own.

        `kind` is a word (`check`, `extract`, `script`), `message` the text that reports group by.
        """

    def enter_group(self, name: str) -> None:
        """Start timing a group, inside the group that is open."""

    def exit_group(self) -> None:
        """End the innermost group and count it."""

    def retire(self, journey: str) -> None:
        """Start no iteration of the journey any more in this agent; those that run are finished."""


class _Unbound:
    """Stands in while no loop runs."""

    def _refuse(self, *_: object) -> NoReturn:
        raise RuntimeError("check, fail and group work inside a journey that Penstock runs (penstock run flow.py)")

    check = fail = enter_group = exit_group = retire = _refuse


recorder: Recorder = _Unbound()


def bind(to: Recorder) -> None:
    """Make `to` the recorder of this process."""
    global recorder
    recorder = to
