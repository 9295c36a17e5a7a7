"""Laws of the texts of test plans."""

from __future__ import annotations

import contextlib
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from penstock.importers.base import Findings
from penstock.importers.jmeter.texts import Texts
from penstock.model import Origin
from penstock.program.values.jmeter import dialect
from penstock.program.values.jmeter.functions import NAMES
from penstock.program.values.jmeter.parsing import Malformed, parse
from penstock.program.values.jmeter.scripting import examine

ORIGIN = Origin("plan.jmx")
words = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\\$"), max_size=12)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
scraps = st.sampled_from(["${", "}", "(", ")", ",", "\\", "$", "${__V(", "${__Random(1,2", "a", " ", "\n", "'", '"'])


@given(st.lists(words | names.map(lambda name: f"${{{name}}}"), max_size=6).map("".join), st.data())
def test_references_are_replaced_by_values_and_stay_where_there_is_none(source: str, data: st.DataObject) -> None:
    values = data.draw(st.dictionaries(names, words, max_size=4))
    filled = dialect(Random(1)).text(Texts(Findings(), {}).parse(source, ORIGIN))(dict(values))
    expected = source
    for name in sorted(values, key=len, reverse=True):
        expected = expected.replace(f"${{{name}}}", f"\0{name}\0")
    for name, value in values.items():
        expected = expected.replace(f"\0{name}\0", value)
    assert filled == expected or "\0" in source + "".join(values.values())


@given(st.lists(words | scraps, max_size=12).map("".join))
def test_any_text_is_read_or_refused_with_a_sentence(source: str) -> None:
    with contextlib.suppress(Malformed):
        parse(source, NAMES)
    findings = Findings()
    Texts(findings, {}).parse(source, ORIGIN)
    assert all(finding.message for finding in findings.errors())


@given(
    st.lists(words | scraps | st.sampled_from(["vars.get('x')", "==", "if", "{", "1"]), max_size=12).map("".join),
    st.sampled_from(["groovy", "jexl", "javascript", "java"]),
)
def test_any_script_is_understood_or_refused_with_a_sentence(source: str, flavour: str) -> None:
    found = examine([source], flavour)  # type: ignore[arg-type] # one of the languages
    assert found != ""
