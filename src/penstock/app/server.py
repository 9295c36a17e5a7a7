"""The parts of a server put together: from settings to an application that any ASGI server can run."""

from __future__ import annotations

import datetime
import fcntl
import os
import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from penstock import __version__, web
from penstock.api import azureblob, cloudtest, loadmill, native
from penstock.api.native.application import PATH as NATIVE_PATH
from penstock.api.native.errors import problem, problem_of
from penstock.api.requests import App, LimitedBodies, Logged
from penstock.apm.sources import ApplicationSource
from penstock.app import exporting, exposing
from penstock.blobs.files import FileBlobStore
from penstock.blobs.grants import Grants
from penstock.errors import InvalidInput, PenstockError, Unavailable
from penstock.outside.pinning import MayReach, is_public
from penstock.outside.web import HttpWeb
from penstock.ports.blobs import BlobStore
from penstock.ports.clock import Clock, SystemClock
from penstock.ports.counters import SourceOf
from penstock.ports.runner import Runner
from penstock.ports.stores import Store
from penstock.runners.commands import ShellCommands
from penstock.runners.local import LocalRunner
from penstock.runners.machine import MachineCounters
from penstock.runners.ray.runner import RayRunner
from penstock.runners.trials import LocalTrials
from penstock.runs.stored import RunKind, StoredRun
from penstock.services.accounts import AccountService
from penstock.services.agent_groups import AgentGroupService
from penstock.services.blobs import BlobService
from penstock.services.bundle import ServerFacts, Services
from penstock.services.chores import Chore, Chores
from penstock.services.cloud_runs import CloudRunService
from penstock.services.domains import DomainService
from penstock.services.drops import DropService
from penstock.services.flow_loads import FlowLoadService
from penstock.services.flow_pools import FlowPoolService
from penstock.services.functional_tests import FunctionalTestService
from penstock.services.kept_tests import KeptTestService
from penstock.services.launch_rules import LaunchRules
from penstock.services.launches import Launches
from penstock.services.library import LibraryService
from penstock.services.load_launcher import LoadLauncher
from penstock.services.load_runs import LoadRun
from penstock.services.load_tests import LoadTestService
from penstock.services.measurements import Measurements
from penstock.services.meters import Meters
from penstock.services.monitoring import LoadsUnderWay, MonitoringService
from penstock.services.past_runs import PastRunService
from penstock.services.plan_launcher import PlanLauncher
from penstock.services.plan_runs import PlanRun
from penstock.services.result_archives import ResultArchiveService
from penstock.services.results import ResultService
from penstock.services.retention import RetentionService
from penstock.services.run_counters import RunCounterService
from penstock.services.runs import RunService
from penstock.services.schedules import ScheduleService
from penstock.services.sessions import SessionService
from penstock.services.suite_launcher import SuiteLauncher
from penstock.services.suite_runs import SuiteRun
from penstock.services.supervision import Executor, Supervisor
from penstock.services.target_policy import TargetRules, TargetService, is_below
from penstock.services.team_applications import ApplicationService
from penstock.services.test_commands import CommandRules, TestCommandService
from penstock.services.test_definitions import TestDefinitionService
from penstock.services.webhooks import WebhookService
from penstock.settings import Settings
from penstock.store import KeyRing, SqlStore, open_store
from penstock.store.passwords import Argon2Passwords

_log = structlog.stdlib.get_logger("penstock.otlp")

FACES: tuple[tuple[str, Callable[[Services], Any]], ...] = (
    (NATIVE_PATH, native.build),
    *((path, loadmill.build) for path in loadmill.PATHS),
    ("", web.build),
)
"""Where each face is mounted; a path that begins another one comes behind it."""

_LEAST_COMPRESSED = 1024
_COMPRESSION = 4
"""Of the levels of zlib: 6 takes more than twice the time for a report, and saves a sixth of what is left."""

_MOST_PLANS = 100
"""Plan runs at a time: they only wait for their suites."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is ready to answer. `app` starts and ends with its lifespan what works in the background."""

    settings: Settings
    services: Services
    store: SqlStore
    app: App


