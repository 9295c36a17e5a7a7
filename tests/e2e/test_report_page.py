"""The HTML report in a real browser: charts are drawn, nothing is fetched, nothing is complained about."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import html as lxml_html

from penstock.reporting import html
from penstock.runs.report import Report
from tests.apps import Answer, Recorder
from tests.unit.reporting import synthetic
from tests.unit.reporting.test_html import hostile

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]


LIST_FETCHED = """setTimeout(() => {
  const fetched = performance.getEntriesByType("resource").map((entry) => entry.name);
  document.documentElement.dataset.fetched = JSON.stringify(fetched);
}, 5000)"""


class Visit:
    """What became of a page in the browser: its document, what it fetched, what the console said."""

    def __init__(self, folder: Path, content: str, *options: str) -> None:
        page = folder / "report.html"
        page.write_text(with_script(content, LIST_FETCHED))
        with Recorder([Answer(503)]) as network:  # stands in for all of the network, also for the browser's own calls
            browser = subprocess.run(
                [
                    str(CHROMIUM),
                    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
                    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
                    *("--disable-dev-shm-usage", "--enable-logging=stderr", "--window-size=1400,2400"),
                    *("--virtual-time-budget=10000", f"--user-data-dir={folder / 'profile'}"),
                    *(f"--proxy-server={network.url}", "--proxy-bypass-list=<-loopback>"),
                    *options,
                    "--dump-dom",
                    page.as_uri(),
                ],
                capture_output=True,
                timeout=90,
                check=True,
                stdin=subprocess.DEVNULL,
            )
        self.document = lxml_html.document_fromstring(browser.stdout.decode())
        self.fetched = json.loads(self.document.get("data-fetched", "null"))
        self.console = re.findall(r":CONSOLE[:(].*", browser.stderr.decode(errors="replace"))

    def count(self, path: str) -> int:
        found = self.document.xpath(f"count({path})")
        assert isinstance(found, float)
        return int(found)


def with_script(content: str, script: str) -> str:
    """Return the page with one more script at its end, which its policy lets run."""
    name = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = content.replace("script-src ", f"script-src 'sha256-{name}' ", 1)
    return allowed.replace("</body>", f"<script>{script}</script></body>", 1)


@pytest.fixture(scope="module")
def report() -> Report:
    return synthetic.report()


def test_the_charts_are_drawn_without_network_and_complaint(tmp_path: Path, report: Report) -> None:
    visit = Visit(tmp_path, html.render(report).decode())
    charts = visit.count("//*[@data-chart]")
    assert charts == 5
    assert visit.count("//*[@data-chart][@data-drawn='true']") == charts
    assert visit.count("//*[@data-chart]//*[local-name()='g'][contains(@class, 'scatterlayer')]/*") >= 12
    assert (visit.console, visit.fetched) == ([], [])


def test_a_page_that_fetches_and_complains_would_be_noticed(tmp_path: Path) -> None:
    """The test above proves nothing unless this one holds."""
    content = "<img src='http://127.0.0.1:9/a.png'><script>undefined.x</script>"
    visit = Visit(tmp_path, f"<!doctype html><title>x</title><body>{content}</body>")
    assert visit.fetched == ["http://127.0.0.1:9/a.png"]
    assert len(visit.console) == 1


def test_hostile_text_does_nothing_in_a_browser(tmp_path: Path, report: Report) -> None:
    spoiled = hostile(report)
    visit = Visit(tmp_path, html.render(spoiled).decode())
    assert visit.document.findtext(".//title", "").startswith("</script><script>")
    assert visit.count("//img") == 0
    assert visit.count("//*[@data-chart][@data-drawn='true']") == 5
    assert (visit.console, visit.fetched) == ([], [])


@pytest.mark.parametrize("parts", [0, 1, 4], ids=["nothing", "one second", "two seconds"])
def test_short_runs_are_drawn_without_complaint(tmp_path: Path, parts: int) -> None:
    visit = Visit(tmp_path, html.render(synthetic.report_of(synthetic.snapshots()[:parts])).decode())
    assert visit.count("//*[@data-chart][@data-drawn='true']") == (5 if parts else 0)
    assert visit.console == []


def test_tables_are_sorted_by_a_click_each_part_for_itself(tmp_path: Path, report: Report) -> None:
    click = (
        "[...document.querySelectorAll('#requests ~ .scroll thead button')].find(b => b.textContent === 'p95').click()"
    )
    visit = Visit(tmp_path, with_script(html.render(report).decode(), click))
    summary = report.summary
    expected = [row.name for row in sorted(summary.requests, key=lambda row: -row.response.p95_s)]
    expected += [row.name for row in (*summary.groups, *summary.journeys)]
    names = visit.document.xpath(
        "//section[@aria-labelledby='requests']/div[1]//tbody/tr[not(@class='title')]/th/text()"
    )
    assert names == expected
    assert visit.count("//th[@aria-sort='descending']") == 1


def test_service_latency_takes_the_place_of_response_latency_by_a_click(tmp_path: Path, report: Report) -> None:
    click = """
        const chart = document.querySelector("[data-chart=latency]");
        const labels = [...chart.parentElement.querySelectorAll("label")];
        labels.find((label) => label.textContent === " service latency").querySelector("input").click();
        document.body.dataset.found = JSON.stringify(chart.data.find((trace) => trace.name === "p99").y);
    """
    visit = Visit(tmp_path, with_script(html.render(report).decode(), click))
    (body,) = visit.document.iter("body")
    expected = [point.service_p99_s * 1000 for point in report.points]
    assert json.loads(body.get("data-found", "null")) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("scheme", ["0", "1"], ids=["dark", "light"])
def test_charts_take_the_colours_of_the_page(tmp_path: Path, report: Report, scheme: str) -> None:
    visit = Visit(tmp_path, html.render(report).decode(), f"--blink-settings=preferredColorScheme={scheme}")
    ink = {"0": "rgb(231, 236, 242)", "1": "rgb(27, 36, 48)"}[scheme]
    assert visit.count(f"//*[local-name()='text'][contains(@style, 'fill: {ink}')]") > 10
