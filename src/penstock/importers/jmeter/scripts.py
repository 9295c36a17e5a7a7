"""JSR223 and BeanShell elements: samplers and pre-processors as steps."""

from __future__ import annotations

from penstock.importers.base import Findings
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.texts import Texts
from penstock.model import Step

SAMPLERS: frozenset[str] = frozenset({"JSR223Sampler", "BeanShellSampler", "BSFSampler"})
PRE_PROCESSORS: frozenset[str] = frozenset({"JSR223PreProcessor", "BeanShellPreProcessor", "BSFPreProcessor"})


def compile_code(node: Node, texts: Texts, findings: Findings) -> tuple[Step, ...]:
    """Return the steps that do what a script does; a finding, and none, for what cannot be said so."""
    del texts
    findings.error("code", f"{node.kind}: this script cannot be run", node.origin)
    return ()
