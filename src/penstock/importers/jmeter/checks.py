"""Assertions: what must hold of a response."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.importers.base import Findings
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.texts import Texts
from penstock.model import Validation

KINDS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Assertions:
    """What judges a response; with `ignores_status` its status fails nothing."""

    validations: tuple[Validation, ...] = ()
    ignores_status: bool = False


def compile_assertions(nodes: Sequence[Node], texts: Texts, findings: Findings) -> Assertions:
    """Return what the assertions in scope of a sampler ask, in JMeter's order."""
    del nodes, texts, findings
    return Assertions()
