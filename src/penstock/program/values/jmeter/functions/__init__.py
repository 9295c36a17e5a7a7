"""The functions of JMeter, and those of its plug-ins that plans use most."""

from __future__ import annotations

from penstock.program.values.jmeter.functions import chance, files, moments, numbers, responses, texts, variables
from penstock.program.values.jmeter.functions.registry import Asked, Function, Table, keep
from penstock.program.values.jmeter.scripting.tokens import Flavour

FUNCTIONS: Table = {
    **chance.TABLE,
    **files.TABLE,
    **moments.TABLE,
    **numbers.TABLE,
    **responses.TABLE,
    **texts.TABLE,
    **variables.TABLE,
}
"""All that compute a text from texts."""

SCRIPTS: dict[str, tuple[Flavour, int, int]] = {
    "__javaScript": ("javascript", 1, 2),
    "__jexl2": ("jexl2", 1, 2),
    "__jexl3": ("jexl", 1, 2),
    "__groovy": ("groovy", 1, 2),
    "__BeanShell": ("java", 1, 2),
}
"""Functions whose first argument is code: in which language, and how many arguments they take."""

EVALUATIONS = {"__eval": (1, 1), "__evalVar": (1, 1)}
"""Functions whose argument is a text to be read again."""

FACTS = {
    "__threadNum": "#threadNum",
    "__machineName": "#machineName",
    "__machineIP": "#machineIP",
    "__iterationNum": "#iteration",
}
"""Functions without arguments that say what a built-in variable says. The first has one that names a variable."""

OF_THE_PLAN = frozenset({"__threadGroupName", "__samplerName", "__TestPlanName", "__env"})
"""Functions that are settled while a plan is imported."""

NAMES = frozenset({*FUNCTIONS, *SCRIPTS, *EVALUATIONS, *FACTS, *OF_THE_PLAN})
"""The names of all functions."""

__all__ = ["EVALUATIONS", "FACTS", "FUNCTIONS", "NAMES", "OF_THE_PLAN", "SCRIPTS", "Asked", "Function", "keep"]
