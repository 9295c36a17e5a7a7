"""The list of runs, and a run: its report under a bar that leads on, and a button that stops it."""

from __future__ import annotations

import datetime
from functools import partial
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from penstock.errors import Conflict, NotAllowed, NotFound
from penstock.runs.state import RunState
from penstock.runs.stored import RunKind, StoredRun
from penstock.services.access import Page
from penstock.services.bundle import Services
from penstock.services.sessions import SignedIn, verify_form
from penstock.web import signing_in

_SHOWN = 50
_REFRESH = {"Refresh": "5"}
"""Lets a browser load the page of a run that goes on again, every so many seconds, without a script."""

_DOWNLOADS = {"html": "text/html", "json": "application/json", "junit": "application/xml"}


async def show_list(request: Request) -> Response:
    """Answer GET /: the newest runs, of one kind or state where the query says so."""
    here = await signing_in.signed_in(request)
    if here is None:
        return signing_in.to_sign_in(request)
    services, query = signing_in.services_of(request), request.query_params
    kind = RunKind(query["kind"]) if query.get("kind") in set(RunKind) else None
    state = RunState(query["state"]) if query.get("state") in set(RunState) else None
    page = Page(_SHOWN + 1, _after(query.get("after", "")))
    states = () if state is None else (state,)
    runs = await run_in_threadpool(partial(services.runs.list, here.who, page, kind=kind, states=states))
    older = ""
    if len(runs) > _SHOWN:
        runs = runs[:_SHOWN]
        last = {"after": f"{runs[-1].run.created.isoformat()} {runs[-1].id}"}
        older = "/?" + urlencode({**{key: query[key] for key in ("kind", "state") if query.get(key)}, **last})
    return signing_in.page(
        "home.html",
        signed_in=here,
        facts=services.facts,
        runs=runs,
        kinds=list(RunKind),
        states=[each for each in RunState if each is not RunState.CREATED],
        kind=kind,
        state=state,
        older=older,
        is_first="after" not in query,
    )


async def show(request: Request) -> Response:
    """Answer GET /runs/ID: the report of a run; of a plan, the runs of its suites."""
    here = await signing_in.signed_in(request)
    if here is None:
        return signing_in.to_sign_in(request)
    services, id_ = signing_in.services_of(request), request.path_params["id"]
    try:
        run = await run_in_threadpool(services.runs.get, here.who, id_)
        again = {} if run.state.final else _REFRESH
        if run.kind is not RunKind.PLAN and run.started is not None:
            content = await run_in_threadpool(services.results.rendered, here.who, id_, "html")
            before = await run_in_threadpool(_before, services, here, run)
            bar = signing_in.fragment("bar.html", signed_in=here, run=run, before=before)
            whole = content.replace(b"<body>", b"<body>\n" + bar.encode(), 1)
            return HTMLResponse(whole, headers={"Cache-Control": "no-store", "X-Frame-Options": "DENY", **again})
        parts = await run_in_threadpool(partial(services.runs.list, here.who, Page(100), parent=id_))
    except NotFound as error:
        return signing_in.problem(404, here, error)
    response = signing_in.page("run.html", signed_in=here, run=run, runs=parts)
    response.headers.update(again)
    return response


async def download(request: Request) -> Response:
    """Answer GET /runs/ID/report/FORM: the report as a file, as `penstock runs download` writes it."""
    here = await signing_in.signed_in(request)
    if here is None:
        return signing_in.to_sign_in(request)
    id_, form = request.path_params["id"], request.path_params["form"]
    if form not in _DOWNLOADS:
        return signing_in.problem(404, here, f"there is no report of the form {form!r}; known are html, json and junit")
    try:
        content = await run_in_threadpool(signing_in.services_of(request).results.rendered, here.who, id_, form)
    except (NotFound, Conflict) as error:
        return signing_in.problem(404, here, error)
    ending = "xml" if form == "junit" else form
    headers = {"Content-Disposition": f'attachment; filename="run-{id_}.{ending}"', "Cache-Control": "no-store"}
    return Response(content, media_type=_DOWNLOADS[form], headers=headers)


async def stop(request: Request) -> Response:
    """Answer POST /runs/ID/stop. A run that is over stays as it is, so that a second click does no harm."""
    here = await signing_in.signed_in(request)
    id_ = request.path_params["id"]
    if here is None:
        return RedirectResponse(f"/sign-in?next=/runs/{id_}", 303)
    async with request.form(max_files=0, max_fields=10) as form:
        key = str(form.get("form_key", ""))
    try:
        verify_form(here, key)
        await run_in_threadpool(signing_in.services_of(request).runs.stop, here.who, id_)
    except NotAllowed as error:
        return signing_in.problem(403, here, error)
    except NotFound as error:
        return signing_in.problem(404, here, error)
    return RedirectResponse(f"/runs/{id_}", 303)


def _before(services: Services, here: SignedIn, run: StoredRun) -> StoredRun | None:
    """Return the run of the same kept load test before this one."""
    if run.test is None or run.kind is not RunKind.LOAD:
        return None
    page = Page(1, (run.run.created, run.id))
    found = services.runs.list(here.who, page, kind=RunKind.LOAD, test=run.test, states=ENDED)
    return found[0] if found else None


ENDED = (RunState.PASSED, RunState.FAILED, RunState.STOPPED, RunState.ERROR)


def _after(text: str) -> tuple[datetime.datetime, str] | None:
    """Read where the page before ended; what is no such place is the beginning of the list."""
    when, _, id_ = text.partition(" ")
    try:
        time = datetime.datetime.fromisoformat(when)
    except ValueError:
        return None
    return (time, id_) if time.tzinfo is not None and id_ else None
