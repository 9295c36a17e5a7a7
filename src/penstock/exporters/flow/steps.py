"""Steps as statements."""

from __future__ import annotations

from penstock.exporters.flow.jmeter import CONDITIONS, is_wait_for_others, pause_before, seconds_of
from penstock.exporters.flow.jmeterconditions import condition_of
from penstock.exporters.flow.lines import Lines, rows_name
from penstock.exporters.flow.requests import add_request
from penstock.exporters.flow.texts import can_write, expression, literal, shown, text
from penstock.model import (
    Assign,
    Branch,
    Call,
    Defaults,
    Expr,
    Group,
    Jump,
    Label,
    Leave,
    Loop,
    Omitted,
    Origin,
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
    rest = list(steps)
    while rest:
        step = rest.pop(0)
        pause = pause_before(step, rest[0] if rest else None)
        if pause is None:
            _add_step(step, defaults, lines, ends=ends)
            continue
        rest.pop(0)
        _add_pause(*pause, lines)


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


def _add_pause(pause: Expr, origin: Origin, lines: Lines) -> None:
    """Write the pause of timers."""
    seconds = seconds_of(pause)
    if seconds is None:
        lines.cannot("the pause of a timer that keeps a rate or computes its length", origin)
        return
    if "random." in seconds:
        lines.modules.add("random")
    lines.script.add("sleep")
    lines.add(f"await sleep({seconds})")


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
    if isinstance(test.subject, Call) and (compared := condition_of(test.subject, lines)) is not None:
        return f"not ({compared})" if test.negate else compared
    if not can_write(test.subject, step.origin):
        holds = isinstance(step, Branch)  # a loop or a way out that nobody can judge must not go on for ever
        what = "which is taken to hold" if holds else "which is taken not to hold"
        lines.cannot(f"the condition, {what}: {shown(test.subject)}", step.origin)
        return str(holds)
    value = expression(test.subject, "", lines, step.origin)
    if isinstance(test.subject, Variable):
        value = f'v.get({literal(test.subject.name)}, "")'
    falsy = '("", "false", "undefined", "null", "nan")'
    return f"{value}.lower() {'in' if test.negate else 'not in'} {falsy}"
