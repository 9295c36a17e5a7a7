"""How journeys are stepped, and what becomes of their mistakes."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from penstock.script import User, binding, check, fail, group, http, sleep
from penstock.script.operations import perform
from tests.apps import Answer, Recorder, Slow
from tests.engine.native_run import engine, frames, plan, play


class Foreign:
    """Something that another loop would understand."""

    def __await__(self) -> Iterator[object]:
        yield self


def line_of(function: Callable[..., Any], offset: int) -> str:
    """Return `file.py:line` of a line of a function, counted from its first."""
    return f"test_coroutines.py:{function.__code__.co_firstlineno + offset}"


def errors_of(journey: Callable[..., Any], **settings: Any) -> dict[tuple[str, str], int]:
    """Return why the iterations of a journey failed."""
    return dict(play(journey, **settings).series("main", "iteration").errors)


def test_a_user_knows_who_it_is_and_remembers() -> None:
    seen = []

    async def journey(user: User) -> None:
        seen.append((user.index, user.iteration, user.state.get("before")))
        user.state["before"] = user.iteration
        await sleep(0.01)

    play(journey, phases=((2, 2, 20.0),), iterations=2, segment=(1, 2))
    assert seen == [(1, 0, None), (1, 1, 0)]


def test_a_user_cannot_be_changed() -> None:
    async def journey(user: Any) -> None:
        with pytest.raises(AttributeError):
            user.index = 7
        assert repr(user) == "<User 0 iteration 0>"

    assert errors_of(journey) == {}


@pytest.mark.parametrize(
    ("reason", "awaitable"),
    [
        ("asyncio's sleep", lambda: asyncio.sleep(0)),
        ("another awaitable", lambda: Foreign()),
        ("an unknown operation", lambda: perform((99, "x"))),  # type: ignore[arg-type]
        ("an empty one", lambda: perform(())),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_awaited_is_refused_where_it_is_awaited(reason: str, awaitable: Callable[[], Any]) -> None:
    async def journey(user: User) -> None:
        with pytest.raises(RuntimeError, match="this cannot be awaited in a journey: Penstock's loop is not asyncio"):
            await awaitable()
        await sleep(0)

    assert errors_of(journey) == {}, reason


@pytest.mark.parametrize(
    ("error", "text", "operation"),
    [
        (TypeError, "url must be a str, not int", (0, "GET", 7, None, None, None, None)),
        (TypeError, "method must be a str, not NoneType", (0, None, "/", None, None, None, None)),
        (TypeError, "name must be a str, not bytes", (0, "GET", "/", b"x", None, None, None)),
        (TypeError, "headers must be a mapping or a tuple of pairs, not int", (0, "GET", "/", None, 7, None, None)),
        (TypeError, "headers must be pairs of name and value, not str", (0, "GET", "/", None, ("a",), None, None)),
        (TypeError, "header value must be a str, not int", (0, "GET", "/", None, {"a": 1}, None, None)),
        (TypeError, "body must be bytes, str or None, not dict", (0, "GET", "/", None, None, {}, None)),
        (TypeError, "timeout must be a number of seconds", (0, "GET", "/", None, None, None, ("x", None, None))),
        (ValueError, "timeout must be more than 0 seconds", (0, "GET", "/", None, None, None, (0, None, None))),
        (TypeError, "redirects must be a whole number, at least 0", (0, "GET", "/", None, None, None, (1, -1, None))),
        (TypeError, "expected statuses must be pairs", (0, "GET", "/", None, None, None, (1, 1, (200,)))),
        (TypeError, "options must be None or", (0, "GET", "/", None, None, None, [1])),
        (TypeError, "transport must be", (0, "GET", "/", None, None, None, (1, 1, None, ("x",)))),
        (ValueError, "known are auto", (0, "GET", "/", None, None, None, (1, 1, None, (None, None, (), "3", None)))),
        (ValueError, '"GE T" is not an HTTP method', (0, "GE T", "/", None, None, None, None)),
        (ValueError, '"a b" is not a header name', (0, "GET", "/", None, {"a b": "1"}, None, None)),
        (ValueError, "a value may not hold line breaks", (0, "GET", "/", None, {"a": "1\r\nb: 2"}, None, None)),
        (ValueError, "holds characters that are no text", (0, "GET", "/\ud800", None, None, None, None)),
        (TypeError, "sleep: seconds must be a number, not str", (1, "2")),
        (ValueError, "sleep: -1 seconds", (1, -1)),
        (ValueError, "sleep: inf seconds", (1, float("inf"))),
        (ValueError, "sleep: NaN seconds", (1, float("nan"))),
    ],
)
def test_an_operation_that_is_wrong_is_refused_where_it_is_awaited(
    error: type[Exception], text: str, operation: Any
) -> None:
    async def journey(user: User) -> None:
        with pytest.raises(error) as raised:
            await perform(operation)
        assert text in str(raised.value), raised.value

    assert errors_of(journey) == {}


def test_a_refusal_that_is_not_caught_fails_the_iteration_with_its_line() -> None:
    async def journey(user: User) -> None:
        await sleep(-1)

    (error,) = errors_of(journey)
    message = f"ValueError: sleep: -1 seconds; give a finite number that is not negative ({line_of(journey, 1)})"
    assert error == ("script", message)


@pytest.mark.timeout(10)
def test_a_journey_that_never_learns_is_ended() -> None:
    async def journey(user: User) -> None:
        while True:
            try:
                await asyncio.sleep(0)
            except RuntimeError:
                continue

    assert "again and again" in next(iter(errors_of(journey)))[1]


def test_an_exception_fails_the_iteration_with_its_text_and_line() -> None:
    def deeper() -> None:
        raise ValueError("no luck")

    async def journey(user: User) -> None:
        await sleep(0)
        deeper()

    assert errors_of(journey, iterations=3) == {("script", f"ValueError: no luck ({line_of(deeper, 1)})"): 3}


def test_an_exception_from_a_library_is_told_with_the_users_own_line() -> None:
    async def journey(user: User) -> None:
        json.loads("{")

    ((_, message),) = errors_of(journey)
    assert message.startswith("JSONDecodeError: Expecting property name")
    assert message.endswith(f"({line_of(journey, 1)})")


def test_an_exception_without_a_text_has_its_name() -> None:
    async def journey(user: User) -> None:
        raise KeyError

    assert errors_of(journey) == {("script", f"KeyError ({line_of(journey, 1)})"): 1}


def test_an_exception_whose_text_fails_is_still_told() -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    async def journey(user: User) -> None:
        raise Odd

    assert errors_of(journey) == {("script", f"Odd: (its text cannot be read) ({line_of(journey, 1)})"): 1}


def test_the_iteration_after_an_exception_runs() -> None:
    with Recorder() as target:

        async def journey(user: User) -> None:
            response = await http.get(target.url, name="x")
            if user.iteration == 0:
                response.json()["missing"]

        played = play(journey, iterations=2)
        assert target.connections == 1
    assert played.iterations == {"started": 2, "finished": 2, "failed": 1}
    assert (played.series("x").count, played.series("x").failed) == (2, 0)


@pytest.mark.parametrize(
    ("reason", "journey", "text"),
    [
        ("no coroutine", lambda _: None, "TypeError: a journey must be an async def function that takes a user"),
        ("wrong arguments", lambda: None, "TypeError: "),
    ],
)
def test_what_is_no_journey_says_so(reason: str, journey: Callable[..., Any], text: str) -> None:
    ((kind, message),) = errors_of(journey)
    assert (kind, message[: len(text)]) == ("script", text), reason


def test_a_journey_that_returns_something_else_is_told() -> None:
    async def journey(user: User) -> Any:
        return "x"

    line = journey.__code__.co_firstlineno
    assert errors_of(journey) == {
        (
            "script",
            f"TypeError: a journey returns None, or seconds by which its pause grows (test_coroutines.py:{line})",
        ): 1
    }


def test_checks_and_failures_count_for_the_request_before_them() -> None:
    with Recorder() as target:

        async def journey(user: User) -> None:
            check(True, "before any")
            await http.get(target.url, name="x")
            check(True, "holds")
            check(False, "does not")
            fail("nor is this first")
            await http.get(target.url, name="x")
            check(True, "holds")

        played = play(journey)
    series = played.series("x")
    assert (series.count, series.failed) == (2, 1)
    assert series.errors == {("check", "does not"): 1}
    assert series.checks == {"holds": [2, 0], "does not": [0, 1]}
    assert played.series("main", "iteration").checks == {"before any": [1, 0]}
    assert played.iterations == {"started": 1, "finished": 1, "failed": 1}


def test_groups_are_timed_without_the_sleeps_inside() -> None:
    with Slow(0.05) as target:

        async def journey(user: User) -> None:
            async with group("outer"):
                await sleep(0.5)
                async with group("inner"):
                    await http.get(target.url)
                    await sleep(0.5)
                await http.get(target.url)

        played = play(journey)
    inner, outer = played.series("inner", "group"), played.series("outer", "group")
    # Half a second each was slept: with it they would be at least as long as these bounds.
    assert 0.05 <= inner.mean_s() < 0.55
    assert 0.1 <= outer.mean_s() < 1.1
    assert 0.1 <= played.series("main", "iteration").mean_s() < 1.1


def test_a_group_fails_with_what_fails_inside_it() -> None:
    with Recorder(script=lambda request: Answer(200 if request.target == "/ok" else 500)) as target:

        async def journey(user: User) -> None:
            async with group("good"):
                await http.get(target.url + "/ok")
            async with group("checked late"):
                await http.get(target.url + "/ok")
            check(False, "late")
            async with group("outer"), group("inner"):
                await http.get(target.url + "/bad")

        played = play(journey)
    failed = {name: played.series(name, kind).failed for kind, name in played.names if kind == "group"}
    assert failed == {"good": 0, "checked late": 1, "outer": 1, "inner": 1}


def test_a_slow_step_is_seen_with_its_place() -> None:
    async def dawdle() -> None:
        time.sleep(0.08)
        await sleep(0)

    async def journey(user: User) -> None:
        await dawdle()

    played = play(journey, iterations=2)
    seen = [row for rows in played.health("slow_steps") for row in rows or () if row[0] == line_of(dawdle, 2)]
    assert sum(times for _, times, _ in seen) == 2
    assert 0.08 <= max(longest_s for *_, longest_s in seen) < played.took_s


def test_a_slow_last_step_is_seen_with_its_function() -> None:
    async def journey(user: User) -> None:
        time.sleep(0.06)

    places = [place for rows in play(journey).health("slow_steps") for place, *_ in rows or ()]
    assert line_of(journey, 0) in places


def test_iterations_that_await_nothing_do_not_keep_the_loop_to_themselves() -> None:
    enough, counted = threading.Event(), itertools.count(1)

    async def nothing(user: User) -> None:
        pass

    async def something(user: User) -> None:
        await sleep(0.1)
        if next(counted) == 3:
            enough.set()

    def stop_then(to: socket.socket) -> None:
        enough.wait(25)
        frames.send(to, {"type": "stop", "grace_s": 0})

    played = play(nothing, something, phases=((2, 2, 20.0),), iterations=None, meanwhile=stop_then)
    assert played.end["reason"] == "stopped", "the other user was done thrice, and the stop was heard"
    assert played.took_s >= 0.3
    assert played.series("j0", "iteration").count > 1000


def test_the_recorder_refuses_outside_a_step() -> None:
    loop = engine.Loop(json.dumps(plan()).encode())
    for call in (
        lambda: loop.check("x", True),
        lambda: loop.fail("script", "x"),
        lambda: loop.enter_group("x"),
        loop.exit_group,
    ):
        with pytest.raises(RuntimeError, match="work inside a journey, on the thread of its loop"):
            call()


def test_the_recorder_refuses_another_thread() -> None:
    refused = []

    def elsewhere() -> None:
        try:
            check(True, "x")
        except RuntimeError as error:
            refused.append(str(error))

    async def journey(user: User) -> None:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()

    assert errors_of(journey) == {}
    assert refused == ["check, fail and group work inside a journey, on the thread of its loop"]


def test_leaving_a_group_that_was_never_entered_is_refused() -> None:
    async def journey(user: User) -> None:
        with pytest.raises(RuntimeError, match="no group is open"):
            binding.recorder.exit_group()

    assert errors_of(journey) == {}


def test_a_loop_inside_a_loop_is_refused() -> None:
    async def journey(user: User) -> None:
        with pytest.raises(RuntimeError, match="a loop runs on this thread already"):
            engine.Loop(json.dumps(plan()).encode()).run([journey], 0)

    assert errors_of(journey) == {}


def test_ctrl_c_ends_the_run() -> None:
    ended = []

    async def journey(user: User) -> None:
        try:
            await sleep(20)
        finally:
            ended.append(user.index)

    async def leave(user: User) -> None:
        await sleep(0.05)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts jobs behind it without
    try:
        with pytest.raises(KeyboardInterrupt):
            play(journey, leave, phases=((2, 2, 20.0),))
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended == [0]


@pytest.mark.parametrize("kind", [SystemExit, GeneratorExit, BaseException])
def test_whatever_else_a_journey_raises_fails_its_iteration(kind: type[BaseException]) -> None:
    async def journey(user: User) -> None:
        raise kind("3")

    (((_, message), count),) = errors_of(journey).items()
    assert count == 1
    assert message.startswith(f"{kind.__name__}: 3")


def test_a_signal_that_is_ignored_is_raised_by_the_journey_itself() -> None:
    async def journey(user: User) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert [message.partition(" ")[0] for _, message in errors_of(journey)] == ["KeyboardInterrupt"]
    finally:
        signal.signal(signal.SIGINT, before)
