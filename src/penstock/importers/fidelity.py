"""What became of each kind of element of a file: mapped, approximated, dropped; counted, so that nothing is hidden.

An importer says which elements it saw (their kind and place). A finding belongs to the element at its place or, where
there is none, to the nearest one around it, which is then approximated (dropped, where it cannot run). An element
without a finding was mapped; with several, the gravest counts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from penstock.model import Finding, Journey, Origin, Population, Scenario, Share
from penstock.model.shape import tag


@dataclass(frozen=True, slots=True)
class Fidelity:
    """All elements of one kind. `mapped` mean here what they meant there."""

    kind: str
    mapped: int = 0
    approximated: int = 0
    dropped: int = 0

    @property
    def count(self) -> int:
        """How many there are."""
        return self.mapped + self.approximated + self.dropped


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a file: its kind in the words of the format, and where it stands."""

    kind: str
    origin: Origin


_BORDERS = (".", "[", " / ")
"""What parts of a path are joined with: `requests[1].url`, `Scenario "s" / TestMix`."""


def tally(elements: Iterable[Element], findings: Sequence[Finding]) -> tuple[Fidelity, ...]:
    """Count the elements by kind, in the order of their first appearance."""
    kinds: dict[tuple[str, str], list[str]] = {}
    counts: dict[str, list[int]] = {}
    for element in elements:
        kinds.setdefault((element.origin.file, element.origin.path), []).append(element.kind)
        counts.setdefault(element.kind, [0, 0, 0])[0] += 1
    touched: dict[tuple[str, str], int] = {}
    for finding in findings:
        place = _nearest(finding.origin, kinds)
        if place is not None:
            whole = place == (finding.origin.file, finding.origin.path)
            touched[place] = max(touched.get(place, 0), _effect(finding, whole=whole))
    for place, effect in touched.items():
        if effect:
            count = counts[kinds[place][-1]]
            count[0] -= 1
            count[effect] += 1
    return tuple(Fidelity(kind, *count) for kind, count in counts.items())


def _effect(finding: Finding, *, whole: bool) -> int:
    if finding.severity == "error" or (whole and finding.effect == "dropped"):
        return 2
    return 1 if finding.effect != "needs attention" or finding.severity == "warning" else 0


def _nearest(origin: Origin, known: dict[tuple[str, str], list[str]]) -> tuple[str, str] | None:
    """Return the innermost known element that the place lies in."""
    path = origin.path
    while True:
        if (origin.file, path) in known:
            return origin.file, path
        border = max(path.rfind(mark) for mark in _BORDERS)
        if border < 0:
            return (origin.file, "") if (origin.file, "") in known else None
        path = path[:border]


def nodes_of(scenario: Scenario) -> Iterator[Element]:
    """Yield the nodes of a scenario that carry a place, as elements: what a format without kinds of its own has."""
    yield from _walk(scenario)


def _walk(node: object) -> Iterator[Element]:
    if isinstance(node, tuple):
        for each in node:
            yield from _walk(each)
        return
    if not dataclasses.is_dataclass(node) or isinstance(node, Origin | Population | Share):
        return
    origin = getattr(node, "origin", None)
    if isinstance(origin, Origin) and not isinstance(node, Scenario | Journey):
        yield Element(tag(type(node)).replace("_", " "), origin)
    for field in dataclasses.fields(node):
        yield from _walk(getattr(node, field.name))
