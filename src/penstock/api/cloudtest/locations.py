"""Where clients find what: the table of locations, the areas, and the definition of the service."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from penstock.api.cloudtest.calls import Call, route
from penstock.errors import NotFound

AREA = "7ae6d0a6-cda5-44cf-a261-28c392bed25c"
SERVICES = ("6c404d78-ef65-4e65-8b6a-df19d6361eae", "951917ac-a960-4999-8464-e3f0aa25b381")
"""Cloud load test, and the service that clients ask first where that is: both are here."""

_LISTED = "_apis/{area}/{resource}"
_OF_RUN = "_apis/{area}/testRuns/{testRunId}/{resource}"
_TABLE: tuple[tuple[str, str, str, str, int], ...] = (
    ("ab8d91c1-12d9-4ec5-874d-1ddb23e17720", "clt", "agentGroups", f"{_LISTED}/{{agentGroupId}}", 1),
    ("87e4b63d-7142-4b50-801e-72ba9ff8ee9b", "clt", "agents", "_apis/{area}/agentGroups/{agentGroupId}/{resource}", 1),
    ("2c986dce-8e8d-4142-b541-d016d5aff764", "clt", "applications", "_apis/{area}/apm/{resource}/{applicationId}", 1),
    ("c1275ce9-6d26-4bc6-926b-b846502e812d", "clt", "counters", "_apis/{area}/apm/{resource}", 1),
    ("7dcb0bb2-42d5-4729-9958-c0401d5e7693", "clt", "plugins", "_apis/{area}/apm/{resource}/{type}", 1),
    ("29265ea4-b5a5-4b2e-b054-47f5f6f00183", "clt", "counterInstances", _OF_RUN, 1),
    ("bad18480-7193-4518-992a-37289c5bb92d", "clt", "counterSamples", _OF_RUN, 1),
    ("b52025a7-3fb4-4283-8825-7079e75bd402", "clt", "errors", _OF_RUN, 2),
    ("2e7ba122-f522-4205-845b-2d270e59850a", "clt", "messages", _OF_RUN, 1),
    ("5ed69bd8-4557-4cec-9b75-1ad67d0c257b", "clt", "results", _OF_RUN, 1),
    ("a8f9b135-f604-41ea-9d74-d9a5fd32fcd8", "clt", "testDefinitions", f"{_LISTED}/{{testDefinitionId}}", 1),
    ("d89d0e08-505c-4357-96f6-9729311ce8ad", "clt", "testDrops", f"{_LISTED}/{{testDropId}}", 1),
    ("b41a84ff-ff03-4ac1-b76e-e7ea25c92aba", "clt", "testRuns", f"{_LISTED}/{{testRunId}}", 1),
    ("e81700f7-3be2-46de-8624-2eb35882fcaa", "Location", "ResourceAreas", "_apis/{resource}/{areaId}", 1),
    (
        "d810a47d-f4f4-4a62-a03f-fa1860585c4c",
        "Location",
        "ServiceDefinitions",
        "_apis/{resource}/{serviceType}/{identifier}",
        1,
    ),
    ("00d9565f-ed9c-4a06-9a50-00e7896ccab4", "Location", "ConnectionData", "_apis/{resource}", 1),
)
"""Id, area, resource, template, version of the resource: clients fill the template from the same row."""


def _location(row: tuple[str, str, str, str, int]) -> dict[str, Any]:
    id, area, resource, template, version = row
    is_old = resource == "ResourceAreas"
    return {
        "id": id,
        "area": area,
        "resourceName": resource,
        "routeTemplate": template,
        "resourceVersion": version,
        "minVersion": "3.2" if is_old else "1.0",
        "maxVersion": "6.1",
        "releasedVersion": "0.0" if is_old else "6.0",
    }


def _locations(call: Call) -> Response:
    area = call.place.get("area")
    return call.many([_location(row) for row in _TABLE if area is None or row[1].lower() == area])


def _area(call: Call) -> dict[str, str]:
    return {"id": AREA, "name": "clt", "locationUrl": f"{call.base}/"}


def _areas(call: Call) -> Response:
    return call.many([_area(call)])


def _one_area(call: Call) -> Response:
    if call.place["id"] != AREA:
        raise NotFound(f"there is no area {call.place['id']} here")
    return call.answer(_area(call))


def _service(call: Call) -> Response:
    identifier = call.place["id"]
    if identifier not in SERVICES:
        raise NotFound(f"there is no service {identifier} here")
    return call.answer(
        {
            "serviceType": "LocationService2",
            "identifier": identifier,
            "displayName": "Cloud Load Test",
            "relativeToSetting": "fullyQualified",
            "relativePath": None,
            "description": None,
            "serviceOwner": "00000000-0000-0000-0000-000000000000",
            "toolId": "Framework",
            "status": "active",
            "locationMappings": [{"accessMappingMoniker": "PublicAccessMapping", "location": call.base}],
            "resourceVersion": 0,
            "minVersion": None,
            "maxVersion": None,
        }
    )


def _connection(call: Call) -> Response:
    person = {"id": call.who.user, "descriptor": f"user;{call.who.user}", "providerDisplayName": call.who.name}
    return call.answer(
        {
            "authenticatedUser": person,
            "authorizedUser": person,
            "instanceId": call.who.team,
            "deploymentId": call.who.team,
            "locationServiceData": {"serviceOwner": SERVICES[0], "defaultAccessMappingMoniker": "PublicAccessMapping"},
        }
    )


ROUTES = [
    route("OPTIONS", "/_apis", _locations),
    route("OPTIONS", "/_apis/{area}", _locations),
    route("GET", "/_apis/resourceareas", _areas),
    route("GET", "/_apis/resourceareas/{id}", _one_area),
    route("GET", "/_apis/servicedefinitions/locationservice2/{id}", _service),
    route("GET", "/_apis/connectiondata", _connection),
]
