"""Test definitions: tests that a portal wrote, kept with every member of theirs."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from penstock.api.cloudtest import forms
from penstock.api.cloudtest.calls import Call, route, time_of
from penstock.errors import InvalidInput
from penstock.library.items import Item

_MOST = 1000
_NOBODY = {"id": "", "displayName": ""}


def _basic(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "loadTestType": item.content["said"].get("loadTestType", forms.TEST_TYPES[0]),
        "createdDate": time_of(item.created),
        "lastModifiedDate": time_of(item.changed),
        "createdBy": _NOBODY,
        "lastModifiedBy": _NOBODY,
        "accessData": {"dropContainerUrl": "", "sasKey": ""},
    }


def _whole(call: Call, item: Item) -> dict[str, Any]:
    said = item.content["said"]
    grant = call.services.drops.place(call.who, item.id)
    return {
        **_basic(item),
        "accessData": {"dropContainerUrl": grant.url, "sasKey": f"?{grant.query}"},
        "createdBy": call.person(item.content["created_by"]),
        "lastModifiedBy": call.person(item.author),
        "description": said.get("description"),
        "loadTestDefinitionSource": said.get("loadTestDefinitionSource"),
        "loadGenerationGeoLocations": said.get("loadGenerationGeoLocations", []),
        "runSettings": said.get("runSettings"),
        "staticAgentRunSettings": said.get("staticAgentRunSettings"),
        "testDetails": said.get("testDetails"),
    }


def _create(call: Call) -> Response:
    wish = call.read(forms.DEFINITION)
    return call.answer(_whole(call, call.services.test_definitions.create(call.who, wish.get("name", ""), wish)))


def _update(call: Call) -> Response:
    wish = call.read(forms.DEFINITION)
    if not wish.get("id"):
        raise InvalidInput("id: is needed, of the definition to replace")
    item = call.services.test_definitions.change(call.who, wish["id"].lower(), wish.get("name", ""), wish)
    return call.answer(_whole(call, item))


def _get(call: Call) -> Response:
    return call.answer(_whole(call, call.services.test_definitions.get(call.who, call.place["id"])))


def _list(call: Call) -> Response:
    if id := call.query.get("testdefinitionid", "").lower():
        return call.answer(_whole(call, call.services.test_definitions.get(call.who, id)))
    since, until = call.time("fromdate"), call.time("todate")
    found = [
        item
        for item in call.services.test_definitions.list(call.who)
        if (since is None or item.created >= since) and (until is None or item.created <= until)
    ]
    return call.many([_basic(item) for item in found[: call.number("top", _MOST)]])


ROUTES = [
    route("POST", "/_apis/clt/testdefinitions", _create),
    route("PUT", "/_apis/clt/testdefinitions", _update),
    route("GET", "/_apis/clt/testdefinitions", _list),
    route("GET", "/_apis/clt/testdefinitions/{id}", _get),
]
