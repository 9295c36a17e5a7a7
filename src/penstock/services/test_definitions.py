"""Definitions of tests that callers keep, in words of their own: nothing of them is lost or looked into."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from penstock.accounts.people import Identity, Scope
from penstock.errors import InvalidInput, NotFound
from penstock.library.items import Item, Kind
from penstock.ports.clock import Clock
from penstock.ports.stores import Page, Store
from penstock.services.access import note, require

_MANY = 100_000
_LONGEST_NAME = 500


class TestDefinitionService:
    """Each method raises `NotAllowed` for callers who may not, `NotFound` for definitions of others."""

    __test__ = False

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(self, who: Identity, name: str, said: Mapping[str, Any]) -> Item:
        """Keep a new definition; its content is `said`, and who made it."""
        require(who, Scope.EDIT)
        now = self._clock.now()
        content = {"said": dict(said), "created_by": who.user}
        item = Item(str(uuid.uuid4()), who.team, Kind.TEST_DEFINITION, _named(name), content, now, now, who.user)
        with self._store.write() as work:
            work.items.add(item)
            note(work, who, now, "test-definition.create", item.id, name=item.name)
        return item

    def change(self, who: Identity, id: str, name: str, said: Mapping[str, Any]) -> Item:
        """Replace what is said; an empty name leaves the name."""
        require(who, Scope.EDIT)
        item = self.get(who, id)
        now = self._clock.now()
        changed = replace(
            item,
            name=_named(name) if name else item.name,
            content={**item.content, "said": dict(said)},
            changed=now,
            author=who.user,
            version=item.version + 1,
        )
        with self._store.write() as work:
            work.items.change(changed, item.version)
            note(work, who, now, "test-definition.change", id, version=changed.version)
        return changed

    def get(self, who: Identity, id: str) -> Item:
        """Return a definition."""
        require(who, Scope.READ)
        with self._store.read() as work:
            item = work.items.get(who.team, id, Kind.TEST_DEFINITION)
        if item is None:
            raise NotFound(f"there is no test definition {id}")
        return item

    def list(self, who: Identity) -> tuple[Item, ...]:
        """Return all definitions of the team, the newest first."""
        require(who, Scope.READ)
        with self._store.read() as work:
            return work.items.list(who.team, Kind.TEST_DEFINITION, Page(_MANY))


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise InvalidInput(f"name: 1 to {_LONGEST_NAME} characters are needed")
    return name
