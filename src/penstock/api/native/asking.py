"""Who asks, and which services answer: what every route depends on."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from penstock.accounts.people import Identity
from penstock.services.bundle import Services

_documented = HTTPBearer(auto_error=False, description="An API token. Basic with the token as user works as well.")


def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


def _who(request: Request, _shown: Annotated[object, Depends(_documented)]) -> Identity:
    return _services(request).accounts.identify(request.headers)


Asked = Annotated[Services, Depends(_services)]
Who = Annotated[Identity, Depends(_who)]
