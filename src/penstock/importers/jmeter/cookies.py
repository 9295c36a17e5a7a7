"""HTTP Cookie Managers: whether there are cookies, how long they live, and those that a user has from the start."""

from __future__ import annotations

from typing import Literal

from penstock.importers.jmeter.groups import Group
from penstock.importers.jmeter.numbers import flag
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work
from penstock.model import AddCookies, Cookie, Step

Life = Literal["off", "iteration", "user"]

_REFUSES_ALL = "ignorecookies"


def managers_of(node: Node, level: list[Node]) -> list[Node]:
    """Return the cookie managers that hold for anything in a thread group."""
    below = [each for child in node.enabled() for each in _enabled(child)]
    return [each for each in (*below, *level) if each.kind == "CookieManager"]


def _enabled(node: Node) -> list[Node]:
    return [node, *(each for child in node.enabled() for each in _enabled(child))]


def life_of(managers: list[Node], group: Group, work: Work) -> Life:
    """Return how long the cookies of a group's users live."""
    if not managers:
        return "off"
    first = managers[0]
    if first.text("CookieManager.policy").strip().lower() == _REFUSES_ALL:
        return "off"
    by_group = flag(first, "CookieManager.controlledByThreadGroup", work)
    clears = not group.is_same_user if by_group else flag(first, "CookieManager.clearEachIteration", work)
    return "iteration" if clears or group.is_new_each_time else "user"


def brought(managers: list[Node], work: Work) -> tuple[Step, ...]:
    """Return the step that puts those cookies into the jar which the plan itself holds."""
    steps: list[Step] = []
    for manager in managers:
        found: list[Cookie] = []
        for each in manager.bags("CookieManager.cookies"):
            value = work.texts.settled(each.text("Cookie.value"), each.origin)
            domain = work.texts.settled(each.text("Cookie.domain"), each.origin)
            if value is None or domain is None:
                message = f"the cookie {each.name!r} is only known during the run"
                work.findings.warn("cookie", message, each.origin, "write its value as a property", "dropped")
                continue
            found.append(Cookie(each.name, value, domain, each.text("Cookie.path") or "/"))
        if found:
            steps.append(AddCookies(tuple(found), manager.origin))
    return tuple(steps)
