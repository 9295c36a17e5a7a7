"""`penstock target`: the built-in sample application, to try tests on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.exits import Exit


def target(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.", metavar="HOST")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", metavar="N", min=0, max=65535)
    ] = 8080,
    workers: Annotated[
        int | None, typer.Option(help="Worker processes (default: half of the cores).", metavar="N", min=1, max=256)
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", help="Certificate (PEM) to serve https.", metavar="FILE")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", help="Key (PEM) of the certificate.", metavar="FILE")
    ] = None,
) -> int:
    """Serve a small shop: login, items, cart, order, a slow page and a flaky one."""
    from penstock import target as application

    application.serve(host, port, workers, tls_cert=tls_cert, tls_key=tls_key)
    return Exit.PASSED
