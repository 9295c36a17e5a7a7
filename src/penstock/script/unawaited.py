"""What a journey asked for and did not await is never done: told with its line, and the iteration has failed.

Python notices by itself when a coroutine is dropped that nobody awaited, at no cost to those that are. It says so as a
warning on stderr; here it becomes an error of the report.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import CoroutineType, FrameType
from typing import Any

from penstock.script import binding, places
from penstock.script.operations import (
    PARALLEL,
    REQUEST,
    SLEEP,
    SOCKET_CLOSE,
    SOCKET_OPEN,
    SOCKET_RECEIVE,
    SOCKET_SEND,
    perform,
)

_DEEPEST = 8
"""How many callers of a coroutine are remembered: between the user's line and `perform` there are a few of ours."""

_CALLS = {PARALLEL: "http.parallel", SOCKET_OPEN: "websocket.connect", SOCKET_SEND: "socket.send"}
_CALLS |= {SOCKET_RECEIVE: "socket.receive", SOCKET_CLOSE: "socket.close"}


_LOOKED_UP = "_warn_unawaited_coroutine"
"""Where Python looks for what to call; were it to look elsewhere, its own warning is what remains."""


def listen() -> None:
    """Report what is not awaited in this process from now on."""
    vars(warnings)[_LOOKED_UP] = _dropped


@contextmanager
def gathered() -> Iterator[list[tuple[str, str | None]]]:
    """Gather what is not awaited meanwhile: calls and their places."""
    found: list[tuple[str, str | None]] = []
    before, depth = vars(warnings).get(_LOOKED_UP), sys.get_coroutine_origin_tracking_depth()
    vars(warnings)[_LOOKED_UP] = lambda coroutine: found.append((_call(coroutine), _origin(coroutine)))
    remember_origins()
    try:
        yield found
    finally:
        sys.set_coroutine_origin_tracking_depth(depth)
        vars(warnings)[_LOOKED_UP] = before


def remember_origins() -> None:
    """Let every coroutine know the line that made it, which costs about a microsecond each."""
    sys.set_coroutine_origin_tracking_depth(_DEEPEST)


def tell(call: str, place: str | None) -> None:
    """Fail the iteration for a call that was not awaited.

    Where no loop runs (in `setup`) nothing can be awaited: there the sentence goes to stderr.
    """
    at = f" ({place})" if place else ""
    try:
        binding.recorder.fail(
            "script", f"{call}(...) is not awaited, so it does nothing: write `await {call}(...)`{at}"
        )
    except RuntimeError:
        if not binding.is_bound():
            text = f"penstock: {call}(...) does nothing outside of a journey, where nothing can be awaited{at}\n"
            sys.stderr.write(text)


def place_here() -> str | None:
    """Return the innermost line of the user's code that is being executed; None when there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if places.is_users(frame.f_code.co_filename):
            return places.place(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return None


def _dropped(coroutine: CoroutineType[Any, Any, Any]) -> None:
    place = _origin(coroutine)
    if coroutine.cr_origin is None:
        # Where it was dropped is mostly where it was made. From now on it is known.
        place = place_here()
        remember_origins()
    tell(_call(coroutine), place)


def _origin(coroutine: CoroutineType[Any, Any, Any]) -> str | None:
    return next(
        (places.place(file, line) for file, line, _ in coroutine.cr_origin or () if places.is_users(file)), None
    )


def _call(coroutine: CoroutineType[Any, Any, Any]) -> str:
    """Return what the user wrote to make it."""
    frame = coroutine.cr_frame
    if coroutine.cr_code is not perform.__code__ or frame is None:
        name = coroutine.__qualname__.rpartition("<locals>.")[2]
        kind, dot, method = name.rpartition(".")
        return f"{kind.lower()}.{method}" if dot and places.is_ours(coroutine.cr_code.co_filename) else name
    operation = frame.f_locals["operation"]
    if operation[0] == REQUEST:
        return f"http.{str(operation[1])[:20].lower()}"
    return _CALLS.get(operation[0]) or ("wait" if operation[0] == SLEEP else "sleep")
