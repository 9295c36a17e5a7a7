"""Test drops: where files are uploaded to, or a test of URLs without files."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from penstock.api.cloudtest import forms
from penstock.api.cloudtest.calls import Call, route, time_of
from penstock.errors import InvalidInput
from penstock.services.drops import Drop
from penstock.services.url_tests import UrlTest

_FILES, _IN_PLACE = forms.DROPS


def url_test_of(definition: dict[str, Any]) -> UrlTest:
    """Return the test that an in-place definition means. Raises `InvalidInput` for what is missing."""
    if not definition.get("urls"):
        raise InvalidInput("loadTestDefinition.urls: at least one URL is needed")
    return UrlTest(
        name=definition.get("loadTestName") or "UrlTest.loadtest",
        urls=tuple(definition["urls"]),
        users=max(1, definition.get("maxVusers", 1)),
        duration_s=definition.get("runDuration", 60),
        sample_s=definition.get("samplingRate") or 15,
        think_s=definition.get("thinkTime", 0),
        browsers=tuple(
            (one.get("browserName", ""), one.get("browserPercentage", 0)) for one in definition.get("browserMixs", ())
        ),
    )


def drop_of(call: Call, drop: Drop) -> dict[str, Any]:
    """Return a drop, with access that lasts from now on."""
    grant = call.services.drops.grant(call.who, drop)
    return {
        "id": drop.id,
        "dropType": _IN_PLACE if drop.url_test is not None else _FILES,
        "createdDate": time_of(drop.created),
        "testRunId": drop.run,
        "loadTestDefinition": drop.said or None,
        "accessData": {"dropContainerUrl": grant.url, "sasKey": f"?{grant.query}"},
    }


def _create(call: Call) -> Response:
    wish = call.read(forms.DROP)
    if "dropType" not in wish:
        raise InvalidInput(f"dropType: is needed; it is {_FILES} or InplaceDrop")
    definition = wish.get("loadTestDefinition", {})
    if wish["dropType"] == _FILES:
        drop = call.services.drops.create(call.who, None, definition)
    elif not definition:
        raise InvalidInput("loadTestDefinition: is needed for an InplaceDrop")
    else:
        drop = call.services.drops.create(call.who, url_test_of(definition), definition)
    return call.answer(drop_of(call, drop))


def _get(call: Call) -> Response:
    return call.answer(drop_of(call, call.services.drops.get(call.who, call.place["id"])))


ROUTES = [
    route("POST", "/_apis/clt/testdrops", _create),
    route("GET", "/_apis/clt/testdrops/{id}", _get),
]
