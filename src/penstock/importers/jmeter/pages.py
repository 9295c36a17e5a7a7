"""Embedded resources: a sampler that fetches what its HTML refers to is a page."""

from __future__ import annotations

from penstock.importers.jmeter.numbers import flag, whole
from penstock.importers.jmeter.parse import Bag
from penstock.importers.jmeter.work import Work
from penstock.model import Page

_PARALLEL = 6
"""How many JMeter fetches at a time where the sampler says nothing."""

_MOST_PARALLEL = 256


def compile_page(bag: Bag, work: Work, *, caches: bool) -> Page | None:
    """Return what makes a sampler a page; None for one that fetches nothing else."""
    if not flag(bag, "HTTPSampler.image_parser", work):
        return None
    at_a_time = 1
    if flag(bag, "HTTPSampler.concurrentDwn", work):
        at_a_time = whole(bag, "HTTPSampler.concurrentPool", work, _PARALLEL, least=1, most=_MOST_PARALLEL)
    for key, what in (("embedded_url_re", "must match"), ("embedded_url_exclude_re", "must not match")):
        pattern = bag.text(f"HTTPSampler.{key}").strip()
        if pattern and pattern not in (".*", ".+"):
            message = f"URLs of embedded resources {what} {pattern[:60]!r}: this is not looked at, all are fetched"
            work.findings.warn("embedded-urls", message, bag.origin.at(key))
    return Page(uses_cache=caches, connections_per_host=at_a_time)
