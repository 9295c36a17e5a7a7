"""Recordings of a browser (HTTP archives, `.har`). `words.md` says what becomes of each of their elements."""

from penstock.importers.har.compile import compile  # noqa: A004 — every importer is used as `har.compile`
from penstock.importers.har.parse import recognises

__all__ = ["compile", "recognises"]
