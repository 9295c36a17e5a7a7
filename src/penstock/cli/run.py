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
from penstock.cli.fitting import fit_flow, fit_imported
from penstock.cli.load_options import (
    Agents,
    AgentsOfOld,
    Arrivals,
    CoolDown,
    Duration,
    ExcludeTags,
    GoalText,
    Iterations,
    MaxFailures,
    MaxUsers,
    NewUsers,
    NoThink,
    Pacing,
    Phases,
    RampUp,
    Rate,
    RequestsRate,
    StopOnErrors,
    Tags,
    Thinking,
    Thresholds,
    TotalIterations,
    Users,
    WarmUp,
)
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
    Metrics,
    Otlp,
    Out,
    Parquet,
    PluginsFile,
    PoolOrder,
    Pools,
    Quiet,
    RunSettings,
    SettingsFile,
    SkipUnsupported,
    TargetOverrides,
    read_level,
    read_order,
    read_pool,
    read_settings,
    read_share,
    read_tables,
)
from penstock.cli.outputs import Outputs
from penstock.cli.parameters import (
    Inline,
    ParameterFiles,
    Parameters,
    ParameterVariables,
    given_parameters,
    read_parameter_file,
)
from penstock.cli.process import Process
from penstock.cli.runner_options import RayAddress, RayWait, RunnerName, read_place
from penstock.cli.suite_options import (
    AsLoad,
    Description,
    Flows,
    Labels,
    LabelsExpression,
    Once,
    OnlyReady,
    Parallel,
    Retries,
    SuiteWishes,
    may_be_suite,
    run_once,
)
from penstock.cli.transport_options import (
    BaseUrl,
    CaFile,
    ClientCert,
    ClientKey,
    Connections,
    DnsLifetime,
    HttpVersion,
    Insecure,
    MaxBodySize,
    Networks,
    NoProxy,
    Proxy,
    Resolve,
    SourceAddresses,
    SourceAddressesBy,
)
from penstock.errors import InvalidInput
from penstock.metrics import numbers
from penstock.runs.agents import Choice, choose
from penstock.services import load_texts, networks, target_overrides, transport
from penstock.services.changes import Changes, LoadChanges
from penstock.services.importing import read
from penstock.services.preparation import prepare
from penstock.services.request import Request

if TYPE_CHECKING:
    from penstock.ports.counters import CounterSource
    from penstock.runs.plan import Plan
    from penstock.runs.report import Report
    from penstock.services.applications import Described


