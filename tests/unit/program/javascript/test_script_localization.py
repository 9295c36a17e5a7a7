"""Dates, numbers, and the newer methods, as scripts use them."""

from __future__ import annotations

import pytest

from tests.unit.program.javascript.conftest import Run

MOMENT = "new Date(Date.UTC(2024, 0, 5, 15, 4, 9))"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{}", "1/5/2024"),
        ("{day: '2-digit', month: '2-digit', year: 'numeric'}", "01/05/2024"),
        ("{year: '2-digit', month: 'numeric', day: 'numeric'}", "1/5/24"),
        ("{month: 'long', day: 'numeric', year: 'numeric'}", "January 5, 2024"),
        ("{month: 'short', day: 'numeric'}", "Jan 5"),
        ("{month: 'long', year: 'numeric'}", "January 2024"),
        ("{weekday: 'long', month: 'long', day: 'numeric', year: 'numeric'}", "Friday, January 5, 2024"),
        ("{weekday: 'short', month: 'numeric', day: 'numeric', year: 'numeric'}", "Fri, 1/5/2024"),
        ("{weekday: 'long'}", "Friday"),
        ("{year: 'numeric'}", "2024"),
        ("{month: '2-digit'}", "01"),
        ("{hour: 'numeric', minute: '2-digit'}", "3:04 PM"),
        ("{hour: '2-digit', minute: '2-digit', second: '2-digit'}", "03:04:09 PM"),
        ("{hour: 'numeric', minute: 'numeric', hour12: false}", "15:04"),
        ("{year: '2-digit', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric'}", "1/5/24, 3:04 PM"),
    ],
)  # fmt: skip
def test_dates_are_written_as_in_the_united_states(run: Run, options: str, expected: str) -> None:
    """The expected texts are those of Node 20, with its narrow no-break space before AM and PM as a blank."""
    source = f"const o = Object.assign({options}, {{timeZone: 'UTC'}}); const d = {MOMENT}; "
    result = run(source + "const a = Intl.DateTimeFormat('en', o).format(d)")
    assert result.failure is None
    assert result.variables["a"] == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"{MOMENT}.toLocaleDateString('en-US', {{timeZone: 'UTC'}})", "1/5/2024"),
        (f"{MOMENT}.toLocaleTimeString('en-US', {{timeZone: 'UTC'}})", "3:04:09 PM"),
        (f"{MOMENT}.toLocaleString(undefined, {{timeZone: 'UTC'}})", "1/5/2024, 3:04:09 PM"),
        ("new Date(NaN).toLocaleString()", "Invalid Date"),
        ("(1234567.891).toLocaleString()", "1,234,567.891"),
        ("(1234.5).toLocaleString('en-US', {minimumFractionDigits: 2})", "1,234.50"),
        ("(0.1 + 0.2).toLocaleString()", "0.3"),
        ("(-1000).toLocaleString()", "-1,000"),
        ("(1e6).toLocaleString('en-US', {useGrouping: false})", "1000000"),
        ("NaN.toLocaleString()", "NaN"),
        ("[1, 2, 3].at(-1)", "3"),
        ("'abc'.at(-2) + 'abc'.at(5)", "bundefined"),
        ("[1, 2, 3].findLast(x => x < 3)", "2"),
        ("[1, 2, 3].findLastIndex(x => x > 5)", "-1"),
        ("[3, 1].toSorted().concat([1, 2].toReversed(), [1, 2].with(0, 9), [1, 2].toSpliced(0, 1))", "[1,3,2,1,9,2,2]"),
        ("Object.hasOwn({a: 1}, 'a')", "true"),
        ("'a-b-c'.replaceAll('-', '.')", "a.b.c"),
        ("[...'a1b2'.matchAll(/\\d/g)].length", "2"),
        ("({a: null}).a?.b ?? 'none'", "none"),
        ("Object.fromEntries([['a', 1]])", '{"a":1}'),
        ("[1, [2, [3]]].flat(Infinity)", "[1,2,3]"),
        ("'x'.padStart(3, '-') + ' y '.trim()", "--xy"),
        ("/(?<year>\\d{4})/.exec('in 2024').groups.year", "2024"),
        ("encodeURIComponent('ä b') + escape('ä')", "%C3%A4%20b%E4"),
        ("new Date('2024-01-05T00:00:00Z').getTime()", "1704412800000"),
    ],
)
def test_expressions(run: Run, expression: str, expected: str) -> None:
    result = run(f"const got = {expression}")
    assert (result.failure, result.variables) == (None, {"got": expected})


@pytest.mark.parametrize(
    ("expression", "failure"),
    [
        ("new Intl.DateTimeFormat('de-DE')", "only the locale en-US is available in scripts, not de-DE"),
        ("new Date().toLocaleString('en-US', {timeZone: 'Asia/Tokyo'})",
         "only the time zone UTC and the local one are available in scripts, not Asia/Tokyo"),
        ("new Date().toLocaleString('en-US', {dateStyle: 'full'})",
         "the option dateStyle of locales is not available in scripts"),
        ("(1).toLocaleString('en-US', {style: 'currency'})", "the option style of locales is not available in scripts"),
        ("new Intl.DateTimeFormat('en-US').format(NaN)", "Invalid time value"),
    ],
)  # fmt: skip
def test_what_the_engine_does_not_know_is_refused(run: Run, expression: str, failure: str) -> None:
    assert run(expression).failure == f"Post Script RangeError: {failure}"


def test_scripts_as_people_write_them(run: Run) -> None:
    """Shapes of scripts met in practice: reports, dates, asserted loops with undeclared names, built-ins."""
    body = b'{"parsedBody": {"key1": "val1", "key2": "val2"}, "rawBody": "2024-01-05T15:04:09Z"}'
    result = run(
        """
        let report = $.parsedBody
        report["full name"] = { "first name": "Jane" }
        for (var key in $.parsedBody) {
          if (key === "full name") continue
          key_number = key.match("key([0-9])")[1]
          value_number = report[key].match("val([0-9])")[1]
          console.log(key_number, value_number)
          assert(key_number === value_number, `The key "${key}" does not match`)
        }
        const format = { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'UTC' }
        const taken = Intl.DateTimeFormat('en-US', format).format(new Date($.rawBody))
        const dotted = dashed.replaceAll("-", ".")
        const seconds = (parseInt(__.now()) - parseInt(__testStartTime)) / 1000
        console.log(`The test was started ${seconds} seconds ago.`)
        """,
        {"dashed": "1-2-3", "__testStartTime": "1700000000000"},
        body,
        {"__now": lambda _: "1700000012500"},
    )
    assert result.failure is None
    assert result.console == ["1 1 ", "2 2 ", "The test was started 12.5 seconds ago. "]
    assert result.variables == {
        "report": '{"key1":"val1","key2":"val2","full name":{"first name":"Jane"}}', "key": "full name",
        "key_number": "2", "value_number": "2", "taken": "01/05/2024",
        "format": '{"day":"2-digit","month":"2-digit","year":"numeric","timeZone":"UTC"}',
        "dotted": "1.2.3", "seconds": "12.5",
    }  # fmt: skip
