"""What a browser cache keeps, and for how long."""

from __future__ import annotations

from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.script.pages.cache import MOST_ENTRIES, Cache, conditions, lifetime

NOW = 1_800_000_000.0


def at(seconds: float) -> str:
    return formatdate(NOW + seconds, usegmt=True)


@pytest.mark.parametrize(
    ("reason", "headers", "seconds"),
    [
        ("as long as is said", {"cache-control": "public, max-age=60"}, 60),
        ("less what it is old", {"cache-control": "max-age=60", "age": "20"}, 40),
        ("until it expires", {"expires": at(90), "date": at(0)}, 90),
        ("by the server's clock", {"expires": at(1090), "date": at(1000)}, 90),
        ("max-age wins over expires", {"cache-control": "max-age=1", "expires": at(90)}, 1),
        ("expired", {"expires": at(-1), "date": at(0)}, -1),
        ("expires with nonsense is over", {"expires": "0"}, 0),
        ("ask each time", {"cache-control": "no-cache", "etag": '"a"'}, 0),
        ("ask each time, in old words", {"pragma": "no-cache"}, 0),
        ("a tenth of its age", {"last-modified": at(-1000), "date": at(0)}, 100),
        ("but no more than a day", {"last-modified": at(-1e8), "date": at(0)}, 86_400),
        ("nothing said", {}, 0),
        ("not to be kept", {"cache-control": "max-age=60, no-store"}, None),
        ("never the same twice", {"cache-control": "max-age=60", "vary": "*"}, None),
        ("a max-age that is none", {"cache-control": "max-age=soon"}, 0),
        ("a date that is none", {"expires": at(90), "date": "today"}, 90),
    ],
)
def test_a_response_is_fresh(reason: str, headers: dict[str, str], seconds: float | None) -> None:
    assert lifetime(headers, NOW) == seconds


def response(status: int = 200, **headers: str) -> Any:
    return SimpleNamespace(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_what_is_fresh_is_used_and_what_is_stale_is_asked_about() -> None:
    kept: dict[str, Any] = {}
    Cache(kept, NOW).store("/x", response(cache_control="max-age=60", etag='"a"', last_modified=at(-5)))
    assert Cache(kept, NOW + 59).fresh("/x") is not None
    assert Cache(kept, NOW + 61).fresh("/x") is None
    stale = Cache(kept, NOW + 61).stale("/x")
    assert conditions(stale) == (("If-None-Match", '"a"'), ("If-Modified-Since", at(-5)))


def test_what_is_still_the_same_is_fresh_again() -> None:
    kept: dict[str, Any] = {}
    Cache(kept, NOW).store("/x", response(cache_control="max-age=60", etag='"a"'))
    Cache(kept, NOW + 100).store("/x", response(304, cache_control="max-age=60"))
    assert Cache(kept, NOW + 159).fresh("/x") is not None
    assert conditions(Cache(kept, NOW + 200).stale("/x")) == (("If-None-Match", '"a"'),)


@pytest.mark.parametrize("status", [204, 206, 301, 404, 500])
def test_only_complete_answers_are_kept(status: int) -> None:
    kept: dict[str, Any] = {}
    Cache(kept, NOW).store("/x", response(status, cache_control="max-age=60"))
    assert not kept


def test_a_cache_is_bounded() -> None:
    kept: dict[str, Any] = {}
    for number in range(MOST_ENTRIES + 5):
        Cache(kept, NOW).store(f"/{number}", response(cache_control="max-age=60"))
    assert len(kept) == MOST_ENTRIES
    assert "/0" not in kept
