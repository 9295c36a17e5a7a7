"""Loadmill's REST API, for its command-line client of any version and for scripts: translates, decides nothing."""

from penstock.api.loadmill.application import PATHS, build

__all__ = ["PATHS", "build"]
