"""Conditions of If and While Controllers."""

from __future__ import annotations

from penstock.importers.base import Findings
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.texts import Texts
from penstock.model import Test


def if_test(node: Node, texts: Texts, findings: Findings) -> Test | None:
    """Return what an If Controller asks; None where a finding says why it cannot be asked."""
    del texts
    findings.error("condition", "this condition cannot be asked", node.origin)
    return None


def while_test(node: Node, texts: Texts, findings: Findings) -> Test | None:
    """Return what a While Controller asks before each pass; None where a finding says why it cannot be asked."""
    del texts
    findings.error("condition", "this condition cannot be asked", node.origin)
    return None
