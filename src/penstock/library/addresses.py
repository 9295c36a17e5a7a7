"""Addresses of the web that teams keep for the server to ask."""

from __future__ import annotations

from urllib.parse import urlsplit


def verified_address(text: str) -> str:
    """Return an address that can be asked. Raises `ValueError` for what is none."""
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or not text.isprintable() or any(sign.isspace() for sign in text):
        raise ValueError("is no address that can be asked; write it like https://host:8443/path")
    return text
