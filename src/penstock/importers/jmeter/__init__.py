"""Test plans of JMeter (`.jmx`). `words.md` says what becomes of each term."""

from penstock.importers.jmeter.compile import compile, recognises  # noqa: A004 — every importer is used so

__all__ = ["compile", "recognises"]
