"""Tests that are a list of URLs under a constant load."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from penstock.errors import InvalidInput
from penstock.services.written_tests import MixedTest, RunFor, WrittenRequest, WrittenScenario, written


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
            if not is_loadable(url):
                raise InvalidInput(f"{url!r} is no URL that can be loaded; it begins with http:// or https://")
        if self.users < 1 or self.duration_s < 1 or self.sample_s < 1 or self.think_s < 0:
            raise InvalidInput("a test of URLs needs at least one user and one second, and samples of at least one")

    def files(self) -> tuple[str, dict[str, bytes]]:
        """Return the name of the load test, and the files by name."""
        requests = tuple(WrittenRequest(url) for url in self.urls)
        test = MixedTest(PurePosixPath(self.name).stem, 100, requests)
        scenario = WrittenScenario("Scenario1", self.users, (test,), self.browsers)
        files = written(self.name, [scenario], RunFor(self.duration_s, self.sample_s), self.think_s)
        return next(iter(files)), files


def is_loadable(url: str) -> bool:
    """Whether a URL is one that HTTP reaches."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
