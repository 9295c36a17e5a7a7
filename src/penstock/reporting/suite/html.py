"""A suite as one HTML file: every flow, step and exchange, to be opened where something failed. It runs no script."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from penstock.metrics import numbers
from penstock.reporting.html.sanitizing import cut, show
from penstock.reporting.suite.failures import told
from penstock.reporting.suite.rows import Row, elsewhere, rows_of
from penstock.runs.suite_report import SuiteReport

_FOLDER = "penstock.reporting.suite"
_LONGEST_BODY = 8_000
_CLASSES = {
    "passed": "good",
    "flaky": "warn",
    "failed": "bad",
    "error": "bad",
    "stopped": "warn",
    "not run": "quiet",
}


def render(report: SuiteReport) -> bytes:
    """Return the whole file as UTF-8."""
    page = _environment().get_template("page.html")
    style = resources.files("penstock.reporting.html").joinpath("templates", "report.css").read_text("utf-8")
    own = resources.files(_FOLDER).joinpath("templates", "suite.css").read_text("utf-8")
    return page.render(report=report, style=style + own, classes=_CLASSES).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(_FOLDER), PackageLoader("penstock.reporting.html")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"rows_of": rows_of, "elsewhere": elsewhere, "problems": _problems, "told": told}
    environment.filters |= {
        "latency": numbers.latency,
        "span": numbers.span,
        "things": numbers.things,
        "body": lambda text: cut(text, _LONGEST_BODY),
    }
    return environment


def _problems(row: Row) -> list[str]:
    """Return what failed in a step besides its assertions, which are told one by one."""
    labels = {check.label for check in row.last.checks} if row.last is not None else set()
    return [told(failure, row.step) for failure in row.failures if failure.message not in labels]


def _finalize(value: Any) -> Any:
    """Make every text visible that a template puts out, whoever wrote it; Jinja escapes it afterwards."""
    return show(value) if isinstance(value, str) and not isinstance(value, Markup) else value
