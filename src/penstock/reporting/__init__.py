"""Reports: each a pure function of one `runs.report.Report`."""

from penstock.metrics import numbers

__all__ = ["numbers"]
