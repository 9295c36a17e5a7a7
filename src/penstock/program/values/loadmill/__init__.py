"""The values of Loadmill: expressions, functions, extraction and assertions."""

from penstock.program.values.loadmill.language import LoadmillDialect

__all__ = ["LoadmillDialect"]
