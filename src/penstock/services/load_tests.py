"""Load tests that a team keeps until it launches them: a configuration in the words it came in, launched once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from penstock.accounts.people import Identity, Scope
from penstock.errors import Conflict, NotFound
from penstock.library.contents import KeptFile
from penstock.library.items import Item, Kind
from penstock.model import Finding
from penstock.ports.clock import Clock
from penstock.ports.stores import Page, Store
from penstock.runs.stored import RunKind, StoredRun
from penstock.services.access import note, require
from penstock.services.changes import Changes, Pool
from penstock.services.launch_rules import LaunchRules
from penstock.services.launches import Launch
from penstock.services.load_launcher import LoadLauncher
from penstock.services.preparation import prepare
from penstock.services.prepared import Prepared
from penstock.services.sources import Source, Unfit

ENTRY = "load-test.json"
"""The name of a configuration as a file, as findings give it."""


def is_of_files(test: Item) -> bool:
    """Return whether a load test is kept as files, and not as a bare configuration, whatever keys that may have."""
    return "requests" not in test.content


def workers_of(test: Item) -> int:
    """Return by how many agents a load test is run."""
    return int(test.content["workers"]) if is_of_files(test) else 1


def load_source(test: Item) -> Source:
    """Return the files of a kept load test; one that a face keeps as a bare configuration is its only file."""
    if not is_of_files(test):
        return Source(ENTRY, {ENTRY: orjson.dumps(test.content)})
    kept = [KeptFile.model_construct(**file) for file in test.content["files"]]
    return Source(test.content["entry"], {file.name: file.content() for file in kept})


class AlreadyLaunched(Conflict):
    """A load test is launched once; to run it again it is created again."""


@dataclass(frozen=True, slots=True)
class LoadTest:
    """A kept configuration, what there is to say of it, and its run once it was launched."""

    item: Item
    run: StoredRun | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def configuration(self) -> dict[str, Any]:
        """The configuration as it was given; of a test of files their entry, as far as it is JSON."""
        if not is_of_files(self.item):
            return self.item.content
        source = load_source(self.item)
        try:
            content = orjson.loads(source.files[source.entry])
        except (KeyError, orjson.JSONDecodeError):  # of another format, or in a folder or an archive
            return {"meta": {"description": self.item.name}, "requests": []}
        return content if isinstance(content, dict) else {}


class LoadTestService:
    """Each method raises `NotAllowed` for callers who may not, `NotFound` for what other teams keep."""

    def __init__(self, store: Store, clock: Clock, loads: LoadLauncher, rules: LaunchRules) -> None:
        self._store = store
        self._clock = clock
        self._loads = loads
        self._rules = rules

    def create(self, who: Identity, configuration: Mapping[str, Any], name: str = "") -> LoadTest:
        """Keep a configuration that can be run.

        Raises `Unfit`, with the findings, for one that cannot, `InvalidInput` for what is no configuration at all.
        """
        require(who, Scope.EDIT)
        content = dict(configuration)
        prepared = _prepared(Source(ENTRY, {ENTRY: orjson.dumps(content)}), self._changes(who, content))
        if prepared.plan is None:
            raise Unfit(ENTRY, prepared.findings)
        self._rules.verify_limits(ENTRY, prepared.findings)
        now = self._clock.now()
        item = Item(
            id=str(uuid.uuid4()),
            team=who.team,
            kind=Kind.LOAD_TEST,
            name=name or prepared.plan.name,
            content=content,
            created=now,
            changed=now,
            author=who.user,
        )
        with self._store.write() as work:
            work.items.add(item)
            note(work, who, now, "load-test.create", item.id, name=item.name)
        return LoadTest(item, None, prepared.findings)

    def get(self, who: Identity, id: str) -> LoadTest:
        """Return a load test with its run."""
        require(who, Scope.READ)
        with self._store.read() as work:
            item = work.items.get(who.team, id, Kind.LOAD_TEST)
            if item is None:
                raise NotFound.of("load test", id)
            runs = work.runs.list(who.team, Page(1), kind=RunKind.LOAD, test=id)
        return LoadTest(item, runs[0] if runs else None)

    def launch(self, who: Identity, id: str) -> StoredRun:
        """Let it run. Raises `AlreadyLaunched` for one that was, and what `LoadLauncher.launch` raises."""
        require(who, Scope.RUN)
        test = self.get(who, id)
        if test.run is not None:
            raise AlreadyLaunched(f"load test {id} was launched before, as run {test.run.id}")
        launch = Launch(
            name=test.item.name,
            description=test.item.name,
            test=id,
            test_version=test.item.version,
            client_id=f"load-test {id}",  # of two launches at the same moment one is a retry of the other
            workers=workers_of(test.item),
        )
        return self._loads.launch(who, load_source(test.item), self._changes(who, test.configuration), launch)

    def _changes(self, who: Identity, configuration: Mapping[str, Any]) -> Changes:
        """Return the pools that the configuration names, of those that the team keeps."""
        named = configuration.get("parameterPools")
        pools = []
        with self._store.read() as work:
            for identity in named if isinstance(named, list) else []:
                item = work.items.get(who.team, identity, Kind.POOL) if isinstance(identity, str) else None
                if item is not None:
                    pools.append(Pool(item.id, f"{item.name}.csv", str(item.content.get("csv", "")).encode()))
        return Changes(pools=tuple(pools), is_confined=True)


def _prepared(source: Source, changes: Changes) -> Prepared:
    with source.unpacked() as path:
        return prepare(path, changes)
