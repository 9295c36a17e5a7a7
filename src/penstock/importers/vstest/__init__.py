"""Visual Studio's web performance tests and load tests (XML). `words.md` says what becomes of each term."""

from penstock.importers.vstest.compile import compile, recognises  # noqa: A004 — every importer is used so

__all__ = ["compile", "recognises"]
