"""Steps as statements."""

from __future__ import annotations

from penstock.exporters.flow.jmeter import CONDITIONS, is_wait_for_others
from penstock.exporters.flow.lines import Lines, rows_name
from penstock.exporters.flow.requests import add_request
from penstock.exporters.flow.texts import expression, literal, text
from penstock.model import (
    Assign,
    Branch,
    Call,
    Defaults,
    Group,
    Jump,
    Label,
    Leave,
    Loop,
    Omitted,
    Request,
    RuleValue,
    Script,
    Step,
    TakeRow,
    Test,
    Think,
    Variable,
)


def add_steps(steps: tuple[Step, ...], defaults: Defaults, lines: Lines, *, ends: bool) -> None:
    """Write steps one after the other; with `ends` a failed request ends the iteration."""
    for step in steps:
        _add_step(step, defaults, lines, ends=ends)


def _add_step(step: Step, defaults: Defaults, lines: Lines, *, ends: bool) -> None:
    match step:
        case Request():
            add_request(step, defaults, lines, ends=ends)
        case Think(duration):
            _add_think(step, duration, lines)
        case Assign(assignments):
            for each in assignments:
                if len(each.choices) == 1:
                    value = text(each.choices[0], lines, step.origin)
                else:
                    lines.modules.add("random")
                    choices = ", ".join(text(choice, lines, step.origin) for choice in each.choices)
                    value = f"random.choice([{choices}])"
                lines.add(f"v[{literal(each.variable)}] = {value}")
        case Group(name, inner):
            lines.script.add("group")
            with lines.inside(f"async with group({literal(name)}):"):
                add_steps(inner, defaults, lines, ends=ends)
        case Loop(inner, times):
            _add_loop(step, inner, times, defaults, lines, ends=ends)
        case Branch(condition) if is_wait_for_others(condition):
            lines.cannot("waiting for other thread groups", step.origin)
        case Branch(condition, then, otherwise):
            test = _test(condition, lines, step)
            with lines.inside(f"if {test}:"):
                add_steps(then, defaults, lines, ends=ends)
            if otherwise:
                with lines.inside("else:"):
                    add_steps(otherwise, defaults, lines, ends=ends)
        case TakeRow(data):
            lines.add(f"v.update(next({rows_name(data)}))")
        case Omitted(name):
            lines.add(f"# {' '.join(name.split())}: switched off")
        case Label():
            pass  # a place that something jumps to; that it cannot is said where it jumps
        case Jump(condition, None):
            with lines.inside(f"if {_test(condition, lines, step)}:"):
                lines.add("return")
        case Jump(_, to):
            lines.cannot(f"jumping to {to!r}", step.origin)
        case Leave():
            _add_leave(step, lines)
        case Script(code):
            lines.cannot("a step in JavaScript", code.origin)
        case _:
            lines.cannot(f"a step of the kind {type(step).__name__}", step.origin)


def _add_leave(step: Leave, lines: Lines) -> None:
    if step.what == "test":
        lines.cannot("ending the whole run from inside; it ends this user", step.origin)
    if step.what in ("user", "test"):
        lines.script.add("StopUser")
    word = {"pass": "continue", "loop": "break", "iteration": "return"}.get(step.what, "raise StopUser")
    if step.condition is None:
        lines.add(word)
        return
    with lines.inside(f"if {_test(step.condition, lines, step)}:"):
        lines.add(word)


def _add_think(step: Think, duration: float | Variable, lines: Lines) -> None:
    if isinstance(duration, Variable):
        lines.script.add("sleep")
        lines.helpers.add("number")
        least = f"max({step.least_s:g}, " if step.least_s else "("
        unit = "/ 1000" if step.unit_s == 0.001 else f"* {step.unit_s:g}"
        lines.add(f"await sleep({least}number(v[{literal(duration.name)}]) {unit}))")
    elif duration > 0:
        lines.script.add("sleep")
        lines.add(f"await sleep({duration:g})")


def _add_loop(step: Loop, inner: tuple[Step, ...], times: int, defaults: Defaults, lines: Lines, *, ends: bool) -> None:
    if step.advances_data:
        lines.cannot("taking new rows of data in each round of the loop", step.origin)
    with lines.inside(f"for _ in range({times}):"):
        if step.condition is not None:
            with lines.inside(f"if not ({_test(step.condition, lines, step)}):"):
                lines.add("break")
        add_steps(inner, defaults, lines, ends=ends)


def _test(test: Test, lines: Lines, step: Loop | Branch | Jump | Leave) -> str:
    if isinstance(test.subject, RuleValue):
        lines.cannot(f"the condition {test.subject.rule.name}, which is taken to hold", step.origin)
        return "True"
    if isinstance(test.subject, Call) and test.subject.function in CONDITIONS:
        form, module = CONDITIONS[test.subject.function]
        asked = form.format(*(expression(each, "", lines, step.origin) for each in test.subject.arguments))
        lines.modules.update([module] if module else ())
        return f"not ({asked})" if test.negate else asked
    value = expression(test.subject, "", lines, step.origin)
    if isinstance(test.subject, Variable):
        value = f'v.get({literal(test.subject.name)}, "")'
    falsy = '("", "false", "undefined", "null", "nan")'
    return f"{value}.lower() {'in' if test.negate else 'not in'} {falsy}"
