"""JavaScript regular expressions, run on a Python engine with a bound on time."""

from penstock.program.values.javascript.regexp.pattern import Pattern, PatternTooSlow, compile_pattern
from penstock.program.values.javascript.regexp.syntax import InvalidPattern

__all__ = ["InvalidPattern", "Pattern", "PatternTooSlow", "compile_pattern"]
