"""Applications that a team keeps on a server, with the credentials of their monitoring: what its load runs read."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from penstock.accounts.people import Identity, Scope
from penstock.errors import Conflict, InvalidInput, NotFound
from penstock.library.applications import SECRETS
from penstock.library.items import Item, Kind
from penstock.ports.clock import Clock
from penstock.ports.counters import CounterSource, SourceOf, Taken
from penstock.ports.stores import Page, Store, Work
from penstock.runs.applications import MOST_APPLICATIONS, Application
from penstock.runs.plan import Plan
from penstock.services.access import note, require
from penstock.services.applications import described, verified
from penstock.services.counter_reading import verify_counters

_MANY = 1000


@dataclass(frozen=True, slots=True)
class KeptApplication:
    """An application as it may be told: `content` is without secrets, `secrets` names those that are set."""

    item: Item
    application: Application
    content: dict[str, Any]
    secrets: tuple[str, ...]


class ApplicationService:
    """Each method with a caller raises `NotAllowed` for those who may not, `NotFound` for applications of others."""

    def __init__(
        self, store: Store, clock: Clock, source_of: SourceOf, machine: Callable[[Sequence[str]], CounterSource]
    ) -> None:
        self._store = store
        self._clock = clock
        self._source_of = source_of
        self._machine = machine

    def list(self, who: Identity) -> tuple[KeptApplication, ...]:
        """Return the applications of the team by name."""
        require(who, Scope.READ)
        with self._store.read() as work:
            return tuple(map(_kept, _items(work, who.team)))

    def get(self, who: Identity, id: str) -> KeptApplication:
        """Return an application."""
        require(who, Scope.READ)
        with self._store.read() as work:
            return _kept(_found(work, who, id))

    def add(self, who: Identity, given: dict[str, Any]) -> KeptApplication:
        """Keep an application. Raises `InvalidInput`, and `Conflict` for a name that is there."""
        require(who, Scope.EDIT)
        content = _whole(given)
        now = self._clock.now()
        item = Item(str(uuid.uuid4()), who.team, Kind.APPLICATION, content["name"], content, now, now, who.user)
        with self._store.write() as work:
            work.accounts.hold_team(who.team)
            if work.items.count(who.team, Kind.APPLICATION) >= _MANY:
                raise Conflict(f"a team keeps at most {_MANY} applications; delete one that is not needed")
            _verify_name(work, item)
            work.items.add(item)
            note(work, who, now, "application.create", item.id, name=item.name)
        return _kept(item)

    def change(self, who: Identity, id: str, given: dict[str, Any]) -> KeptApplication:
        """Say an application anew. Secrets that are left out stay, as long as they go to the same server as before."""
        require(who, Scope.EDIT)
        now = self._clock.now()
        with self._store.write() as work:
            work.accounts.hold_team(who.team)
            item = _found(work, who, id)
            content = _whole(_with_secrets(given, item.content))
            changed = replace(
                item, name=content["name"], content=content, changed=now, version=item.version + 1, author=who.user
            )
            _verify_name(work, changed)
            work.items.change(changed, item.version)
            note(work, who, now, "application.change", id, name=changed.name)
        return _kept(changed)

    def delete(self, who: Identity, id: str) -> None:
        """Forget an application; what runs have read of it stays."""
        require(who, Scope.EDIT)
        now = self._clock.now()
        with self._store.write() as work:
            item = _found(work, who, id)
            work.items.change(replace(item, deleted=True, version=item.version + 1, changed=now), item.version)
            note(work, who, now, "application.delete", id, name=item.name)

    def read(self, who: Identity, id: str) -> Taken:
        """Read the counters of an application once, to see that a run could."""
        require(who, Scope.EDIT)
        with self._store.read() as work:
            item = _found(work, who, id)

        async def once() -> Taken:
            source = self._source_of(*described(item.content, item.name, item.id))
            try:
                return await source.read()
            finally:
                await source.close()

        return asyncio.run(once())

    def chosen(self, team: str, names: Sequence[str] | None) -> tuple[Application, ...]:
        """Return the applications that a run reads: those named, else all of the team that are always read.

        Raises `InvalidInput` for names the team does not have.
        """
        with self._store.read() as work:
            kept = {item.name: item for item in _items(work, team)}
        if names is None:
            names = [name for name, item in kept.items() if item.content["always"]][:MOST_APPLICATIONS]
        if unknown := [name for name in names if name not in kept]:
            there = f"there are {', '.join(map(repr, kept))}" if kept else "the team has none"
            raise InvalidInput(f"there is no application {', '.join(map(repr, unknown))}; {there}")
        if len(names) > MOST_APPLICATIONS:
            raise InvalidInput(f"{len(names)} applications are more than the {MOST_APPLICATIONS} of one run")
        items = [kept[name] for name in dict.fromkeys(names)]
        return tuple(described(one.content, one.name, one.id)[0] for one in items)

    def known(self, team: str, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return those of the names, in any letter case, that the team has as it writes them, and those it has not."""
        with self._store.read() as work:
            kept = {item.name.lower(): item.name for item in _items(work, team)}
        found = dict.fromkeys(kept[name.lower()] for name in names if name.lower() in kept)
        return tuple(found), tuple(name for name in names if name.lower() not in kept)

    def verify(self, plan: Plan) -> None:
        """Raise `InvalidInput` for counters that a plan asks for and nobody would read."""
        verify_counters(plan, [*(_Names(one) for one in plan.applications), self._machine(())])

    def sources(self, team: str, plan: Plan) -> Sequence[CounterSource]:
        """Return what is to be read beside a run; an application that was deleted since its launch is left out."""
        found: list[CounterSource] = []
        with self._store.read() as work:
            items = [work.items.get(team, one.id, Kind.APPLICATION) for one in plan.applications]
        for application, item in zip(plan.applications, items, strict=True):
            if item is not None:
                found.append(self._source_of(application, described(item.content, item.name, item.id)[1]))
        if any("/" not in name for name in plan.counters):
            found.append(self._machine(plan.counters))
        return found


