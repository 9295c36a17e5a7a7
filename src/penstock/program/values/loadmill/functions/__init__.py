"""The functions of the dialect, a file a family."""

from __future__ import annotations

from random import Random

from penstock.program.values.loadmill.functions.arithmetic import ARITHMETIC
from penstock.program.values.loadmill.functions.arrays import ARRAYS
from penstock.program.values.loadmill.functions.chance import chance
from penstock.program.values.loadmill.functions.dates import DATES
from penstock.program.values.loadmill.functions.documents import DOCUMENTS, selections
from penstock.program.values.loadmill.functions.encodings import ENCODINGS
from penstock.program.values.loadmill.functions.logic import LOGIC, choices
from penstock.program.values.loadmill.functions.registry import Function, FunctionFailed, Table
from penstock.program.values.loadmill.functions.texts import TEXTS

__all__ = ["OPERATORS", "Function", "FunctionFailed", "Table", "functions"]


def functions(random: Random) -> Table:
    """Return every function by name; what is drawn at random comes from `random`."""
    fixed = {**ARITHMETIC, **LOGIC, **TEXTS, **ARRAYS, **DOCUMENTS, **ENCODINGS, **DATES}
    return {**fixed, **choices(random), **selections(random), **chance(random)}


OPERATORS: Table = {
    sign: function
    for signs, function in (
        ("= == ===", LOGIC["__eq"]),
        ("!= !==", LOGIC["__neq"]),
        ("& &&", LOGIC["__and"]),
        ("| ||", LOGIC["__or"]),
        ("<", ARITHMETIC["__lt"]),
        ("<=", ARITHMETIC["__lte"]),
        (">", ARITHMETIC["__gt"]),
        (">=", ARITHMETIC["__gte"]),
        ("+", ARITHMETIC["__add"]),
        ("-", ARITHMETIC["__sub"]),
        ("*", ARITHMETIC["__mult"]),
        ("/", ARITHMETIC["__div"]),
    )
    for sign in signs.split()
}
"""Every operator by its sign."""
