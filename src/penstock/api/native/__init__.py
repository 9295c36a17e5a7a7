"""Our own API, /api/penstock/v1: what our pages and our command line speak."""

from penstock.api.native.application import build

__all__ = ["build"]
