"""ValidateResponseUrl: where the redirects of a request should end."""

from __future__ import annotations

from collections.abc import Callable

from penstock.model import Rule, Text
from penstock.program.values.dialect import EvaluationFailed, Reply, Variables
from penstock.program.values.visualstudio.bindings import Bindings
from penstock.program.values.visualstudio.validation import same_address


def response_url(rule: Rule, bindings: Bindings) -> Callable[[Variables, Reply], str | None]:
    """Return what compares the last URL with `ExpectedResponseUrl` or, if that is empty, with `RequestUrl`.

    In a run that is re-pointed to another address (`Retarget` is its origin) only the paths are compared.
    """
    texts = {argument.name: argument.value for argument in rule.arguments}
    expected_text = texts.get("ExpectedResponseUrl", Text())
    says_itself = bool(expected_text.parts)
    expected = bindings.text(expected_text if says_itself else texts.get("RequestUrl", Text()))
    retarget = bindings.text(texts.get("Retarget", Text()))

    def judge(variables: Variables, reply: Reply) -> str | None:
        if not says_itself and not reply.redirects:
            return None  # what was asked has answered
        try:
            wanted, base = expected(variables), retarget(variables)
        except EvaluationFailed as error:
            return str(error)
        path_only = bool(base) and reply.url.lower().startswith(base.lower())
        if same_address(reply.url, wanted, path_only=path_only):
            return None
        return f"the response came from {_without_query(reply.url)}, not from {_without_query(wanted)}"

    return judge


def _without_query(url: str) -> str:
    return url.partition("?")[0]
