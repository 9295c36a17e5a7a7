"""What the importer knows of functions besides what they compute: what they set, keep, and say before the run."""

from __future__ import annotations

from collections.abc import Callable

from penstock.importers.jmeter.filefunctions import FILE_FUNCTIONS

PROPERTIES_BEHIND = {"__P": 2, "__property": 3, "__setProperty": 3, "__isPropDefined": 1}
"""Functions that ask for properties, and how many arguments they have in front of those that are given for the run."""

COUNTING = frozenset({"__counter", *FILE_FUNCTIONS}) - {"__FileToString"}
"""Functions that keep something from call to call: each place in the plan keeps its own."""

BY_FILE = frozenset({"__CSVRead", "__XPath"})
"""Functions that go on in a file wherever they are called."""


def _added(values: list[str]) -> str | None:
    return str(sum(int(value) for value in values)) if values[-1].strip().lstrip("+-").isdigit() else None


PURE: dict[str, Callable[[list[str]], str | None]] = {
    "__intSum": _added,
    "__longSum": _added,
    "__lowercase": lambda values: values[0].lower() if len(values) == 1 else None,
    "__uppercase": lambda values: values[0].upper() if len(values) == 1 else None,
}
"""Functions that give the same for the same, and that stand where a number or a name must be known before the run."""

STORING: dict[str, tuple[int, ...]] = {
    "__BeanShell": (1,),
    "__FileToString": (2,),
    "__MD5": (1,),
    "__Random": (2,),
    "__RandomDate": (4,),
    "__RandomFromMultipleVars": (1,),
    "__RandomString": (2,),
    "__StringFromFile": (1,),
    "__base64Decode": (1,),
    "__base64Encode": (1,),
    "__changeCase": (2,),
    "__chooseRandom": (-1,),
    "__counter": (1,),
    "__dateTimeConvert": (3,),
    "__digest": (4,),
    "__doubleSum": (-1,),
    "__escapeOroRegexpChars": (1,),
    "__groovy": (1,),
    "__if": (4,),
    "__intSum": (-1,),
    "__javaScript": (1,),
    "__jexl2": (1,),
    "__jexl3": (1,),
    "__longSum": (-1,),
    "__lowercase": (1,),
    "__property": (1,),
    "__regexFunction": (5,),
    "__split": (1,),
    "__strLen": (1,),
    "__strReplace": (3,),
    "__strReplaceRegex": (3,),
    "__substring": (3,),
    "__time": (1,),
    "__timeShift": (4,),
    "__uppercase": (1,),
}
"""Which argument of a function names a variable that it sets."""

STORING_SEVERAL = frozenset({"__split", "__regexFunction"})
