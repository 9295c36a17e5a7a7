"""Several kinds of users in one file: a class for each, with weighted tasks.

    class Shopper(UserClass):
        weight = 3
        pause = between(1, 3)

        async def on_start(self):
            await http.post("/login", form={"user": f"user{self.user.index}", "password": "secret"}, name="log in")

        @task(5)
        async def browse(self):
            await http.get("/items", name="list")

        @task(1, tags=("pay",))
        async def buy(self):
            ...

Each user is an object of its class, with attributes of its own. One iteration is one task.
"""

from __future__ import annotations

import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar, overload

from penstock.script.user import User

Pause = float | Callable[[], float]
TaskFunction = Callable[[Any], Awaitable[None]]
Decorated = TypeVar("Decorated", bound=TaskFunction)

TASK = "__penstock_task__"
"""The attribute that marks a method as a task."""


class StopUser(Exception):
    """Raise it in a task or journey to end this user for good. The iteration has not failed."""


@dataclass(frozen=True, slots=True)
class Task:
    """What `@task` says of a method."""

    weight: float
    tags: tuple[str, ...]


class UserClass:
    """The base class of a kind of user.

    `weight` is its share of the users, among all classes of the file. `pause` is the seconds between two tasks, or a
    function that returns them, such as `between(1, 3)`. With `order = "sequence"` the tasks are done in the order of
    the file, again and again; otherwise they are chosen by their weights. `tags` apply to all tasks of the class.

    A class without tasks has a method `journey`, which is its only one. `on_start` runs once before a user's first
    task, `on_stop` once after its last; neither counts as an iteration.
    """

    weight: ClassVar[float] = 1.0
    pause: ClassVar[Pause] = 0.0
    order: ClassVar[Literal["weights", "sequence"]] = "weights"
    tags: ClassVar[tuple[str, ...]] = ()

    def __init__(self, user: User) -> None:
        self.user = user

    async def on_start(self) -> None:
        """Do what comes before the first task, such as logging in."""

    async def on_stop(self) -> None:
        """Do what comes after the last task."""


@overload
def task(given: Decorated, /) -> Decorated: ...
@overload
def task(given: float = 1.0, /, *, tags: tuple[str, ...] = ()) -> Callable[[Decorated], Decorated]: ...
def task(given: Any = 1.0, /, *, tags: tuple[str, ...] = ()) -> Any:
    """Make a method of a `UserClass` a task: `@task`, `@task(3)`, `@task(3, tags=("pay",))`.

    The number is its weight among the tasks of the class (1 by default). Requests of the task also count under its
    `tags`. Raises `ValueError` for a weight that is not positive, `TypeError` for tags that are no tuple of strings.
    """
    if callable(given):
        return _mark(given, 1.0, ())
    if not isinstance(given, int | float) or not 0 < given < math.inf:
        raise ValueError(f"task({given!r}): a weight is a number above 0")
    if isinstance(tags, str) or not all(isinstance(tag, str) and tag for tag in tags):
        raise TypeError(f"task(tags={tags!r}): tags are a tuple of strings, like ('pay',)")
    return lambda function: _mark(function, float(given), tuple(tags))


def _mark(function: TaskFunction, weight: float, tags: tuple[str, ...]) -> TaskFunction:
    setattr(function, TASK, Task(weight, tags))
    return function


def between(least: float, most: float) -> Callable[[], float]:
    """Return a pause of random length between two numbers of seconds. Raises `ValueError` for an invalid range."""
    are_numbers = isinstance(least, int | float) and isinstance(most, int | float)
    if not are_numbers or not 0 <= least <= most < math.inf:
        raise ValueError(f"between({least!r}, {most!r}): give two numbers of seconds, the smaller first")
    return lambda: random.uniform(least, most)  # noqa: S311 — pauses need no secrets
