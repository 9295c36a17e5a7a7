"""Agent groups, the agents in them, and the configuration of the organization."""

from __future__ import annotations

import datetime
from typing import Any

from starlette.responses import Response

from penstock.api.cloudtest import forms
from penstock.api.cloudtest.calls import Call, route, time_of
from penstock.errors import InvalidInput
from penstock.services.agent_groups import AgentGroup

_PLACES = ("Default",)
"""The load comes from where the server is."""


def _group(call: Call, group: AgentGroup) -> dict[str, Any]:
    return {
        "tenantId": group.team,
        "groupName": group.name,
        "groupId": group.id,
        "createdBy": call.person(group.created_by),
        "creationTime": time_of(group.created),
        "machineConfiguration": _set_up(call, group) if call.asks("machinesetupinput") else None,
        "machineAccessData": [] if call.asks("machineaccessdata") else None,
    }


def _set_up(call: Call, group: AgentGroup) -> dict[str, Any]:
    return {
        "machineGroupId": group.id,
        "machineType": "userLoadAgent",
        "supportedRunTypes": [forms.RUN_TYPES[0]],
        "agentGroupName": group.name,
        "tenantId": group.team,
        "vstsAccountUri": call.base,
    }


def _create(call: Call) -> Response:
    wish = call.read(forms.AGENT_GROUP)
    return call.answer(_group(call, call.services.agent_groups.create(call.who, wish.get("groupName", ""))))


def _groups(call: Call) -> Response:
    if id := call.query.get("agentgroupid", "").lower():
        return _one_of(call, id)
    found = call.services.agent_groups.list(call.who, call.query.get("agentgroupname", ""))
    return call.many([_group(call, group) for group in found])


def _one(call: Call) -> Response:
    return _one_of(call, call.place["id"])


def _one_of(call: Call, id: str) -> Response:
    group = call.services.agent_groups.get(call.who, id)
    if call.asks("outgoingrequesturls"):
        return call.many([call.services.drops.url, call.services.facts.public_url, call.base])
    return call.answer(_group(call, group))


def _agents(call: Call) -> Response:
    group = call.services.agent_groups.get(call.who, call.place["id"])
    wanted = call.query.get("agentname", "").lower()
    now = time_of(datetime.datetime.now(datetime.UTC))
    return call.many(
        [
            {
                "name": name,
                "agentGroupName": group.name,
                "agentGroupId": group.id,
                "lastHeartBeat": now,
                "state": "Free",
            }
            for name in group.machines
            if not wanted or name.lower() == wanted
        ]
    )


def _delete(call: Call) -> Response:
    name = call.query.get("agentname", "")
    if not name:
        raise InvalidInput("agentName: is needed")
    call.services.agent_groups.remove(call.who, call.place["id"], name)
    return call.answer(f"Successfully deleted the agent with name as {name}")


def _configuration(call: Call) -> Response:
    answer: dict[str, Any] = {"id": call.who.team, "validGeoLocations": list(_PLACES)}
    if "staticmachines" in call.query.get("include", "").lower():
        machines = dict.fromkeys(name for group in call.services.agent_groups.list(call.who) for name in group.machines)
        now = time_of(datetime.datetime.now(datetime.UTC))
        answer["staticMachines"] = [{"machineName": one, "status": "Online", "lastHeartBeat": now} for one in machines]
    return call.answer(answer)


ROUTES = [
    route("POST", "/_apis/clt/agentgroups", _create),
    route("GET", "/_apis/clt/agentgroups", _groups),
    route("GET", "/_apis/clt/agentgroups/{id}", _one),
    route("GET", "/_apis/clt/agentgroups/{id}/agents", _agents),
    route("DELETE", "/_apis/clt/agentgroups/{id}/agents", _delete),
    route("GET", "/_apis/clt/configuration", _configuration),
]
