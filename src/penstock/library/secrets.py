"""Which members of what teams keep are credentials, and so are never told again and kept encrypted.

What tests hold (their texts, files and rows of data) is not among them: whoever may read a test reads that too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.library.applications import SECRETS
from penstock.library.items import Kind

SECRET_MEMBERS: Mapping[Kind, tuple[str, ...]] = {
    Kind.APPLICATION: (*SECRETS, "headers"),
    Kind.WEBHOOK: ("secret",),
}

HIDDEN = "(hidden)"
"""Stands in answers for a secret; written back it means the one that is kept."""


def without_secrets(kind: Kind, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a content as it may be told."""
    return {**content, **{name: HIDDEN for name in SECRET_MEMBERS.get(kind, ()) if content.get(name)}}


def with_secrets(kind: Kind, content: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return a content that was told, and may have been changed, with the secrets that are kept in their places."""
    back = {name: kept.get(name, "") for name in SECRET_MEMBERS.get(kind, ()) if content.get(name) == HIDDEN}
    return {**content, **back}
