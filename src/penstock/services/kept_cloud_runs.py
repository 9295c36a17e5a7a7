"""A run of a cloud load test as it is kept: created first, launched later."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from penstock.library.items import Item
from penstock.runs.stored import StoredRun

Progress = Literal["created", "refused", "cancelled", "launched"]
TestKind = Literal["visual-studio", "jmeter"]


@dataclass(frozen=True, slots=True)
class CloudRun:
    """One such run. `number` counts the team's; `load` is what its file says of the load, as far as that is known.

    `refusal` says why it could not begin, with `findings`; `run` is the execution once it was launched. `said` is the
    caller's own, kept as it came. `queued`, `ended` are times (of the end: only of runs that never began), `by` are ids
    of users. `deleted` is when its files were.
    """

    id: str
    number: int
    name: str
    drop: str
    created: datetime.datetime
    changed: datetime.datetime
    created_by: str
    progress: Progress = "created"
    description: str = ""
    kind: TestKind = "visual-studio"
    load: Mapping[str, float] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)
    queued: datetime.datetime | None = None
    queued_by: str = ""
    ended: datetime.datetime | None = None
    stopped_by: str = ""
    refusal: str = ""
    findings: tuple[Mapping[str, Any], ...] = ()
    run: StoredRun | None = None
    deleted: datetime.datetime | None = None

    @property
    def commands(self) -> dict[str, str]:
        """The commands that the caller wants to be done before and after the load."""
        said = self.said.get("testSettings", {})
        asked = {"set_up": said.get("setupCommand", ""), "clean_up": said.get("cleanupCommand", "")}
        return {kind: command.strip() for kind, command in asked.items() if command.strip()}


def cloud_run_of(item: Item, run: StoredRun | None) -> CloudRun:
    """Return the run that an item keeps, with its execution."""
    content = item.content
    return CloudRun(
        id=item.id,
        number=content["number"],
        name=content["name"],
        drop=content["drop"],
        created=item.created,
        changed=item.changed,
        created_by=content["created_by"],
        progress=content["progress"],
        description=content["description"],
        kind=content["kind"],
        load=content["load"],
        said=content["said"],
        queued=_time(content.get("queued")),
        queued_by=content.get("queued_by", ""),
        ended=_time(content.get("ended")),
        stopped_by=content.get("stopped_by", ""),
        refusal=content.get("refusal", ""),
        findings=tuple(content.get("findings", ())),
        run=run,
        deleted=_time(content.get("deleted_at")),
    )


def _time(told: str | None) -> datetime.datetime | None:
    return None if told is None else datetime.datetime.fromisoformat(told)
