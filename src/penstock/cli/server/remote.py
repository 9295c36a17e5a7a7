"""Speaking to a server: `PENSTOCK_SERVER` and `PENSTOCK_TOKEN` say to which, and as whom."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

import httpx
import orjson
import typer

from penstock.cli import sections
from penstock.cli.process import Process
from penstock.errors import InvalidInput, Unavailable

DEFAULT_SERVER = "http://127.0.0.1:8700"
_PATH = "/api/penstock/v1"
_TIMEOUT_S = 60.0

Server = Annotated[
    str | None, sections.server("--server", help="Address of the server; else PENSTOCK_SERVER.", metavar="URL")
]
Token = Annotated[str | None, sections.server("--token", help="API token; else PENSTOCK_TOKEN.", metavar="TOKEN")]
Json = Annotated[bool, typer.Option("--json", help="Print what the server answers, as JSON.")]


class Remote:
    """A client of our own API; to be used as a block."""

    def __init__(self, process: Process, server: str | None, token: str | None, *, needs_token: bool = True) -> None:
        self.process = process
        self._address, shown = address_of(process, server, token, needs_token=needs_token)
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        if urlsplit(self._address).scheme not in ("http", "https"):
            raise InvalidInput(f"server {self._address!r}: write it like http://host:8700")
        try:
            self._client = httpx.Client(base_url=self._address + _PATH, headers=headers, timeout=_TIMEOUT_S)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise InvalidInput(f"server {self._address!r}: write it like http://host:8700") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Return the answer. Raises `InvalidInput` with what the server refused, `Unavailable` when it is not there."""
        try:
            answer = self._client.request(method, path, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable(f"{self._address} does not answer: {error}") from error
        if answer.is_success:
            return answer
        raise InvalidInput(f"the server says {answer.status_code}: {detail_of(answer)}")

    def get(self, path: str, **parameters: Any) -> Any:
        """Return what is at a path; parameters that are None are left out."""
        return self.ask("GET", path, params={k: v for k, v in parameters.items() if v is not None}).json()

    def every(self, path: str, key: str, most: int, **parameters: Any) -> list[Any]:
        """Return the things of a list, page by page, `most` of them at most."""
        found: list[Any] = []
        after = None
        while len(found) < most:
            page = self.get(path, limit=min(200, most - len(found)), after=after, **parameters)
            found += page[key]
            after = page["next"]
            if after is None:
                break
        return found

    def print_id(self, made: dict[str, Any]) -> None:
        """Print the id of a thing on stdout."""
        self.process.stdout.write(f"{made['id']}\n".encode())
        self.process.stdout.flush()

    def print(self, content: Any) -> None:
        """Print JSON on stdout."""
        self.process.stdout.write(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        self.process.stdout.flush()

    def table(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Print rows in columns on stdout."""
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
        for row in rows:
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.process.stdout.write(f"{line.rstrip()}\n".encode())
        self.process.stdout.flush()


def address_of(process: Process, server: str | None, token: str | None, *, needs_token: bool = True) -> tuple[str, str]:
    """Return the address of the server, without a slash at its end, and the token to show to it."""
    address = server or process.environment.get("PENSTOCK_SERVER") or DEFAULT_SERVER
    shown = token or process.environment.get("PENSTOCK_TOKEN") or ""
    if needs_token and not shown:
        raise InvalidInput("a token is needed: --token, or the environment variable PENSTOCK_TOKEN")
    return address.rstrip("/"), shown


def detail_of(answer: httpx.Response) -> str:
    """Return what a server says of why it refused something."""
    try:
        content = answer.json()
    except ValueError:
        return answer.reason_phrase or "no more than that"
    if isinstance(content, dict):
        return str(content.get("detail") or content.get("message") or content)
    return str(content)
