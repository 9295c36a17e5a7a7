"""JMESPath expressions, compiled once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jmespath


@lru_cache(maxsize=1000)
def compile_jmespath(source: str) -> Callable[[Any], Any]:
    """Return what searches a document; raises `ValueError` for what is no expression."""
    try:
        compiled = jmespath.compile(source)
    except jmespath.exceptions.JMESPathError as error:
        raise ValueError(f"{source!r} is no JMESPath: {str(error).splitlines()[0]}") from None
    search: Callable[[Any], Any] = compiled.search
    return search
