"""Applications under test, whose counters are read beside load runs."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel

from penstock.api.native.asking import Asked, JsonRoute, Who
from penstock.library.applications import ApplicationContent
from penstock.services.team_applications import KeptApplication

router = APIRouter(route_class=JsonRoute, tags=["applications"])

ApplicationId = Annotated[str, Path(max_length=100)]


class ApplicationForm(BaseModel):
    """An application. `content` is as it was said, without secrets: `secrets` names those that are set.

    Of `headers` the names are told.
    """

    id: str
    name: str
    kind: str
    changed: datetime.datetime
    content: dict[str, Any]
    secrets: list[str]

    @staticmethod
    def of(kept: KeptApplication) -> ApplicationForm:
        """Return the form of an application."""
        return ApplicationForm(
            id=kept.item.id,
            name=kept.item.name,
            kind=kept.application.kind,
            changed=kept.item.changed,
            content=kept.content,
            secrets=list(kept.secrets),
        )


class ReadingForm(BaseModel):
    """What one reading gave: values by the names that thresholds ask for, and what is wrong by counter.

    Under the empty name stands what is wrong with all of them.
    """

    values: dict[str, float]
    problems: dict[str, str]


@router.get("/applications")
def applications(asked: Asked, who: Who) -> list[ApplicationForm]:
    """Return the applications of your team."""
    return [ApplicationForm.of(one) for one in asked.applications.list(who)]


@router.post("/applications", status_code=201)
def add_application(asked: Asked, who: Who, wish: ApplicationContent) -> ApplicationForm:
    """Keep an application; load runs read its counters from then on."""
    return ApplicationForm.of(asked.applications.add(who, wish.model_dump(exclude_unset=True)))


@router.get("/applications/{id}")
def application(asked: Asked, who: Who, id: ApplicationId) -> ApplicationForm:
    """Return an application."""
    return ApplicationForm.of(asked.applications.get(who, id))


@router.put("/applications/{id}")
def change_application(asked: Asked, who: Who, id: ApplicationId, wish: ApplicationContent) -> ApplicationForm:
    """Say an application anew. Secrets that are left out stay, as long as it is at the same server."""
    return ApplicationForm.of(asked.applications.change(who, id, wish.model_dump(exclude_unset=True)))


@router.delete("/applications/{id}", status_code=204)
def delete_application(asked: Asked, who: Who, id: ApplicationId) -> None:
    """Forget an application."""
    asked.applications.delete(who, id)


@router.post("/applications/{id}/reading")
def read_application(asked: Asked, who: Who, id: ApplicationId) -> ReadingForm:
    """Read its counters once, to see that a run could."""
    taken = asked.applications.read(who, id)
    return ReadingForm(values=dict(taken.values), problems=dict(taken.problems))
