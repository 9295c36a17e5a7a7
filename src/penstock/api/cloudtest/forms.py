"""What clients send, and the enums in it, in the order of their numbers."""

from __future__ import annotations

from penstock.api.cloudtest.reading import anything, form, many, one_of, real, text, whole

STATES = ("pending", "queued", "inProgress", "stopping", "completed", "aborted", "error")
SUB_STATES = (
    "none",
    "validatingTestRun",
    "acquiringResources",
    "configuringAgents",
    "executingSetupScript",
    "warmingUp",
    "runningTest",
    "executingCleanupScript",
    "collectingResults",
    "success",
    "partialSuccess",
)
RETENTION = ("none", "markedForDeletion", "deleted", "retain")
RUN_TYPES = ("visualStudioLoadTest", "jMeterLoadTest")
TEST_TYPES = ("visualStudioLoadTest", "jMeter", "oldLoadTestFile")
MACHINES = ("default", "cltLoadAgent", "userLoadAgent")
MESSAGE_TYPES = ("info", "output", "error", "warning", "critical")
MESSAGE_SOURCES = ("setupScript", "cleanupScript", "validation", "other", "autCounterCollection")
PLATFORMS = ("none", "msil", "x86", "ia64", "amd64", "arm")
DROPS = ("TestServiceBlobDrop", "InPlaceDrop")

NUMBERED: dict[str, tuple[str, ...]] = {
    "state": STATES,
    "subState": SUB_STATES,
    "retentionState": RETENTION,
    "runType": RUN_TYPES,
    "loadTestType": TEST_TYPES,
    "loadGeneratorMachinesType": MACHINES,
    "messageType": MESSAGE_TYPES,
    "messageSource": MESSAGE_SOURCES,
    "hostProcessPlatform": PLATFORMS,
}
"""Members whose values are enums, for clients that want the numbers."""

_machines = one_of(MACHINES)
GEO = many(form({"location": text, "percentage": whole}))
STATIC_AGENTS = form({"loadGeneratorMachinesType": _machines, "staticAgentGroupName": text})
DETAILS = form(
    {
        "agentCount": whole,
        "coreCount": whole,
        "coresPerAgent": whole,
        "duration": whole,
        "loadGeneratorMachinesType": _machines,
        "samplingInterval": whole,
        "warmUpDuration": whole,
        "virtualUserCount": whole,
    }
)
LOAD_TEST = form(
    {
        "loadTestName": text,
        "runDuration": whole,
        "urls": many(text),
        "browserMixs": many(form({"browserName": text, "browserPercentage": real})),
        "loadPatternName": text,
        "maxVusers": whole,
        "loadGenerationGeoLocations": GEO,
        "agentCount": whole,
        "coresPerAgent": whole,
        "coreCount": whole,
        "samplingRate": whole,
        "thinkTime": whole,
    }
)
DROP = form({"dropType": one_of(DROPS), "loadTestDefinition": LOAD_TEST})
RUN = form(
    {
        "name": text,
        "description": text,
        "testDrop": form({"id": text}),
        "testDefinition": form({"id": text}),
        "testSettings": form(
            {"setupCommand": text, "cleanupCommand": text, "hostProcessPlatform": one_of(PLATFORMS, {"x64": "amd64"})}
        ),
        "runSpecificDetails": DETAILS,
        "loadGenerationGeoLocations": GEO,
        "supersedeRunSettings": form({"loadGeneratorMachinesType": _machines, "staticAgentRunSettings": STATIC_AGENTS}),
        "runSourceIdentifier": text,
        "runType": one_of(RUN_TYPES),
        "state": one_of(STATES),
        "retentionState": one_of(RETENTION),
    }
)
CHANGE = form({"state": one_of(STATES), "retentionState": one_of(RETENTION), "description": text})
SAMPLES = form({"value": many(form({"counterInstanceId": text, "fromInterval": whole, "toInterval": whole}))})
DEFINITION = form(
    {
        "id": text,
        "name": text,
        "description": text,
        "loadTestType": one_of(TEST_TYPES),
        "loadTestDefinitionSource": text,
        "runSettings": DETAILS,
        "staticAgentRunSettings": STATIC_AGENTS,
        "testDetails": anything,
        "loadGenerationGeoLocations": GEO,
    }
)
AGENT_GROUP = form({"groupName": text})