def run(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The test: a file of another tool, a scenario (JSON) or a flow.py.")],
    parameters: Parameters = None,
    *,
    users: Users = None,
    rate: Rate = None,
    arrivals: Arrivals = None,
    max_users: MaxUsers = None,
    requests_rate: RequestsRate = None,
    phases: Phases = None,
    duration: Duration = None,
    ramp_up: RampUp = None,
    iterations: Iterations = None,
    total_iterations: TotalIterations = None,
    goal: GoalText = None,
    warm_up: WarmUp = None,
    cool_down: CoolDown = None,
    agents: Agents = None,
    workers: AgentsOfOld = None,
    runner: RunnerName = "local",
    ray_address: RayAddress = None,
    ray_wait: RayWait = None,
    pacing: Pacing = None,
    think: Thinking = None,
    no_think: NoThink = False,
    new_users: NewUsers = None,
    threshold: Thresholds = None,
    max_failures: MaxFailures = None,
    stop_on_errors: StopOnErrors = None,
    fail_on: FailOn = None,
    parameters_file: ParameterFiles = None,
    parameter_env: ParameterVariables = None,
    inline: Inline = False,
    pool: Pools = None,
    pool_order: PoolOrder = "random",
    base_url: BaseUrl = None,
    target_override: TargetOverrides = None,
    resolve: Resolve = None,
    proxy: Proxy = None,
    no_proxy: NoProxy = None,
    source_address: SourceAddresses = None,
    source_addresses_by: SourceAddressesBy = None,
    http_version: HttpVersion = None,
    connections: Connections = None,
    client_cert: ClientCert = None,
    client_key: ClientKey = None,
    ca_file: CaFile = None,
    insecure: Insecure = False,
    dns_lifetime: DnsLifetime = None,
    max_body_size: MaxBodySize = None,
    network: Networks = None,
    json: Json = None,
    html: Html = None,
    junit: Junit = None,
    csv: Csv = None,
    parquet: Parquet = None,
    archive: Archive = None,
    out: Out = None,
    counters: CountersFile = None,
    metrics: Metrics = None,
    otlp: Otlp = None,
    quiet: Quiet = False,
    flow: Flows = None,
    labels: Labels = None,
    labels_expression: LabelsExpression = None,
    ci: OnlyReady = False,
    retry: Retries = None,
    parallel: Parallel = 1,
    description: Description = "",
    once: Once = False,
    as_load: AsLoad = False,
    tags: Tags = None,
    exclude_tags: ExcludeTags = None,
    run_settings: RunSettings = None,
    settings: SettingsFile = None,
    skip_unsupported: SkipUnsupported = False,
    ignore_plugins: IgnorePlugins = False,
    plugins: PluginsFile = None,
    data_source: DataSources = None,
) -> int:
    """Run a test and report. Data goes to stdout, talk to stderr.

    A suite or a flow is run once, flow by flow. Everything else is run as a load, and so is a flow with --as-load.
    """
    process: Process = context.obj
    asked_for = Outputs(json=json, html=html, junit=junit, csv=csv, parquet=parquet)
    outputs, place_of_archive = asked_for.and_in(out, archive)
    outputs.verify()
    kept = Archiving(place_of_archive)
    place = None if metrics is None else app.metrics_place(metrics)
    collector = None if otlp is None else app.otlp_destination(otlp, process.environment)
    described = _described(counters, process)
    place_of_agents = read_place(runner, ray_address, ray_wait, process.environment)
    changes = Changes(
        parameters=given_parameters(file, parameters, parameter_env, process.environment),
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
            max_body_size=max_body_size,
        ),
        networks=networks.read(tuple(network or [])),
        runs_elsewhere=place_of_agents.is_cluster,
        counters=tuple(name for application, _ in described for name in application.names()),
    )
    imported = None
    if file.suffix == ".py":
        fit_flow(context, file)
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
        fit_imported(context, file, imported)
        if wishes.runs_once(imported):
            load_alone = (
                ("archive", archive),
                ("network", network),
                ("counters", counters),
                ("metrics", metrics),
                ("otlp", otlp),
                ("runner ray", place_of_agents.is_cluster),
            )
            for option, given in load_alone:
                if given:
                    why = f"{file} is run once, flow by flow; this option is for loads (--as-load)"
                    raise InvalidInput(f"--{option}: {why}")
            finding_lines.show(imported.findings, process, quiet=quiet)
            outputs = replace(outputs, csv=csv)  # of a suite there is none, and an archive neither
            return run_once(imported, file, changes, wishes, outputs, process, no_think=no_think, quiet=quiet)
        imported = wishes.as_load(imported)
    prepared = prepare(file, changes, imported)
    finding_lines.show(prepared.findings, process, quiet=quiet)
    if prepared.plan is None:
        process.say(f"error: {file} cannot be run as it is ({finding_lines.counts(prepared.findings)})")
        return Exit.INVALID_INPUT
    plan, sources = _with_counters(prepared.plan, described)
    asked = workers if agents is None else agents
    carrier, cores = place_of_agents.runner()
    chosen = choose(plan, cores()) if asked is None else Choice(asked, "")
    if place_of_agents.is_cluster and not quiet:
        process.say(f"starting {numbers.things(chosen.agents, 'agent')} on the Ray cluster ({place_of_agents.cluster})")
    request = Request(plan, chosen.agents, str(file), process.argv[1:], prepared.findings, workers_why=chosen.why)
    with kept:
        conduct = Conduct(
            carrier,
            request,
            process,
            quiet=quiet,
            keep=kept.add,
            sources=sources,
            metrics=place,
            otlp=collector,
        )
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
