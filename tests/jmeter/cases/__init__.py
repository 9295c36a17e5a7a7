"""The plans, a module a topic."""

from __future__ import annotations

from tests.jmeter.case import Case
from tests.jmeter.cases import controllers, data, extractors, functions, judging, load, recorded, requests, together

TOPICS: dict[str, dict[str, Case]] = {
    module.__name__.rpartition(".")[2]: module.CASES
    for module in (controllers, requests, extractors, judging, functions, data, load, recorded, together)
}
