"""The OpenAPI document of the face: what its clients knew from Microsoft's, for those who write new ones.

It says what should be sent. More is taken, as the service took it: any letter case, enums as numbers, numbers as texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from penstock import __version__
from penstock.api.cloudtest import forms, shapes
from penstock.api.cloudtest.reading import Reader
from penstock.api.cloudtest.shapes import Shape, collection

PATH = "/_apis/clt/openapi.json"
_CLT = "/_apis/clt"
_TEXT: Shape = {"type": "string"}
_FLAG: Shape = {"type": "boolean"}
_TIME: Shape = {"type": "string", "format": "date-time"}
_TOP: Shape = {"type": "integer", "minimum": 1, "maximum": 100_000}
_REFUSALS = {
    "400": "what was sent cannot be read or done, or the version never was",
    "401": "nobody knows who asks",
    "403": "the token may not do this",
    "404": "there is no such thing, or none of the caller's team",
    "409": "the state of the thing forbids it",
    "413": "the body is too large",
    "503": "a part that the server stands on does not answer",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of one path is for. `answer` is None where there is nothing in it."""

    sentence: str
    answer: Shape | None
    body: Reader | None = None
    query: tuple[tuple[str, Shape], ...] = ()


_OUTGOING = ("outgoingRequestUrls", _FLAG)
_SWITCHES = (("machineSetupInput", _FLAG), ("machineAccessData", _FLAG), _OUTGOING)
_PERIOD = (("fromDate", _TIME), ("toDate", _TIME), ("top", _TOP))
_RUN = f"{_CLT}/testruns/{{id}}"

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("OPTIONS", "/_apis"): Operation("Which resources there are, and where", collection(shapes.LOCATION)),
    ("OPTIONS", "/_apis/{area}"): Operation("Which resources an area has", collection(shapes.LOCATION)),
    ("GET", "/_apis/resourceareas"): Operation("Which areas there are", collection(shapes.AREA)),
    ("GET", "/_apis/resourceareas/{id}"): Operation("Where an area is", shapes.AREA),
    ("GET", "/_apis/servicedefinitions/locationservice2/{id}"): Operation("Where a service is", shapes.SERVICE),
    ("GET", "/_apis/connectiondata"): Operation("Who asks", shapes.CONNECTION),
    ("POST", f"{_CLT}/testdrops"): Operation("Make a test drop", shapes.DROP, forms.DROP),
    ("GET", f"{_CLT}/testdrops/{{id}}"): Operation("Read a drop, with access to it from now on", shapes.DROP),
    ("POST", f"{_CLT}/testruns"): Operation("Create a run, which does not begin yet", shapes.RUN, forms.RUN),
    ("GET", f"{_CLT}/testruns"): Operation(
        "Find runs, the newest first",
        shapes.RUNS,
        query=(
            *((name, _TEXT) for name in ("name", "requestedBy", "runsourceidentifier", "runIds")),
            ("status", {"type": "string", "enum": list(forms.STATES)}),
            ("runType", {"type": "string", "enum": [*forms.RUN_TYPES, "*"]}),
            ("retentionState", {"type": "string", "enum": list(forms.RETENTION)}),
            ("detailed", _FLAG),
            *_PERIOD,
        ),
    ),
    ("GET", _RUN): Operation("Read a run", shapes.RUN),
    ("PATCH", _RUN): Operation("Start a run (`queued`) or end it (`aborted`)", None, forms.CHANGE),
    ("GET", f"{_RUN}/counterinstances"): Operation(
        "Which counters a run has",
        collection(shapes.COUNTER),
        query=(("groupNames", _TEXT), ("includeSummary", _FLAG)),
    ),
    ("POST", f"{_RUN}/countersamples"): Operation("Read samples of counters", shapes.SAMPLES, forms.SAMPLES),
    ("GET", f"{_RUN}/errors"): Operation(
        "What went wrong, by type", shapes.ERRORS, query=(("type", _TEXT), ("subType", _TEXT), ("detailed", _FLAG))
    ),
    ("GET", f"{_RUN}/messages"): Operation("What a run has to say", collection(shapes.MESSAGE)),
    ("GET", f"{_RUN}/results"): Operation("Where the results are", shapes.RESULTS),
    ("GET", f"{_RUN}/resultsummary"): Operation("The numbers of a run in short", shapes.RESULT_SUMMARY),
    ("POST", f"{_CLT}/testdefinitions"): Operation("Keep a test", shapes.DEFINITION, forms.DEFINITION),
    ("PUT", f"{_CLT}/testdefinitions"): Operation("Replace a test", shapes.DEFINITION, forms.DEFINITION),
    ("GET", f"{_CLT}/testdefinitions"): Operation(
        "Which tests are kept", shapes.DEFINITIONS, query=(("testDefinitionId", _TEXT), *_PERIOD)
    ),
    ("GET", f"{_CLT}/testdefinitions/{{id}}"): Operation("Read a test", shapes.DEFINITION),
    ("POST", f"{_CLT}/agentgroups"): Operation("Make an agent group", shapes.GROUP, forms.AGENT_GROUP),
    ("GET", f"{_CLT}/agentgroups"): Operation(
        "Which agent groups there are",
        shapes.GROUPS,
        query=(("agentGroupId", _TEXT), ("agentGroupName", _TEXT), *_SWITCHES),
    ),
    ("GET", f"{_CLT}/agentgroups/{{id}}"): Operation("Read an agent group", shapes.ONE_GROUP, query=_SWITCHES),
    ("GET", f"{_CLT}/agentgroups/{{id}}/agents"): Operation(
        "Which agents a group has", collection(shapes.AGENT), query=(("agentName", _TEXT),)
    ),
    ("DELETE", f"{_CLT}/agentgroups/{{id}}/agents"): Operation(
        "Take an agent out of its group", shapes.DELETED_AGENT, query=(("agentName", _TEXT),)
    ),
    ("GET", f"{_CLT}/configuration"): Operation(
        "What the organization can use", shapes.CONFIGURATION, query=(("include", _TEXT),)
    ),
    ("GET", f"{_CLT}/apm/plugins"): Operation("Which sources of counters there are", collection(shapes.PLUGIN)),
    ("GET", f"{_CLT}/apm/plugins/{{type}}"): Operation("Read a source of counters", shapes.PLUGIN),
    ("GET", f"{_CLT}/apm/applications"): Operation(
        "Which applications have counters",
        collection(shapes.APPLICATION),
        query=(("type", _TEXT), ("pluginType", _TEXT)),
    ),
    ("GET", f"{_CLT}/apm/applications/{{id}}"): Operation("Read an application", shapes.APPLICATION),
    ("GET", f"{_CLT}/apm/counters"): Operation(
        "Which counters applications have",
        collection(shapes.APPLICATION_COUNTER),
        query=(("applicationId", _TEXT), ("pluginType", _TEXT)),
    ),
}
"""By method and path, as the routes know it."""


