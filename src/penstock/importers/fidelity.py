"""What became of each kind of element of a file: mapped, approximated, dropped; counted, so that nothing is hidden.

An importer says which elements it saw (their kind and place). A finding belongs to the element at its place or, where
there is none, to the nearest one around it, which is then approximated (dropped, where it cannot run). An element
without a finding was mapped; with several, the gravest counts. What lies in an element that is dropped is dropped too.
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
    every = list(elements)
    places: dict[tuple[str, str], list[int]] = {}
    for index, element in enumerate(every):
        places.setdefault((element.origin.file, element.origin.path), []).append(index)
    effects: dict[int, int] = {}
    emptied: set[int] = set()
    for finding in findings:
        nearest = _nearest(finding.origin, places, every)
        if nearest is None:
            continue
        whole = every[nearest].origin.path == finding.origin.path
        effect = _effect(finding, whole=whole)
        effects[nearest] = max(effects.get(nearest, 0), effect)
        if whole and effect == _DROPPED and finding.origin.path:
            emptied.add(nearest)
    counts: dict[str, list[int]] = {}
    for index, element in enumerate(every):
        effect = effects.get(index, 0)
        if not effect and emptied and _lies_in(element, emptied, places, every):
            effect = _DROPPED
        counts.setdefault(element.kind, [0, 0, 0])[effect] += 1
    return tuple(Fidelity(kind, *count) for kind, count in counts.items())


_DROPPED = 2


def _effect(finding: Finding, *, whole: bool) -> int:
    if finding.severity == "error" or (whole and finding.effect == "dropped"):
        return _DROPPED
    return 1 if finding.effect != "needs attention" or finding.severity == "warning" else 0


def _nearest(origin: Origin, places: dict[tuple[str, str], list[int]], every: list[Element]) -> int | None:
    """Return the innermost element that the place lies in."""
    path: str | None = origin.path
    while path is not None:
        if found := places.get((origin.file, path)):
            return _above(found, origin.line, every)
        path = _outer(path)
    return None


def _lies_in(element: Element, among: set[int], places: dict[tuple[str, str], list[int]], every: list[Element]) -> bool:
    path = _outer(element.origin.path)
    while path:
        found = places.get((element.origin.file, path))
        if found and _above(found, element.origin.line, every) in among:
            return True
        path = _outer(path)
    return False


def _above(found: list[int], line: int | None, every: list[Element]) -> int:
    """Return, of elements with one path, the one that a line belongs to: the last that begins there or before."""
    if line is None or len(found) == 1:
        return found[0]
    before = [index for index in found if (every[index].origin.line or 0) <= line]
    return before[-1] if before else found[0]


def _outer(path: str) -> str | None:
    """Return the path of what is around; the document as a whole is the empty path, with nothing around it."""
    if not path:
        return None
    border = max(path.rfind(mark) for mark in _BORDERS)
    return path[:border] if border > 0 else ""


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
