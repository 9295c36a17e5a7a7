"""The pages as one application."""

from __future__ import annotations

from functools import partial

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from penstock.accounts.people import Identity
from penstock.errors import NotAllowed, NotFound, PenstockError, Unavailable
from penstock.services.access import Page
from penstock.services.bundle import Services
from penstock.web import comparing, run_pages, signing_in

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b5cad"/>'
    '<path d="M3 4h4v5a2 2 0 0 0 2 2h4" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round"/></svg>'
)

_LINKS = (
    "/app/test/{id}",
    "/app/functional/{id}",
    "/app/api-tests/test-plan-runs/{id}",
    "/app/api-tests/test-suite-runs/{id}",
    "/app/api-tests/test-suite-runs/{id}/flows/{flow}",
)
"""What clients of Loadmill print: a run, or a load test, which is run once."""


def build(services: Services) -> Starlette:
    """Return the application; it is mounted at the root, behind all faces."""
    app = Starlette(
        routes=[
            Route("/", run_pages.show_list),
            Route("/runs/{id}", run_pages.show),
            Route("/runs/{id}/report/{form}", run_pages.download),
            Route("/runs/{id}/stop", run_pages.stop, methods=["POST"]),
            Route("/compare", comparing.compare),
            Route("/tests/{id}", comparing.trend),
            *(Route(path, _linked) for path in _LINKS),
            Route("/sign-in", signing_in.show, methods=["GET"]),
            Route("/sign-in", signing_in.sign_in, methods=["POST"]),
            Route("/sign-out", signing_in.sign_out, methods=["POST"]),
            Route("/favicon.svg", _icon),
            Route("/favicon.ico", _icon),
        ],
        exception_handlers={PenstockError: _refused, 404: _nowhere, 413: _too_large, 500: _broken},
    )
    app.state.services = services
    return app


async def _linked(request: Request) -> Response:
    """Lead from the links that clients of Loadmill print to the run that they mean."""
    here = await signing_in.signed_in(request)
    if here is None:
        return signing_in.to_sign_in(request)
    services, id_ = signing_in.services_of(request), request.path_params["id"]
    try:
        run = await run_in_threadpool(services.runs.get, here.who, id_)
        place = await run_in_threadpool(_place_of, services, here.who, run.id, request.path_params.get("flow"))
        return RedirectResponse(f"/runs/{run.id}{place}", 303)
    except NotFound:
        runs = await run_in_threadpool(partial(services.runs.list, here.who, Page(1), test=id_))
    if runs:
        return RedirectResponse(f"/runs/{runs[0].id}", 303)
    error = f"there is no run {id_}, and nothing of that id was run yet"
    return signing_in.problem(404, here, error)


def _place_of(services: Services, who: Identity, run: str, flow_run: str | None) -> str:
    """Return where in the report of a suite run a flow is; nothing for one that is not there."""
    if flow_run is None:
        return ""
    attempts = services.runs.flow_runs(who, run)
    flows = list(dict.fromkeys((one.position, one.row) for one in attempts))  # as the report has them
    found = next((flows.index((one.position, one.row)) for one in attempts if one.id == flow_run), None)
    return "" if found is None else f"#flow-{found + 1}"


async def _icon(_request: Request) -> Response:
    return Response(_ICON, media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})


async def _nowhere(request: Request, _error: Exception) -> Response:
    here = await signing_in.signed_in(request)
    error = "There is no page at this address; the link may be old, or mistyped."
    return signing_in.problem(404, here, error)


async def _refused(_request: Request, error: Exception) -> Response:
    statuses = ((NotAllowed, 403), (NotFound, 404), (Unavailable, 503))
    status = next((status for kind, status in statuses if isinstance(error, kind)), 400)
    return signing_in.problem(status, None, error)


async def _too_large(_request: Request, _error: Exception) -> Response:
    return signing_in.problem(413, None, "What was sent is larger than this server takes.")


async def _broken(_request: Request, _error: Exception) -> Response:
    error = "The server made a mistake, and its log says which. Loading the page again may help."
    return signing_in.problem(500, None, error)
