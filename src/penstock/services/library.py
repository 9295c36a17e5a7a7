"""Keeping things: make, read, change, delete, with every version."""

from __future__ import annotations

import datetime
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from pydantic import ValidationError

from penstock.accounts.people import Identity, Scope
from penstock.errors import Conflict, InvalidInput, NotFound
from penstock.library.contents import CONTENTS, FlowContent, PlanContent, PoolContent, ScheduleContent
from penstock.library.items import Item, ItemVersion, Kind
from penstock.library.secrets import HIDDEN, SECRET_MEMBERS, with_secrets
from penstock.ports.clock import Clock
from penstock.ports.stores import Page, Store, Work
from penstock.services import cron
from penstock.services.access import note, require
from penstock.services.webhooks import MOST_WEBHOOKS

_LONGEST_NAME = 500
_MANY = 100_000


@dataclass(frozen=True, slots=True)
class NewFlow:
    """A flow that comes with its suite; `id` where it is to have one of its own."""

    name: str
    content: Mapping[str, Any]
    id: str | None = None


class LibraryService:
    """Each method raises `NotAllowed` for callers who may not, `NotFound` for what is not in their team."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def parameters(self, who: Identity, sets: Sequence[str]) -> dict[str, str]:
        """Return the parameters of kept sets, a later one winning; of several values, which are a choice, the first."""
        found: dict[str, str] = {}
        for id in sets:
            found |= flat(self.get(who, Kind.PARAMETER_SET, id).content["parameters"])
        return found

    def add(
        self,
        who: Identity,
        kind: Kind,
        name: str,
        content: Mapping[str, Any],
        *,
        parent: str | None = None,
        client_id: str | None = None,
    ) -> Item:
        """Keep a new thing; with a `client_id`, asking again gives the same one.

        Raises `InvalidInput` for a content that is not as its kind's, `Conflict` for a client's id that made another.
        """
        require(who, Scope.EDIT)
        new = _new(who, kind, _named(name), self._checked(who, kind, content), self._clock.now(), parent)
        if hidden := [name for name in SECRET_MEMBERS.get(kind, ()) if new.content.get(name) == HIDDEN]:
            raise InvalidInput(f"content.{hidden[0]}: is only hidden in what was read; give it anew, or leave it out")
        asked = _hash(new.name, new.content, parent)
        with self._store.write() as work:
            if (known := _made_before(work, who, kind, client_id, asked)) is not None:
                return known
            if parent is not None:
                _found(work, who, parent, Kind.SUITE)
            if kind in (Kind.LABEL, Kind.WEBHOOK):
                work.accounts.hold_team(who.team)
            if kind is Kind.WEBHOOK and work.items.count(who.team, kind) >= MOST_WEBHOOKS:
                raise Conflict(f"a team has at most {MOST_WEBHOOKS} webhooks; delete one that is not needed")
            if kind is Kind.LABEL and work.items.named(who.team, kind, new.name) is not None:
                raise Conflict(f"there is a label {new.name!r} already")
            self._keep(work, who, new, client_id, asked)
        return new

    def add_suite(
        self,
        who: Identity,
        name: str,
        content: Mapping[str, Any],
        flows: Sequence[NewFlow],
        client_id: str | None = None,
    ) -> Item:
        """Keep a new suite with all its flows, or nothing of it. Raises as `add`."""
        require(who, Scope.EDIT)
        now = self._clock.now()
        suite = _new(who, Kind.SUITE, _named(name), self._checked(who, Kind.SUITE, content), now)
        parts = [
            _new(who, Kind.FLOW, _named(one.name), self._checked(who, Kind.FLOW, one.content), now, suite.id, one.id)
            for one in flows
        ]
        asked = _hash(suite.name, suite.content, [(part.name, part.content) for part in parts])
        with self._store.write() as work:
            if (known := _made_before(work, who, Kind.SUITE, client_id, asked)) is not None:
                return known
            self._keep(work, who, suite, client_id, asked)
            for part in parts:
                self._keep(work, who, part)
        return suite

    def add_pool(self, who: Identity, flow: Item, name: str, content: Mapping[str, Any]) -> Item:
        """Keep a new pool and let a flow have it and no other, or neither.

        Raises as `add`, and `Conflict` when the flow is not as it was read any more.
        """
        require(who, Scope.EDIT)
        now = self._clock.now()
        pool = _new(who, Kind.POOL, _named(name), self._checked(who, Kind.POOL, content), now)
        having = {**flow.content, "pools": [pool.id]}
        changed = replace(flow, content=having, changed=now, author=who.user, version=flow.version + 1)
        with self._store.write() as work:
            self._keep(work, who, pool)
            work.items.change(changed, flow.version)
            note(work, who, now, f"{flow.kind}.change", flow.id, version=changed.version)
        return pool

    def _keep(
        self, work: Work, who: Identity, new: Item, client_id: str | None = None, asked: str | None = None
    ) -> None:
        work.items.add(new, client_id, asked)
        self._add_labels(work, who, new)
        note(work, who, new.created, f"{new.kind}.create", new.id, name=new.name)

    def get(self, who: Identity, kind: Kind, id: str) -> Item:
        """Return a thing."""
        require(who, Scope.READ)
        with self._store.read() as work:
            return _found(work, who, id, kind)

    def find(self, who: Identity, id: str) -> Item:
        """Return a thing of whatever kind."""
        require(who, Scope.READ)
        with self._store.read() as work:
            return _found(work, who, id, None)

    def list(
        self, who: Identity, kind: Kind, page: Page, *, parent: str | None = None, search: str = ""
    ) -> tuple[Item, ...]:
        """Return things, the newest first."""
        require(who, Scope.READ)
        with self._store.read() as work:
            return work.items.list(who.team, kind, page, parent=parent, search=search)

    def count(self, who: Identity, kind: Kind, *, parent: str | None = None, search: str = "") -> int:
        """Return how many things there are."""
        require(who, Scope.READ)
        with self._store.read() as work:
            return work.items.count(who.team, kind, parent=parent, search=search)

    def change(
        self,
        who: Identity,
        kind: Kind,
        id: str,
        *,
        expected: int,
        name: str | None = None,
        content: Mapping[str, Any] | None = None,
    ) -> Item:
        """Make the next version of a thing. Raises `Conflict` when it is not at the version `expected` any more."""
        require(who, Scope.EDIT)
        checked = None if content is None else self._checked(who, kind, content)
        now = self._clock.now()
        with self._store.write() as work:
            item = _found(work, who, id, kind)
            checked = None if checked is None else with_secrets(kind, checked, item.content)
            changed = replace(
                item,
                name=item.name if name is None else _named(name),
                content=item.content if checked is None else checked,
                changed=now,
                author=who.user,
                version=item.version + 1,
            )
            work.items.change(changed, expected)
            self._add_labels(work, who, changed)
            note(work, who, now, f"{kind}.change", id, version=changed.version)
        return changed

    def delete(self, who: Identity, kind: Kind, id: str, expected: int | None = None) -> None:
        """Let nobody find a thing any more; runs of it stay. The flows of a suite go with it."""
        require(who, Scope.EDIT)
        now = self._clock.now()
        with self._store.write() as work:
            item = _found(work, who, id, kind)
            parts = work.items.list(who.team, Kind.FLOW, Page(10_000), parent=id) if kind is Kind.SUITE else ()
            for each in (*parts, item):
                gone = replace(each, deleted=True, changed=now, author=who.user, version=each.version + 1)
                work.items.change(gone, each.version if each is not item or expected is None else expected)
            note(work, who, now, f"{kind}.delete", id, name=item.name)

    def versions(self, who: Identity, kind: Kind, id: str) -> tuple[ItemVersion, ...]:
        """Return all versions of a thing, the newest first, without their contents."""
        self.get(who, kind, id)
        with self._store.read() as work:
            return work.items.versions(who.team, id)

    def as_it_was(self, who: Identity, id: str, at: datetime.datetime) -> ItemVersion | None:
        """Return the version that a thing had at a time, whatever became of it; None for what was not there."""
        require(who, Scope.READ)
        with self._store.read() as work:
            then = next((one for one in work.items.versions(who.team, id) if one.at <= at), None)
            return None if then is None else work.items.version(who.team, id, then.version)

    def version(self, who: Identity, kind: Kind, id: str, number: int) -> ItemVersion:
        """Return one version of a thing."""
        self.get(who, kind, id)
        with self._store.read() as work:
            found = work.items.version(who.team, id, number)
        if found is None:
            raise NotFound(f"{kind} {id} has no version {number}")
        return found

    def flows(self, who: Identity, suite: str) -> tuple[Item, ...]:
        """Return the flows of a suite in the order in which they run."""
        found = self.list(who, Kind.FLOW, Page(10_000), parent=suite)
        return tuple(sorted(found, key=lambda flow: (flow.content.get("order", 0), flow.created, flow.id)))

    def labels(self, who: Identity, statuses: frozenset[str] = frozenset()) -> tuple[Item, ...]:
        """Return the team's labels by name; with `statuses`, those that flows have that are so ready."""
        found = sorted(self.list(who, Kind.LABEL, Page(_MANY)), key=lambda label: label.name)
        if not statuses:
            return tuple(found)
        flows = self.list(who, Kind.FLOW, Page(_MANY))
        used = {name for flow in flows if flow.content["status"] in statuses for name in flow.content["labels"]}
        return tuple(label for label in found if label.name in used)

    def suites(
        self, who: Identity, search: str, statuses: frozenset[str], labels: frozenset[str]
    ) -> tuple[tuple[Item, frozenset[str]], ...]:
        """Return suites, the newest first, with the labels of their flows; those that have such a flow."""
        flows: dict[str | None, list[Item]] = {}
        for flow in self.list(who, Kind.FLOW, Page(_MANY)):
            flows.setdefault(flow.parent, []).append(flow)

        def is_meant(flow: Item) -> bool:
            has_label = not labels or not labels.isdisjoint(flow.content["labels"])
            return has_label and (not statuses or flow.content["status"] in statuses)

        return tuple(
            (suite, frozenset(name for flow in flows.get(suite.id, ()) for name in flow.content["labels"]))
            for suite in self.list(who, Kind.SUITE, Page(_MANY), search=search)
            if (not labels and not statuses) or any(map(is_meant, flows.get(suite.id, ())))
        )

    def free_id(self, wanted: str) -> str | None:
        """Return an id as a new thing may have it; None for what is no UUID or is taken, in whatever team."""
        try:
            canonical = str(uuid.UUID(wanted))
        except ValueError:
            return None
        with self._store.read() as work:
            return None if work.items.exists(canonical) else canonical

    def _checked(self, who: Identity, kind: Kind, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the content with its defaults; what it names must be there."""
        try:
            checked = CONTENTS[kind].model_validate(dict(content))
        except ValidationError as error:
            wrong = (f"content.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise InvalidInput("; ".join(wrong)) from error
        match checked:
            case ScheduleContent():
                cron.verify(checked.cron, checked.zone)
                if self.find(who, checked.target).kind not in (Kind.SUITE, Kind.PLAN, Kind.LOAD_TEST):
                    raise InvalidInput("content.target: is neither a suite nor a plan nor a load test")
            case PlanContent():
                for suite in checked.suites:
                    self._named_there(who, Kind.SUITE, suite, "content.suites")
            case FlowContent():
                for pool in checked.pools:
                    self._named_there(who, Kind.POOL, pool, "content.pools")
            case PoolContent() if not checked.csv.strip():
                raise InvalidInput("content.csv: is empty; the first row holds the names")
        return checked.model_dump()

    def _named_there(self, who: Identity, kind: Kind, id: str, place: str) -> None:
        try:
            self.get(who, kind, id)
        except NotFound as error:
            raise InvalidInput(f"{place}: {error}") from error

    def _add_labels(self, work: Work, who: Identity, item: Item) -> None:
        """Keep the labels that a flow has and nobody had before."""
        if item.kind is not Kind.FLOW:
            return
        labels = item.content.get("labels", ())
        if all(work.items.named(who.team, Kind.LABEL, label) is not None for label in labels):
            return
        work.accounts.hold_team(who.team)  # two flows with one new label must not both bring it
        for label in labels:
            if work.items.named(who.team, Kind.LABEL, label) is None:
                now = item.changed
                work.items.add(Item(str(uuid.uuid4()), who.team, Kind.LABEL, label, {}, now, now, who.user))


def _new(
    who: Identity,
    kind: Kind,
    name: str,
    content: dict[str, Any],
    now: datetime.datetime,
    parent: str | None = None,
    id: str | None = None,
) -> Item:
    return Item(id or str(uuid.uuid4()), who.team, kind, name, content, now, now, who.user, parent=parent)


def _hash(*asked: object) -> str:
    """Return what tells two wishes of one client apart."""
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _made_before(work: Work, who: Identity, kind: Kind, client_id: str | None, asked: str) -> Item | None:
    """Return what the client's own id made. Raises `Conflict` where that was something else."""
    known = None if client_id is None else work.items.made_by(who.team, kind, client_id)
    if known is not None and known[1] != asked:
        raise Conflict(f"the id {client_id!r} was used to make something else, {known[0].id}")
    return None if known is None else known[0]


def _found(work: Work, who: Identity, id: str, kind: Kind | None) -> Item:
    item = work.items.get(who.team, id, kind)
    if item is None:
        raise NotFound.of(kind or "kept thing", id)
    return item


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise InvalidInput(f"name: 1 to {_LONGEST_NAME} characters are needed")
    return name


def flat(parameters: Mapping[str, str | list[str]]) -> dict[str, str]:
    """Return one value a parameter; of several, which stand for a choice, the first."""
    return {name: value if isinstance(value, str) else next(iter(value), "") for name, value in parameters.items()}
