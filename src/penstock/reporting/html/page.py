"""Puts the file together: tables from templates, charts from data, scripts with their hashes."""

from __future__ import annotations

import base64
import hashlib
import shlex
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from penstock.metrics import numbers
from penstock.metrics.rows import Row
from penstock.reporting import applications, counters, json
from penstock.reporting.html import wording
from penstock.reporting.html.cells import NONE, elapsed, milliseconds
from penstock.reporting.html.charts import draw
from penstock.reporting.html.sanitizing import cut, guard_json, script_json, show
from penstock.reporting.html.wording import PHASE_NAMES
from penstock.runs.report import Report

_MOST_VIOLATIONS = 100
_FOLDER = "penstock.reporting.html"
_SCRIPTS = "<!-- scripts -->"
"""Holds their place while the rest is put together as text, which they would make slow."""


def write(report: Report) -> bytes:
    """Return the whole file as UTF-8."""
    charts = draw(report)
    scripts = _scripts(draws=bool(charts))
    page = _environment().get_template("page.html")
    text = page.render(
        report=report,
        command=shlex.join(("penstock", *report.run.arguments)),
        run=report.run,
        scenario=report.scenario,
        summary=report.summary,
        verdict=report.verdict,
        counters=report.counters,
        counter_totals=counters.totals(report.counters) if report.counters else (),
        counter_instances=counters.instances(report.counters) if report.counters else (),
        violations=counters.violated(report.counters, _MOST_VIOLATIONS) if report.counters else (),
        application_lines=applications.lines(report),
        own_metrics=applications.others(report),
        banner=wording.announce(report),
        story=wording.tell(report),
        points=report.points,
        statuses=_statuses(report.summary.total),
        charts=charts,
        chart_data=script_json({key: chart.data for key, chart in charts.items()}),
        report_json=guard_json(json.render(report)),
        style=_read("report.css"),
        scripts=_SCRIPTS,
        script_hashes=scripts.hashes,
    )
    before, after = text.split(_SCRIPTS)  # nothing recorded can have put one there: it would be escaped
    return b"".join((before.encode(), scripts.content, after.encode()))


@dataclass(frozen=True, slots=True)
class _Scripts:
    """The elements of the page's scripts in UTF-8, and the names under which its policy lets exactly these run."""

    content: bytes
    hashes: tuple[str, ...]


@cache
def _scripts(*, draws: bool) -> _Scripts:
    """Return the scripts, with the library that draws if there is something to draw: most of the page is that."""
    sources = [source.encode() for source in ((get_plotlyjs(),) if draws else ()) + (_read("report.js"),)]
    elements = b"\n".join(b"<script>" + source + b"</script>" for source in sources)
    return _Scripts(elements, tuple(map(_hash, sources)))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["nothing"] = NONE
    environment.globals["phase_names"] = PHASE_NAMES
    environment.filters |= {
        "bytes": numbers.size,
        "count": numbers.count,
        "cut": cut,
        "describe": wording.describe,
        "describe_limit": wording.describe_limit,
        "elapsed": elapsed,
        "latency": numbers.latency,
        "ms": milliseconds,
        "plain": numbers.plain,
        "share": numbers.share,
        "span": numbers.span,
        "things": numbers.things,
    }
    return environment


def _finalize(value: Any) -> Any:
    """Make every text visible that a template puts out, whoever wrote it; Jinja escapes it afterwards."""
    return show(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _read(name: str) -> str:
    return resources.files(_FOLDER).joinpath("templates", name).read_text("utf-8")


def _hash(script: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script).digest()).decode()


def _statuses(total: Row) -> list[tuple[str, str, int, float]]:
    """Return (status, phrase, count, share of all requests), with what brought no status at the end."""
    rows = [(status, _phrase(status), count) for status, count in total.statuses]
    missing = total.count - sum(count for _, _, count in rows)
    if missing > 0:
        rows.append((NONE, "no complete response", missing))
    return [(status, phrase, count, count / total.count) for status, phrase, count in rows]


def _phrase(status: str) -> str:
    return HTTPStatus(int(status)).phrase if status in {str(known.value) for known in HTTPStatus} else ""
