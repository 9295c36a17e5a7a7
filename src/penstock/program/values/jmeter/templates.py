"""Templates of regular expressions: `$1$-$2$` puts the groups of a match together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from penstock.program.values.dialect import Variables

_GROUP = re.compile(r"\$(\d+)\$")


@dataclass(frozen=True, slots=True)
class Template:
    """Texts and numbers of groups, in order; a group that is not there, or took no part, gives `null` as in Java."""

    parts: tuple[str | int, ...]

    @staticmethod
    def of(source: str) -> Template:
        """Return the template; one without a group is the text itself."""
        return _parsed(source)

    def fill(self, match: Any) -> str:
        """Return the text for a match."""
        groups = match.re.groups
        return "".join(
            [
                part if isinstance(part, str) else (_group(match, part) if part <= groups else "null")
                for part in self.parts
            ]
        )


def _group(match: Any, number: int) -> str:
    text = match[number]
    return "null" if text is None else str(text)


@lru_cache(maxsize=500)
def _parsed(source: str) -> Template:
    parts: list[str | int] = []
    at = 0
    for match in _GROUP.finditer(source):
        if match.start() > at:
            parts.append(source[at : match.start()])
        parts.append(int(match[1]))
        at = match.end()
    if at < len(source):
        parts.append(source[at:])
    return Template(tuple(parts))


def keep_groups(variables: Variables, name: str, match: Any) -> None:
    """Set `name_g0`, `name_g1`, … to the groups of a match and `name_g` to their number; later ones are removed."""
    groups = match.re.groups
    before = variables.get(f"{name}_g", "")
    for number in range(groups + 1):
        if match[number] is None:
            variables.pop(f"{name}_g{number}", None)
        else:
            variables[f"{name}_g{number}"] = match[number]
    variables[f"{name}_g"] = str(groups)
    for number in range(groups + 1, int(before) + 1 if before.isdigit() else 0):
        variables.pop(f"{name}_g{number}", None)


def remove_groups(variables: Variables, name: str) -> None:
    """Remove what `keep_groups` has set."""
    count = variables.pop(f"{name}_g", None)
    if count is not None:
        for number in range(int(count) + 1 if count.isdigit() else 0):
            variables.pop(f"{name}_g{number}", None)
