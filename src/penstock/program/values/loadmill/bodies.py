"""Bodies that should be JSON, and the words for those that are not."""

from __future__ import annotations

import re
from typing import Any

from penstock.program.values.javascript.json_text import parse_json

_HTML = re.compile(r"<[^>]+>")
_LOOKS_LIKE_HTML = (
    "The response body looks like HTML and not JSON. Check if your authentication is configured correctly."
)


class NotJson(ValueError):
    """A body is no JSON; the text says so, with what the parser said."""

    def __init__(self, text: str, error: ValueError) -> None:
        looks_like_html = _HTML.search(text) is not None
        super().__init__(_LOOKS_LIKE_HTML if looks_like_html else f"Response body is not a valid JSON: {error}")


def as_json(text: str) -> Any:
    """Return the value of a text. Raises `NotJson`."""
    try:
        return parse_json(text)
    except ValueError as error:
        raise NotJson(text, error) from None
