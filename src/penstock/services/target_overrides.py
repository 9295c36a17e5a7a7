"""Reading which origins are to be sent elsewhere, as callers write it and teams keep it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from penstock.errors import InvalidInput
from penstock.model.retargeting import EVERYWHERE, origin_of

SETTING = "target_overrides"
"""The key of a team's settings under which it keeps those of all its runs."""

MOST = 200

Overrides = tuple[tuple[str, str], ...]
"""Pairs of an origin (or `EVERYWHERE`) and the origin that its requests go to, in their usual form."""


def read(texts: Iterable[str], what: str = "--target-override") -> Overrides:
    """Read `FROM=TO` texts. Raises `InvalidInput` naming the text."""
    pairs = []
    for text in texts:
        origin, equals, target = text.partition("=")
        if not equals:
            raise InvalidInput(f"{what} {text!r}: write it like https://shop.example.com=http://127.0.0.1:8080")
        pairs.append((f"{what} {text!r}", origin, target))
    return _checked(pairs)


def read_mapping(given: object, place: str) -> Overrides:
    """Read an object of JSON. Raises `InvalidInput` naming the place in it."""
    if not isinstance(given, Mapping):
        raise InvalidInput(
            f'{place}: an object is needed, like {{"https://shop.example.com": "http://127.0.0.1:8080"}}'
        )
    for origin, target in given.items():
        if not isinstance(target, str):
            raise InvalidInput(f"{place}[{origin!r}]: an origin is needed, like http://127.0.0.1:8080")
    return _checked([(f"{place}[{origin!r}]", origin, target) for origin, target in given.items()])


def of_team(settings: Mapping[str, Any]) -> Overrides:
    """Return what a team keeps of them. Raises `InvalidInput` naming the setting."""
    return read_mapping(settings.get(SETTING, {}), f"settings.{SETTING}")


def usual_keys(patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return a change of a team's settings with the origins in their usual form, so that it meets those that are kept.

    What is no origin stays, to be refused with its name.
    """
    overrides = patch.get(SETTING)
    if not isinstance(overrides, Mapping):
        return dict(patch)
    return {**patch, SETTING: {origin_of(origin) or origin: target for origin, target in overrides.items()}}


def over(asked: Overrides, kept: Overrides) -> Overrides:
    """Return what a run asks for, and what it does not say from what its team keeps.

    One that sends everything to one place does so whatever the team says.
    """
    given = dict(asked)
    return asked if EVERYWHERE in given else (*asked, *(pair for pair in kept if pair[0] not in given))


def _checked(pairs: list[tuple[str, str, str]]) -> Overrides:
    """Return the pairs of (place, origin, target) in their usual form. Raises `InvalidInput`."""
    if len(pairs) > MOST:
        raise InvalidInput(f"{pairs[MOST][0]}: at most {MOST} origins can be sent elsewhere")
    found: dict[str, str] = {}
    for place, origin, target in pairs:
        usual = EVERYWHERE if origin.strip() == EVERYWHERE else _origin(place, origin)
        if usual in found:
            raise InvalidInput(f"{place}: {usual} is sent elsewhere already, to {found[usual]}")
        found[usual] = _origin(place, target)
    return tuple(found.items())


def _origin(place: str, text: str) -> str:
    """Return the origin in its usual form. Raises `InvalidInput`."""
    text = text.strip()
    origin = origin_of(text)
    if origin is None or not text.lower().startswith("http"):
        raise InvalidInput(f"{place}: {text!r} is no origin; write it like http://host:8080")
    parts = urlsplit(text)
    more = parts.path.strip("/") or parts.query or parts.fragment
    if more or parts.username is not None:
        left_out = more or "user and password"
        raise InvalidInput(f"{place}: {text!r} is more than scheme, host and port; leave out {left_out}")
    return origin