class _Names:
    """The names of an application's counters, as a source has them that is never read."""

    every_s = 1.0

    def __init__(self, application: Application) -> None:
        self._application = application
        self.name = application.name

    def names(self) -> Sequence[str]:
        return self._application.names()

    def has(self, name: str) -> bool:
        return self._application.counter(name) is not None

    async def read(self) -> Taken:
        return Taken()

    async def close(self) -> None:
        return


def _whole(given: dict[str, Any]) -> dict[str, Any]:
    content = verified(given, "application")
    described(content, "application")
    return content


def _with_secrets(given: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Return what is given with the secrets of before; not for another server, which would be told them."""
    places = [name for name in ("url", "authority") if name in given or name in before]
    if not all(_origin(given.get(name, before.get(name))) == _origin(before.get(name)) for name in places):
        return given
    kept = {name: before[name] for name in (*SECRETS, "headers") if name not in given and name in before}
    return {**kept, **given}


def _origin(url: Any) -> Any:
    return urlsplit(url)[:2] if isinstance(url, str) else url


def _kept(item: Item) -> KeptApplication:
    content = {name: value for name, value in item.content.items() if name not in (*SECRETS, "headers")}
    secrets = tuple(name for name in SECRETS if item.content.get(name))
    content["headers"] = sorted(item.content["headers"])
    return KeptApplication(item, described(item.content, item.name, item.id)[0], content, secrets)


def _items(work: Work, team: str) -> list[Item]:
    return sorted(work.items.list(team, Kind.APPLICATION, Page(_MANY)), key=lambda item: item.name)


def _found(work: Work, who: Identity, id: str) -> Item:
    item = work.items.get(who.team, id, Kind.APPLICATION)
    if item is None:
        raise NotFound(f"there is no application {id}")
    return item


def _verify_name(work: Work, item: Item) -> None:
    same = [one for one in _items(work, item.team) if one.name.lower() == item.name.lower() and one.id != item.id]
    if same:
        raise Conflict(f"there is another application of the name {same[0].name}")
