"""Conditions of If and While Controllers."""

from __future__ import annotations

from penstock.importers.base import Findings
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.texts import Texts
from penstock.model import Call, Expr, Literal, Test, Variable
from penstock.program.values.jmeter.builtins import LAST_SAMPLE_OK
from penstock.program.values.jmeter.language import WHILE
from penstock.program.values.jmeter.reading import text_expr


def if_test(node: Node, texts: Texts, findings: Findings) -> Test | None:
    """Return what an If Controller asks; None where a finding says why it cannot be asked.

    A condition that is a variable expression must be `true`; any other is code, which is JavaScript.
    """
    condition = node.text("IfController.condition").strip()
    if node.flag("IfController.useExpression"):
        if "${" not in condition and condition.lower() not in ("true", "false"):
            message = f"the condition {condition[:80]!r} is not 'true' and has no ${{…}} in it: it never holds"
            advice = "wrap it, ${__jexl3(…)}, or switch 'Interpret Condition as Variable Expression' off"
            findings.warn("condition", message, node.origin, advice, "needs attention")
        return Test(text_expr(texts.parse(condition, node.origin)))
    expr = texts.code("__javaScript", condition, node.origin)
    return None if expr is None else Test(expr)


def while_test(node: Node, texts: Texts, findings: Findings) -> Test | None:
    """Return what a While Controller asks before each pass.

    It goes on unless the condition is `false`; `LAST`, and nothing at all behind the first pass, ask whether the last
    sample passed. The controller keeps the number of the pass in `__jm__<name>__idx`.
    """
    condition = node.text("WhileController.condition").strip()
    asked: Expr = Variable(LAST_SAMPLE_OK)
    if not condition:
        asked = Call("__if", (Variable(f"__jm__{node.name}__idx"), Literal("0"), Literal("true"), asked))
    elif condition.upper() != "LAST":
        if "${" not in condition and condition.lower() != "false":
            message = f"the condition {condition[:80]!r} is never 'false': the loop only ends with the run"
            findings.note("condition", message, node.origin, effect="approximated")
        asked = text_expr(texts.parse(condition, node.origin))
    return Test(Call(WHILE, (asked,)))
