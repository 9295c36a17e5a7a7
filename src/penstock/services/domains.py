"""Domains that a team has shown to be its own: by a file that they serve, or by a TXT record."""

from __future__ import annotations

import re
import secrets
import uuid
from dataclasses import replace

from penstock.accounts.people import Identity, Scope
from penstock.errors import Conflict, InvalidInput, NotFound
from penstock.library.items import Item, Kind
from penstock.ports.clock import Clock
from penstock.ports.stores import Page, Store
from penstock.ports.web import Web
from penstock.services.access import note, require

_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
MOST_DOMAINS = 200


class DomainService:
    """Each method raises `NotAllowed` for callers who may not."""

    def __init__(self, store: Store, clock: Clock, web: Web) -> None:
        self._store = store
        self._clock = clock
        self._web = web

    def list(self, who: Identity) -> tuple[Item, ...]:
        """Return the team's domains with their tokens and whether they are verified."""
        require(who, Scope.READ)
        with self._store.read() as work:
            return work.items.list(who.team, Kind.DOMAIN, Page(MOST_DOMAINS))

    def add(self, who: Identity, name: str) -> Item:
        """Name a domain; it is given a token to serve. Raises `InvalidInput`, `Conflict`."""
        require(who, Scope.EDIT)
        name = name.strip().lower().rstrip(".")
        if not _NAME.fullmatch(name):
            raise InvalidInput(f"domain {name!r}: write it like shop.example.com")
        now = self._clock.now()
        content = {"token": secrets.token_hex(20), "verified": False}
        item = Item(str(uuid.uuid4()), who.team, Kind.DOMAIN, name, content, now, now, who.user)
        with self._store.write() as work:
            work.accounts.hold_team(who.team)
            if work.items.count(who.team, Kind.DOMAIN) >= MOST_DOMAINS:
                raise Conflict(f"a team names at most {MOST_DOMAINS} domains; delete one that is not needed")
            if work.items.named(who.team, Kind.DOMAIN, name) is not None:
                raise Conflict(f"the domain {name} is there already")
            work.items.add(item)
            note(work, who, now, "domain.create", item.id, name=name)
        return item

    def verify(self, who: Identity, id: str) -> Item:
        """Look whether the domain shows its token. Raises `InvalidInput`, with what was looked for, when not."""
        require(who, Scope.EDIT)
        item = self._found(who, id)
        token = str(item.content["token"])
        record = f"loadmill-challenge={token}"
        if record not in self._web.texts(item.name) and not self._is_served(item.name, token):
            raise InvalidInput(
                f"{item.name}: neither http(s)://{item.name}{_path(token)} with the content {token} "
                f"nor a TXT record {record} is there"
            )
        now = self._clock.now()
        content = {**item.content, "verified": True}
        verified = replace(item, content=content, version=item.version + 1, changed=now, author=who.user)
        with self._store.write() as work:
            work.items.change(verified, item.version)
            note(work, who, now, "domain.verify", id, name=item.name)
        return verified

    def delete(self, who: Identity, id: str) -> None:
        """Forget a domain."""
        require(who, Scope.EDIT)
        item = self._found(who, id)
        now = self._clock.now()
        with self._store.write() as work:
            work.items.change(replace(item, deleted=True, version=item.version + 1, changed=now), item.version)
            note(work, who, now, "domain.delete", id, name=item.name)

    def _is_served(self, name: str, token: str) -> bool:
        for scheme in ("https", "http"):
            content = self._web.get(f"{scheme}://{name}{_path(token)}", 1000)
            if content is not None and content.strip() == token.encode():
                return True
        return False

    def _found(self, who: Identity, id: str) -> Item:
        with self._store.read() as work:
            item = work.items.get(who.team, id, Kind.DOMAIN)
        if item is None:
            raise NotFound(f"there is no domain {id}")
        return item


def _path(token: str) -> str:
    return f"/loadmill-challenge/{token}.txt"
