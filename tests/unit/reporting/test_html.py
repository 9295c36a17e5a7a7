"""The HTML report: complete without scripts, self-contained, and nothing recorded can act in it."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from importlib import resources
from typing import Any

import orjson
import pytest
from lxml import html as lxml_html
from lxml.html import HtmlElement

from penstock.metrics.samples import ReceivedResponse, Sample, SentRequest
from penstock.model import Finding, Origin
from penstock.reporting import html, json, junit
from penstock.reporting.text import render as render_text
from penstock.runs.report import Report
from tests.unit.reporting import synthetic

HOSTILE = (
    "</script><script>document.title='x'</script>\"'><img src=http://x.example/ onerror=x><!-- \x00\x1b\u202e\ud800 ]]>"
)


@pytest.fixture(scope="module")
def report() -> Report:
    return synthetic.report()


@pytest.fixture(scope="module")
def page(report: Report) -> HtmlElement:
    return parse(report)


def parse(report: Report) -> HtmlElement:
    return lxml_html.document_fromstring(html.render(report).decode())


def find(element: HtmlElement, path: str) -> list[Any]:
    """Return what an XPath that gives nodes finds."""
    found = element.xpath(path)
    assert isinstance(found, list)
    return found


def text(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def section(page: HtmlElement, key: str) -> HtmlElement:
    (found,) = find(page, f"//section[@aria-labelledby='{key}']")
    assert isinstance(found, HtmlElement)
    return found


def rows(element: HtmlElement) -> dict[str, list[str]]:
    """Return the body rows of the first table by their headings."""
    body = find(element, ".//table")[0].xpath("./tbody/tr[td] | ./tfoot/tr")
    return {text(find(row, "./th")[0]): [text(cell) for cell in find(row, "./td")] for row in body}


def embedded(page: HtmlElement, key: str) -> Any:
    (found,) = find(page, f"//script[@id='{key}']/text()")
    return orjson.loads(str(found))


def with_sample(report: Report, sample: Sample) -> Report:
    """Return the report with that sample on every error."""

    errors = tuple(dataclasses.replace(error, sample=sample) for error in report.summary.errors)
    return dataclasses.replace(report, summary=dataclasses.replace(report.summary, errors=errors))


def sample(header: tuple[str, str] = ("Accept", "*/*"), body: str = "x", message: str = "m") -> Sample:
    return Sample(
        kind="request",
        name="GET /",
        error_kind="status",
        message=message,
        second=1,
        source="0/1",
        request=SentRequest("GET", "http://shop.example/", None, (header,), body),
        response=ReceivedResponse(500, "Oops", (header,), body),
    )


def test_the_banner_says_what_was_missed_in_words(page: HtmlElement) -> None:
    banner = text(section(page, "verdict"))
    assert "Failed" in banner
    assert "3 of 7 thresholds missed" in banner
    assert "Asked for: less than 1% of all requests fail. Observed:" in banner
    assert "95% of “POST /orders” are answered in less than 400 ms, in every span of 10s" in banner


@pytest.mark.parametrize(
    ("end", "word", "sentence"),
    [
        ("finished", "Failed", "thresholds missed"),
        ("stopped", "Stopped", "stopped before its end. Until then thresholds were missed"),
        ("failed", "Broken", "The load generator broke: agent 1/2 died."),
    ],
)
def test_how_the_run_ended_is_told_apart_from_what_it_found(report: Report, end: Any, word: str, sentence: str) -> None:
    run = dataclasses.replace(report.run, end=end, message="agent 1/2 died" if end == "failed" else "")
    page = parse(dataclasses.replace(report, run=run))
    assert word in text(find(page, "//h2")[0])
    assert sentence in text(section(page, "verdict"))
    assert find(page, "//title/text()") == [f"{run.name}: {word}"]


def test_a_run_without_targets_is_praised_for_its_failures_alone() -> None:
    quiet = [part for part in synthetic.snapshots() if part.span == (0, 0)]
    banner = text(section(parse(synthetic.report_of(quiet, max_failures=0.9)), "verdict"))
    assert "Passed" in banner
    assert "no other threshold was set" in banner


def test_a_limit_that_lets_everything_fail_is_not_shown_as_one() -> None:
    quiet = [part for part in synthetic.snapshots() if part.span == (0, 0)]
    report = synthetic.report_of(quiet, max_failures=1.0)
    page = parse(report)
    assert "Passed No threshold was set." in text(section(page, "verdict"))
    assert "failures do not decide" in text(section(page, "thresholds"))
    assert "THRESHOLDS" not in render_text(report)
    assert b"failed iterations" not in junit.render(report)


def test_every_request_group_and_journey_is_in_the_table(report: Report, page: HtmlElement) -> None:
    table = rows(section(page, "requests"))
    summary = report.summary
    names = [row.name for row in (*summary.requests, *summary.groups, *summary.journeys)]
    assert set(table) == {*names, "All requests"}
    orders = summary.row("POST /orders")
    assert orders is not None
    assert table["POST /orders"][0] == f"{orders.count:,}"
    assert table["POST /orders"][2] == f"{orders.failed:,}"
    assert table["POST /orders"][-2] == f"{orders.response.p99_s * 1000:,.0f}"
    assert table["All requests"][0] == f"{summary.total.count:,}"


def test_groups_and_journeys_stand_apart_from_requests(page: HtmlElement) -> None:
    bodies = find(section(page, "requests"), ".//table")[0].xpath("./tbody")
    titles = [text(find(body, "./tr[@class='title']")[0]) for body in bodies]
    assert [title.partition(":")[0] for title in titles] == ["Requests", "Groups", "Journeys"]


def test_statuses_add_up_to_all_requests_with_those_that_brought_none(report: Report, page: HtmlElement) -> None:
    table = find(section(page, "requests"), ".//table")[-1]
    counts = [int(cell.text.replace(",", "")) for cell in find(table, ".//tbody/tr/td[1]")]
    assert sum(counts) == report.summary.total.count
    assert "no complete response" in text(table)
    assert "503 Service Unavailable" in text(table)


def test_checks_errors_findings_and_facts_are_there(report: Report, page: HtmlElement) -> None:
    assert rows(section(page, "checks"))["ordered"][0] == "POST /orders"
    errors = text(section(page, "errors"))
    for error in report.summary.errors:
        assert error.kind in errors
    assert "HTTP status 503 - Service Unavailable" in errors
    findings = text(section(page, "findings"))
    assert "shop.json:48: requests[2].assert[0]" in findings
    assert "delete it" in findings
    facts = text(section(page, "facts"))
    assert "penstock run tests/shop.json --agents 2 --threshold 'p95 < 800ms'" in facts
    assert "2026-03-14 15:09:26 UTC" in facts


def test_errors_show_the_first_exchange_as_it_went(page: HtmlElement) -> None:
    shown = find(section(page, "errors"), ".//details")[1].xpath(".//pre")
    sent, came = (element.text for element in shown)
    assert sent == (
        "POST http://shop.example.com/orders?draft=<no>&n=1\nHost: shop.example.com\nContent-Type: application/json\n\n"
        '{"item":7,"quantity":1}'
    )
    assert came == '503 Service Unavailable\nContent-Type: application/json\nRetry-After: 1\n\n{"error":"try again"}'


def test_what_speaks_against_the_numbers_is_said_at_the_top_and_explained(report: Report, page: HtmlElement) -> None:
    assert report.summary.distrust
    assert "The numbers cannot be trusted as they are" in text(section(page, "verdict"))
    for reason in report.summary.distrust:
        assert reason in text(section(page, "trust"))


def test_numbers_that_nothing_speaks_against_are_called_trustworthy(report: Report) -> None:
    page = parse(dataclasses.replace(report, summary=dataclasses.replace(report.summary, distrust=())))
    assert "The numbers cannot be trusted as they are" not in text(page)
    assert "Yes." in text(section(page, "trust"))


def test_a_run_that_measured_nothing_still_has_a_report() -> None:
    page = parse(synthetic.report_of([]))
    assert "nothing was measured" in text(section(page, "verdict"))
    assert "no request was made" in text(section(page, "trust"))
    assert find(page, "//*[@data-chart]") == []


def test_the_summary_is_embedded_for_machines(report: Report, page: HtmlElement) -> None:
    assert embedded(page, "penstock-report") == orjson.loads(json.render(report))


def test_charts_are_given_what_was_measured_and_a_text_for_those_who_cannot_see_them(
    report: Report, page: HtmlElement
) -> None:
    charts = find(page, "//*[@data-chart]")
    data = embedded(page, "penstock-charts")
    assert {chart.get("data-chart") for chart in charts} == set(data)
    assert set(data) == {"rate", "latency", "percentiles", "requests", "generator"}
    for chart in charts:
        assert chart.get("role") == "img"
        assert len(chart.get("aria-label")) > 40
    points = report.points
    assert data["rate"]["t"] == [point.second for point in points]
    assert data["latency"]["p99"] == pytest.approx([point.p99_s * 1000 for point in points], rel=1e-3)
    spans = [point.span_s for point in points]
    total = sum(
        (good + bad) * span_s
        for good, bad, span_s in zip(data["rate"]["succeeded"], data["rate"]["failed"], spans, strict=True)
    )
    assert total == pytest.approx(report.summary.total.count, rel=1e-3)
    curve = data["percentiles"]["response"]
    assert curve["x"] == sorted(curve["x"])
    assert (curve["x"][-1], curve["y"][-1]) == pytest.approx(
        (report.summary.total.response.count, report.summary.total.response.max_s * 1000), rel=1e-3
    )


def test_the_numbers_behind_the_charts_are_there_without_scripts(report: Report, page: HtmlElement) -> None:
    table = find(section(page, "charts"), ".//details//tbody")[0]
    assert len(table) == len(report.points)


def test_nothing_is_loaded_from_anywhere(page: HtmlElement) -> None:
    links = find(page, "//@src | //@href | //@action | //@srcset | //@data | //@poster")
    assert [link for link in links if not link.startswith(("#", "data:"))] == []
    (style,) = find(page, "//style/text()")
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_allows_exactly_the_scripts_of_the_page(page: HtmlElement) -> None:
    policy = find(page, "//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none';")
    scripts = find(page, "//script[not(@type)]/text()")
    hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == hashes
    assert len(hashes) == 2
    assert "unsafe" not in policy.partition("script-src")[2]
    assert find(page, "//@*[starts-with(name(), 'on')]") == []


def test_tables_are_whole_for_screen_readers(page: HtmlElement) -> None:
    assert find(page, "//th[not(@scope)]") == []
    ids = find(page, "//@id")
    assert len(ids) == len(set(ids))
    for reference in find(page, "//@aria-labelledby"):
        assert reference in ids
    for link in find(page, "//a/@href"):
        assert link.removeprefix("#") in ids
    for table in find(page, "//table"):
        widths = {
            sum(int(cell.get("colspan", "1")) for cell in find(row, "./td | ./th")) for row in find(table, ".//tr")
        }
        assert len(widths) == 1, text(table)[:80]


def hostile(report: Report) -> Report:
    """Return the report with hostile text in every place that someone else can write."""

    def spoil(value: Any) -> Any:
        if isinstance(value, str):
            return value + HOSTILE
        if isinstance(value, tuple):
            return tuple(map(spoil, value))
        return value

    summary = report.summary
    bad = Sample("request", HOSTILE, HOSTILE, HOSTILE, 1, HOSTILE)
    bad = dataclasses.replace(
        bad,
        request=SentRequest(HOSTILE, HOSTILE, HOSTILE, ((HOSTILE, HOSTILE),), HOSTILE),
        response=ReceivedResponse(200, HOSTILE, ((HOSTILE, HOSTILE),), HOSTILE),
    )
    run = dataclasses.replace(
        report.run,
        name=HOSTILE,
        file=HOSTILE,
        arguments=spoil(report.run.arguments),
        message=HOSTILE,
        version=HOSTILE,
        machine=dataclasses.replace(report.run.machine, kernel=HOSTILE, python=HOSTILE),
    )
    return dataclasses.replace(
        report,
        run=run,
        scenario=dataclasses.replace(report.scenario, journeys=(HOSTILE,), base_url=HOSTILE),
        findings=(Finding("warning", "dropped", HOSTILE, HOSTILE, Origin(HOSTILE, HOSTILE, 1), HOSTILE),),
        verdict=dataclasses.replace(
            report.verdict,
            reasons=(HOSTILE,),
            thresholds=tuple(
                dataclasses.replace(
                    judged, note=HOSTILE, threshold=dataclasses.replace(judged.threshold, text=HOSTILE, name=HOSTILE)
                )
                for judged in report.verdict.thresholds
            ),
        ),
        summary=dataclasses.replace(
            summary,
            requests=tuple(dataclasses.replace(row, name=HOSTILE) for row in summary.requests),
            groups=tuple(dataclasses.replace(row, name=HOSTILE) for row in summary.groups),
            journeys=tuple(dataclasses.replace(row, name=HOSTILE) for row in summary.journeys),
            total=dataclasses.replace(summary.total, statuses=((HOSTILE, 1),)),
            checks=tuple(dataclasses.replace(check, name=HOSTILE, series=HOSTILE) for check in summary.checks),
            errors=tuple(
                dataclasses.replace(error, series=HOSTILE, kind=HOSTILE, message=HOSTILE, sample=bad)
                for error in summary.errors
            ),
            health=dataclasses.replace(
                summary.health,
                slow_steps=tuple(dataclasses.replace(step, where=HOSTILE) for step in summary.health.slow_steps),
                agents=tuple(dataclasses.replace(agent, source=HOSTILE) for agent in summary.health.agents),
            ),
            distrust=(HOSTILE,),
        ),
    )


def test_hostile_text_breaks_out_of_nothing(report: Report, page: HtmlElement) -> None:
    content = html.render(hostile(report)).decode()
    spoiled = lxml_html.document_fromstring(content)
    tags = {element.tag for element in spoiled.iter() if isinstance(element.tag, str)}
    assert tags == {element.tag for element in page.iter() if isinstance(element.tag, str)}
    assert [element for element in spoiled.iter() if not isinstance(element.tag, str)] == [], "a comment was opened"
    assert len(find(spoiled, "//script")) == 4
    assert "document.title='x'" in find(spoiled, "//title/text()")[0], "it is still shown"
    assert embedded(spoiled, "penstock-report")["run"]["name"].startswith("</script>")
    own = content[: content.index('<script type="application/json"')]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", own)
    assert "\\x00\\x1b\\u202e\\ud800" in own


def test_names_in_charts_are_texts_and_not_the_markup_that_chart_labels_know(report: Report) -> None:
    data = embedded(parse(hostile(report)), "penstock-charts")
    names = [line["name"] for line in data["requests"]["lines"]]
    assert names
    assert all("<" not in name for name in names)


def test_long_texts_are_cut_and_say_so(report: Report) -> None:
    page = parse(with_sample(report, sample(body="b" * 5000)))
    shown = find(section(page, "errors"), ".//pre")[0].text
    assert shown.endswith("b… (904 more characters)")


def test_the_same_run_gives_the_same_bytes(report: Report) -> None:
    assert html.render(report) == html.render(report)


@pytest.mark.parametrize("palette", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("ink", "paper"),
        ("ink", "panel"),
        ("ink", "good-back"),
        ("ink", "bad-back"),
        ("ink", "warn-back"),
        ("soft", "paper"),
        ("soft", "panel"),
        ("link", "paper"),
        ("link", "bad-back"),
        ("link", "good-back"),
        ("good", "good-back"),
        ("good", "paper"),
        ("bad", "bad-back"),
        ("bad", "paper"),
        ("bad", "panel"),
        ("warn", "warn-back"),
        ("warn", "paper"),
    ],
)
def test_text_has_the_contrast_that_accessibility_asks_for(palette: str, ink: str, paper: str) -> None:
    style = resources.files("penstock.reporting.html").joinpath("templates", "report.css").read_text()
    light, dark = (
        dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", part))
        for part in style.partition("* { box-sizing")[0].split("@media")
    )
    colours = light if palette == "light" else dark
    lighter, darker = sorted((luminance(colours[ink]), luminance(colours[paper])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def luminance(colour: str) -> float:
    """Return the relative luminance as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
