"""`penstock run FILE`: run a test, show it while it goes on, say what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock import app
from penstock.cli import findings as finding_lines
from penstock.cli.archiving import Archiving
from penstock.cli.conduct import Conduct
from penstock.cli.exits import Exit
from penstock.cli.options import (
    Archive,
    CountersFile,
    Csv,
    DataSources,
    FailOn,
    Html,
    IgnorePlugins,
    Json,
    Junit,
    Parquet,
    PluginsFile,
    PoolOrder,
    Pools,
    Quiet,
    RunSettings,
    SettingsFile,
    SkipUnsupported,
    TargetOverrides,
    environment_of_tests,
    read_level,
    read_order,
    read_pairs,
    read_parameter_file,
    read_pool,
    read_settings,
    read_share,
    read_tables,
)
from penstock.cli.outputs import Outputs
from penstock.cli.process import Process
from penstock.cli.suite_options import (
    AsLoad,
    Description,
    Flows,
    Inline,
    Labels,
    LabelsExpression,
    Once,
    OnlyReady,
    Parallel,
    ParameterFiles,
    Retries,
    SuiteWishes,
    may_be_suite,
    run_once,
)
from penstock.errors import InvalidInput
from penstock.runs.agents import Choice, choose
from penstock.services import load_texts, networks, target_overrides, transport
from penstock.services.changes import Changes, LoadChanges
from penstock.services.preparation import prepare, read
from penstock.services.request import Request

if TYPE_CHECKING:
    from penstock.ports.counters import CounterSource
    from penstock.runs.plan import Plan
    from penstock.runs.report import Report
    from penstock.services.applications import Described


def run(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The test: a file of another tool, a scenario (JSON) or a flow.py.")],
    parameters: Annotated[
        list[str] | None, typer.Argument(metavar="[name=value]...", help="Parameters that override the file's.")
    ] = None,
    *,
    users: Annotated[int | None, typer.Option(help="How many users at the peak.", metavar="N")] = None,
    rate: Annotated[
        str | None, typer.Option(help="Start so many iterations a second instead, like 100 or 600/m.", metavar="R")
    ] = None,
    arrivals: Annotated[
        str | None, typer.Option(help="How starts of a rate lie: even or poisson.", metavar="even|poisson")
    ] = None,
    max_users: Annotated[
        int | None, typer.Option("--max-users", help="The most users a rate of starts may take.", metavar="N")
    ] = None,
    requests_rate: Annotated[
        str | None,
        typer.Option("--requests-rate", help="Send so many requests a second over all users.", metavar="R"),
    ] = None,
    phases: Annotated[
        str | None, typer.Option(help="The load over time: '0..50 in 10s, 50 for 1m, 0 in 10s'.", metavar="TEXT")
    ] = None,
    iterations: Annotated[int | None, typer.Option(help="Iterations of each user.", metavar="N")] = None,
    total_iterations: Annotated[
        int | None, typer.Option("--total-iterations", help="Iterations of all users together.", metavar="N")
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option(help="How long, like 30s or 5m. A shorter one shortens the ramp in proportion.", metavar="TIME"),
    ] = None,
    ramp_up: Annotated[
        str | None, typer.Option("--ramp-up", help="From 0 to all users in this time.", metavar="TIME")
    ] = None,
    warm_up: Annotated[
        str | None,
        typer.Option("--warm-up", help="Load before the measured part; its results are left out.", metavar="TIME"),
    ] = None,
    cool_down: Annotated[
        str | None,
        typer.Option(
            "--cool-down", help="What runs at the end may go on for so long; its results are left out.", metavar="TIME"
        ),
    ] = None,
    pacing: Annotated[
        str | None,
        typer.Option(help="Least time from the start of an iteration of a user to that of the next.", metavar="TIME"),
    ] = None,
    think: Annotated[
        str | None, typer.Option(help="Think times: on, off, or normal[:0.2] around what is written.", metavar="RULE")
    ] = None,
    new_users: Annotated[
        str | None,
        typer.Option("--new-users", help="Share of iterations done by a user without cookies.", metavar="P%"),
    ] = None,
    goal: Annotated[
        str | None,
        typer.Option(
            help="Users come and go until a measure lies in a range: 'p95 in 300ms..500ms with 10..200 users'.",
            metavar="TEXT",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="Agents, one core each; chosen by the load unless said.", metavar="N", min=1, max=256),
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(
            help="What must hold of the run: 'p95 < 800ms', 'failed < 1%', 'p99[Login] < 2s'. Repeatable.",
            metavar="RULE",
        ),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option("--tags", help="Only tasks of user classes with this tag; repeatable: any.", metavar="TAG"),
    ] = None,
    exclude_tags: Annotated[
        list[str] | None,
        typer.Option("--exclude-tags", help="No tasks with this tag. Repeatable: none of them.", metavar="TAG"),
    ] = None,
    stop_on_errors: Annotated[
        str | None,
        typer.Option(
            "--stop-on-errors",
            help="Stop when more requests fail than this in a span: '90% over 60s' unless said; off: never.",
            metavar="RULE",
        ),
    ] = None,
    max_failures: Annotated[
        str | None, typer.Option("--max-failures", help="Share of failed iterations allowed, like 5%.", metavar="P%")
    ] = None,
    pool: Pools = None,
    pool_order: PoolOrder = "random",
    fail_on: FailOn = None,
    run_settings: RunSettings = None,
    settings: SettingsFile = None,
    skip_unsupported: SkipUnsupported = False,
    ignore_plugins: IgnorePlugins = False,
    plugins: PluginsFile = None,
    data_source: DataSources = None,
    counters: CountersFile = None,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", help="Send every request to this scheme, host and port instead.", metavar="URL"),
    ] = None,
    target_override: TargetOverrides = None,
    no_think: Annotated[
        bool, typer.Option("--no-think", help="Leave out delays, think times and pauses between iterations.")
    ] = False,
    http_version: Annotated[
        str | None,
        typer.Option("--http-version", help="auto, 1.0, 1.1, 2 (over TLS) or 2-prior-knowledge.", metavar="V"),
    ] = None,
    proxy: Annotated[
        str | None,
        typer.Option(help="Send through this proxy; env takes those of the environment.", metavar="URL|env"),
    ] = None,
    no_proxy: Annotated[
        str | None, typer.Option("--no-proxy", help="Hosts asked without a proxy, by commas.", metavar="HOSTS")
    ] = None,
    client_cert: Annotated[
        str | None, typer.Option("--client-cert", help="Certificate (PEM) that users show to servers.", metavar="FILE")
    ] = None,
    client_key: Annotated[
        str | None, typer.Option("--client-key", help="Its key, if in a file of its own.", metavar="FILE")
    ] = None,
    ca_file: Annotated[
        str | None, typer.Option("--ca-file", help="Authorities (PEM) to trust as well.", metavar="FILE")
    ] = None,
    resolve: Annotated[
        list[str] | None,
        typer.Option(help="The address that a host name stands for. Repeatable.", metavar="HOST=ADDRESS"),
    ] = None,
    source_address: Annotated[
        list[str] | None,
        typer.Option("--source-address", help="Connect from this address; several in turn. Repeatable.", metavar="IP"),
    ] = None,
    source_addresses_by: Annotated[
        str | None,
        typer.Option(
            "--source-addresses-by",
            help="What keeps such an address: each connection (takes the next), or each user for all of its own.",
            metavar="WHAT",
        ),
    ] = None,
    connections: Annotated[
        str | None,
        typer.Option(help="Whose connections are: user, iteration, or pool:50 for an agent.", metavar="WHOSE"),
    ] = None,
    dns_lifetime: Annotated[
        str | None,
        typer.Option("--dns-lifetime", help="Ask again for the addresses of a name after this time.", metavar="TIME"),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help="The line that users have, like 3G or 'Dial-up 56k'; several by share.", metavar="NAME[:P%]"),
    ] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Accept any TLS certificate.")] = False,
    json: Json = None,
    html: Html = None,
    junit: Junit = None,
    csv: Csv = None,
    parquet: Parquet = None,
    archive: Archive = None,
    flow: Flows = None,
    labels: Labels = None,
    labels_expression: LabelsExpression = None,
    ci: OnlyReady = False,
    retry: Retries = None,
    parallel: Parallel = 1,
    parameters_file: ParameterFiles = None,
    inline: Inline = False,
    description: Description = "",
    once: Once = False,
    as_load: AsLoad = False,
    quiet: Quiet = False,
) -> int:
    """Run a test and report. Data goes to stdout, talk to stderr.

    Suites and flows are done once, flow by flow; what else is a load, as is a flow with --as-load.
    """
    process: Process = context.obj
    outputs = Outputs(json=json, html=html, junit=junit, csv=csv, parquet=parquet)
    outputs.verify()
    kept = Archiving(archive)
    described = _described(counters, process)
    changes = Changes(
        parameters=(*environment_of_tests(file), *read_pairs(parameters or [])),
        pools=tuple(read_pool(given) for given in pool or []),
        load=load_texts.read(
            users=users,
            rate=rate,
            arrivals=arrivals,
            max_users=max_users,
            requests_rate=requests_rate,
            phases=phases,
            duration=duration,
            ramp_up=ramp_up,
            iterations=iterations,
            total_iterations=total_iterations,
            warm_up=warm_up,
            cool_down=cool_down,
            pacing=pacing,
            think=think,
            goal=goal,
            no_think=no_think,
            new_users=None if new_users is None else read_share("--new-users", new_users),
        ),
        thresholds=tuple(threshold or []),
        stop_on_errors=stop_on_errors,
        tags=tuple(tags or []),
        unwanted_tags=tuple(exclude_tags or []),
        max_failures=None if max_failures is None else read_share("--max-failures", max_failures),
        base_url=base_url,
        target_overrides=target_overrides.read(target_override or []),
        verify_tls=not insecure,
        run_settings=run_settings,
        fails_on=read_level(fail_on),
        test_settings=read_settings(settings),
        skip_unsupported=skip_unsupported,
        ignore_plugins=ignore_plugins,
        plugins=plugins,
        tables=read_tables(data_source or []),
        parameter_files=tuple(read_parameter_file(given) for given in parameters_file or []),
        is_inline=inline,
        pick=read_order(pool_order),
        transport=transport.read(
            proxy=proxy,
            no_proxy=no_proxy,
            client_cert=client_cert,
            client_key=client_key,
            ca_file=ca_file,
            http_version=http_version,
            resolve=tuple(resolve or []),
            source_addresses=tuple(source_address or []),
            source_addresses_by=source_addresses_by,
            connections=connections,
            dns_lifetime=dns_lifetime,
        ),
        networks=networks.read(tuple(network or [])),
        counters=tuple(name for application, _ in described for name in application.names()),
    )
    imported = None
    if may_be_suite(file):
        wishes = SuiteWishes(
            flows=tuple(flow or []),
            labels=tuple(label.strip() for label in (labels or "").split(",") if label.strip()),
            labels_expression=labels_expression or "",
            only_ready=ci,
            retries=retry,
            parallel=parallel,
            description=description,
            is_once=once,
            is_load=as_load or changes.load != LoadChanges(thinks=changes.load.thinks, without_pauses=no_think),
        )
        imported = read(file, changes)
        if wishes.runs_once(imported):
            if archive is not None:
                raise InvalidInput(f"--archive: {file} is done once, flow by flow; archives are of loads (--as-load)")
            if network:
                raise InvalidInput(f"--network: {file} is done once, flow by flow; networks are for loads (--as-load)")
            if counters is not None:
                raise InvalidInput(f"--counters: {file} is done once, flow by flow; counters are for loads (--as-load)")
            finding_lines.show(imported.findings, process, quiet=quiet)
            return run_once(imported, file, changes, wishes, outputs, process, no_think=no_think, quiet=quiet)
        imported = wishes.as_load(imported)
    prepared = prepare(file, changes, imported)
    finding_lines.show(prepared.findings, process, quiet=quiet)
    if prepared.plan is None:
        process.say(f"error: {file} cannot be run as it is ({finding_lines.counts(prepared.findings)})")
        return Exit.INVALID_INPUT
    plan, sources = _with_counters(prepared.plan, described)
    agents = Choice(workers, "") if workers is not None else choose(plan, app.available_cores())
    request = Request(plan, agents.agents, str(file), process.argv[1:], prepared.findings, workers_why=agents.why)
    with kept:
        conduct = Conduct(request, process, quiet=quiet, keep=kept.add, sources=sources)
        report, stopped_by = asyncio.run(conduct.run())
        sensitive = plan.is_sensitive
        return _conclude(report, outputs, kept, process, quiet=quiet, stopped_by=stopped_by, is_sensitive=sensitive)


def _described(file: Path | None, process: Process) -> tuple[Described, ...]:
    """Return what a file says of the servers under test."""
    if file is None:
        return ()
    from penstock.services.applications import read_file

    return read_file(file, process.environment)


def _with_counters(plan: Plan, described: Sequence[Described]) -> tuple[Plan, Sequence[CounterSource]]:
    """Return the plan with the applications of a file of counters, and what is read beside the run."""
    plan = replace(plan, applications=tuple(application for application, _ in described))
    sources = [app.application_counters(*one) for one in described]
    if plan.counters:
        sources.append(app.machine_counters(plan.counters))
    return plan, sources


def _conclude(
    report: Report,
    outputs: Outputs,
    kept: Archiving,
    process: Process,
    *,
    quiet: bool,
    stopped_by: str | None,
    is_sensitive: bool,
) -> int:
    """Write results and summary; the exit code says the worst of what happened."""
    failure: OSError | None = None
    written: list[str] = []
    writers: tuple[Callable[[], list[str]], ...] = (
        lambda: outputs.write(report, process),
        lambda: kept.write(report, is_sensitive=is_sensitive),
    )
    for write in writers:
        try:
            written += write()
        except OSError as error:
            failure = failure or error
    if not quiet:
        from penstock.reporting import text

        process.stderr.write(text.render(report, process.width, colour=process.colour))
        if written:
            process.say(f"\nReports: {', '.join(written)}")
    if failure is not None:
        process.say(f"error: {failure.filename}: {failure.strerror}; the results above are complete")
        return Exit.OUTPUT_FAILED
    if report.run.end == "failed":
        process.say(f"error: the load generator failed: {report.run.message}")
        return Exit.GENERATOR_FAILED
    if stopped_by is not None:
        process.say(f"stopped by {stopped_by}: the results cover the time until then")
        return Exit.INTERRUPTED
    return Exit.PASSED if report.verdict.passed else Exit.MISSED
