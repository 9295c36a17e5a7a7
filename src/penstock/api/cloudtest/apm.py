"""Application performance management: the team's applications, by the names that clients of the service know."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from penstock.api.cloudtest.calls import Call, route
from penstock.errors import NotFound
from penstock.runs.applications import MOST_APPLICATIONS, MOST_COUNTERS, Application, ApplicationKind

PLUGINS: dict[ApplicationKind, str] = {"application-insights": "ApplicationInsights", "prometheus": "Prometheus"}
"""What clients call the kinds; the service had the first one alone."""

DEFAULT_CATEGORY = "Default Metrics"
_SEPARATOR = "\\"

_IDS = {
    "Average Response Time": "APM_AvgTimeInMs",
    "Exception Rate": "APM_ExceptionEventsInSec",
    "Process CPU": "APM_CPU",
    "Process IO Rate": "APM_DiskIOInBPerSec",
    "Process Private Bytes": "APM_MemoryInB",
    "Request Rate": "APM_MonitoredRequestsInSec",
}
"""The ids that the service gave to counters of these names; others have their names."""


def _plugins(call: Call) -> Response:
    return call.many([_plugin(name) for name in PLUGINS.values()])


def _one_plugin(call: Call) -> Response:
    wanted = call.place["type"].lower()
    for name in PLUGINS.values():
        if name.lower() == wanted:
            return call.answer(_plugin(name))
    raise NotFound(f"there is no plug-in {call.place['type']}; there are {' and '.join(PLUGINS.values())}")


def _plugin(name: str) -> dict[str, Any]:
    return {
        "type": name,
        "isEnabled": True,
        "maxComponentsAllowedForCollection": MOST_APPLICATIONS,
        "maxCountersAllowed": MOST_COUNTERS,
        "actionUriLink": None,
        "autPortalLink": None,
    }


def _applications(call: Call) -> Response:
    return call.many([_application(one) for one in _asked(call)])


def _one_application(call: Call) -> Response:
    for one in _all(call):
        if _id(one).lower() == call.place["id"].lower():
            return call.answer(_application(one))
    raise NotFound(f"there is no application {call.place['id']}")


def _counters(call: Call) -> Response:
    return call.many([told for one in _asked(call) for told in _counters_of(one)])


def _all(call: Call) -> list[Application]:
    return [one.application for one in call.services.applications.list(call.who)]


def _asked(call: Call) -> list[Application]:
    """Return the applications of the kind, and the one, that the query names."""
    kind = (call.query.get("type") or call.query.get("plugintype") or "").strip().lower()
    id = call.query.get("applicationid", "").strip().lower()
    return [
        one
        for one in _all(call)
        if (not kind or PLUGINS[one.kind].lower() == kind) and (not id or _id(one).lower() == id)
    ]


def _id(application: Application) -> str:
    return f"{PLUGINS[application.kind]}~{application.name}"


def _application(application: Application) -> dict[str, Any]:
    return {
        "applicationId": _id(application),
        "name": application.name,
        "description": None,
        "path": application.name,
        "pathSeperator": _SEPARATOR,  # sic: clients read it so
        "type": PLUGINS[application.kind],
        "version": "1.0",
    }


def _counters_of(application: Application) -> list[dict[str, Any]]:
    return [
        {
            "applicationId": _id(application),
            "id": _IDS.get(one.name, one.name),
            "name": one.name,
            "description": one.description or None,
            "isDefault": True,  # all of an application are read
            "path": _SEPARATOR.join(("", application.name, DEFAULT_CATEGORY, one.name, "Average")),
        }
        for one in application.counters
    ]


ROUTES = [
    route("GET", "/_apis/clt/apm/plugins", _plugins),
    route("GET", "/_apis/clt/apm/plugins/{type}", _one_plugin),
    route("GET", "/_apis/clt/apm/applications", _applications),
    route("GET", "/_apis/clt/apm/applications/{id}", _one_application),
    route("GET", "/_apis/clt/apm/counters", _counters),
]
