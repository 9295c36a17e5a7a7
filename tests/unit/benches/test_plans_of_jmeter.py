"""JMeter reads a plan as elements that are each followed by the tree of what is below them."""

import xml.etree.ElementTree as ElementTree

import pytest

from benches.place import WORK
from benches.tools.jvm import JMeter
from benches.works import GET, H2, IDLE, OPEN, SCENARIO, Work

PLANS = sorted(WORK.glob("jmeter_*.jmx"))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: str(plan.stem))
def test_each_element_of_a_plan_is_followed_by_its_tree(plan: object) -> None:
    for tree in ElementTree.parse(str(plan)).iter("hashTree"):
        kinds = ["tree" if child.tag == "hashTree" else "element" for child in tree]
        assert kinds == ["element", "tree"] * (len(kinds) // 2)


@pytest.mark.parametrize("work", [GET, SCENARIO, IDLE, OPEN], ids=lambda work: str(work.key))
def test_jmeter_takes_a_plan_for_each_work_but_http_2(work: Work) -> None:
    assert JMeter().expresses(work)
    assert not JMeter().expresses(H2)
