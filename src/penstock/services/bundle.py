"""All services of a server, as the faces are given them."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.ports.blobs import BlobStore
from penstock.ports.stores import Store
from penstock.services.accounts import AccountService
from penstock.services.agent_groups import AgentGroupService
from penstock.services.cloud_runs import CloudRunService
from penstock.services.domains import DomainService
from penstock.services.drops import DropService
from penstock.services.flow_loads import FlowLoadService
from penstock.services.flow_pools import FlowPoolService
from penstock.services.functional_tests import FunctionalTestService
from penstock.services.kept_tests import KeptTestService
from penstock.services.library import LibraryService
from penstock.services.load_launcher import LoadLauncher
from penstock.services.load_tests import LoadTestService
from penstock.services.monitoring import MonitoringService
from penstock.services.past_runs import PastRunService
from penstock.services.result_archives import ResultArchiveService
from penstock.services.results import ResultService
from penstock.services.run_counters import RunCounterService
from penstock.services.runs import RunService
from penstock.services.sessions import SessionService
from penstock.services.suite_launcher import SuiteLauncher
from penstock.services.team_applications import ApplicationService
from penstock.services.test_definitions import TestDefinitionService


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What faces may say of the server. `public_url` has no slash at its end."""

    public_url: str
    version: str
    vendor_limits: bool = False


@dataclass(frozen=True, slots=True)
class Services:
    """See each."""

    facts: ServerFacts
    accounts: AccountService
    sessions: SessionService
    drops: DropService
    cloud_runs: CloudRunService
    run_counters: RunCounterService
    result_archives: ResultArchiveService
    test_definitions: TestDefinitionService
    agent_groups: AgentGroupService
    runs: RunService
    load_launcher: LoadLauncher
    suite_launcher: SuiteLauncher
    applications: ApplicationService
    library: LibraryService
    kept_tests: KeptTestService
    domains: DomainService
    load_tests: LoadTestService
    flow_pools: FlowPoolService
    flow_loads: FlowLoadService
    functional_tests: FunctionalTestService
    past_runs: PastRunService
    results: ResultService
    monitoring: MonitoringService
    store: Store
    blobs: BlobStore
    """Both only to ask whether they are ready; faces speak to services."""
