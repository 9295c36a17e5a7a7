"""What a plan of JMeter says, as Python that people read."""

from __future__ import annotations

from html import escape

import pytest

from penstock.exporters import flow
from penstock.importers import jmeter
from penstock.importers.base import Files

SAMPLER = '<HTTPSamplerProxy testname="h"><stringProp name="HTTPSampler.domain">h</stringProp></HTTPSamplerProxy>'


def written(children: str) -> tuple[str, list[str]]:
    plan = f"""<jmeterTestPlan><hashTree><TestPlan testname="p"/><hashTree><ThreadGroup testname="g">
        <stringProp name="ThreadGroup.num_threads">1</stringProp></ThreadGroup><hashTree>{children}</hashTree>
        </hashTree></hashTree></jmeterTestPlan>"""
    scenario = jmeter.compile(Files.from_dict({"p.jmx": plan.encode()}), "p.jmx").scenario
    assert scenario is not None
    content, findings = flow.write(scenario)
    compile(content, "flow.py", "exec")
    return content.decode(), [finding.message for finding in findings]


def timer(kind: str, **values: str) -> str:
    texts = "".join(
        f'<stringProp name="{name.replace("_", ".")}">{value}</stringProp>' for name, value in values.items()
    )
    return f'<{kind} testname="t">{texts}</{kind}><hashTree/>{SAMPLER}<hashTree/>'


@pytest.mark.parametrize(
    ("timers", "statement"),
    [
        (timer("ConstantTimer", ConstantTimer_delay="300"), "await sleep(0.3)"),
        (
            timer("UniformRandomTimer", ConstantTimer_delay="100", RandomTimer_range="200"),
            "await sleep(random.uniform(0.1, 0.3))",
        ),
        (
            timer("GaussianRandomTimer", ConstantTimer_delay="300", RandomTimer_range="100"),
            "await sleep(abs(random.gauss(0.3, 0.1)))",
        ),
        (
            timer("ConstantTimer", ConstantTimer_delay="500")
            + timer("UniformRandomTimer", ConstantTimer_delay="0", RandomTimer_range="1000"),
            "await sleep(0.5 + random.uniform(0, 1))",
        ),
    ],
)
def test_timers_become_pauses_of_one_line(timers: str, statement: str) -> None:
    assert statement in written(timers)[0]


def test_a_rate_is_named_and_left_out() -> None:
    content, messages = written(
        '<ConstantThroughputTimer testname="t"><stringProp name="throughput">60</stringProp></ConstantThroughputTimer>'
        f"<hashTree/>{SAMPLER}<hashTree/>"
    )
    assert "sleep" not in content
    assert any("the pause of a timer that keeps a rate" in message for message in messages)


def test_a_loop_that_python_cannot_judge_does_not_go_on_for_ever() -> None:
    content, messages = written(
        '<WhileController testname="w"><stringProp name="WhileController.condition">'
        "${__jexl3(vars.get(&quot;a&quot;).matches(&quot;b*&quot;))}</stringProp></WhileController>"
        f"<hashTree>{SAMPLER}<hashTree/></hashTree>{SAMPLER}<hashTree/>"
    )
    assert "Call(" not in content + "".join(messages)
    assert any("the condition, which is taken not to hold" in message for message in messages)
    assert "if not (False):" in content
    assert 'v["__jm__w__idx"] = str(int(v["__jm__w__idx"]) + 1)' in content


@pytest.mark.parametrize(
    ("condition", "written_as"),
    [
        ('${__jexl3("${item}" != "none")}', 'v["item"] != "none"'),
        ('${__groovy(vars.get("a") == "x")}', 'v["a"] == "x"'),
        ('${__jexl3(${n} < 3 && "${a}" == "b")}', 'number(v["n"]) < 3 and v["a"] == "b"'),
        ('${__jexl3("${a}" eq "b" || "${a}" eq "c")}', 'v["a"] == "b" or v["a"] == "c"'),
        ('${__jexl3("${a}" == "b" || ${n} < 3 && ${n} > 1)}', "True"),
        ('${__groovy(vars.get("a").contains("x") == true)}', "True"),
        ('${__groovy(vars.get("a") > "x")}', "True"),
    ],
)
def test_conditions_that_compare_are_written_and_others_taken_to_hold(condition: str, written_as: str) -> None:
    content, messages = written(
        f"""<IfController testname="i"><stringProp name="IfController.condition">{escape(condition)}</stringProp>
        <boolProp name="IfController.useExpression">true</boolProp></IfController>
        <hashTree>{SAMPLER}<hashTree/></hashTree>{SAMPLER}<hashTree/>"""
    )
    assert f"    if {written_as}:\n" in content
    assert any("taken to hold" in message for message in messages) is (written_as == "True")


@pytest.mark.parametrize(
    ("source", "python"),
    [
        ("${__threadNum}", "{str(user.index + 1)}"),
        ("${__time(yyyy-MM-dd)}", "{time.strftime('%Y-%m-%d')}"),
        ("${__time(YMD)}", "{time.strftime('%Y%m%d')}"),
        ("${__time(EEE)}", "{'${__time(EEE)}'}"),
    ],
)
def test_functions_that_python_has_too_are_written(source: str, python: str) -> None:
    sampler = SAMPLER.replace(
        "</HTTPSamplerProxy>", f'<stringProp name="HTTPSampler.path">/{source}</stringProp></HTTPSamplerProxy>'
    )
    assert f'f"http://h/{python}"' in written(f"{sampler}<hashTree/>")[0]


EXTRACT = (
    '<{kind} testname="x"><stringProp name="{kind}.refname">id</stringProp><stringProp name="{kind}.match_number">1'
    "</stringProp>{values}</{kind}><hashTree/>"
)


@pytest.mark.parametrize(
    ("values", "is_written"),
    [
        ({"regex": "id=(.)", "template": "$1$"}, True),
        ({"regex": "id=(.)", "template": "$1$", "useHeaders": "code"}, True),
        ({"regex": "id=(.)", "template": "$1$", "useHeaders": "true"}, False),
        ({"regex": "(?&lt;n&gt;.)", "template": "$1$"}, False),
    ],
    ids=["of the body", "of the status", "of headers", "a pattern that Python does not read"],
)
def test_an_extractor_is_written_where_it_says_the_same_in_python(values: dict[str, str], is_written: bool) -> None:
    texts = "".join(f'<stringProp name="RegexExtractor.{name}">{value}</stringProp>' for name, value in values.items())
    extractor = EXTRACT.format(kind="RegexExtractor", values=texts)
    content, messages = written(f"{SAMPLER}<hashTree>{extractor}</hashTree>")
    assert ('v["id"] = found' in content) is is_written
    assert any("RegexExtractor, which sets 'id'" in message for message in messages) is not is_written
