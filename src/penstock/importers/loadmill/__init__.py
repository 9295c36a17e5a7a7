"""Load-test configurations of Loadmill (JSON). `words.md` says what becomes of each term."""

from penstock.importers.loadmill.compile import compile, compile_folder  # noqa: A004 — every importer is used as `loadmill.compile`
from penstock.importers.loadmill.parse import recognises

__all__ = ["compile", "compile_folder", "recognises"]
