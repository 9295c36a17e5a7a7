"""One kept thing and its versions.

All kinds are kept alike: a name, a content (a JSON object, in the words of the format it came in), and a version that
counts the changes. What a content must look like is the matter of the service of its kind.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What it is."""

    SUITE = "suite"
    FLOW = "flow"
    LOAD_TEST = "load-test"
    PLAN = "plan"
    PARAMETER_SET = "parameter-set"
    POOL = "pool"
    LABEL = "label"
    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    DOMAIN = "domain"
    TEST_DROP = "test-drop"
    CLOUD_RUN = "cloud-run"
    TEST_DEFINITION = "test-definition"
    AGENT_GROUP = "agent-group"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class Item:
    """A thing of a team. `parent` is the id of the suite that a flow belongs to; `author` the user who changed it last.

    `deleted` things are kept for the runs that name them, and are not found any more.
    """

    id: str
    team: str
    kind: Kind
    name: str
    content: dict[str, Any]
    created: datetime.datetime
    changed: datetime.datetime
    author: str
    version: int = 1
    parent: str | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class ItemVersion:
    """An item as it was: `version` of it, made by `author` at `at`."""

    item: str
    version: int
    name: str
    author: str
    at: datetime.datetime
    content: dict[str, Any] = field(default_factory=dict)
