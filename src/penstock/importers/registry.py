"""Which importer reads a file, found by its content."""

from __future__ import annotations

from collections.abc import Callable

from penstock.errors import UnknownFormat
from penstock.importers import loadmill, native
from penstock.importers.base import NO_OVERRIDES, Files, Imported, Overrides

Recognise = Callable[[bytes], bool]
Compile = Callable[[Files, str, Overrides], Imported]

IMPORTERS: tuple[tuple[Recognise, Compile], ...] = (
    (native.recognises, native.compile),
    (loadmill.recognises, loadmill.compile),
)
"""For each format, whether a content may be one, and what compiles it; the first that may be is asked."""

KNOWN = "Loadmill load-test configurations (JSON), scenarios of Penstock (JSON)"


def compile(files: Files, entry: str, overrides: Overrides = NO_OVERRIDES) -> Imported:  # noqa: A001 — as importers
    """Compile the file `entry`.

    Raises `UnknownFormat` when no importer knows it, `InvalidInput` when it is damaged, `UnreadableFile`.
    """
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
        return "XML and HTML files are not read by this version"
    if b"\0" in start:
        return "this is no text file"
    return "the format is not recognised"
