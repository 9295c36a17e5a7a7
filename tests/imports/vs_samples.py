"""Real load tests of Visual Studio with what they name: web tests by their Id among the samples, else stand-ins."""

from __future__ import annotations

import re
from pathlib import Path

from penstock.importers.base import Files
from penstock.importers.vstest.places import resolve
from penstock.importers.xmlfile import Element, read_xml

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples" / "vs"
MISSING = "the real files of Visual Studio are not here (../shared/samples/vs)"

_BLOB = re.compile(r"\.[0-9a-f]{7}(?=\.[a-z]+$)")
STAND_IN = b"""<?xml version="1.0" encoding="utf-8"?>
<WebTest Name="StandIn" Id="" xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Items>
<Request Method="GET" Version="1.1" Url="http://stand-in.example/page" ThinkTime="1" Timeout="60"
 ParseDependentRequests="True" FollowRedirects="True" RecordResult="True" Cache="False" ResponseTimeGoal="1"
 Encoding="utf-8" ExpectedHttpStatusCode="0" ExpectedResponseUrl="" ReportingName=""/>
</Items></WebTest>"""


def original_name(path: Path) -> str:
    """Return the name that the file had: without its owner, and without the short blob id."""
    return _BLOB.sub("", path.name.rpartition("__")[2])


def load_tests() -> list[Path]:
    return sorted(SAMPLES.glob("*.loadtest"))


def with_its_tests(path: Path) -> tuple[dict[str, bytes], str]:
    """Return the contents by name of a load test and all that it names, and its own name."""
    name = original_name(path)
    contents = {name: path.read_bytes()}
    for other in SAMPLES.glob("*.webtest"):
        contents[f"samples/{other.stem}/{original_name(other)}"] = other.read_bytes()
    for profile in _web_tests(read_xml(contents[name], name)):
        wanted = profile.get("Path").replace("\\", "/")
        found = resolve(Files.from_dict(contents), name, profile.get("Path"), profile.get("Id"))
        if found is None or not _has_id(contents[found], profile.get("Id")):
            contents[wanted] = STAND_IN
    return contents, name


def _web_tests(root: Element) -> list[Element]:
    return [
        each for each in root.walk() if each.name == "TestProfile" and "DeclarativeWebTestElement" in each.get("Type")
    ]


def _has_id(content: bytes, wanted: str) -> bool:
    return wanted.lower().encode() in content[:4096].lower()
