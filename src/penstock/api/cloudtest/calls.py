"""One request of a client: who asks, what for, and how the answer is to look."""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.accounts.people import Identity
from penstock.api.cloudtest import forms
from penstock.api.cloudtest.errors import WrongVersion, refusal
from penstock.api.cloudtest.reading import Reader, json_of
from penstock.errors import InvalidInput, PenstockError
from penstock.services.bundle import Services

_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})(-preview(?:\.(\d{1,3}))?)?")
_OLDEST, _NEWEST = (1, 0), (7, 2)
_STUMBLES_OVER_PEOPLE = re.compile(r"\bvsts/0\.1\.|\bazure-devops/5\.0\.")
"""Clients whose own models of people are broken: to these nobody is named."""

_PEOPLE = frozenset({"createdBy", "startedBy", "stoppedBy", "lastModifiedBy", "deletedBy"})
_EVERYWHERE = {"Cache-Control": "no-cache", "Pragma": "no-cache", "Expires": "-1"}


@dataclass(frozen=True, slots=True)
class Call:
    """See above. `query` has lower-case names, `place` the variable parts of the path (in lower case)."""

    services: Services
    who: Identity
    organization: str
    place: dict[str, str]
    query: dict[str, str]
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The address of the organization, without a slash at its end."""
        url = self.services.facts.public_url
        return f"{url}/{self.organization}" if self.organization else url

    @property
    def user_agent(self) -> str:
        """What the client calls itself."""
        return self.headers.get("user-agent", "")

    def read(self, reader: Reader) -> Any:
        """Return the body. Raises `InvalidInput` for what cannot be read so."""
        return reader(json_of(self.body), "")

    def asks(self, name: str) -> bool:
        """Return whether a switch of the query is on."""
        return self.query.get(name, "").lower() in ("true", "1")

    def time(self, name: str) -> datetime.datetime | None:
        """Return a time of the query, in either form that clients write; None where there is none."""
        told = self.query.get(name, "").strip()
        if not told:
            return None
        try:
            found = datetime.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", told.replace(" ", "+")))
        except ValueError:
            raise InvalidInput(f"{name}: {told!r} is no time") from None
        return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)

    def number(self, name: str, default: int) -> int:
        """Return a number of the query that is at least 1."""
        told = self.query.get(name, "").strip()
        if not told:
            return default
        if not told.isascii() or not told.isdigit() or not 1 <= int(told) <= 100_000:
            raise InvalidInput(f"{name}: {told!r} is not a number from 1 to 100000")
        return int(told)

    def person(self, user: str) -> dict[str, str] | None:
        """Return a user of the team as clients know people."""
        if not user:
            return None
        return {"id": user, "displayName": self.services.accounts.name_of(self.who, user)}

    def many(self, values: Sequence[Any]) -> Response:
        """Return the answer that is a collection."""
        if "noarraywrap=true" in self.headers.get("accept", "").lower():
            return self.answer(list(values))
        return self.answer({"count": len(values), "value": list(values)})

    def answer(self, content: Any) -> Response:
        """Return the answer."""
        numbered = "enumsasnumbers=true" in self.headers.get("accept", "").lower()
        nameless = bool(_STUMBLES_OVER_PEOPLE.search(self.user_agent))
        if numbered or nameless:
            content = _reshaped(content, numbered=numbered, nameless=nameless)
        return Response(orjson.dumps(content), media_type="application/json; charset=utf-8")


Handler = Callable[[Call], Response]


def route(method: str, path: str, handler: Handler) -> Route:
    """Return the route of a handler; it is called in a thread."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        response = await run_in_threadpool(_handled, request, body, handler)
        response.headers.update({**_EVERYWHERE, "ActivityId": str(uuid.uuid4())})
        if session := request.headers.get("x-tfs-session"):
            response.headers["X-TFS-Session"] = session[:100]
        return response

    return Route(path, endpoint, methods=[method])


def time_of(time: datetime.datetime | None) -> str | None:
    """Return a time as clients read it."""
    return None if time is None else time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def told(**members: Any) -> dict[str, Any]:
    """Return the members that have a value."""
    return {name: value for name, value in members.items() if value is not None}


def _handled(request: Request, body: bytes, handler: Handler) -> Response:
    services: Services = request.app.state.services
    agent = request.headers.get("user-agent", "")
    try:
        who = services.accounts.identify(request.headers)
        query = {name.lower(): value for name, value in request.query_params.items()}
        _verify_version(query.get("api-version") or _version_in(request.headers.get("accept", "")))
        if any("\0" in told for told in (*query.values(), *request.path_params.values())):
            raise InvalidInput("the address holds a NUL character")
        organization = request.scope.get("path_prefix", "")
        call = Call(services, who, organization, dict(request.path_params), query, body, dict(request.headers))
        return handler(call)
    except PenstockError as error:
        return refusal(error, services.facts.public_url, agent)


def _version_in(accept: str) -> str:
    parts = (part.strip().partition("=") for part in accept.replace(",", ";").split(";"))
    return next((value.strip() for name, _, value in parts if name.strip().lower() == "api-version"), "")


def _verify_version(version: str) -> None:
    """Refuse what is no version, or none that ever was. Where none is named, the newest is meant."""
    if not version:
        return
    match = _VERSION.fullmatch(version)
    if match is None:
        key = "VssInvalidPreviewVersionException" if "preview" in version else "VssVersionOutOfRangeException"
        raise WrongVersion(key, f"api-version: {version!r} is no version; 6.0 is one")
    if not _OLDEST <= (int(match[1]), int(match[2])) <= _NEWEST:
        raise WrongVersion("VssVersionOutOfRangeException", f"api-version: {version!r} is not from 1.0 to 7.2")


def _reshaped(content: Any, *, numbered: bool, nameless: bool) -> Any:
    if isinstance(content, list):
        return [_reshaped(one, numbered=numbered, nameless=nameless) for one in content]
    if not isinstance(content, dict):
        return content
    found = {}
    for name, value in content.items():
        if nameless and name in _PEOPLE:
            continue
        names = forms.NUMBERED.get(name, ())
        if numbered and isinstance(value, str) and value in names:
            found[name] = names.index(value)
        else:
            found[name] = _reshaped(value, numbered=numbered, nameless=nameless)
    return found
