"""What became of each kind of element is counted by the place of the findings."""

from __future__ import annotations

from penstock.importers.base import Findings
from penstock.importers.fidelity import Element, Fidelity
from penstock.model import Origin

FILE = Origin("f")
ELEMENTS = [
    Element("request", FILE.at("requests").at("[0]")),
    Element("request", FILE.at("requests").at("[1]")),
    Element("request", FILE.at("requests").at("[2]")),
    Element("check", FILE.at("requests").at("[0]").at("assert").at("[0]")),
    Element("check", FILE.at("requests").at("[0]").at("assert").at("[1]")),
]


def counted(findings: Findings) -> dict[str, tuple[int, int, int]]:
    return {one.kind: (one.mapped, one.approximated, one.dropped) for one in findings.fidelity(ELEMENTS)}


def test_without_findings_all_is_mapped() -> None:
    assert Findings().fidelity(ELEMENTS) == (Fidelity("request", 3), Fidelity("check", 2))


def test_a_finding_belongs_to_the_element_at_its_place() -> None:
    findings = Findings()
    findings.note("a", "left out", FILE.at("requests").at("[1]"), effect="dropped")
    assert counted(findings) == {"request": (2, 0, 1), "check": (2, 0, 0)}


def test_a_finding_inside_an_element_makes_it_an_approximation() -> None:
    findings = Findings()
    findings.note("a", "left out", FILE.at("requests").at("[0]").at("assert").at("[1]").at("key"), effect="dropped")
    assert counted(findings) == {"request": (3, 0, 0), "check": (1, 1, 0)}


def test_an_error_inside_an_element_drops_it() -> None:
    findings = Findings()
    findings.error("a", "cannot be", FILE.at("requests").at("[2]").at("url"))
    assert counted(findings) == {"request": (2, 0, 1), "check": (2, 0, 0)}


def test_the_gravest_of_several_findings_counts_once() -> None:
    findings = Findings()
    place = FILE.at("requests").at("[2]")
    findings.note("a", "one", place, effect="needs attention")
    findings.warn("b", "two", place)
    findings.note("c", "three", place, effect="dropped")
    assert counted(findings)["request"] == (2, 0, 1)


def test_repeated_notes_count_at_every_place() -> None:
    findings = Findings()
    for index in range(3):
        findings.note("a", "the same", FILE.at("requests").at(f"[{index}]"), effect="approximated")
    assert len(findings.all()) == 1
    assert counted(findings)["request"] == (0, 3, 0)


def test_advice_that_changes_nothing_leaves_an_element_mapped() -> None:
    findings = Findings()
    findings.note("a", "worth knowing", FILE.at("requests").at("[0]"), effect="needs attention")
    assert counted(findings)["request"] == (3, 0, 0)


def test_paths_of_xml_lead_to_their_elements() -> None:
    place = Origin("f", 'Scenario "a/b" / TestMix / TestProfile "t"')
    findings = Findings()
    findings.warn("a", "differs", place.at("@Percentage"))
    assert findings.fidelity([Element("TestProfile", place)]) == (Fidelity("TestProfile", 0, 1, 0),)
