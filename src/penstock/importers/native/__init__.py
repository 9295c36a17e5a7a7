"""Scenarios in their own form (JSON), as `penstock convert` writes them. `words.md` says what may be changed."""

from penstock.importers.native.compile import compile  # noqa: A004 — every importer is used as `native.compile`
from penstock.importers.native.parse import recognises

__all__ = ["compile", "recognises"]
