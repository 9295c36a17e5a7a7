"""Pre-processors: what is done before each sampler in their scope."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from penstock.importers.base import Findings
from penstock.importers.jmeter import scripts
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.texts import Texts
from penstock.model import Assign, Assignment, Branch, Call, Step, Test, Variable
from penstock.program.values.jmeter.expressions import OF_THREAD
from penstock.program.values.jmeter.reading import hole_of, text_expr

_BEYOND = {
    "AnchorModifier": "follows links of the page before, drawn at random",
    "JDBCPreProcessor": "asks a database",
    "RegExUserParameters": "adds parameters to the request that a regular expression has found",
    "URLRewritingModifier": "moves a session id from the page before into the URL",
}
"""Pre-processors that change the request itself, and what they do."""


def _user_parameters(node: Node, texts: Texts, findings: Findings) -> tuple[Step, ...]:
    """Return the variables of a User Parameters element: each user has a column of values, in turn."""
    names = [name.strip() for name in node.texts("UserParameters.names")]
    columns = [column for column in node.items("UserParameters.thread_values") if isinstance(column, list)]
    if not names or not columns:
        findings.note("no-parameters", "User Parameters without names or values do nothing", node.origin)
        return ()
    assignments = []
    for place, name in enumerate(names):
        texts.sets(name)
        given = [column[place] if place < len(column) else "" for column in columns]
        values = [texts.parse(value if isinstance(value, str) else "", node.origin) for value in given]
        if len(values) > 1:
            chosen = Call(OF_THREAD, (Variable("#threadNum"), *(text_expr(value) for value in values)))
            assignments.append(Assignment(name, (hole_of(chosen),)))
        else:
            assignments.append(Assignment(name, (values[0],)))
    steps: tuple[Step, ...] = tuple(Assign((each,), node.origin) for each in assignments)
    return _once_an_iteration(node, steps) if node.flag("UserParameters.per_iteration") else steps


def _once_an_iteration(node: Node, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return steps that are done before the first sampler of each iteration only."""
    done, now = Variable(f"#parameters of {node.origin}"), Variable("#iteration")
    begin = Assign((Assignment(done.name, (hole_of(now),)),), node.origin)
    return (Branch(Test(Call("#is", (done, now)), negate=True), (begin, *steps), (), node.origin),)


def _beyond(node: Node, _texts: Texts, findings: Findings) -> tuple[Step, ...]:
    message = f"{node.kind} {_BEYOND[node.kind]}, which cannot be done here"
    advice = "take the value by an extractor and write ${name} into the request"
    findings.error("pre-processor", message, node.origin, advice)
    return ()


_KINDS: dict[str, Callable[[Node, Texts, Findings], tuple[Step, ...]]] = {
    **dict.fromkeys(scripts.PRE_PROCESSORS, scripts.compile_code),
    **dict.fromkeys(_BEYOND, _beyond),
    "UserParameters": _user_parameters,
}

PREPROCESSORS: frozenset[str] = frozenset(_KINDS)


def compile_preprocessors(nodes: Sequence[Node], texts: Texts, findings: Findings) -> tuple[Step, ...]:
    """Return what the pre-processors in scope of a sampler do before it, in JMeter's order."""
    return tuple(step for node in nodes for step in _KINDS[node.kind](node, texts, findings))
