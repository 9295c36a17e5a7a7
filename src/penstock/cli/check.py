"""`penstock check FILE`: compile a test, say what could not be carried over, run nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from penstock.cli import findings as finding_lines
from penstock.cli.exits import Exit
from penstock.cli.options import read_pool
from penstock.cli.process import Process
from penstock.metrics import numbers
from penstock.model import Finding
from penstock.model.load_words import in_words
from penstock.runs.plan import Plan, ScenarioWork
from penstock.services.changes import Changes
from penstock.services.preparation import Prepared, prepare


def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A Loadmill load-test configuration (JSON) or a flow.py.")],
    *,
    pool: Annotated[
        list[str] | None,
        typer.Option(help="CSV data for a pool of the file. Repeatable.", metavar="[ID=]FILE"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON on stdout.")] = False,
) -> int:
    """Say whether a test can be run, and with what differences. Exit code 104 when it cannot."""
    process: Process = context.obj
    prepared = prepare(file, Changes(pools=tuple(read_pool(given) for given in pool or [])))
    if json:
        process.stdout.write(_as_json(prepared))
        process.stdout.flush()
    else:
        for line in finding_lines.lines(prepared.findings):
            process.stdout.write(f"{line}\n".encode())
        process.stdout.write(f"{_sentence(file, prepared)}\n".encode())
        process.stdout.flush()
    return Exit.PASSED if prepared.plan is not None else Exit.INVALID_INPUT


def _sentence(file: Path, prepared: Prepared) -> str:
    counts = finding_lines.counts(prepared.findings)
    if prepared.plan is None:
        return f"{file}: cannot be run as it is: {counts}"
    return f"{file}: can be run: {_described(prepared.plan)}; {counts}"


def _described(plan: Plan) -> str:
    length = "" if plan.duration_s > 30 * 86_400 else f" for {numbers.span(plan.duration_s)}"
    steps = ""
    if isinstance(plan.work, ScenarioWork):
        total = sum(len(journey.steps) for journey in plan.work.scenario.journeys)
        steps = f", {total} steps"
    load = "; ".join(in_words(population.load) for population in plan.populations)
    return f"{plan.name!r}, {load}{length}{steps}"


def _as_json(prepared: Prepared) -> bytes:
    def one(finding: Finding) -> dict[str, object]:
        return {
            "severity": finding.severity,
            "effect": finding.effect,
            "code": finding.code,
            "file": finding.origin.file,
            "path": finding.origin.path,
            "line": finding.origin.line,
            "message": finding.message,
            "advice": finding.advice,
        }

    content = {"runnable": prepared.plan is not None, "findings": [one(finding) for finding in prepared.findings]}
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
