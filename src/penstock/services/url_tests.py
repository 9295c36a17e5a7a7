"""Tests that are a list of URLs under a constant load, written as the load test and web test that they mean."""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from penstock.errors import InvalidInput

_NAMESPACE = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010"
_WEB_TEST_KIND = "Microsoft.VisualStudio.TestTools.WebStress.DeclarativeWebTestElement"
_USER_AGENTS = {
    "chrome": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36",
    "firefox": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0",
    "internet": "Mozilla/5.0 (Windows NT 6.3; WOW64; Trident/7.0; rv:11.0) like Gecko",
}
"""What browsers call themselves, by the first word of their name; others by that name itself."""


@dataclass(frozen=True, slots=True)
class UrlTest:
    """`browsers` are names with shares of users in percent."""

    name: str
    urls: tuple[str, ...]
    users: int
    duration_s: int
    sample_s: int = 15
    think_s: int = 0
    browsers: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        for url in self.urls:
            if not _is_loadable(url):
                raise InvalidInput(f"{url!r} is no URL that can be loaded; it begins with http:// or https://")
        if self.users < 1 or self.duration_s < 1 or self.sample_s < 1 or self.think_s < 0:
            raise InvalidInput("a test of URLs needs at least one user and one second, and samples of at least one")

    def files(self) -> tuple[str, dict[str, bytes]]:
        """Return the name of the load test, and the files by name."""
        entry = self.name if self.name.lower().endswith(".loadtest") else f"{self.name}.loadtest"
        web_test = f"{PurePosixPath(entry).stem}.webtest"
        return entry, {entry: _written(self._load_test(web_test)), web_test: _written(self._web_test(web_test))}

    def _web_test(self, file: str) -> ET.Element:
        test = ET.Element("WebTest", _named(file) | {"PreAuthenticate": "True", "StopOnError": "False"})
        items = ET.SubElement(test, "Items")
        for url in self.urls:
            said = {"Method": "GET", "Version": "1.1", "Url": url, "ThinkTime": str(self.think_s), "Timeout": "300"}
            how = {"ParseDependentRequests": "False", "FollowRedirects": "True", "RecordResult": "True"}
            ET.SubElement(items, "Request", said | how | {"Cache": "False", "Encoding": "utf-8"})
        return test

    def _load_test(self, web_test: str) -> ET.Element:
        test = ET.Element("LoadTest", _named(self.name) | {"CurrentRunConfig": "Run"})
        scenario = ET.SubElement(
            ET.SubElement(test, "Scenarios"),
            "Scenario",
            {"Name": "Scenario1", "DelayBetweenIterations": "0", "TestMixType": "PercentageOfTestsStarted"},
        )
        ET.SubElement(scenario, "ThinkProfile", {"Value": "0", "Pattern": "On"})
        ET.SubElement(scenario, "LoadProfile", {"Pattern": "Constant", "InitialUsers": str(self.users)})
        kind = {"Percentage": "100", "Type": f"{_WEB_TEST_KIND}, Microsoft.VisualStudio.QualityTools.LoadTest"}
        mix = ET.SubElement(scenario, "TestMix")
        ET.SubElement(mix, "TestProfile", _named(web_test) | {"Path": web_test} | kind)
        if self.browsers:
            self._add_browsers(ET.SubElement(scenario, "BrowserMix"))
        run = {
            "Name": "Run",
            "RunDuration": str(self.duration_s),
            "SampleRate": str(self.sample_s),
            "CoolDownTime": "0",
        }
        ET.SubElement(ET.SubElement(test, "RunConfigurations"), "RunConfiguration", run)
        return test

    def _add_browsers(self, mix: ET.Element) -> None:
        for name, percentage in self.browsers:
            profile = ET.SubElement(mix, "BrowserProfile", {"Percentage": f"{percentage:g}"})
            browser = ET.SubElement(profile, "Browser", {"Name": name, "MaxConnections": "6"})
            headers = ET.SubElement(browser, "Headers")
            agent = _USER_AGENTS.get(name.partition(" ")[0].lower(), name)
            for header, value in (("User-Agent", agent), ("Accept", "*/*")):
                ET.SubElement(headers, "Header", {"Name": header, "Value": value})


def _is_loadable(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _named(file: str) -> dict[str, str]:
    """Return name, identity and namespace of a test; the same file has always the same identity."""
    stem = PurePosixPath(file).stem
    return {"Name": stem, "Id": str(uuid.uuid5(uuid.NAMESPACE_URL, file))}


def _written(root: ET.Element) -> bytes:
    root.set("xmlns", _NAMESPACE)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content
