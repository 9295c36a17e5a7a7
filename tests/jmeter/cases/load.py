"""Who does it how often: groups, setting up and tearing down, what a failure does, and pauses."""

from __future__ import annotations

from tests.jmeter.case import Case, alone, shop
from tests.jmeter.jmx import (
    Element,
    constant_timer,
    flow_control,
    get,
    loop,
    only_once,
    says,
    simple,
    threads,
    transaction,
    variables,
    when,
)

A, B, C = (get(f"/{letter}") for letter in "abc")
_U = get("/u", parameters=[("u", "${__threadNum}")])


def _fails(action: str) -> Case:
    return shop(threads(A, get("/fails_at/2"), B, loops=3, on_error=action), threads(C, name="second"))


def _random_timer(tag: str, delay: str, spread: str) -> Element:
    said = {"ConstantTimer.delay": delay, "RandomTimer.range": spread}
    return Element(tag, f"{tag}Gui", "wait", said)


CASES = {
    "users and loops": shop(threads(_U, users=3, loops=2), ordered=False),
    "groups in turn": shop(threads(A, loops=2), threads(B, name="second"), threads(C, name="third")),
    "groups at once": shop(threads(A, loops=2), threads(B, name="second"), serial=False, ordered=False),
    "a group that is off": shop(threads(A).off(), threads(B, name="second")),
    "no users": shop(threads(A, users=0), threads(B, name="second")),
    "no loops": shop(threads(A, loops=0), threads(B, name="second")),
    "numbers by properties": shop(threads(_U, users="${__P(nobody,2)}", loops="${n}"), n="3", ordered=False),
    "set up and tear down": shop(
        threads(B, kind="PostThreadGroup", name="after"),
        threads(A),
        threads(C, kind="SetupThreadGroup", name="before"),
    ),
    "continue": _fails("continue"),
    "start the next loop": _fails("startnextloop"),
    "stop the thread": _fails("stopthread"),
    "stop the test": _fails("stoptest"),
    "stop the test now": _fails("stoptestnow"),
    "next loop inside controllers": shop(
        threads(loop(2, A, simple(get("/fails_at/2"), B)), C, loops=2, on_error="startnextloop"),
    ),
    "next loop in a transaction": shop(
        threads(transaction("t", A, get("/fails_at/1"), B), C, loops=2, on_error="startnextloop"),
    ),
    "next loop by an assertion": shop(threads(get("/a", says("never")), B, loops=2, on_error="startnextloop")),
    "once only and the next loop": shop(
        threads(only_once(get("/fails_at/1"), A), B, loops=2, on_error="startnextloop")
    ),
    "tear down after a stop": shop(
        threads(A, get("/status/500"), B, on_error="stoptest"),
        threads(C, kind="PostThreadGroup", name="after"),
    ),
    "set up that fails": shop(
        threads(get("/status/500"), C, kind="SetupThreadGroup", name="before", on_error="stoptest"),
        threads(A),
        threads(B, kind="PostThreadGroup", name="after"),
    ),
    "stop by an action": shop(threads(A, flow_control(0, 2), B, loops=2), threads(C, name="second")),
    "no tear down after a stop": shop(
        threads(A, flow_control(0, 2), B),
        threads(C, kind="PostThreadGroup", name="after"),
        teardown=False,
    ),
    "a new user each iteration": shop(threads(only_once(A), B, loops=2, same_user=False)),
}

PAUSES = {
    "of one request": alone(A, get("/b", constant_timer(300)), C),
    "of all requests": alone(constant_timer(200), A, B),
    "summed": alone(constant_timer(200), A, get("/b", constant_timer(100), constant_timer(200)), C),
    "over a controller": alone(A, simple(constant_timer(200), B, C), A),
    "after the request in the tree": alone(A, B, constant_timer(200)),
    "by a variable": alone(variables(t="300"), A, get("/b", constant_timer("${t}"))),
    "by an action": alone(A, flow_control(1, 0, "300"), B),
    "of an action": alone(A, Element(**{**flow_control(1, 0, "0").__dict__, "children": (constant_timer(300),)}), B),
    "in a transaction": alone(A, transaction("t", constant_timer(200), B, C), A),
    "spread over nothing": alone(A, get("/b", _random_timer("UniformRandomTimer", "300", "0.0")), C),
    "gauss of nothing": alone(A, get("/b", _random_timer("GaussianRandomTimer", "300", "0.0")), C),
    "not of what is left out": alone(A, when("false", get("/b", constant_timer(800))), C),
    "not of what is off": alone(A, get("/b", constant_timer(800).off())),
}
"""Plans whose requests are some time apart; what counts is how long JMeter waits between two."""
