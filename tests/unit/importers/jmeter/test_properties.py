"""Files of Java properties."""

from __future__ import annotations

from penstock.importers.jmeter.properties import read_properties


def test_properties_are_read_as_java_reads_them() -> None:
    text = r"""
# a remark
! another
threads=10
 host : shop.example
path = C:\\tests
long=one \
     two
umlaut=\u00fc
with\ space=yes
empty
"""
    assert read_properties(text) == {
        "threads": "10",
        "host": "shop.example",
        "path": "C:\\tests",
        "long": "one two",
        "umlaut": "ü",
        "with space": "yes",
        "empty": "",
    }
