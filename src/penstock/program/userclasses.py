"""The user classes of a `flow.py`: each becomes a population, each of its tasks a journey."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from penstock.errors import InvalidFlow
from penstock.program.compiled import CompiledJourney
from penstock.script import User, UserClass, binding
from penstock.script.users import TASK, Task

_PERSONA = "the object of the user's class"


@dataclass(frozen=True, slots=True)
class Crowd:
    """Users of one kind: their share of all users, and what they do by the names of journeys.

    `in_order`: the tasks in their order instead of by weight.
    """

    name: str
    weight: float
    tasks: tuple[tuple[str, float], ...]
    in_order: bool = False
    on_start: str | None = None
    on_stop: str | None = None


@dataclass(frozen=True, slots=True)
class Tags:
    """Which tasks are wanted: those with one of `wanted` (empty: all), but not those with one of `unwanted`."""

    wanted: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()

    def allow(self, tags: tuple[str, ...]) -> bool:
        """Whether a task with these tags is wanted."""
        has = frozenset(tags)
        return not has & self.unwanted and (not self.wanted or bool(has & self.wanted))

    def __bool__(self) -> bool:
        return bool(self.wanted or self.unwanted)


def classes_in(module: ModuleType) -> list[type[UserClass]]:
    """Return the user classes that a module defines, but those that others of them are derived from."""
    found = [
        one
        for one in vars(module).values()
        if inspect.isclass(one) and issubclass(one, UserClass) and one.__module__ == module.__name__
    ]
    bases = {base for one in found for base in one.__mro__[1:]}
    return list(dict.fromkeys(one for one in found if one not in bases))


def crowd_of(file: Path, kind: type[UserClass], tags: Tags) -> tuple[Crowd | None, list[CompiledJourney]]:
    """Return what users of a class do; None where the tags leave them nothing.

    Raises `InvalidFlow`, with the line, for a class that says nothing or something impossible.
    """
    name, place = kind.__name__, f"{file}:{_line(kind)}"
    if not isinstance(kind.weight, int | float) or not 0 < kind.weight < float("inf"):
        raise InvalidFlow(f"{place}: the weight of {name} is {kind.weight!r}; give a number above 0")
    if kind.order not in ("weights", "sequence"):
        raise InvalidFlow(f"{place}: the order of {name} is {kind.order!r}; write 'weights' or 'sequence'")
    pause = kind.pause
    if not callable(pause) and (not isinstance(pause, int | float) or not 0 <= pause < float("inf")):
        raise InvalidFlow(f"{place}: the pause of {name} is {pause!r}; give seconds, or between(1, 3)")
    tasks = dict(_tasks(kind))
    if not tasks and "journey" in dir(kind):
        tasks = {"journey": Task(1.0, ())}
    if not tasks:
        raise InvalidFlow(f"{place}: {name} does nothing; give it methods with @task, or async def journey(self)")
    chosen = {method: task for method, task in tasks.items() if tags.allow((*kind.tags, *task.tags))}
    if not chosen:
        return None, []
    journeys = [
        CompiledJourney(f"{name}.{method}", _journey(file, kind, method, (*kind.tags, *task.tags)))
        for method, task in chosen.items()
    ]
    hooks: dict[str, str | None] = {"on_start": None, "on_stop": None}
    for hook in hooks:
        if getattr(kind, hook) is not getattr(UserClass, hook):
            hooks[hook] = f"{name}.{hook}"
            journeys.append(CompiledJourney(f"{name}.{hook}", _journey(file, kind, hook, kind.tags, pauses=False)))
    shares = tuple((f"{name}.{method}", task.weight) for method, task in chosen.items())
    return Crowd(name, float(kind.weight), shares, kind.order == "sequence", **hooks), journeys


def _tasks(kind: type[UserClass]) -> Iterator[tuple[str, Task]]:
    """Yield the tasks of a class and its bases in the order in which they are written, bases first."""
    for base in reversed(kind.__mro__):
        for name, member in vars(base).items():
            task = getattr(getattr(kind, name, None), TASK, None)
            if isinstance(task, Task) and getattr(member, TASK, None) is not None:
                yield name, task


def _journey(
    file: Path, kind: type[UserClass], method: str, tags: tuple[str, ...], *, pauses: bool = True
) -> Callable[[User], Any]:
    function: Any = getattr(kind, method)
    if not inspect.iscoroutinefunction(function):
        raise InvalidFlow(f"{file}:{_line(function)}: {kind.__name__}.{method} is not `async def {method}(self):`")
    parameters = list(inspect.signature(function).parameters.values())
    if len([one for one in parameters if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]) != 1:
        raise InvalidFlow(f"{file}:{_line(function)}: {kind.__name__}.{method} is given itself and nothing else")
    labels = tuple(dict.fromkeys(tags))
    pause = kind.pause if pauses else 0.0

    async def journey(user: User) -> float | None:
        persona = user.state.get(_PERSONA)
        if persona is None:
            persona = user.state[_PERSONA] = kind(user)
        for label in labels:
            binding.recorder.tag(label)
        await function(persona)
        return (pause() if callable(pause) else pause) or None

    # In reports a step that is slow at the very end of a task, or a pause that fails, has the place of its outermost
    # code: not this one.
    code = function.__code__
    journey.__code__ = journey.__code__.replace(
        co_filename=code.co_filename,
        co_firstlineno=code.co_firstlineno,
        co_name=code.co_name,
        co_linetable=_of_one_line(len(journey.__code__.co_code) // 2),
    )
    return journey


def _of_one_line(units: int) -> bytes:
    """Return a table of locations in which so many units of code are all of the first line.

    Its entries are as CPython's `Objects/locations.md` has them: up to 8 units, without columns (13), no lines further.
    """
    lengths = [8] * (units // 8) + ([units % 8] if units % 8 else [])
    return b"".join(bytes((0x80 | 13 << 3 | length - 1, 0)) for length in lengths)


def _line(subject: Any) -> int:
    code = getattr(inspect.unwrap(subject), "__code__", None) if callable(subject) else None
    if code is not None:
        return int(code.co_firstlineno)
    lines = [member.__code__.co_firstlineno for member in vars(subject).values() if hasattr(member, "__code__")]
    return min(lines, default=1)
