"""The pages as one application."""

from __future__ import annotations

from functools import partial

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from penstock.errors import NotFound
from penstock.runs.stored import RunKind
from penstock.services.access import Page
from penstock.services.bundle import Services
from penstock.web import signing_in

_SHOWN = 50


def build(services: Services) -> Starlette:
    """Return the application; it is mounted at the root, behind all faces."""
    app = Starlette(
        routes=[
            Route("/", _home),
            Route("/runs/{id}", _run),
            Route("/sign-in", signing_in.show, methods=["GET"]),
            Route("/sign-in", signing_in.sign_in, methods=["POST"]),
            Route("/sign-out", signing_in.sign_out, methods=["POST"]),
        ]
    )
    app.state.services = services
    return app


async def _home(request: Request) -> Response:
    here = await signing_in.signed_in(request)
    if here is None:
        return signing_in.to_sign_in(request)
    services = signing_in.services_of(request)
    runs = await run_in_threadpool(services.runs.list, here.who, Page(_SHOWN))
    return signing_in.page("home.html", signed_in=here, facts=services.facts, runs=runs)


async def _run(request: Request) -> Response:
    """Show the report of a run; of a plan, the runs of its suites."""
    here = await signing_in.signed_in(request)
    if here is None:
        return signing_in.to_sign_in(request)
    services, id_ = signing_in.services_of(request), request.path_params["id"]
    try:
        run = await run_in_threadpool(services.runs.get, here.who, id_)
        if run.kind is not RunKind.PLAN and run.started is not None:
            content = await run_in_threadpool(services.results.rendered, here.who, id_, "html")
            return HTMLResponse(content, headers={"Cache-Control": "no-store", "X-Frame-Options": "DENY"})
        parts = await run_in_threadpool(partial(services.runs.list, here.who, Page(_SHOWN), parent=id_))
    except NotFound as error:
        return signing_in.page("problem.html", 404, signed_in=here, error=str(error))
    return signing_in.page("run.html", signed_in=here, run=run, runs=parts)
