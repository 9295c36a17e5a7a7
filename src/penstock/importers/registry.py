"""Which importer reads a file, found by its content."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

from penstock.errors import UnknownFormat
from penstock.importers import loadmill, native
from penstock.importers.base import FOLDER, NO_OVERRIDES, Files, Imported, Overrides

Recognise = Callable[[bytes], bool]
Compile = Callable[[Files, str, Overrides], Imported]

IMPORTERS: tuple[tuple[Recognise, Compile], ...] = (
    (native.recognises, native.compile),
    (loadmill.recognises, loadmill.compile),
    (
        lambda content: looks_like_markup(content) and _vstest().recognises(content),
        lambda *given: _vstest().compile(*given),
    ),
)
"""For each format, whether a content may be one, and what compiles it; the first that may be is asked."""

KNOWN = (
    "Loadmill load-test configurations, flows and suites (JSON, YAML), Visual Studio's .webtest and .loadtest, "
    "scenarios of Penstock (JSON)"
)


def looks_like_markup(content: bytes) -> bool:
    """Whether a content begins as XML does."""
    return content[:200].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<")


def _vstest() -> ModuleType:
    """Return the importer, loaded when it is needed: reading XML takes a library that other runs can do without."""
    return import_module("penstock.importers.vstest")


def compile(files: Files, entry: str, overrides: Overrides = NO_OVERRIDES) -> Imported:  # noqa: A001 — as importers
    """Compile the file `entry`.

    Raises `UnknownFormat` when no importer knows it, `InvalidInput` when it is damaged, `UnreadableFile`.
    """
    if entry == FOLDER:
        return loadmill.compile_folder(files, overrides)
    content = files.read(entry)
    for recognises, compile_format in IMPORTERS:
        if recognises(content):
            return compile_format(files, entry, overrides)
    raise UnknownFormat(f"{entry}: {_guess(content)}; known are {KNOWN} and flow.py")


def _guess(content: bytes) -> str:
    start = content[:4096].lstrip()
    if not start:
        return "the file is empty"
    if start.startswith(b"PK"):
        return "this is an archive"
    if start.startswith(b"<"):
        return "this XML or HTML is none of the formats"
    if b"\0" in start:
        return "this is no text file"
    return "the format is not recognised"
