"""The counters that a load test makes itself, by the names that Visual Studio gives them (in any of its languages).

Categories are never translated. Counters may be: then the place in the category, which is the same in every file, says
which one it is.
"""

from __future__ import annotations

from penstock.model.counters import LOAD_TEST_COUNTERS

_TRANSLATED = {
    "Ошибок в секунду": "Errors/Sec",
    "Нарушений порога/сек": "Threshold Violations/Sec",
    "Violações de limite/s": "Threshold Violations/Sec",
}


def standard_counter(category: str, name: str, place: int | None = None, of: int | None = None) -> str | None:
    """Return the English name; None for a counter that a load test does not make.

    `place` is where it stands among the `of` counters of its category.
    """
    known = LOAD_TEST_COUNTERS.get(category)
    if known is None:
        return None
    same = {each.lower(): each for each in known}
    if name.lower() in same:
        return same[name.lower()]
    if name in _TRANSLATED and _TRANSLATED[name] in known:
        return _TRANSLATED[name]
    if place is not None and of == len(known):
        return known[place]
    return None
