"""Penstock: load testing and API testing that runs the tests you already have."""

from __future__ import annotations

__version__ = "0.1.0"
