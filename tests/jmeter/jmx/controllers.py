"""Controllers and timers."""

from __future__ import annotations

from typing import Any

from tests.jmeter.jmx.writing import Element


def controller(tag: str, *children: Element, name: str | None = None, gui: str | None = None, **said: Any) -> Element:
    properties = {f"{tag}.{key}": value for key, value in said.items()}
    return Element(tag, gui or f"{tag}Gui", name or tag, properties, children)


def simple(*children: Element, name: str = "simple") -> Element:
    return Element("GenericController", "LogicControllerGui", name, {}, children)


def loop(times: int | str, *children: Element, name: str = "loop") -> Element:
    forever = times == -1
    said = {"LoopController.continue_forever": forever, "LoopController.loops": times}
    return Element("LoopController", "LoopControlPanel", name, said, children)


def only_once(*children: Element) -> Element:
    return Element("OnceOnlyController", "OnceOnlyControllerGui", "once", {}, children)


def when(condition: str, *children: Element, is_expression: bool = True, always: bool = False) -> Element:
    said = {
        "IfController.condition": condition,
        "IfController.evaluateAll": always,
        "IfController.useExpression": is_expression,
    }
    return Element("IfController", "IfControllerPanel", "if", said, children)


def during(condition: str, *children: Element, name: str = "while") -> Element:
    return Element("WhileController", "WhileControllerGui", name, {"WhileController.condition": condition}, children)


def each(
    prefix: str, into: str, *children: Element, start: str | None = None, end: str | None = None, separator: bool = True
) -> Element:
    said = {
        "ForeachController.inputVal": prefix,
        "ForeachController.returnVal": into,
        "ForeachController.useSeparator": separator,
    }
    bounds = {"ForeachController.startIndex": start, "ForeachController.endIndex": end}
    said |= {name: value for name, value in bounds.items() if value is not None}
    return Element("ForeachController", "ForeachControlPanel", "each", said, children)


def transaction(name: str, *children: Element, parent: bool = False, timers: bool = False) -> Element:
    said = {"TransactionController.parent": parent, "TransactionController.includeTimers": timers}
    return Element("TransactionController", "TransactionControllerGui", name, said, children)


def flow_control(action: int, target: int = 0, duration: str = "0") -> Element:
    """Actions: 0 stop, 1 pause, 2 stop now, 3 start the next loop, 4 go on with this one, 5 break it. Targets: 0 the
    thread, 2 the test."""
    said = {"ActionProcessor.action": action, "ActionProcessor.target": target, "ActionProcessor.duration": duration}
    return Element("TestAction", "TestActionGui", "action", said)


def constant_timer(ms: int | str) -> Element:
    return Element("ConstantTimer", "ConstantTimerGui", "wait", {"ConstantTimer.delay": str(ms)})
