"""What the service's answers look like, in JSON Schema: every member that a client may read, with its type.

Members whose names end in `?` here may be absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.api.cloudtest import forms

Shape = dict[str, Any]

_TEXT: Shape = {"type": "string"}
_WHOLE: Shape = {"type": "integer"}
_REAL: Shape = {"type": "number"}
_FLAG: Shape = {"type": "boolean"}
_OBJECT: Shape = {"type": "object"}
_ANYTHING: Shape = {}
TIME: Shape = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$"}


def _maybe(shape: Shape) -> Shape:
    return {"anyOf": [shape, {"type": "null"}]}


def _enum(names: tuple[str, ...]) -> Shape:
    return {"type": "string", "enum": list(names)}


def _many(shape: Shape) -> Shape:
    return {"type": "array", "items": shape}


def _thing(members: Mapping[str, Shape]) -> Shape:
    required = [name for name in members if not name.endswith("?")]
    return {"type": "object", "properties": {n.rstrip("?"): s for n, s in members.items()}, "required": required}


def collection(shape: Shape) -> Shape:
    """Return the shape of an answer with several of these."""
    return _thing({"count": _WHOLE, "value": _many(shape)})


ERROR = _thing({"message": _TEXT, "typeName": _TEXT, "typeKey": _TEXT, "errorCode": _WHOLE, "eventId": _WHOLE})
PERSON = _maybe(_thing({"id": _TEXT, "displayName": _TEXT}))
_ACCESS = _thing({"dropContainerUrl": _TEXT, "sasKey": _TEXT})
_GEO = _many(_thing({"location?": _TEXT, "percentage?": _WHOLE}))
_DETAILS = dict(forms.DETAILS.schema)

DROP = _thing(
    {
        "id": _TEXT,
        "dropType": _enum(forms.DROPS),
        "createdDate": TIME,
        "testRunId": _maybe(_TEXT),
        "loadTestDefinition": _maybe(dict(forms.LOAD_TEST.schema)),
        "accessData": _ACCESS,
    }
)
_ABORT = _thing({"cause": _TEXT, "action": _TEXT, "source": _TEXT, "loggedDate": TIME, "details": _many(_TEXT)})
_BASIC_RUN: dict[str, Shape] = {
    "id": _TEXT,
    "name": _TEXT,
    "runNumber": _WHOLE,
    "runType": _enum(forms.RUN_TYPES),
    "state": _enum(forms.STATES),
    "createdDate": TIME,
    "createdBy?": PERSON,
    "finishedDate?": TIME,
    "deletedDate?": TIME,
    "loadTestFileName": _TEXT,
    "loadGenerationGeoLocations": _GEO,
    "runSpecificDetails": _DETAILS,
    "runSource?": _TEXT,
    "url": _TEXT,
}
RUN = _thing(
    {
        **_BASIC_RUN,
        "description": _TEXT,
        "subState": _enum(forms.SUB_STATES),
        **dict.fromkeys(("queuedDate?", "startedDate?", "warmUpStartedDate?"), TIME),
        **dict.fromkeys(("executionStartedDate?", "executionFinishedDate?"), TIME),
        **dict.fromkeys(("startedBy?", "stoppedBy?"), PERSON),
        "abortMessage?": _ABORT,
        "autInitializationError": _FLAG,
        "chargeable": _FLAG,
        "chargedVUserminutes?": _WHOLE,
        "retentionState": _enum(forms.RETENTION),
        "runSourceIdentifier?": _TEXT,
        "supersedeRunSettings?": _OBJECT,
        "testDefinition?": _thing({"id": _TEXT}),
        "testDrop": _thing({"id": _TEXT, "url": _TEXT}),
        "testSettings?": _OBJECT,
        "webResultUrl": _TEXT,
    }
)
RUNS = _many({"anyOf": [RUN, _thing(_BASIC_RUN)]})

_SUMMARY = _thing({"min": _REAL, "max": _REAL, "average": _REAL})
COUNTER = _thing(
    {
        **dict.fromkeys(("counterInstanceId", "machineName", "categoryName", "counterName"), _TEXT),
        **dict.fromkeys(("counterUnits", "instanceName"), _TEXT),
        "uniqueName": _maybe(_TEXT),
        "isPreselectedCounter": _FLAG,
        "partOfCounterGroups": _many(_TEXT),
        "summaryData": _maybe(_SUMMARY),
    }
)
_SAMPLE = _thing(
    {
        "counterInstanceId": _TEXT,
        "intervalNumber": _WHOLE,
        "intervalEndDate": TIME,
        **dict.fromkeys(("rawValue", "baseValue", "counterFrequency", "systemFrequency", "timeStamp"), _WHOLE),
        "counterType": _TEXT,
        "computedValue": _REAL,
    }
)
_SAMPLES_OF_ONE = _thing(
    {"counterInstanceId": _TEXT, "nextRefreshTime": _maybe(TIME), "count": _WHOLE, "values": _many(_SAMPLE)}
)
SAMPLES = _thing(
    {"totalSamplesCount": _WHOLE, "maxBatchSize": _WHOLE, "count": _WHOLE, "values": _many(_SAMPLES_OF_ONE)}
)

_DETAIL = _thing(
    {
        "occurrences": _WHOLE,
        **dict.fromkeys(("testCaseName", "scenarioName", "request", "stackTrace", "messageText"), _TEXT),
        "lastErrorDate": _maybe(TIME),
    }
)
_SUB_TYPE = _thing(
    {
        "subTypeName": _TEXT,
        "count": _WHOLE,
        "occurrences": _WHOLE,
        "url": _TEXT,
        "errorDetailList": _maybe(_many(_DETAIL)),
    }
)
_TYPE = _thing({"typeName": _TEXT, "count": _WHOLE, "occurrences": _WHOLE, "url": _TEXT, "subTypes": _many(_SUB_TYPE)})
ERRORS = _thing({"count": _WHOLE, "occurrences": _WHOLE, "url": _TEXT, "types": _many(_TYPE)})

MESSAGE = _thing(
    {
        **dict.fromkeys(("messageId", "testRunId", "agentId", "message"), _TEXT),
        "messageType": _enum(forms.MESSAGE_TYPES),
        "messageSource": _enum(forms.MESSAGE_SOURCES),
        "loggedDate": TIME,
        "errorCode": _maybe(_TEXT),
        "url": _maybe(_TEXT),
    }
)
RESULTS = _thing(
    {
        "resultsUrl": _maybe(_TEXT),
        "cloudLoadTestSolutionUrl": _maybe(_TEXT),
        "diagnostics": _maybe(
            _thing({"diagnosticStoreConnectionString": _TEXT, "relativePathToDiagnosticFiles": _TEXT})
        ),
        "counterGroups": _many(_thing({"groupName": _TEXT, "url": _TEXT})),
    }
)
_OVERALL = ("overallScenarioSummary", "overallTestSummary", "overallPageSummary", "overallRequestSummary")
_SLOWEST = ("topSlowPages", "topSlowRequests", "topSlowTests", "topSlowTransactions")
RESULT_SUMMARY = _thing(
    dict.fromkeys((*_OVERALL, "overallTransactionSummary"), _OBJECT) | {name: _many(_OBJECT) for name in _SLOWEST}
)

_BASIC_DEFINITION: dict[str, Shape] = {
    "id": _TEXT,
    "name": _TEXT,
    "loadTestType": _enum(forms.TEST_TYPES),
    "createdDate": TIME,
    "lastModifiedDate": TIME,
    "createdBy": PERSON,
    "lastModifiedBy": PERSON,
    "accessData": _ACCESS,
}
DEFINITION = _thing(
    {
        **_BASIC_DEFINITION,
        "description": _maybe(_TEXT),
        "loadTestDefinitionSource": _maybe(_TEXT),
        "loadGenerationGeoLocations": _GEO,
        "runSettings": _maybe(_DETAILS),
        "staticAgentRunSettings": _maybe(_OBJECT),
        "testDetails": _ANYTHING,
    }
)
DEFINITIONS: Shape = {"anyOf": [collection(_thing(_BASIC_DEFINITION)), DEFINITION]}

GROUP = _thing(
    {
        "tenantId": _TEXT,
        "groupName": _TEXT,
        "groupId": _TEXT,
        "createdBy": PERSON,
        "creationTime": TIME,
        "machineConfiguration": _maybe(_OBJECT),
        "machineAccessData": _maybe(_many(_OBJECT)),
    }
)
ONE_GROUP: Shape = {"anyOf": [GROUP, collection(_TEXT)]}
GROUPS: Shape = {"anyOf": [collection(GROUP), *ONE_GROUP["anyOf"]]}
AGENT = _thing({"name": _TEXT, "agentGroupName": _TEXT, "agentGroupId": _TEXT, "lastHeartBeat": TIME, "state": _TEXT})
DELETED_AGENT = _TEXT
CONFIGURATION = _thing({"id": _TEXT, "validGeoLocations": _many(_TEXT), "staticMachines?": _many(_OBJECT)})

PLUGIN = _thing(
    {
        "type": _TEXT,
        "isEnabled": _FLAG,
        "maxComponentsAllowedForCollection": _WHOLE,
        "maxCountersAllowed": _WHOLE,
    }
)
APPLICATION = _thing({"applicationId": _TEXT, "name": _TEXT, "type": _TEXT})
APPLICATION_COUNTER = _thing({"applicationId": _TEXT, "id": _TEXT, "name": _TEXT, "isDefault": _FLAG})

LOCATION = _thing(
    {
        **dict.fromkeys(("id", "area", "resourceName", "routeTemplate"), _TEXT),
        **dict.fromkeys(("minVersion", "maxVersion", "releasedVersion"), _TEXT),
        "resourceVersion": _WHOLE,
    }
)
AREA = _thing({"id": _TEXT, "name": _TEXT, "locationUrl": _TEXT})
SERVICE = _thing({"identifier": _TEXT, "locationMappings": _many(_thing({"location": _TEXT}))})
CONNECTION = _thing({"authenticatedUser": _OBJECT, "instanceId": _TEXT})