def build(settings: Settings, public_url: str, clock: Clock | None = None) -> Server:
    """Open the store and put the parts together.

    Raises `InvalidInput` when the data folder cannot be used, or is used by another server, and what `open_store`
    raises.
    """
    clock = clock or SystemClock()
    folder = _folder(settings)
    ring = KeyRing(settings.secret_keys, Path(settings.secret_key_file or folder / "secret.key"))
    store = open_store(settings.database_url, folder, ring, forgets_secrets=settings.forget_secrets)
    passwords = Argon2Passwords()
    meters = Meters()
    accounts = AccountService(store, passwords, clock, meters)
    lasts = datetime.timedelta(hours=settings.session_hours)
    rules = TargetRules(
        opens_private=settings.allow_private_targets,
        allowed_hosts=settings.allowed_hosts,
        unverified_users=settings.unverified_users,
        unverified_seconds=settings.unverified_seconds,
    )
    nudges: list[Callable[[], None]] = []
    applications = ApplicationService(store, clock, _counters(settings), MachineCounters)

    def nudge() -> None:
        nudges[0]()

    targets = TargetService(store, rules)
    launches = Launches(store, clock, nudge)
    launch_rules = LaunchRules(
        store, targets, keeps_vendor_limits=settings.vendor_limits, runs_elsewhere=bool(settings.ray_address)
    )
    loads = LoadLauncher(launches, launch_rules, targets, applications)
    suites = SuiteLauncher(launches, launch_rules)
    plans = PlanLauncher(store, clock, launches, nudge)
    runs = RunService(store, clock, targets, nudge)
    library = LibraryService(store, clock)
    blobs = _blobs(settings, folder, public_url)
    drops = DropService(store, clock, blobs, settings.max_team_bytes)
    command_rules = CommandRules(settings.allow_commands, settings.command_seconds)
    commands = TestCommandService(command_rules, drops, ShellCommands(), clock)
    measurements = Measurements(store)
    loads_under_way = LoadsUnderWay(clock, keeps_totals=bool(settings.otlp_endpoint))
    supervisor, trials = _supervisor(
        settings, store, clock, plans, runs, commands, applications, loads_under_way, measurements.note_lost
    )
    nudges.append(supervisor.nudge)
    definitions = TestDefinitionService(store, clock)
    kept_tests = KeptTestService(library, loads, suites, plans)
    results = ResultService(store, public_url, measurements)
    web_access = HttpWeb(_public_alone(settings), name_servers=settings.name_servers)
    chores = (
        Chore("webhooks", 1.0, WebhookService(store, clock, web_access, public_url, meters).look),
        Chore("conclusions", 1.0, measurements.conclude_lost),
        Chore("retention", 600.0, RetentionService(store, clock, blobs, settings.keep_files_days).look),
        Chore("schedules", 5.0, ScheduleService(store, clock, accounts, kept_tests).look),
    )
    monitoring = MonitoringService(store, clock, meters, loads_under_way, __version__)
    if isinstance(blobs, FileBlobStore):
        monitoring.count_blobs(blobs)
    services = Services(
        facts=ServerFacts(public_url.rstrip("/"), __version__, settings.vendor_limits),
        accounts=accounts,
        sessions=SessionService(store, passwords, clock, accounts, lasts, meters),
        runs=runs,
        load_launcher=loads,
        suite_launcher=suites,
        applications=applications,
        library=library,
        kept_tests=kept_tests,
        domains=DomainService(store, clock, web_access),
        flow_pools=FlowPoolService(library, kept_tests),
        flow_loads=FlowLoadService(library),
        functional_tests=FunctionalTestService(suites, runs, results),
        past_runs=PastRunService(store, clock, runs, plans),
        load_tests=LoadTestService(store, clock, loads, launch_rules),
        results=results,
        monitoring=monitoring,
        store=store,
        blobs=blobs,
        drops=drops,
        result_archives=ResultArchiveService(results, blobs, clock),
        test_definitions=definitions,
        agent_groups=AgentGroupService(store, clock),
        run_counters=RunCounterService(store, clock),
        cloud_runs=CloudRunService(store, clock, drops, runs, loads, command_rules, definitions),
    )
    served = BlobService(blobs, clock) if isinstance(blobs, FileBlobStore) else None
    background = _Background(supervisor, trials, Chores(chores, meters), measurements, monitoring, settings)
    return Server(settings, services, store, _application(services, settings, served, background, meters))


