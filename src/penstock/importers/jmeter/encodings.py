"""Content encodings by the names that Java knows, as Python's codecs."""

from __future__ import annotations

import codecs

from penstock.importers.jmeter.parse import Bag
from penstock.importers.jmeter.work import Work


def codec_of(bag: Bag, work: Work) -> str:
    """Return the codec of a sampler's content encoding; UTF-8 where it names none or one that is not known."""
    written = bag.text("HTTPSampler.contentEncoding").strip()
    name = work.texts.settled(written, bag.origin)
    if not written or name == "":
        return "utf-8"
    try:
        return codecs.lookup(name or "").name
    except LookupError:
        message = f"the content encoding {written!r} is not known; UTF-8 is used"
        work.findings.warn("encoding", message, bag.origin.at("contentEncoding"))
        return "utf-8"
