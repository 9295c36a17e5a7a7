"""Tests that are lists of requests under a constant load, written as the load test and web tests that they mean."""

from __future__ import annotations

import base64
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

_NAMESPACE = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010"
_WEB_TEST_KIND = "Microsoft.VisualStudio.TestTools.WebStress.DeclarativeWebTestElement"
_USER_AGENTS = {
    "chrome": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36",
    "firefox": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0",
    "internet": "Mozilla/5.0 (Windows NT 6.3; WOW64; Trident/7.0; rv:11.0) like Gecko",
}
"""What browsers call themselves, by the first word of their name; others by that name itself."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WrittenRequest:
    """One request; `label` is its name in results, empty: its URL."""

    url: str
    method: str = "GET"
    label: str = ""
    headers: Pairs = ()
    query: Pairs = ()
    body: str = ""


@dataclass(frozen=True, slots=True)
class MixedTest:
    """One test of a mix, with its share in percent."""

    name: str
    percentage: float
    requests: tuple[WrittenRequest, ...]


@dataclass(frozen=True, slots=True)
class WrittenScenario:
    """So many users who do the tests of the mix. `browsers` are names with shares of users in percent."""

    name: str
    users: int
    tests: tuple[MixedTest, ...]
    browsers: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class RunFor:
    """How long, after how long a warm-up, and how often counters are sampled; seconds."""

    duration_s: int
    sample_s: int = 15
    warm_up_s: int = 0


def written(name: str, scenarios: Sequence[WrittenScenario], how: RunFor, think_s: int = 0) -> dict[str, bytes]:
    """Return the files by name, the load test first; each test has its own think time after each request."""
    entry = name if name.lower().endswith(".loadtest") else f"{name}.loadtest"
    files: dict[str, bytes] = {entry: b""}
    root = ET.Element("LoadTest", _named(name) | {"CurrentRunConfig": "Run"})
    parent = ET.SubElement(root, "Scenarios")
    for scenario in scenarios:
        mix = _scenario(parent, scenario)
        for test in scenario.tests:
            file = _free(test.name, files)
            files[file] = _encoded(_web_test(file, test, think_s))
            kind = f"{_WEB_TEST_KIND}, Microsoft.VisualStudio.QualityTools.LoadTest"
            said = {"Path": file, "Percentage": f"{test.percentage:g}", "Type": kind}
            ET.SubElement(mix, "TestProfile", _named(file) | said)
    run = {"RunDuration": str(how.duration_s), "SampleRate": str(how.sample_s), "WarmupTime": str(how.warm_up_s)}
    ET.SubElement(
        ET.SubElement(root, "RunConfigurations"), "RunConfiguration", {"Name": "Run", "CoolDownTime": "0"} | run
    )
    files[entry] = _encoded(root)
    return files


def _free(name: str, files: dict[str, bytes]) -> str:
    """Return a file name for a test that no other file has, in any letter case."""
    taken = {one.lower() for one in files}
    stem = "".join(sign if sign.isalnum() or sign in " ._-" else "_" for sign in name).strip(" .") or "test"
    number, file = 1, f"{stem}.webtest"
    while file.lower() in taken:
        number += 1
        file = f"{stem}{number}.webtest"
    return file


def _scenario(parent: ET.Element, scenario: WrittenScenario) -> ET.Element:
    said = {"Name": scenario.name, "DelayBetweenIterations": "0", "TestMixType": "PercentageOfTestsStarted"}
    element = ET.SubElement(parent, "Scenario", said)
    ET.SubElement(element, "ThinkProfile", {"Value": "0", "Pattern": "On"})
    ET.SubElement(element, "LoadProfile", {"Pattern": "Constant", "InitialUsers": str(scenario.users)})
    mix = ET.SubElement(element, "TestMix")
    if scenario.browsers:
        _add_browsers(ET.SubElement(element, "BrowserMix"), scenario)
    return mix


def _add_browsers(mix: ET.Element, scenario: WrittenScenario) -> None:
    for name, percentage in scenario.browsers:
        profile = ET.SubElement(mix, "BrowserProfile", {"Percentage": f"{percentage:g}"})
        browser = ET.SubElement(profile, "Browser", {"Name": name, "MaxConnections": "6"})
        headers = ET.SubElement(browser, "Headers")
        agent = _USER_AGENTS.get(name.partition(" ")[0].lower(), name)
        for header, value in (("User-Agent", agent), ("Accept", "*/*")):
            ET.SubElement(headers, "Header", {"Name": header, "Value": value})


def _web_test(file: str, test: MixedTest, think_s: int) -> ET.Element:
    root = ET.Element("WebTest", _named(file) | {"PreAuthenticate": "True", "StopOnError": "False"})
    items = ET.SubElement(root, "Items")
    for one in test.requests:
        said = {"Method": one.method, "Version": "1.1", "Url": one.url, "ThinkTime": str(think_s), "Timeout": "300"}
        how = {"ParseDependentRequests": "False", "FollowRedirects": "True", "RecordResult": "True"}
        named = {"ReportingName": one.label} if one.label else {}
        request = ET.SubElement(items, "Request", said | how | named | {"Cache": "False", "Encoding": "utf-8"})
        _add_pairs(request, "Headers", "Header", one.headers, {})
        _add_pairs(request, "QueryStringParameters", "QueryStringParameter", one.query, {"UrlEncode": "True"})
        if one.body:
            kind = next((value for name, value in one.headers if name.lower() == "content-type"), "text/plain")
            body = ET.SubElement(request, "StringHttpBody", {"ContentType": kind, "InsertByteOrderMark": "False"})
            body.text = base64.b64encode(one.body.encode("utf-16-le")).decode()
    return root


def _add_pairs(request: ET.Element, parent: str, child: str, pairs: Pairs, more: dict[str, str]) -> None:
    if pairs:
        element = ET.SubElement(request, parent)
        for name, value in pairs:
            ET.SubElement(element, child, {"Name": name, "Value": value} | more)


def _named(file: str) -> dict[str, str]:
    """Return name, identity and namespace of a test; the same file has always the same identity."""
    stem = PurePosixPath(file).stem
    return {"Name": stem, "Id": str(uuid.uuid5(uuid.NAMESPACE_URL, file))}


def _encoded(root: ET.Element) -> bytes:
    root.set("xmlns", _NAMESPACE)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content
