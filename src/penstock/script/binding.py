"""The one thing a journey reaches without awaiting: the recorder of the loop that steps it.

A process runs one loop. It binds its recorder before the first step; the recorder knows which user is being
stepped, so `check` and `group` need no argument for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn, Protocol


class Recorder(Protocol):
    """What the loop keeps of the user that is being stepped."""

    def check(self, name: str, passed: bool, response: object = None) -> None:
        """Count a check; one that does not hold fails the last request of the user and the iteration.

        Of requests that were parallel, `response` says which. Raises `ValueError` for one that is counted already.
        """

    def fail(self, kind: str, message: str, response: object = None) -> None:
        """Fail the last request of the user (or, before any, the iteration itself) for a reason of its own.

        `kind` is a word (`check`, `extract`, `script`), `message` the text that reports group by, `response` as above.
        """

    def enter_group(self, name: str) -> None:
        """Start timing a group, inside the group that is open."""

    def exit_group(self) -> None:
        """End the innermost group (or page) and count it."""

    def enter_page(self, name: str) -> None:
        """Begin a page, which lasts from the first byte sent to the last one received of the requests inside."""

    def count_cached(self, name: str) -> None:
        """Count a request, by its name, that was answered by the user's browser cache and not sent."""

    def user(self) -> Any:
        """Return who is being stepped; its `browser` is a dict that lives as long as its cookies."""

    def tag(self, name: str) -> None:
        """Count all further requests of this iteration under a tag, too."""

    def measure(self, kind: str, name: str, value: float) -> None:
        """Note a value of a metric of the test's own: a `counter`, `gauge` or `trend`."""

    def retire(self, journey: str) -> None:
        """Start no iteration of the journey any more in this agent; those that run are finished."""


class _Unbound:
    """Stands in while no loop runs."""

    def _refuse(self, *_: object) -> NoReturn:
        raise RuntimeError("check, fail and group work inside a journey that Penstock runs (penstock run flow.py)")

    check = fail = enter_group = exit_group = enter_page = count_cached = user = retire = tag = measure = _refuse


recorder: Recorder = _Unbound()

segment: tuple[int, int] = (0, 1)
"""The number of this agent, and how many there are: what of the data is its own."""

folder: str = "."
"""Where the files of the flow.py are that is being loaded."""

shared: Any = None
"""What the `setup` of the flow.py returned."""


def beside(file: str) -> str:
    """Return the path of a file that the flow.py names: its folder counts, not the one that the command runs in."""
    return str(Path(folder) / file)


def is_bound() -> bool:
    """Whether there is a recorder of a loop."""
    return not isinstance(recorder, _Unbound)


def bind(to: Recorder) -> None:
    """Make `to` the recorder of this process."""
    global recorder
    recorder = to