def document() -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, dict[str, Any]] = {}
    for (method, path), operation in OPERATIONS.items():
        paths.setdefault(path, {})[method.lower()] = _described(path, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Cloud load test",
            "version": __version__,
            "description": "Paths, names of the query and of members are taken in any letter case; an organization may "
            "stand before /_apis.",
        },
        "paths": paths,
        "components": {
            "schemas": {"Error": shapes.ERROR},
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic", "description": "The token as password, of any user."},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
        "security": [{"basic": []}, {"bearer": []}],
    }


def _described(path: str, operation: Operation) -> dict[str, Any]:
    places = [
        {"name": name, "in": "path", "required": True, "schema": _TEXT} for name in re.findall(r"\{(\w+)\}", path)
    ]
    asked = [{"name": name, "in": "query", "schema": schema} for name, schema in operation.query]
    version = {"name": "api-version", "in": "query", "schema": {"type": "string", "examples": ["1.0", "6.0"]}}
    answer = {"description": "done"} if operation.answer is None else _json("done", operation.answer)
    error = {"$ref": "#/components/schemas/Error"}
    found: dict[str, Any] = {
        "summary": operation.sentence,
        "parameters": [*places, *asked, version],
        "responses": {
            "202" if operation.answer is None else "200": answer,
            **{status: _json(why, error) for status, why in _REFUSALS.items()},
        },
    }
    if operation.body is not None:
        found["requestBody"] = {"required": True, **_content(operation.body.schema)}
    return found


def _json(description: str, schema: Any) -> dict[str, Any]:
    return {"description": description, **_content(schema)}


def _content(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


async def _document(_request: Request) -> Response:
    return JSONResponse(document())


ROUTES = [Route(PATH, _document, methods=["GET"])]
