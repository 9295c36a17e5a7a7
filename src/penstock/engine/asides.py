"""Exceptions that reach no iteration: of `__del__`, of threads a flow started, of a journey that will not end.

Python writes a traceback for each, which under load is thousands. Here each place is told once, in a sentence, and at
the end how often it was.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from types import CoroutineType, TracebackType
from typing import Any

from penstock.script import places

_MOST_PLACES = 100


class Asides:
    """What was told, and how often."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def listen(self) -> None:
        """Tell of what this process cannot count otherwise, from now on."""
        sys.unraisablehook = self._unraisable
        threading.excepthook = self._of_thread

    def sum_up(self) -> None:
        """Tell what was told once and happened more often."""
        for text, count in self._counts.items():
            if count > 1:
                _write(f"{count} times in all: {text}")

    def _unraisable(self, what: Any) -> None:
        if isinstance(what.object, CoroutineType):
            frame = what.object.cr_frame
            at = "" if frame is None else f" ({places.place(frame.f_code.co_filename, frame.f_lineno)})"
            self._tell(
                "a journey goes on after it was told to end, and is left as it is; do not catch BaseException or "
                f"GeneratorExit, or raise it again{at}"
            )
            return
        where = f" in {_named(what.object)}" if what.object is not None else ""
        self._tell(
            f"{_said(what.exc_type, what.exc_value, what.exc_traceback)}, raised{where} where nothing catches it"
        )

    def _of_thread(self, what: Any) -> None:
        if what.exc_type is not SystemExit:  # the way in which a thread may end
            self._tell(f"{_said(what.exc_type, what.exc_value, what.exc_traceback)}, and its thread has ended by it")

    def _tell(self, text: str) -> None:
        if text not in self._counts and len(self._counts) == _MOST_PLACES:
            text = "exceptions at more places than are told apart"
        self._counts[text] = self._counts.get(text, 0) + 1
        if self._counts[text] == 1:
            _write(text)


def _write(text: str) -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):  # a flow may have closed what it writes to
        sys.stderr.write(f"penstock: {text}\n")


def _said(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> str:
    place = None
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if places.is_users(file):
            place = places.place(file, trace.tb_lineno)
        trace = trace.tb_next
    try:
        text = str(error or "")[:500]
    except Exception:  # noqa: BLE001 — the user's own `__str__`
        text = "(its text cannot be read)"
    return f"{kind.__name__}{text and ': '}{text}{f' ({place})' if place else ''}"


def _named(of: object) -> str:
    name = getattr(of, "__qualname__", None)
    return name if isinstance(name, str) else type(of).__qualname__
