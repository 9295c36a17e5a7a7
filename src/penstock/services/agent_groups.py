"""Groups of agents that runs may name. Until loads spread over machines, a group is this server's own agents."""

from __future__ import annotations

import datetime
import socket
import uuid
from dataclasses import dataclass, replace

from penstock.accounts.people import Identity, Scope
from penstock.errors import InvalidInput, NotFound
from penstock.library.items import Item, Kind
from penstock.ports.clock import Clock
from penstock.ports.stores import Page, Store
from penstock.services.access import note, require

_MANY = 10_000
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class AgentGroup:
    """A group, and the machines in it: this one, until it is taken out."""

    id: str
    name: str
    team: str
    created: datetime.datetime
    created_by: str
    machines: tuple[str, ...]


class AgentGroupService:
    """Each method raises `NotAllowed` for callers who may not, `NotFound` for groups of others."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(self, who: Identity, name: str) -> AgentGroup:
        """Make a group."""
        require(who, Scope.EDIT)
        name = name.strip()
        if not name or len(name) > _LONGEST_NAME:
            raise InvalidInput(f"groupName: 1 to {_LONGEST_NAME} characters are needed")
        now = self._clock.now()
        item = Item(str(uuid.uuid4()), who.team, Kind.AGENT_GROUP, name, {"removed": []}, now, now, who.user)
        with self._store.write() as work:
            work.items.add(item)
            note(work, who, now, "agent-group.create", item.id, name=name)
        return _group(item)

    def list(self, who: Identity, name: str = "") -> tuple[AgentGroup, ...]:
        """Return the groups, the newest first; with a name those of that name, whatever its letter case."""
        require(who, Scope.READ)
        with self._store.read() as work:
            items = work.items.list(who.team, Kind.AGENT_GROUP, Page(_MANY))
        return tuple(_group(item) for item in items if not name or item.name.lower() == name.lower())

    def get(self, who: Identity, id: str) -> AgentGroup:
        """Return a group."""
        return _group(self._item(who, id))

    def remove(self, who: Identity, id: str, machine: str) -> None:
        """Take a machine out of a group. Raises `NotFound` when it is not in it."""
        require(who, Scope.EDIT)
        item = self._item(who, id)
        if machine.lower() not in (one.lower() for one in _group(item).machines):
            raise NotFound(f"there is no agent {machine} in the group {item.name}")
        now = self._clock.now()
        content = {**item.content, "removed": [*item.content["removed"], machine]}
        with self._store.write() as work:
            work.items.change(replace(item, content=content, changed=now, version=item.version + 1), item.version)
            note(work, who, now, "agent-group.remove", id, machine=machine)

    def _item(self, who: Identity, id: str) -> Item:
        require(who, Scope.READ)
        with self._store.read() as work:
            item = work.items.get(who.team, id, Kind.AGENT_GROUP)
        if item is None:
            raise NotFound(f"there is no agent group {id}")
        return item


def _group(item: Item) -> AgentGroup:
    removed = {name.lower() for name in item.content["removed"]}
    machines = tuple(name for name in (socket.gethostname(),) if name.lower() not in removed)
    return AgentGroup(item.id, item.name, item.team, item.created, item.author, machines)
