"""`penstock cloud-run FILE`: a load test or a JMeter plan, run by a server as clients of cloud load test do it."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from penstock.cli import findings as finding_lines
from penstock.cli import sections
from penstock.cli.cloud.results import Results
from penstock.cli.cloud.service import CloudService
from penstock.cli.cloud.watching import OVER, Watch
from penstock.cli.exits import Exit
from penstock.cli.fitting import is_given
from penstock.cli.options import Archive, Csv, FailOn, Html, Json, Junit, Parquet, Quiet, RunSettings, read_level
from penstock.cli.outputs import Outputs
from penstock.cli.parameters import Parameters, ParameterVariables, read_pairs, read_variables
from penstock.cli.process import Process
from penstock.cli.server.remote import Server, Token
from penstock.errors import InvalidInput, Unavailable
from penstock.metrics import numbers
from penstock.model.durations import parse_duration
from penstock.services.needed_files import JMETER, VISUAL_STUDIO, NeededFiles, needed_files


def cloud_run(
    context: typer.Context,
    test: Annotated[
        str,
        typer.Argument(
            metavar="FILE|URL|definition:ID",
            help="A .loadtest or .jmx, a folder or zip with one, a URL to load, or a definition that the server keeps.",
        ),
    ],
    parameters: Parameters = None,
    *,
    server: Server = None,
    token: Token = None,
    description: Annotated[str, sections.server("--description", help="What the run is for.", metavar="TEXT")] = "",
    include: Annotated[
        list[str] | None,
        sections.server(
            "--include",
            help="Upload these as well, like 'scripts/*': what commands need. Repeatable.",
            metavar="PATTERN",
        ),
    ] = None,
    set_up: Annotated[
        str, sections.server("--set-up", help="A command for the server to do before the load.", metavar="COMMAND")
    ] = "",
    clean_up: Annotated[
        str, sections.server("--clean-up", help="A command for the server to do after the load.", metavar="COMMAND")
    ] = "",
    users: Annotated[int, sections.load("--users", help="How many users load a URL.", metavar="N", min=1)] = 25,
    duration: Annotated[
        str | None,
        sections.load(
            "--duration", help="How long a URL is loaded (60s), or a JMeter plan at the longest.", metavar="TIME"
        ),
    ] = None,
    agents: Annotated[
        int, sections.load("--agents", help="How many agents each do a whole JMeter plan.", metavar="N", min=1, max=25)
    ] = 1,
    parameter_env: ParameterVariables = None,
    run_settings: RunSettings = None,
    fail_on: FailOn = None,
    json: Json = None,
    html: Html = None,
    junit: Junit = None,
    csv: Csv = None,
    parquet: Parquet = None,
    archive: Archive = None,
    quiet: Quiet = False,
) -> int:
    """Upload a load test or a JMeter plan, run it on a server, watch it, and fetch its results. Ctrl-C aborts the run.

    The exit code is the verdict, as that of `penstock run`.
    """
    process: Process = context.obj
    outputs = Outputs(json=json, html=html, junit=junit, csv=csv, parquet=parquet)
    results = Results(outputs, archive, read_level(fail_on), process, quiet)
    results.verify()
    scheme, _, rest = test.partition(":")
    _verify(context, test, scheme, rest)
    given = (*read_variables(parameter_env or [], process.environment), *read_pairs(parameters or []))
    with _interrupts(), CloudService(process, server, token) as service:
        if scheme == "definition":
            what: dict[str, Any] = {"testDefinition": {"id": rest}}
        elif scheme in ("http", "https"):
            what = _of_url(service, test, users, parse_duration(duration or "60s"))
        else:
            needed = needed_files(Path(test), (VISUAL_STUDIO, JMETER), include or [], given, run_settings)
            sizing = _sizing(context, needed, agents, duration)
            what = _of_files(service, Path(test), needed, sizing, process, quiet=quiet)
        settings = {"setupCommand": set_up, "cleanupCommand": clean_up}
        run = service.create_run({**what, "description": description, "testSettings": settings})
        try:
            over, stopped_by = _followed(service, run, process, quiet=quiet)
        except Unavailable as gone:
            raise Unavailable(f"{gone}; run {run['id']} was not aborted and may go on there") from gone
        return _conclude(service, over, results, stopped_by)


def _verify(context: typer.Context, test: str, scheme: str, rest: str) -> None:
    """Raise `InvalidInput` for what names nothing that can be loaded, and for a load that the test says itself."""
    if scheme == "definition" and not rest:
        raise InvalidInput(f"{test}: give the id of a test definition, like definition:17")
    if scheme in ("definition", "http", "https"):
        wrong = [name for name in ("parameters", "parameter_env", "run_settings") if is_given(context, name)]
        if wrong:
            raise InvalidInput(f"parameters and run settings are for load tests in files; {test} is none")
        if is_given(context, "agents"):
            raise InvalidInput(f"--agents: for a JMeter plan only; {test} is none")
    if scheme in ("http", "https"):
        if not urlsplit(test).hostname:
            raise InvalidInput(f"{test}: write a URL like https://shop.example.com/")
        return
    if is_given(context, "users"):
        raise InvalidInput(f"--users: for a URL only; {test} says its load itself")


def _of_url(service: CloudService, url: str, users: int, duration_s: float) -> dict[str, Any]:
    name = f"{urlsplit(url).hostname}.loadtest"
    seconds = max(1, round(duration_s))
    wish = {"loadTestName": name, "runDuration": seconds, "urls": [url], "maxVusers": users}
    drop = service.keep_urls(wish | {"samplingRate": 1 if seconds < 60 else 5}).drop
    return {"name": name, "testDrop": {"id": drop}}


def _sizing(context: typer.Context, needed: NeededFiles, agents: int, duration: str | None) -> dict[str, Any] | None:
    """Return how often a JMeter plan is done, and until when; None for a load test, which says all of it itself."""
    if not needed.entry.lower().endswith(JMETER):
        wrong = [f"--{name}" for name in ("agents", "duration") if is_given(context, name)]
        if wrong:
            raise InvalidInput(f"{', '.join(wrong)}: for JMeter plans; {needed.entry} says its load itself")
        return None
    sizing = {"loadTestName": PurePosixPath(needed.entry).name, "agentCount": agents}
    return sizing if duration is None else {**sizing, "runDuration": max(1, round(parse_duration(duration)))}


def _of_files(
    service: CloudService,
    path: Path,
    needed: NeededFiles,
    sizing: Mapping[str, Any] | None,
    process: Process,
    *,
    quiet: bool,
) -> dict[str, Any]:
    finding_lines.show(needed.findings, process, quiet=quiet)
    if any(one.severity == "error" for one in needed.findings):
        raise InvalidInput(f"{path} cannot be run as it is ({finding_lines.counts(needed.findings)})")
    place = service.create_drop(sizing)
    for name in needed.names:
        content = needed.read(name)
        if not quiet:
            process.say(f"uploading {name} ({numbers.size(len(content))})")
        place = service.upload(place, name, content)
    kind = {} if sizing is None else {"runType": "jMeterLoadTest"}
    return {"name": PurePosixPath(needed.entry).name, "testDrop": {"id": place.drop}, **kind}


def _followed(
    service: CloudService, run: Mapping[str, Any], process: Process, *, quiet: bool
) -> tuple[dict[str, Any], str | None]:
    """Start a run and return it when it is over, with what interrupted it here."""
    watch = Watch(service, run["id"], process, quiet=quiet)
    try:
        if not quiet:
            process.say(f"run {run['id']}: {run['name']}")
        _start(service, run["id"])
        return watch.to_the_end(), None
    except KeyboardInterrupt as interrupt:
        stopped_by = str(interrupt) or "Ctrl-C"
        process.say(f"{stopped_by}: the run is aborted; what was measured is fetched")
        return _aborted(service, run["id"], watch), stopped_by


def _start(service: CloudService, run: str) -> None:
    """Start a run; one that is over by then has its reasons, which whoever watches it is told.

    That happens where the answer to a start that was refused got lost: the server refuses to start it once more.
    """
    try:
        service.change(run, "queued")
    except InvalidInput:
        if service.run(run)["state"] not in OVER:
            raise


def _aborted(service: CloudService, run: str, watch: Watch) -> dict[str, Any]:
    """End a run and return it when it is over; one that is over already stays as it is."""
    if service.run(run)["state"] not in OVER:
        try:
            service.change(run, "aborted")
        except InvalidInput:
            if service.run(run)["state"] not in OVER:
                raise
    return watch.to_the_end()


def _conclude(service: CloudService, run: dict[str, Any], results: Results, stopped_by: str | None) -> int:
    """Fetch and write the results of a run that is over; the exit code says the worst of what happened."""
    process = results.process
    passed, failure = False, None
    url = service.results_url(run["id"])
    if url is not None:
        try:
            passed = results.fetch(service, url)
        except OSError as error:
            failure = error
    if not results.quiet and "webResultUrl" in run:
        process.say(f"On the server: {run['webResultUrl']}")
    if failure is not None:
        process.say(f"error: {failure.filename}: {failure.strerror}; the results are kept on the server")
        return Exit.OUTPUT_FAILED
    reason = run.get("abortMessage", {}).get("cause", "")
    if stopped_by is not None:
        return Exit.INTERRUPTED
    if run["state"] == "error":
        process.say(f"error: {reason or 'the server could not execute the run'}")
        return Exit.GENERATOR_FAILED
    if run["state"] == "aborted":
        process.say(f"error: {reason}" if reason else "the run was aborted on the server: the results end there")
        return Exit.INVALID_INPUT if reason else Exit.INTERRUPTED
    return Exit.PASSED if passed else Exit.MISSED


@contextmanager
def _interrupts() -> Iterator[None]:
    """Let SIGTERM interrupt the block as Ctrl-C does, and give it its name."""

    def interrupt(number: int, _frame: object) -> None:
        raise KeyboardInterrupt("SIGTERM" if number == signal.SIGTERM else "Ctrl-C")

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
