"""Application performance management: known by name, and not collected by this server."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from penstock.api.cloudtest.calls import Call, route
from penstock.errors import NotFound

_PLUGIN: dict[str, Any] = {
    "type": "ApplicationInsights",
    "isEnabled": False,
    "maxComponentsAllowedForCollection": 3,
    "maxCountersAllowed": 25,
    "actionUriLink": None,
    "autPortalLink": None,
}


def _plugins(call: Call) -> Response:
    return call.many([_PLUGIN])


def _plugin(call: Call) -> Response:
    if call.place["type"] != _PLUGIN["type"].lower():
        raise NotFound(f"there is no plug-in {call.place['type']}")
    return call.answer(_PLUGIN)


def _none(call: Call) -> Response:
    return call.many([])


def _application(call: Call) -> Response:
    raise NotFound(f"there is no application {call.place['id']}: this server collects no counters of applications")


ROUTES = [
    route("GET", "/_apis/clt/apm/plugins", _plugins),
    route("GET", "/_apis/clt/apm/plugins/{type}", _plugin),
    route("GET", "/_apis/clt/apm/applications", _none),
    route("GET", "/_apis/clt/apm/applications/{id}", _application),
    route("GET", "/_apis/clt/apm/counters", _none),
]