def _public_alone(settings: Settings) -> MayReach | None:
    """Return what keeps webhooks and checks of domains out of what only this server can reach."""
    return None if settings.allow_private_targets else lambda _, address: is_public(address)


def _counters(settings: Settings) -> SourceOf:
    """Return what makes sources of counters; they reach private addresses only where the operator opens them."""
    opens_all, hosts = settings.allow_private_targets, settings.counter_hosts

    def may_reach(host: str, address: str) -> bool:
        return opens_all or is_public(address) or any(is_below(host, known) for known in hosts)

    return lambda application, access: ApplicationSource(application, access, may_reach)


def _supervisor(
    settings: Settings,
    store: Store,
    clock: Clock,
    plans: PlanLauncher,
    runs: RunService,
    commands: TestCommandService,
    applications: ApplicationService,
    loads: LoadsUnderWay,
    lost: Callable[[StoredRun], None],
) -> tuple[Supervisor, LocalTrials]:
    runner: Runner = (
        RayRunner(settings.ray_address, settings.ray_wait_seconds) if settings.ray_address else LocalRunner()
    )
    trials = LocalTrials()
    executors: dict[RunKind, Executor] = {
        RunKind.LOAD: lambda stored, content: LoadRun(
            store, clock, runner, commands, applications.sources, loads, stored, content
        ),
        RunKind.SUITE: lambda stored, content: SuiteRun(store, clock, trials, stored, content),
        RunKind.PLAN: lambda stored, content: PlanRun(store, clock, plans.launch_part, runs.stop_part, stored, content),
    }
    most = {RunKind.LOAD: settings.max_runs, RunKind.SUITE: settings.max_suite_runs, RunKind.PLAN: _MOST_PLANS}
    alone = not settings.database_url or settings.database_url.startswith("sqlite")
    lease = datetime.timedelta(seconds=settings.lease_seconds)
    return Supervisor(store, clock, executors, most, lease=lease, alone=alone, lost=lost), trials


