"""HTTP Header Managers: all in scope together; of two headers of one name the inner one is sent."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work
from penstock.model import Header

_NEVER_SENT = frozenset({"content-length"})
"""What JMeter takes out as well: it is counted when the body is sent."""


def compile_headers(managers: Sequence[Node], work: Work) -> tuple[Header, ...]:
    """Return the headers of managers, inner ones first."""
    found: dict[str, list[Header]] = {}
    for manager in managers:
        level: dict[str, list[Header]] = {}
        for each in manager.bags("HeaderManager.headers"):
            name = (work.texts.settled(each.text("Header.name"), each.origin) or "").strip()
            if not name or name.lower() in _NEVER_SENT:
                continue
            value = work.texts.parse(each.text("Header.value"), each.origin)
            level.setdefault(name.lower(), []).append(Header(name, value))
        for key, headers in level.items():
            found.setdefault(key, headers)
    return tuple(header for headers in found.values() for header in headers)
