"""Every function of the language: what it gives, and what it says when it cannot."""

from __future__ import annotations

import re
from random import Random

import pytest

from penstock.importers.loadmill.functions import FUNCTIONS
from penstock.program.values import EvaluationFailed
from penstock.program.values.loadmill import dialect

CALLS = dialect(Random(1)).functions()

FEW, MANY = "Must have at least", "Cannot have more than"
NOT_A_NUMBER = "Cannot translate 'x' at index 0 to a finite number"
NOT_AN_ARRAY = 'must be a valid array: ex. [ 1, "str", true, null ]'
WHOLE = "Argument must be a non-negative integer, instead found: x"
NEVER = ""
"""The function takes whatever it is given."""

ARRAY = '[3,"b",1]'
XML = "<a b='1'><c>x</c></a>"

# name, arguments, what they give (whole, as a pattern), arguments that fail, a part of what is said
TABLE: list[tuple[str, list[str], str, list[str], str]] = [
    ("__abs", ["-2.5"], r"2\.5", ["x"], NOT_A_NUMBER),
    ("__neg", ["3"], "-3", ["x"], NOT_A_NUMBER),
    ("__add", ["0.1", "0.2"], r"0\.30000000000000004", ["x"], NOT_A_NUMBER),
    ("__mult", ["2", "3", "4"], "24", ["x"], NOT_A_NUMBER),
    ("__sub", ["1", "3"], "-2", ["1"], FEW),
    ("__div", ["1", "4"], r"0\.25", ["1", "0"], "Cannot divide by zero"),
    ("__round", ["-2.5"], "-2", ["x"], NOT_A_NUMBER),
    ("__floor", ["-2.5"], "-3", ["x"], NOT_A_NUMBER),
    ("__lt", ["2", "10"], "true", ["x", "1"], NOT_A_NUMBER),
    ("__lte", ["2", "2"], "true", ["x", "1"], NOT_A_NUMBER),
    ("__gt", ["2", "10"], "false", ["x", "1"], NOT_A_NUMBER),
    ("__gte", ["2", "2"], "true", ["x", "1"], NOT_A_NUMBER),
    ("__is_number", ["0x1F"], "true", [], FEW),
    ("__to_number", ["1e3"], "1000", [], FEW),
    ("__true", [], "true", ["1"], MANY),
    ("__false", [], "false", ["1"], MANY),
    ("__and", ["a", "false"], "false", [], NEVER),
    ("__or", ["", "a"], "true", [], NEVER),
    ("__not", ["null"], "true", [], FEW),
    ("__eq", ["a", "A"], "false", ["a"], FEW),
    ("__neq", ["a", "A"], "true", ["a"], FEW),
    ("__eqi", ["a", "A"], "true", ["a"], FEW),
    ("__neqi", ["a", "A"], "false", ["a"], FEW),
    ("__if_then_else", ["0", "yes", "no"], "yes", ["0", "yes"], FEW),
    ("__switch", ["b", "a", "1", "b", "2", "else"], "2", [], FEW),
    ("__switchi", ["B", "b", "2"], "2", [], FEW),
    ("__list_includes", ["b", "a", "b"], "true", ["b"], FEW),
    ("__delimited_list_includes", ["b", "a;b"], "true", ["b"], FEW),
    ("__matches", ["abc", "^a.c$"], "true", ["a", "("], "Unexpected error"),
    ("__contains", ["abc", "b"], "true", ["a"], FEW),
    ("__containsi", ["aBc", "b"], "true", ["a"], FEW),
    ("__is_uuid", ["123e4567-e89b-42d3-a456-426614174000"], "true", [], FEW),
    ("__usd", [], r"\$", ["1"], MANY),
    ("__length", ["🙂a"], "3", [], FEW),
    ("__escape_regexp", ["a.b-c"], r"a\\\.b-c", [], FEW),
    ("__escape_quotes", ['a"b\\'], r'a\\"b\\', [], FEW),
    ("__encode_url", ["a b!ü"], "a%20b%21%C3%BC", [], FEW),
    ("__decode_url", ["a%20b+"], r"a b\+", ["%zz"], "Unexpected error"),
    ("__lower", ["ÄB"], "äb", [], FEW),
    ("__upper", ["äb"], "ÄB", [], FEW),
    ("__slice", ["abcdef", "-3", "-1"], "de", ["abc", "x"], "Invalid begin index 'x'"),
    ("__regexp", ["id=17;", r"id=(\d+)"], "17", ["a", "("], "Unexpected error"),
    ("__replace", ["a-b-c", "-(.)", "+$1"], r"a\+b-c", ["a", "b"], FEW),
    ("__replace_all", ["a-b-c", "-", "+"], r"a\+b\+c", ["a", "(", "b"], "Unexpected error"),
    ("__pad_start", ["7", "3", "0"], "007", ["7"], FEW),
    ("__array_length", [ARRAY], "3", ["x"], NOT_AN_ARRAY),
    ("__array_matches", ["[1,12]", r"^\d+$"], "true", ["x", "a"], NOT_AN_ARRAY),
    ("__array_includes", [ARRAY, '["b"]'], "true", ["x", "[]"], NOT_AN_ARRAY),
    ("__array_in_range", ["[1,2]", "1", "2"], "true", ["x", "1", "2"], NOT_AN_ARRAY),
    ("__array_sum", ["[1,2.5]"], r"3\.5", ["x"], NOT_AN_ARRAY),
    ("__array_sort", ["[10,9,1]"], r"\[1,10,9\]", ["x"], NOT_AN_ARRAY),
    ("__array_sort_numbers", ['[10,"9",1]'], r"\[1,9,10\]", ['["b"]'], "Elements must be numbers"),
    ("__array_is_unique", ["[1,1]"], "false", ["x"], NOT_AN_ARRAY),
    ("__array_pluck", ['[{"a":1,"b":2}]', "a", "b:c"], r'\[\{"a":1,"c":2\}\]', ["[]"], FEW),
    ("__sequence_array", ["2"], r"\[0,1,2\]", [], FEW),
    ("__array_missing_element", ["[1]", "[1,2]"], "2", ["[1]", "[1]"], "Result undefined"),
    ("__jsonpath", ['{"a":[1,{"b":2}]}', "$.a[1].b"], "2", ["no json", "$.a", "else"], "Error in"),
    ("__jsonpath_all", ['{"a":[1,2]}', "$.a[*]"], r"\[1,2\]", ["no json", "$"], "Error in function"),
    ("__jsonpath_keys", ['{"a":{"b":1}}', "$.a"], r'\["b"\]', ['"text"', "$"], "Not a valid JSON object"),
    ("__jsonpath_apply", ['{"a":1}', "$.a", "2"], r'\{"a":2\}', ["no json", "$", "1"], "Error in function"),
    ("__json_keys", ['{"a":1,"b":2}'], r'\["a","b"\]', ["no json"], "Not a valid JSON object"),
    ("__jsonschema", ["1", '{"type":"number"}'], "true", ["1", "no json"], "Invalid schema - "),
    ("__xpath", [XML, "//c/text()"], "x", ["no xml", "//c"], "Unexpected error"),
    ("__xml_to_json", [XML], r'\{"a":\{"\$":\{"b":"1"\},"c":"x"\}\}', ["<a>"], "Failed to convert XML to JSON: "),
    ("__json_to_xml", ['{"a":{"c":"x"}}'], r"<a>\s*<c>x</c>\s*</a>", ["no json"], "Failed to convert JSON to XML: "),
    ("__encode_base64", ["ü"], "w7w=", [], FEW),
    ("__decode_base64", ["w7w="], "ü", [], FEW),
    ("__hex_to_base64", ["ff0"], "/w==", [], FEW),
    ("__sha1", ["a"], "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8", [], FEW),
    ("__sha256", ["61", "hex"], "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", [], FEW),
    ("__hmacSha1", ["key", "utf-8", "The quick brown fox jumps over the lazy dog"],
     "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9", [], FEW),
    ("__hmacSha256", ["key", "utf-8", "The quick brown fox jumps over the lazy dog"],
     "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8", [], FEW),
    ("__create_otp", ["JBSWY3DPEHPK3PXP"], r"\d{6}", [], FEW),
    ("__now", ["10"], r"\d{10}", ["1", "2"], MANY),
    ("__now_ms", [], r"\d{13}", ["1", "2"], MANY),
    ("__now_iso", [], r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", ["x"], "Unexpected error"),
    ("__date_iso", ["0"], r"\d{4}-\d\d-\d\d", ["1", "2"], MANY),
    ("__formatted_date", ["YYYY/MM"], r"\d{4}/\d\d", ["a", "1", "2"], MANY),
    ("__format_unix_date", ["0", "YYYY-MM-DD"], r"19(70-01-01|69-12-31)", [], FEW),
    ("__next_weekday", ["Monday", "0", "2024-01-01"], "2024-01-08", ["Mo"], "Invalid weekday: Mo"),
    ("__pick", ["1", "a", "b"], "b", ["7", "a", "b"], "Invalid selection index '7'"),
    ("__pick_random", ["a"], "a", [], FEW),
    ("__split_pick", ["a,b", ",", "1"], "b", ["a", ",", "5"], "Invalid selection index '5'"),
    ("__jquery", ["<p>a</p><p>b</p>", "p", "-1"], "b", ["<p>a</p>", "p", "x"], "Invalid index: x"),
    ("__jquery_xml", ["<A><B>x</B></A>", "B"], "x", ["<A/>"], FEW),
    ("__random_uuid", [], r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", [], NEVER),
    ("__random_boolean", ["100"], "true", ["x"], WHOLE),
    ("__random_number", ["5", "5"], "5", ["x"], WHOLE),
    ("__random_chars", ["4"], "[A-Za-z0-9]{4}", ["x"], WHOLE),
    ("__random_digits", [], r"\d{10}", ["x"], WHOLE),
    ("__random_letters", ["4"], "[A-Za-z]{4}", ["x"], WHOLE),
    ("__random_uppers", ["4"], "[A-Z]{4}", ["x"], WHOLE),
    ("__random_lowers", ["4"], "[a-z]{4}", ["x"], WHOLE),
    ("__random_hex", ["4"], "[0-9a-f]{4}", ["x"], WHOLE),
    ("__random_from", ["ab", "3"], "[ab]{3}", ["ab", "x"], WHOLE),
    ("__random_seeded_number", [""], "994027583", ["", "5", "x"], MANY),
    ("__random_regex", ["[ab]{3}"], "[ab]{3}", ["("], "Random regex error: "),
]  # fmt: skip


def test_the_table_has_a_row_for_every_function() -> None:
    named = [row[0] for row in TABLE]
    assert sorted(named) == sorted(CALLS) == sorted(FUNCTIONS)


@pytest.mark.parametrize(("name", "arguments", "gives"), [pytest.param(*row[:3], id=row[0]) for row in TABLE])
def test_a_function_gives_its_result(name: str, arguments: list[str], gives: str) -> None:
    result = CALLS[name](arguments)
    assert re.fullmatch(gives, result), result


@pytest.mark.parametrize(
    ("name", "arguments", "says"), [pytest.param(row[0], *row[3:], id=row[0]) for row in TABLE if row[4] != NEVER]
)
def test_a_function_that_cannot_be_computed_says_so_by_its_name(name: str, arguments: list[str], says: str) -> None:
    with pytest.raises(EvaluationFailed) as failed:
        CALLS[name](arguments)
    assert str(failed.value).startswith(f"Error in function '{name}': ")
    assert says in str(failed.value)


HTML = "The response body looks like HTML and not JSON. Check if your authentication is configured correctly."


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        pytest.param("__jsonpath_keys", ['{"n":null}', "n"], "[]", id="null has no keys"),
        pytest.param("__jsonpath_keys", ["null", "$"], "[]", id="nor has a document of null"),
        pytest.param(
            "__jsonpath_keys", ['{"t":"xy"}', "t"], "Not a valid JSON object", id="a text is not one of signs"
        ),
        pytest.param("__jsonpath_all", ["null", "$"], "", id="all of nothing"),
        pytest.param("__jsonpath_all", ["5", "$.a"], "Unexpected error", id="nothing can be inside of a number"),
        pytest.param("__jsonpath_apply", ["5", "$.a", "1"], "Unexpected error", id="nor replaced there"),
        pytest.param("__jsonpath", ["a <b>x</b>", "$.a"], HTML, id="a tag anywhere makes it HTML"),
        pytest.param("__array_in_range", ["x", "y", "z"], NOT_AN_ARRAY, id="the array is looked at first"),
        pytest.param("__array_in_range", ["[1]", "x", "5"], "false", id="nothing lies beyond what is no number"),
        pytest.param("__pad_start", ["a", "x", "-"], "a", id="no length, no padding"),
        pytest.param("__pad_start", ["a", "500", "-"], "-" * 127 + "a", id="a length is cut"),
        pytest.param("__jsonschema", ["5", "true"], "true", id="a schema that allows all"),
        pytest.param("__jsonschema", ["5", "false"], "false", id="a schema that allows nothing"),
        pytest.param("__jsonschema", ["5", "[]"], "true", id="a schema that says nothing"),
        pytest.param("__json_to_xml", ["5"], "<root>5</root>", id="a number is put into a root"),
        pytest.param("__json_to_xml", ["false"], "<root>false</root>", id="and so is a boolean"),
        pytest.param(
            "__xml_to_json",
            ['<r a="1"><b>2</b>t<b c="3"/></r>'],
            '{"r":{"_":"t","$":{"a":"1"},"b":["2",{"$":{"c":"3"}}]}}',
            id="a text comes before attributes and children",
        ),
    ],
)
def test_results_at_the_edge_are_those_of_the_vendors_library(name: str, arguments: list[str], expected: str) -> None:
    """Rows on which version 0.3.173 of the vendor's library was asked."""
    try:
        result = CALLS[name](arguments)
    except EvaluationFailed as error:
        result = str(error).partition("': ")[2]
    assert result == expected
