"""The functions of the dialect, a file a family."""

from penstock.program.values.loadmill.functions.arithmetic import ARITHMETIC
from penstock.program.values.loadmill.functions.arrays import ARRAYS
from penstock.program.values.loadmill.functions.chance import CHANCE, legacy_generator
from penstock.program.values.loadmill.functions.dates import DATES
from penstock.program.values.loadmill.functions.documents import DOCUMENTS
from penstock.program.values.loadmill.functions.encodings import ENCODINGS
from penstock.program.values.loadmill.functions.logic import LOGIC
from penstock.program.values.loadmill.functions.registry import Function, FunctionFailed, Table
from penstock.program.values.loadmill.functions.texts import TEXTS

FUNCTIONS: Table = {**ARITHMETIC, **LOGIC, **TEXTS, **ARRAYS, **DOCUMENTS, **CHANCE, **ENCODINGS, **DATES}
"""Every function by name."""

OPERATORS: Table = {
    sign: FUNCTIONS[name]
    for signs, name in (
        ("= == ===", "__eq"),
        ("!= !==", "__neq"),
        ("& &&", "__and"),
        ("| ||", "__or"),
        ("<", "__lt"),
        ("<=", "__lte"),
        (">", "__gt"),
        (">=", "__gte"),
        ("+", "__add"),
        ("-", "__sub"),
        ("*", "__mult"),
        ("/", "__div"),
    )
    for sign in signs.split()
}
"""Every operator by its sign."""

__all__ = ["FUNCTIONS", "OPERATORS", "Function", "FunctionFailed", "legacy_generator"]
