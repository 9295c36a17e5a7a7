"""The application as a whole."""

from __future__ import annotations

from fastapi import FastAPI

from penstock.api.native import accounts, applications, domains, library, results, runs, suites
from penstock.api.native.errors import PROBLEMS, install
from penstock.services.bundle import Services

PATH = "/api/penstock/v1"


def build(services: Services) -> FastAPI:
    """Return the application; it is mounted at `PATH`."""
    app = FastAPI(
        title="Penstock",
        version=services.facts.version,
        description="Tests, runs and results of a Penstock server.",
        responses=PROBLEMS,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.services = services

    @app.get("/", include_in_schema=False)
    def start() -> dict[str, str]:
        """Say what is here, to people who follow a link and to programs alike."""
        return {"name": "Penstock", "version": services.facts.version, "openapi": f"{PATH}/openapi.json"}

    install(app)
    for part in (accounts, runs, results, suites, domains, applications, library):
        app.include_router(part.router)
    return app
