"""Context parameters that are there without being set."""

from __future__ import annotations

from collections.abc import Callable

from penstock.program.values.dialect import Reply, RunFacts, Variables, Who

LAST_RESPONSE_CODE = "$LastResponseCode"
LAST_REQUEST_OUTCOME = "$LastRequestOutcome"
COOKIES = "$Cookies"
RETARGET = "$Retarget"
"""What the product keeps in its own objects; the importer writes them as arguments of the rules that ask for them."""

ACCEPT_LANGUAGE = "en-US"
"""Of the agents' browsers."""

_OF_RUN = ("$AgentId", "$AgentName", "$AgentCount", "$ControllerName", "$TestDir", "$IEAcceptLanguage", RETARGET)
_OF_USER = ("$WebTestIteration", "$WebTestUserId")

NAMES = frozenset((*_OF_RUN, *_OF_USER, LAST_RESPONSE_CODE, LAST_REQUEST_OUTCOME, COOKIES))


def run_variables(names: frozenset[str]) -> Callable[[RunFacts], Variables] | None:
    """Return what gives the parameters about the run and its agent, of those that are read."""
    if names.isdisjoint(_OF_RUN):
        return None

    def read(facts: RunFacts) -> Variables:
        values = {
            "$AgentId": str(facts.agent + 1),
            "$AgentName": f"{facts.machine}-{facts.agent + 1}" if facts.agents > 1 else facts.machine,
            "$AgentCount": str(facts.agents),
            "$ControllerName": facts.machine,
            "$TestDir": facts.folder,
            "$IEAcceptLanguage": ACCEPT_LANGUAGE,
            RETARGET: facts.retarget,
        }
        return {name: value for name, value in values.items() if name in names}

    return read


def user_variables(names: frozenset[str]) -> Callable[[Variables, Who], None] | None:
    """Return what sets the parameters about the user."""
    if names.isdisjoint(_OF_USER):
        return None

    def write(variables: Variables, who: Who) -> None:
        variables["$WebTestIteration"] = str(who.iteration + 1)
        variables["$WebTestUserId"] = str(who.index)

    return write


def response_variables(names: frozenset[str]) -> Callable[[Variables, Reply], None] | None:
    """Return what keeps the status of the last response."""
    if LAST_RESPONSE_CODE not in names:
        return None

    def write(variables: Variables, reply: Reply) -> None:
        variables[LAST_RESPONSE_CODE] = str(reply.status)

    return write


def outcome_variables(names: frozenset[str]) -> Callable[[Variables, bool], None] | None:
    """Return what keeps the outcome of the last request."""
    if LAST_REQUEST_OUTCOME not in names:
        return None

    def write(variables: Variables, passed: bool) -> None:
        variables[LAST_REQUEST_OUTCOME] = "Pass" if passed else "Fail"

    return write
