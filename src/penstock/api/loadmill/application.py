"""The application as a whole, mounted under both prefixes that clients use."""

from __future__ import annotations

from fastapi import FastAPI

from penstock.api.loadmill import library, load_tests, plan_runs, reports, suite_runs, trials
from penstock.api.loadmill.errors import RESPONSES, install
from penstock.services.bundle import Services

PATHS = ("/api/v1", "/api")
"""The documented prefix, and the one that the vendor's own client calls; both mean the same."""


def build(services: Services) -> FastAPI:
    """Return the application; it is mounted at each of `PATHS`."""
    app = FastAPI(
        title="Penstock: the Loadmill API",
        version=services.facts.version,
        description="What clients and scripts of Loadmill call.",
        responses=RESPONSES,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.services = services
    install(app)
    for part in (trials, load_tests, suite_runs, plan_runs, library, reports):
        app.include_router(part.router)
    return app
