"""A scenario as users written in Python (`flow.py`), for people to read and to change.

What a `flow.py` cannot say stands in it as a comment, and is a finding.
"""

from penstock.exporters.flow.module import write

__all__ = ["write"]
