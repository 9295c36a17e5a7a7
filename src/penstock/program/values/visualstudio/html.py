"""A lenient scan for the tags of a page: no document is built, and wrong HTML is read as far as it goes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Tag:
    """An opening tag: its attributes by small name (raw, the first of a name counts), and where it ends."""

    name: str
    attributes: dict[str, str]
    end: int

    def get(self, attribute: str) -> str | None:
        """Return an attribute with its entities decoded; None when it is not there."""
        value = self.attributes.get(attribute.lower())
        return None if value is None else html.unescape(value)


@lru_cache(maxsize=256)
def _scanner(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"""<!--.*?(?:-->|\Z) | <({name})(?=[\s/>])((?:[^>"']++|"[^"]*+"|'[^']*+'|["'])*?)>""",
        re.IGNORECASE | re.DOTALL | re.VERBOSE,
    )


def tags(page: str, name: str) -> Iterator[Tag]:
    """Yield the opening tags of a name (a regular expression), in order; comments hold none."""
    for match in _scanner(name).finditer(page):
        if match[1] is not None:
            yield Tag(match[1].lower(), _attributes(match[2]), match.end())


def _attributes(text: str) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        attributes.setdefault(name.lower(), double or single or bare)
    return attributes


def inner(page: str, tag: Tag) -> str:
    """Return what stands between a tag and the one that closes it; up to the end of the page if none does."""
    depth = 1
    for match in re.finditer(rf"<(/?){re.escape(tag.name)}(?=[\s/>])[^>]*>", page[tag.end :], re.IGNORECASE):
        if match[1]:
            depth -= 1
        elif not match[0].endswith("/>"):
            depth += 1
        if not depth:
            return page[tag.end : tag.end + match.start()]
    return page[tag.end :]


def without_tags(text: str) -> str:
    """Return a text without the tags in it."""
    return _TAG.sub("", text)


def collapsed(text: str) -> str:
    """Return a text in which white space is one space, and none at its ends."""
    return _SPACE.sub(" ", text).strip()


def fields(page: str, name: str) -> list[str]:
    """Return the values of the form fields of a name, raw and in order: inputs, text areas, selections."""
    found: list[str] = []
    for tag in tags(page, "input|textarea|select"):
        if tag.get("name") != name:
            continue
        if tag.name == "input":
            found.append(tag.attributes.get("value", ""))
        elif tag.name == "textarea":
            found.append(inner(page, tag).removeprefix("\r\n").removeprefix("\n"))
        else:
            chosen = selected(options(page, tag))
            if chosen is not None:
                found.append(chosen)
    return found


def options(page: str, select: Tag) -> list[tuple[str, bool]]:
    """Return the values of the options of a select tag, and whether each is selected."""
    content = inner(page, select)
    found: list[tuple[str, bool]] = []
    for tag in tags(content, "option"):
        value = tag.attributes.get("value")
        if value is None:
            value = collapsed(_until_tag(content, tag.end))
        found.append((value, "selected" in tag.attributes))
    return found


def selected(found: list[tuple[str, bool]]) -> str | None:
    """Return the value of the selected option: the first one if none says so, as browsers do."""
    return next((value for value, is_selected in found if is_selected), found[0][0] if found else None)


def _until_tag(text: str, start: int) -> str:
    end = text.find("<", start)
    return text[start:] if end < 0 else text[start:end]
