"""`penstock trial FILE`: do one iteration, show it step by step, record it whole."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from penstock import app
from penstock.cli import findings as finding_lines
from penstock.cli import sections
from penstock.cli.exits import Exit
from penstock.cli.fitting import fit_flow, fit_imported
from penstock.cli.options import (
    DataSources,
    IgnorePlugins,
    PluginsFile,
    Pools,
    RunSettings,
    TargetOverrides,
    read_pool,
    read_tables,
)
from penstock.cli.outputs import STDOUT, verify_folder, write_whole
from penstock.cli.parameters import (
    Inline,
    ParameterFiles,
    Parameters,
    ParameterVariables,
    given_parameters,
    read_parameter_file,
)
from penstock.cli.process import Process
from penstock.cli.suite_options import may_be_suite
from penstock.cli.suites import until_stopped
from penstock.cli.transport_options import (
    BaseUrl,
    CaFile,
    ClientCert,
    ClientKey,
    HttpVersion,
    Insecure,
    MaxBodySize,
    NoProxy,
    Proxy,
    Resolve,
    SourceAddresses,
)
from penstock.reporting.suite import trial as report
from penstock.runs.plan import ScenarioWork
from penstock.runs.recording import Recording
from penstock.services import target_overrides, transport
from penstock.services.changes import Changes, LoadChanges
from penstock.services.importing import read
from penstock.services.preparation import prepare
from penstock.services.suite_preparation import as_load
from penstock.services.trial import prepare_trial, run_trial


def trial(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The test: a file of another tool, a scenario (JSON) or a flow.py.")],
    parameters: Parameters = None,
    *,
    journey: Annotated[
        str | None, sections.suites("--journey", help="Which journey of a test with several.", metavar="NAME")
    ] = None,
    flow: Annotated[
        list[str] | None, sections.suites("--flow", help="Which flow of a suite, by name or id.", metavar="NAME")
    ] = None,
    parameters_file: ParameterFiles = None,
    parameter_env: ParameterVariables = None,
    inline: Inline = False,
    pool: Pools = None,
    base_url: BaseUrl = None,
    target_override: TargetOverrides = None,
    resolve: Resolve = None,
    proxy: Proxy = None,
    no_proxy: NoProxy = None,
    source_address: SourceAddresses = None,
    http_version: HttpVersion = None,
    client_cert: ClientCert = None,
    client_key: ClientKey = None,
    ca_file: CaFile = None,
    insecure: Insecure = False,
    max_body_size: MaxBodySize = None,
    run_settings: RunSettings = None,
    ignore_plugins: IgnorePlugins = False,
    plugins: PluginsFile = None,
    data_source: DataSources = None,
    no_think: Annotated[
        bool, sections.pace("--no-think", help="Record think times, but do not wait for them.")
    ] = False,
    output: Annotated[
        str | None, sections.results("--output", "-o", help="Write the recording as JSON; - is stdout.", metavar="FILE")
    ] = None,
    quiet: Annotated[bool, sections.results("--quiet", "-q", help="Show nothing but errors.")] = False,
) -> int:
    """Do one iteration of a test and record it whole. Exit code 99 when something in it failed."""
    process: Process = context.obj
    if output is not None and output != STDOUT:
        verify_folder("--output", Path(output).parent, Path(output))
    changes = Changes(
        parameters=given_parameters(file, parameters, parameter_env, process.environment),
        pools=tuple(read_pool(given) for given in pool or []),
        load=LoadChanges(thinks="off" if no_think else None),
        base_url=base_url,
        target_overrides=target_overrides.read(target_override or []),
        verify_tls=not insecure,
        run_settings=run_settings,
        ignore_plugins=ignore_plugins,
        plugins=plugins,
        tables=read_tables(data_source or []),
        parameter_files=tuple(read_parameter_file(given) for given in parameters_file or []),
        is_inline=inline,
        transport=transport.read(
            proxy=proxy,
            no_proxy=no_proxy,
            client_cert=client_cert,
            client_key=client_key,
            ca_file=ca_file,
            http_version=http_version,
            resolve=tuple(resolve or []),
            source_addresses=tuple(source_address or []),
            max_body_size=max_body_size,
        ),
    )
    imported = None
    if file.suffix == ".py":
        fit_flow(context, file)
    if may_be_suite(file):
        imported = read(file, changes)
        fit_imported(context, file, imported)
        imported = as_load(imported, tuple(flow or []))
    prepared = prepare(file, changes, imported)
    finding_lines.show(prepared.findings, process, quiet=quiet)
    if prepared.plan is None:
        process.say(f"error: {file} cannot be run as it is ({finding_lines.counts(prepared.findings)})")
        return Exit.INVALID_INPUT
    asked = prepare_trial(prepared, file, changes, journey=journey)

    async def work(stop: asyncio.Event) -> Recording:
        trials = app.local_trials()
        try:
            return await run_trial(trials, asked, stop)
        finally:
            await trials.close()

    recording, stopped_by = asyncio.run(until_stopped(work))
    if not quiet:
        for line in report.lines(recording, asked.journey, colour=process.colour):
            process.say(line)
    dialect = asked.plan.work.scenario.dialect if isinstance(asked.plan.work, ScenarioWork) else None
    if output is not None:
        content = report.render(recording, asked.journey, str(file), dialect)
        try:
            _write(output, content, process)
        except OSError as error:
            process.say(f"error: {error.filename}: {error.strerror}")
            return Exit.OUTPUT_FAILED
    if stopped_by is not None:
        process.say(f"stopped by {stopped_by}")
        return Exit.INTERRUPTED
    if not quiet:
        process.say("passed" if recording.has_passed else f"failed: {recording.first_failure}")
    return Exit.PASSED if recording.has_passed else Exit.MISSED


def _write(output: str, content: bytes, process: Process) -> None:
    if output == STDOUT:
        process.stdout.write(content)
        process.stdout.flush()
    else:
        write_whole(Path(output), content)