@dataclass(frozen=True, slots=True)
class _Background:
    """What a server does besides answering."""

    supervisor: Supervisor
    trials: LocalTrials
    chores: Chores
    measurements: Measurements
    monitoring: MonitoringService
    settings: Settings

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Do it while the block lasts."""
        async with AsyncExitStack() as stack:
            if self.settings.metrics_address:
                place, told = exposing.read_place(self.settings.metrics_address), self.monitoring.families
                await stack.enter_async_context(exposing.exposed(place, self.monitoring.loads, partial(told, None)))
            if self.settings.otlp_endpoint:
                collector = exporting.read_destination(self.settings.otlp_endpoint, os.environ, "otlp_endpoint")
                changed = partial(_log_exports, collector.shown)
                monitoring = self.monitoring
                await stack.enter_async_context(
                    exporting.Exporting(collector, monitoring.states, monitoring.exported, changed)
                )
            await self.supervisor.start()
            async with self.chores:
                yield
                self.measurements.end()
            await self.supervisor.stop(self.settings.stop_seconds)
            await self.trials.close()


def _log_exports(place: str, why_not: str) -> None:
    """Say that metrics are not taken any more, or are again."""
    if why_not:
        _log.warning("metrics are not taken by the collector", collector=place, why=why_not)
    else:
        _log.info("metrics are taken by the collector", collector=place)


def _application(
    services: Services, settings: Settings, served: BlobService | None, background: _Background, meters: Meters
) -> App:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with background.at_work():
            yield
        services.store.close()

    async def health(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "version": __version__})

    async def ready(_request: Request) -> JSONResponse:
        try:
            await run_in_threadpool(services.store.ready)
            await run_in_threadpool(services.blobs.ready)
        except Unavailable as error:
            return JSONResponse({"status": "unavailable", "detail": str(error)}, 503)
        return JSONResponse({"status": "ok"})

    async def metrics(request: Request) -> Response:
        try:
            who = await run_in_threadpool(services.accounts.identify, request.headers)
            team = await run_in_threadpool(services.monitoring.team_of, who)
        except PenstockError as error:
            return problem_of(error)
        told = partial(services.monitoring.families, team, services.monitoring.loads())
        accept = request.headers.get("accept", "")
        content, content_type = await run_in_threadpool(lambda: exposing.written(told(), accept))
        return Response(content, headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    def native_start(_request: Request) -> RedirectResponse:
        return RedirectResponse(f"{NATIVE_PATH}/")

    routes = [Route("/health", health), Route("/ready", ready), Route("/metrics", metrics)]
    routes += [Route(NATIVE_PATH, native_start)]
    mounts = [
        *([_Meant(azureblob.is_meant, azureblob.build(served, settings.max_blob_bytes))] if served else []),
        _Meant(cloudtest.is_meant, cloudtest.build(services)),
        *(_Face(path, build_face(services)) for path, build_face in FACES),
    ]
    faces = Starlette(routes=[*routes, *mounts], lifespan=lifespan, exception_handlers={404: _nowhere})

    def note(path: str, status: int, took_s: float) -> None:
        meters.requests.labels(_face_of(path), f"{status // 100}xx").observe(took_s)

    answering = LimitedBodies(_Compressed(faces), settings.max_body_bytes, exempt=(f"{azureblob.PATH}/",))
    return Logged(answering, note)


class _Compressed:
    """Compresses texts of some length for whoever takes that (docs/decisions/0028): drops go out as they lie there."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._compressed = GZipMiddleware(
            app,
            minimum_size=_LEAST_COMPRESSED,
            compresslevel=_COMPRESSION,
            exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of ASGI."""
        as_it_lies = scope["type"] != "http" or azureblob.is_meant(scope["path"])
        await (self._plain if as_it_lies else self._compressed)(scope, receive, send)


def _face_of(path: str) -> str:
    """Return which face a path belongs to, in a word for metrics."""
    if path in ("/health", "/ready", "/metrics"):
        return "server"
    if azureblob.is_meant(path):
        return "blobs"
    if cloudtest.is_meant(path):
        return "cloudtest"
    if path.startswith(NATIVE_PATH):
        return "native"
    return "loadmill" if path.startswith(tuple(loadmill.PATHS)) else "web"


class _Face(Mount):
    """A face below a path, whatever signs come behind it: Starlette's own mount knows no path with a line feed."""

    def __init__(self, path: str, app: App) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


class _Meant(BaseRoute):
    """A face that knows its paths better than a prefix could say."""

    def __init__(self, is_meant: Callable[[str], bool], app: App) -> None:
        self._is_meant = is_meant
        self._app = app

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """See `BaseRoute`."""
        return (Match.FULL if scope["type"] == "http" and self._is_meant(scope["path"]) else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See `BaseRoute`."""
        await self._app(scope, receive, send)


async def _nowhere(_request: Request, _error: Exception) -> Response:
    """Answer for paths that no face has."""
    return problem(404, "there is nothing at this path")


def _blobs(settings: Settings, folder: Path, public_url: str) -> BlobStore:
    """Return the store of blobs; that in the data folder gets the key of its grants at the first start."""
    if settings.drops_storage:
        try:
            from penstock.blobs.azure import AzureBlobStore  # an extra, and no other server needs it
        except ImportError as missing:
            raise InvalidInput(f"drops_storage: needs {missing.name}: pip install 'penstock[azure]'") from missing
        return AzureBlobStore(settings.drops_storage)
    path = folder / "blob.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    url = f"{public_url.rstrip('/')}{azureblob.PATH}"
    return FileBlobStore(folder / "blobs", Grants(path.read_bytes()), url, settings.max_team_bytes)


def _folder(settings: Settings) -> Path:
    """Return the data folder, made and locked: two servers on one embedded database would take each other's runs."""
    folder = Path(settings.data)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InvalidInput(f"data folder {folder}: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise InvalidInput(f"data folder {folder}: another server uses it; give --data another folder") from error
    return folder  # the lock is held until the process ends, however it does
