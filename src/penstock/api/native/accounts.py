"""Teams, users, tokens, the audit log."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from penstock.accounts.people import Identity, Role, Scope, Team, Token, User
from penstock.api.native.asking import Asked, JsonRoute, Who
from penstock.services.bundle import Services

router = APIRouter(route_class=JsonRoute, tags=["accounts"])


class Caller(BaseModel):
    """Who asks."""

    user: str
    name: str
    team: str
    role: Role
    scopes: list[Scope]

    @staticmethod
    def of(who: Identity) -> Caller:
        """Return the form of an identity."""
        scopes = sorted(who.scopes & who.role.scopes)
        return Caller(user=who.user, name=who.name, team=who.team, role=who.role, scopes=scopes)


class TeamForm(BaseModel):
    """A team."""

    id: str
    name: str
    created: datetime.datetime
    settings: dict[str, Any]

    @staticmethod
    def of(team: Team) -> TeamForm:
        """Return the form of a team."""
        return TeamForm(id=team.id, name=team.name, created=team.created, settings=team.settings)


class UserForm(BaseModel):
    """A user."""

    id: str
    name: str
    role: Role
    created: datetime.datetime
    disabled: bool

    @staticmethod
    def of(user: User) -> UserForm:
        """Return the form of a user."""
        return UserForm(id=user.id, name=user.name, role=user.role, created=user.created, disabled=user.disabled)


class TokenForm(BaseModel):
    """A token, without its secret."""

    id: str
    user: str
    description: str
    prefix: str
    scopes: list[Scope]
    created: datetime.datetime
    expires: datetime.datetime | None
    last_used: datetime.datetime | None
    revoked: datetime.datetime | None

    @staticmethod
    def of(token: Token) -> TokenForm:
        """Return the form of a token."""
        return TokenForm(
            id=token.id,
            user=token.user,
            description=token.description,
            prefix=token.prefix,
            scopes=sorted(token.scopes),
            created=token.created,
            expires=token.expires,
            last_used=token.last_used,
            revoked=token.revoked,
        )


class NewToken(TokenForm):
    """A token with its secret, which is shown this once."""

    token: str


class TokenWish(BaseModel):
    """A token to make; without `scopes` it may do all that you may."""

    description: str = Field(min_length=1, max_length=200)
    scopes: list[Scope] | None = None
    expires: datetime.datetime | None = None


class SignIn(TokenWish):
    """A user with the password, who wants a token."""

    user: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class UserWish(BaseModel):
    """A user to make."""

    name: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=10, max_length=1000)
    role: Role = Role.EDITOR


class UserChange(BaseModel):
    """What is to be different; what is left out stays."""

    role: Role | None = None
    password: str | None = Field(default=None, min_length=10, max_length=1000)
    disabled: bool | None = None


class PasswordChange(BaseModel):
    """Who it is, and the password from now on."""

    user: str = Field(max_length=200)
    password: str = Field(max_length=1000)
    new_password: str = Field(min_length=10, max_length=1000)


class TeamWish(BaseModel):
    """A team to make, with its first admin."""

    name: str = Field(min_length=1, max_length=200)
    admin: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=10, max_length=1000)


class TeamChange(BaseModel):
    """The team's settings, as they shall be: `target_overrides` (origin to origin), and what else you want kept."""

    settings: dict[str, Any] = Field(
        examples=[{"target_overrides": {"https://shop.example.com": "http://10.0.0.5:8080"}}]
    )


class AuditForm(BaseModel):
    """What someone did."""

    number: int
    at: datetime.datetime
    user: str
    token: str | None
    action: str
    subject: str
    detail: dict[str, Any]


@router.get("/me")
def me(who: Who) -> Caller:
    """Say who the token belongs to."""
    return Caller.of(who)


@router.get("/team")
def team(asked: Asked, who: Who) -> TeamForm:
    """Return your team."""
    return TeamForm.of(asked.accounts.team(who))


@router.put("/team")
def change_team(asked: Asked, who: Who, change: TeamChange) -> TeamForm:
    """Replace the settings of your team."""
    return TeamForm.of(asked.accounts.change_team(who, change.settings))


@router.patch("/team")
def merge_team(asked: Asked, who: Who, change: TeamChange) -> TeamForm:
    """Change some settings of your team, as a JSON Merge Patch: null takes one away, what is not named stays."""
    return TeamForm.of(asked.accounts.merge_team(who, change.settings))


@router.post("/teams", status_code=201)
def add_team(asked: Asked, who: Who, wish: TeamWish) -> TeamForm:
    """Make another team with its first admin; for admins of the first team."""
    made, _ = asked.accounts.add_team(who, wish.name, wish.admin, wish.password)
    return TeamForm.of(made)


@router.get("/users")
def users(asked: Asked, who: Who) -> list[UserForm]:
    """Return the users of your team."""
    return [UserForm.of(user) for user in asked.accounts.users(who)]


@router.post("/users", status_code=201)
def add_user(asked: Asked, who: Who, wish: UserWish) -> UserForm:
    """Add a user to your team."""
    return UserForm.of(asked.accounts.add_user(who, wish.name, wish.password, wish.role))


@router.patch("/users/{id}")
def change_user(asked: Asked, who: Who, id: str, change: UserChange) -> UserForm:
    """Change a user's role, password, or whether they are let in."""
    return UserForm.of(
        asked.accounts.change_user(who, id, role=change.role, password=change.password, disabled=change.disabled)
    )


@router.get("/tokens")
def tokens(asked: Asked, who: Who) -> list[TokenForm]:
    """Return your tokens; an admin sees all of the team."""
    return [TokenForm.of(token) for token in asked.accounts.tokens(who)]


@router.post("/tokens", status_code=201)
def add_token(asked: Asked, who: Who, wish: TokenWish) -> NewToken:
    """Make a token; its secret is in this answer only."""
    return _made(asked, who, wish)


@router.post("/sign-in", status_code=201)
def sign_in(request: Request, asked: Asked, wish: SignIn) -> NewToken:
    """Make a token with a user's name and password instead of a token: the first one of a user."""
    return _made(asked, asked.sessions.identify(wish.user, wish.password, _address(request)), wish)


@router.post("/password", status_code=204)
def change_password(request: Request, asked: Asked, wish: PasswordChange) -> None:
    """Change one's own password, with the old one instead of a token; browsers have to sign in again."""
    who = asked.sessions.identify(wish.user, wish.password, _address(request))
    asked.accounts.change_user(who, who.user, password=wish.new_password)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _made(asked: Services, who: Identity, wish: TokenWish) -> NewToken:
    expires = wish.expires
    if expires is not None and expires.tzinfo is None:
        expires = expires.replace(tzinfo=datetime.UTC)
    token, secret = asked.accounts.add_token(who, wish.description, wish.scopes, expires)
    return NewToken(**TokenForm.of(token).model_dump(), token=secret)


@router.delete("/tokens/{id}", status_code=204)
def revoke_token(asked: Asked, who: Who, id: str) -> None:
    """Make a token useless, at once and for ever."""
    asked.accounts.revoke_token(who, id)


@router.get("/audit")
def audit(
    asked: Asked,
    who: Who,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
) -> list[AuditForm]:
    """Return what was done in the team, the newest first; `before` is a number from the list."""
    return [
        AuditForm(
            number=number,
            at=entry.at,
            user=entry.user,
            token=entry.token,
            action=entry.action,
            subject=entry.subject,
            detail=entry.detail,
        )
        for number, entry in asked.accounts.audit(who, limit, before)
    ]
