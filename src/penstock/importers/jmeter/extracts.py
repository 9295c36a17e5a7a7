"""Post-processors: what is taken from a response."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.importers.base import Findings
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.texts import Texts
from penstock.model import Extract, Step

KINDS: frozenset[str] = frozenset()
PREPROCESSORS: frozenset[str] = frozenset()


def compile_extracts(nodes: Sequence[Node], texts: Texts, findings: Findings) -> tuple[tuple[Extract, ...], ...]:
    """Return what the post-processors in scope of a sampler take, in JMeter's order."""
    del nodes, texts, findings
    return ()


def compile_preprocessors(nodes: Sequence[Node], texts: Texts, findings: Findings) -> tuple[Step, ...]:
    """Return what the pre-processors in scope of a sampler do before it."""
    del nodes, texts, findings
    return ()
