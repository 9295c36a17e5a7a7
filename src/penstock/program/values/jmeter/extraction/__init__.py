"""Post-processors: each sets variables from the sample before it, as the element of that name does."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from penstock.errors import NotRunnable
from penstock.program.values.dialect import Reply, Variables
from penstock.program.values.jmeter.arguments import Arguments
from penstock.program.values.jmeter.extraction import json, markup, texts

Take = Callable[[Variables, Reply], None]
Prepare = Callable[[Arguments, Random], Take]

_PREPARES: dict[str, Prepare] = {
    "BoundaryExtractor": texts.boundary,
    "HtmlExtractor": markup.css,
    "JMESPathExtractor": json.jmespath_extractor,
    "JSONPostProcessor": json.json_extractor,
    "RegexExtractor": texts.regex,
    "XPath2Extractor": markup.xpath2,
    "XPathExtractor": markup.xpath,
}
NAMES = frozenset(_PREPARES)


def extraction(name: str, random: Random) -> Callable[[Arguments], Take]:
    """Return what prepares a post-processor from its arguments; raises `NotRunnable` for an unknown one."""
    prepare = _PREPARES.get(name)
    if prepare is None:
        raise NotRunnable(f"the post-processor {name!r} is not known")
    return lambda arguments: prepare(arguments, random)
