"""What a JMeter plan computes, as Python: functions of the importer (`#…`) and of JMeter (`__…`).

`{0}`, `{1}` are the arguments, each an expression that gives a text.
"""

from __future__ import annotations

import re

from penstock.model import Assign, Assignment, Call, Expr, Literal, Origin, Step, Test, Think, Variable

CONDITIONS: dict[str, tuple[str, str]] = {
    "#each_left": ('f"{{{0}}}{{{1}}}{{{2}}}" in v and ({3} == "" or int({2}) <= int({3}))', ""),
    "#first": ("v.setdefault({0}, user.iteration) == user.iteration", ""),
    "#is": ("{0} == {1}", ""),
    "#is_left": ("int({0}) != 0", ""),
    "#percent": ("random.random() * 100 < float({2})", "random"),
    "#within": ("time.monotonic() - float({0}) < float({1})", "time"),
}
"""What is true or false, and the module that it takes."""

VALUES: dict[str, tuple[str, str]] = {
    "#clock": ("str(time.monotonic())", "time"),
    "#draw": ("str(random.randrange(int({0})))", "random"),
    "#each": ('v.get(f"{{{0}}}{{{1}}}{{{2}}}", "")', ""),
    "#each_again": ('v.get(f"{{{0}}}{{{1}}}{{{2}}}", {3})', ""),
    "#form_again": ("urllib.parse.quote_plus(urllib.parse.unquote_plus({0}))", "urllib.parse"),
    "#form_encode": ("urllib.parse.quote_plus({0})", "urllib.parse"),
    "#gaussian": ("str(abs(random.gauss(0, 1) * float({0}) + float({1})))", "random"),
    **dict.fromkeys(("#gone", "#here", "#stop"), ('""', "")),
    "#head": ('{0}.partition(",")[0]', ""),
    "#less": ("str(int({0}) - 1)", ""),
    "#more": ("str(int({0}) + 1)", ""),
    "#once": ("{1}", ""),
    "#random_whole": ("str(random.randint(int({0}), int({1})))", "random"),
    "#shuffle": ('",".join(random.sample([str(n) for n in range(int({0}))], int({0})))', "random"),
    "#sum_whole": ("str(int({0} or 0) + int({1} or 0))", ""),
    "#tail": ('{0}.partition(",")[2]', ""),
    "#uniform": ("str(random.random() * float({0}) + float({1}))", "random"),
    "__Random": ("str(random.randint(int({0}), int({1})))", "random"),
    "__UUID": ("str(uuid.uuid4())", "uuid"),
    "__time": ("str(time.time_ns() // 1_000_000)", "time"),
    "__urldecode": ("urllib.parse.unquote_plus({0})", "urllib.parse"),
    "__urlencode": ("urllib.parse.quote_plus({0})", "urllib.parse"),
}
"""What gives a text, and the module that it takes."""

_ARGUMENTS = {"__Random": (2,), "__UUID": (0,), "__time": (0,), "__urldecode": (1,)}
"""With how many arguments a function means that; others of it are not written in Python."""


FACTS: dict[str, tuple[str, str] | None] = {
    "#threadNum": ("str(user.index + 1)", ""),
    "#iteration": ("str(user.iteration + 1)", ""),
    "#machineName": ("platform.node()", "platform"),
    **dict.fromkeys(("#machineIP", "#body", "#code", "#headers", "#message", "#request", "#time", "#url"), None),
}
"""Built-in variables of the dialect; None: Python has no word for it."""

_DATE = re.compile(r"yyyy|MM|dd|HH|mm|ss|[^A-Za-z'%]+")
_DATE_WORDS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_NAMED_DATES = {"YMD": "yyyyMMdd", "HMS": "HHmmss", "YMDHMS": "yyyyMMdd-HHmmss"}


def _date(pattern: str) -> tuple[str, str] | None:
    """Return the date of now by a pattern of Java; None for one with other letters."""
    pattern = _NAMED_DATES.get(pattern, pattern)
    words = _DATE.findall(pattern)
    if not pattern or "".join(words) != pattern:
        return None
    return f'time.strftime("{"".join(_DATE_WORDS.get(word, word) for word in words)}")', "time"


def value_of(function: str, arguments: list[str]) -> tuple[str, str] | None:
    """Return what gives the value of a function, and its module; None for one that Python has no word for."""
    if function == "#join":
        return " + ".join(arguments), ""
    if function == "#sum":
        return f"str({' + '.join(f'float({each})' for each in arguments)})", ""
    if function == "__time" and len(arguments) == 1 and arguments[0].isascii() and arguments[0][:1] == '"':
        return _date(arguments[0][1:-1])
    known = VALUES.get(function)
    if known is None or len(arguments) not in _ARGUMENTS.get(function, (len(arguments),)):
        return None
    return known[0].format(*arguments), known[1]


def seconds_of(expr: Expr) -> str | None:
    """Return the seconds that a pause of timers lasts; None for one that is not a sum of written or drawn numbers."""
    match expr:
        case Call("#sum", parts):
            found = [seconds_of(part) for part in parts]
            written = [each for each in found if each is not None]
            return " + ".join(each for each in written if each != "0") if len(written) == len(found) else None
        case Call("#uniform", (Literal(spread), Literal(least))):
            first, last = _seconds(least), _seconds(spread)
            return None if first is None or last is None else f"random.uniform({first:g}, {first + last:g})"
        case Call("#gaussian", (Literal(deviation), Literal(mean))):
            middle, width = _seconds(mean), _seconds(deviation)
            return None if middle is None or width is None else f"abs(random.gauss({middle:g}, {width:g}))"
        case Literal(written):
            number = _seconds(written)
            return None if number is None else f"{number:g}"
        case Variable(name):
            return f"float(v[{name!r}]) / 1000"
    return None


def _seconds(milliseconds: str) -> float | None:
    try:
        return float(milliseconds.strip() or "0") / 1000
    except ValueError:
        return None


def pause_before(step: Step, following: Step | None) -> tuple[Expr, Origin] | None:
    """Return the milliseconds of the pause that two steps make together, and its place; None where they make none."""
    match step, following:
        case Assign((Assignment("#pause", (text,)),), origin), Think(Variable("#pause")):
            return (text.holes[0].expr if text.holes else Literal(text.source)), origin
    return None


def is_wait_for_others(test: Test) -> bool:
    """Whether a condition leads to where a thread group waits for others."""
    return test.subject == Call("#first", (Literal("#stage"),))
