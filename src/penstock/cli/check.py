"""`penstock check FILE`: compile a test, say what could not be carried over, run nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from penstock.cli import findings as finding_lines
from penstock.cli.exits import Exit
from penstock.cli.options import (
    DataSources,
    IgnorePlugins,
    PluginsFile,
    Pools,
    RunSettings,
    SettingsFile,
    SkipUnsupported,
    read_pool,
    read_settings,
    read_tables,
)
from penstock.cli.process import Process
from penstock.metrics import numbers
from penstock.model.load_words import in_words
from penstock.runs.plan import Plan, ScenarioWork
from penstock.services.changes import Changes
from penstock.services.preparation import prepare
from penstock.services.prepared import Prepared
from penstock.services.verification import verify, verify_suite


def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The test: a file of another tool, a scenario (JSON) or a flow.py.")],
    *,
    pool: Pools = None,
    run_settings: RunSettings = None,
    settings: SettingsFile = None,
    skip_unsupported: SkipUnsupported = False,
    ignore_plugins: IgnorePlugins = False,
    plugins: PluginsFile = None,
    data_source: DataSources = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON on stdout.")] = False,
) -> int:
    """Say whether a test can be run, and what becomes of each of its parts. Exit code 104 when it cannot."""
    process: Process = context.obj
    changes = Changes(
        pools=tuple(read_pool(given) for given in pool or []),
        run_settings=run_settings,
        test_settings=read_settings(settings),
        skip_unsupported=skip_unsupported,
        ignore_plugins=ignore_plugins,
        plugins=plugins,
        tables=read_tables(data_source or []),
    )
    prepared = prepare(file, changes)
    if prepared.plan is not None:
        verify(prepared.plan)
    elif prepared.suite is not None:
        verify_suite(prepared.suite)
    if json:
        process.stdout.write(_as_json(file, prepared))
    else:
        lines = [*finding_lines.lines(prepared.findings), *_fidelity(prepared), _sentence(file, prepared)]
        process.stdout.write("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
    process.stdout.flush()
    return Exit.PASSED if prepared.is_runnable else Exit.INVALID_INPUT


def _fidelity(prepared: Prepared) -> list[str]:
    """Return a table: what became of each kind of element; nothing for a file that is run as it is."""
    kinds = prepared.imported.fidelity if prepared.imported else ()
    if not kinds:
        return []
    wide = max(len("element"), *(len(one.kind) for one in kinds))
    head = f"{'element':{wide}}   mapped  approximated  dropped"
    rows = [
        f"{one.kind:{wide}}  {one.mapped or '-':>7}  {one.approximated or '-':>12}  {one.dropped or '-':>7}"
        for one in kinds
    ]
    return ["", head, *rows, ""]


def _sentence(file: Path, prepared: Prepared) -> str:
    counts = finding_lines.counts(prepared.findings)
    tests = _tests(prepared)
    if not prepared.is_runnable:
        return f"{file}: cannot be run as it is: {tests}{counts}"
    if prepared.plan is None:
        return f"{file}: can be run: {_described_suite(prepared)}; {counts}"
    return f"{file}: can be run: {_described(prepared.plan)}; {tests}{counts}"


def _tests(prepared: Prepared) -> str:
    imported = prepared.imported
    if imported is None or imported.tests == imported.imported_tests == 1:
        return ""
    missing = imported.tests - imported.imported_tests
    rest = f", {missing} not importable" if missing else ""
    return f"imported {imported.imported_tests} of {numbers.things(imported.tests, 'test')}{rest}; "


def _described_suite(prepared: Prepared) -> str:
    suite = prepared.suite
    assert suite is not None  # noqa: S101 — asked for before
    steps = sum(len(flow.journey.steps) for flow in suite.flows)
    disabled = sum(flow.status == "disabled" for flow in suite.flows)
    off = f" ({disabled} disabled)" if disabled else ""
    return f"{suite.name!r}, {numbers.things(len(suite.flows), 'flow')}{off}, {steps} steps"


def _described(plan: Plan) -> str:
    length = "" if plan.duration_s > 30 * 86_400 else f" for {numbers.span(plan.duration_s)}"
    steps = ""
    if isinstance(plan.work, ScenarioWork):
        total = sum(len(journey.steps) for journey in plan.work.scenario.journeys)
        steps = f", {total} steps"
    load = "; ".join(in_words(population.load) for population in plan.populations)
    return f"{plan.name!r}, {load}{length}{steps}"


def _as_json(file: Path, prepared: Prepared) -> bytes:
    imported = prepared.imported
    content: dict[str, Any] = {
        "runnable": prepared.is_runnable,
        "findings": [finding.facts() for finding in prepared.findings],
        "elements": [
            {"kind": each.kind, "mapped": each.mapped, "approximated": each.approximated, "dropped": each.dropped}
            for each in (imported.fidelity if imported else ())
        ],
        "tests": imported.tests if imported else 1,
        "imported_tests": imported.imported_tests if imported else 1,
        "summary": _sentence(file, prepared),
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
