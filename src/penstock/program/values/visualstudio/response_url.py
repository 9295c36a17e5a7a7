"""ValidateResponseUrl: where the redirects of a request should end."""

from __future__ import annotations

from collections.abc import Callable

from penstock.model import Rule, Text
from penstock.model.retargeting import parse
from penstock.program.values.dialect import EvaluationFailed, Reply, Variables
from penstock.program.values.visualstudio.bindings import Bindings
from penstock.program.values.visualstudio.validation import same_address


def response_url(rule: Rule, bindings: Bindings) -> Callable[[Variables, Reply], str | None]:
    """Return what compares the last URL with `ExpectedResponseUrl` or, if that is empty, with `RequestUrl`.

    Where the run sends requests elsewhere (`Retarget`, as `Retargeting.text`), the response comes from there.
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
            wanted = parse(retarget(variables)).url_for(expected(variables))
        except EvaluationFailed as error:
            return str(error)
        if same_address(reply.url, wanted):
            return None
        return f"the response came from {_without_query(reply.url)}, not from {_without_query(wanted)}"

    return judge


def _without_query(url: str) -> str:
    return url.partition("?")[0]
