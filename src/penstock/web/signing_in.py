"""The sign-in page and what stands behind it.

A sign-in form carries a key that the browser also has as a cookie: a page of another site can make a browser send the
form, but can neither read nor set that cookie. Every later form carries the key of its session.
"""

from __future__ import annotations

import secrets
from typing import cast
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from penstock.accounts import credentials
from penstock.errors import NotAllowed, TooManyAttempts, Unauthenticated
from penstock.metrics import numbers
from penstock.services.bundle import Services
from penstock.services.sessions import SignedIn, verify_form

SESSION_COOKIE = "penstock_session"
_FORM_COOKIE = "penstock_form"
_LONGEST = 1000

_templates = Environment(loader=PackageLoader("penstock.web"), autoescape=select_autoescape())
_templates.filters["took"] = numbers.span


def services_of(request: Request) -> Services:
    """Return the services of the application."""
    return cast("Services", request.app.state.services)


async def signed_in(request: Request) -> SignedIn | None:
    """Return whose browser it is; None when nobody is signed in."""
    cookie = request.cookies.get(SESSION_COOKIE)
    return await run_in_threadpool(services_of(request).sessions.signed_in, cookie)


def to_sign_in(request: Request) -> Response:
    """Send the browser to the sign-in page, and back here afterwards."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?next={quote(here, safe='')}", 303)


def page(name: str, status: int = 200, **values: object) -> Response:
    """Return a page made from a template; it may not be framed nor load anything from elsewhere."""
    response = HTMLResponse(_templates.get_template(name).render(**values), status)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def fragment(name: str, **values: object) -> str:
    """Return a part of a page made from a template."""
    return _templates.get_template(name).render(**values)


def problem(status: int, here: SignedIn | None, error: object) -> Response:
    """Return the page that says why there is not what was asked for."""
    return page("problem.html", status, signed_in=here, error=str(error), code=status)


async def show(request: Request) -> Response:
    """Answer GET /sign-in."""
    return _form(request, request.query_params.get("next", "/"))


async def sign_in(request: Request) -> Response:
    """Answer POST /sign-in."""
    async with request.form(max_files=0, max_fields=10) as form:
        given = {key: str(value)[:_LONGEST] for key, value in form.items()}
    following = given.get("next", "/")
    cookie = request.cookies.get(_FORM_COOKIE, "")
    if not cookie or not credentials.shows(given.get("form_key", ""), cookie):
        return _form(request, following, "the page was too old; please try again", 403)
    sessions = services_of(request).sessions
    who = given.get("user", ""), given.get("password", "")
    address = request.client.host if request.client else ""
    try:
        secret = await run_in_threadpool(sessions.sign_in, *who, address)
    except TooManyAttempts as error:
        return _form(request, following, str(error), 429)
    except Unauthenticated as error:
        return _form(request, following, str(error), 401)
    response = RedirectResponse(_inside(following), 303)
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=int(sessions.lasts.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_is_https(request),
    )
    response.delete_cookie(_FORM_COOKIE)
    return response


async def sign_out(request: Request) -> Response:
    """Answer POST /sign-out."""
    here = await signed_in(request)
    if here is not None:
        async with request.form(max_files=0, max_fields=10) as form:
            key = str(form.get("form_key", ""))
        try:
            verify_form(here, key)
        except NotAllowed as error:
            return page("sign_in.html", 403, error=str(error), next="/", form_key="")
        await run_in_threadpool(services_of(request).sessions.sign_out, request.cookies[SESSION_COOKIE])
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(SESSION_COOKIE)
    return response


def _form(request: Request, following: str, error: str = "", status: int = 200) -> Response:
    key = request.cookies.get(_FORM_COOKIE) or secrets.token_urlsafe(32)
    response = page("sign_in.html", status, next=_inside(following), form_key=credentials.masked(key), error=error)
    response.set_cookie(_FORM_COOKIE, key, max_age=3600, httponly=True, samesite="strict", secure=_is_https(request))
    return response


def _is_https(request: Request) -> bool:
    """Whether browsers reach the server over TLS, be it that of a proxy in front of it."""
    return request.url.scheme == "https" or services_of(request).facts.public_url.startswith("https:")


def _inside(target: str) -> str:
    """Return a path of this server; anything else, which could lead people away, is the first page."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    own = not parts.scheme and not parts.netloc and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if own and target.isprintable() else "/"
