"""Embedded resources: a sampler that fetches what its HTML refers to is a page."""

from __future__ import annotations

import re

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
    only, without = (_pattern(bag, key, work) for key in ("embedded_url_re", "embedded_url_exclude_re"))
    return Page(uses_cache=caches, connections_per_host=at_a_time, only=only, without=without)


def _pattern(bag: Bag, key: str, work: Work) -> str | None:
    """Return the regular expression that URLs must or must not match."""
    written = bag.text(f"HTTPSampler.{key}").strip()
    known = work.texts.settled(written, bag.origin)
    try:
        if known is not None:
            re.compile(known)
            return known or None
        reason = "it is only known during the run"
    except re.error as error:
        reason = str(error)
    message = f"the pattern {written[:60]!r} for URLs of embedded resources is not used: {reason}"
    work.findings.warn("embedded-urls", message, bag.origin.at(key), effect="dropped")
    return None
