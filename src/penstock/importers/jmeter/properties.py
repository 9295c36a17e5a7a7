"""JMeter's properties: those that are given win over `user.properties`, and that over `jmeter.properties`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from penstock.importers.base import Files, Findings
from penstock.model import Origin

_FILES = ("jmeter.properties", "user.properties")


def properties_of(files: Files, entry: str, given: Iterable[tuple[str, str]], findings: Findings) -> dict[str, str]:
    """Return the properties of files beside the plan, and over them those that are given."""
    properties: dict[str, str] = {}
    folders = (PurePosixPath("."), PurePosixPath(entry).parent)
    for name in _FILES:
        for path in files.names:
            if PurePosixPath(path).name.lower() != name or PurePosixPath(path).parent not in folders:
                continue
            properties.update(read_properties(files.read(path).decode("latin-1")))
            findings.note("properties", f"properties are taken from {path}", Origin(path), effect="needs attention")
    return {**properties, **dict(given)}


def report_unread(files: Files, entry: str, given: Iterable[tuple[str, str]], findings: Findings) -> None:
    """Report given names that no plan among the files reads, as a mistyped one: they stand in many other words."""
    plans = [files.read(name) for name in files.names if name == entry or name.lower().endswith(".jmx")]
    for name in dict(given):
        word = re.escape(name.encode())
        read = re.compile(rb"(?<![\w.-])" + word + rb"(?![\w.-])")
        if not any(read.search(plan) for plan in plans):
            message = f"the parameter {name!r} is neither a property nor a variable of the plan"
            advice = "it changes nothing; compare its name with those in ${__P(name,default)}"
            findings.warn("unknown-parameter", message, Origin(entry), advice, "dropped")


def read_properties(text: str) -> dict[str, str]:
    """Return what a file of Java properties says."""
    properties: dict[str, str] = {}
    whole = ""
    for line in text.splitlines():
        whole += line.lstrip()
        if not whole or whole.startswith(("#", "!")):
            whole = ""
            continue
        if (len(whole) - len(whole.rstrip("\\"))) % 2:  # the next line belongs to this one
            whole = whole[:-1]
            continue
        key, value = _split(whole)
        properties[_plain(key)] = _plain(value)
        whole = ""
    return properties


def _split(line: str) -> tuple[str, str]:
    """Split at the first `=`, `:` or space that no backslash stands before."""
    at = 0
    while at < len(line) and line[at] not in "=: \t":
        at += 2 if line[at] == "\\" else 1
    rest = line[at:].lstrip()
    return line[:at], rest[1:].lstrip() if rest[:1] in ("=", ":") else rest


def _plain(text: str) -> str:
    if "\\" not in text:
        return text
    pieces: list[str] = []
    at = 0
    while at < len(text):
        if text[at] != "\\" or at + 1 == len(text):
            pieces.append(text[at])
            at += 1
        elif (
            text[at + 1] == "u"
            and len(text) >= at + 6
            and all(c in "0123456789abcdefABCDEF" for c in text[at + 2 : at + 6])
        ):
            pieces.append(chr(int(text[at + 2 : at + 6], 16)))
            at += 6
        else:
            pieces.append({"n": "\n", "t": "\t", "r": "\r", "f": "\f"}.get(text[at + 1], text[at + 1]))
            at += 2
    return "".join(pieces)
