"""A domain is verified by what it shows, and by nothing else."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from penstock.accounts.people import Identity, Role, Scope, Team
from penstock.errors import Conflict, InvalidInput, NotAllowed
from penstock.runs.commands import SetLevel
from penstock.services.domains import MOST_DOMAINS, DomainService
from penstock.services.target_policy import TargetRules, TargetService, is_below
from penstock.store import SqlStore, open_store

NOW = datetime.datetime(2026, 5, 4, tzinfo=datetime.UTC)
WHO = Identity("team", "ann", "ann", Role.ADMIN, frozenset(Scope))


class Clock:
    def now(self) -> datetime.datetime:
        return NOW


@dataclass
class FakeWeb:
    files: dict[str, bytes] = field(default_factory=dict)
    records: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        raise AssertionError((url, body, headers))

    def get(self, url: str, most_bytes: int) -> bytes | None:
        content = self.files.get(url)
        return None if content is None else content[:most_bytes]

    def texts(self, name: str) -> tuple[str, ...]:
        return self.records.get(name, ())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store("", tmp_path)
    with opened.write() as work:
        work.accounts.add_team(Team("team", "team", NOW))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "show",
    [
        pytest.param(
            lambda web, name, token: web.files.update(
                {f"https://{name}/loadmill-challenge/{token}.txt": token.encode()}
            ),
            id="a file",
        ),
        pytest.param(
            lambda web, name, token: web.files.update(
                {f"http://{name}/loadmill-challenge/{token}.txt": f"{token}\n".encode()}
            ),
            id="a file over http",
        ),
        pytest.param(
            lambda web, name, token: web.records.update({name: ("other", f"loadmill-challenge={token}")}), id="a record"
        ),
    ],
)
def test_a_domain_that_shows_its_token_is_verified_with_all_below_it(store: SqlStore, show: object) -> None:
    web = FakeWeb()
    domains = DomainService(store, Clock(), web)
    targets = TargetService(store, TargetRules())
    domain = domains.add(WHO, "Shop.Example.com.")
    assert not targets.is_verified(WHO, "shop.example.com")
    show(web, "shop.example.com", domain.content["token"])  # type: ignore[operator]
    assert domains.verify(WHO, domain.id).content["verified"] is True
    assert targets.is_verified(WHO, "www.shop.example.com")
    assert not targets.is_verified(WHO, "example.com")
    domains.delete(WHO, domain.id)
    assert not targets.is_verified(WHO, "shop.example.com")


@pytest.mark.parametrize("content", [b"", b"wrong", b"<html>not found</html>"])
def test_another_content_verifies_nothing(store: SqlStore, content: bytes) -> None:
    web = FakeWeb()
    domains = DomainService(store, Clock(), web)
    domain = domains.add(WHO, "shop.example.com")
    token = domain.content["token"]
    web.files[f"https://shop.example.com/loadmill-challenge/{token}.txt"] = content
    web.records["shop.example.com"] = (f"loadmill-challenge={token}x", token)
    with pytest.raises(InvalidInput, match="neither"):
        domains.verify(WHO, domain.id)


@pytest.mark.parametrize(
    ("host", "domain", "below"),
    [
        ("a.example", "a.example", True),
        ("x.a.example", "a.example", True),
        ("X.A.EXAMPLE.", "*.a.example", True),
        ("xa.example", "a.example", False),
        ("a.example.evil", "a.example", False),
    ],
)
def test_below_means_whole_labels(host: str, domain: str, below: bool) -> None:
    assert is_below(host, domain) is below


def test_no_domain_is_kept_that_nobody_would_look_at(store: SqlStore) -> None:
    domains = DomainService(store, Clock(), FakeWeb())
    for number in range(MOST_DOMAINS):
        domains.add(WHO, f"shop{number}.example.com")
    with pytest.raises(Conflict, match="at most 200 domains"):
        domains.add(WHO, "one.more.example.com")


@pytest.mark.parametrize(
    ("users", "populations", "is_allowed"),
    [
        pytest.param(5, 1, True, id="all that one may have"),
        pytest.param(6, 1, False, id="more than that"),
        pytest.param(2, 2, True, id="two of two, who may both"),
        pytest.param(3, 2, False, id="three of two, who would be six"),
        pytest.param(1, 6, False, id="one of more populations than users are allowed"),
    ],
)
def test_a_load_that_must_stay_small_does_with_all_its_populations(
    store: SqlStore, users: int, populations: int, is_allowed: bool
) -> None:
    targets = TargetService(store, TargetRules())
    level = SetLevel("users", users, "to", None)
    if is_allowed:
        targets.verify_level(level, populations)
        return
    with pytest.raises(NotAllowed, match="not verified"):
        targets.verify_level(level, populations)
