"""Domains that a team has shown to be its own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from penstock.api.native.asking import Asked, JsonRoute, Who
from penstock.library.items import Item

router = APIRouter(route_class=JsonRoute, tags=["domains"])

DomainId = Annotated[str, Path(max_length=100)]


class DomainForm(BaseModel):
    """A domain. To verify it, serve `path` with the content `token`, or publish the TXT `record`."""

    id: str
    name: str
    verified: bool
    token: str
    path: str
    record: str

    @staticmethod
    def of(item: Item) -> DomainForm:
        """Return the form of a domain."""
        token = str(item.content["token"])
        return DomainForm(
            id=item.id,
            name=item.name,
            verified=bool(item.content["verified"]),
            token=token,
            path=f"/loadmill-challenge/{token}.txt",
            record=f"loadmill-challenge={token}",
        )


class DomainWish(BaseModel):
    """A domain, like `shop.example.com`; all below it belong to it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=300)


@router.get("/domains")
def domains(asked: Asked, who: Who) -> list[DomainForm]:
    """Return the domains of your team."""
    return [DomainForm.of(item) for item in asked.domains.list(who)]


@router.post("/domains", status_code=201)
def add_domain(asked: Asked, who: Who, wish: DomainWish) -> DomainForm:
    """Name a domain, to be verified."""
    return DomainForm.of(asked.domains.add(who, wish.name))


@router.post("/domains/{id}/verification")
def verify_domain(asked: Asked, who: Who, id: DomainId) -> DomainForm:
    """Look whether the domain shows its token."""
    return DomainForm.of(asked.domains.verify(who, id))


@router.delete("/domains/{id}", status_code=204)
def delete_domain(asked: Asked, who: Who, id: DomainId) -> None:
    """Forget a domain."""
    asked.domains.delete(who, id)
