"""The calls of the cloud load test API that a run needs, with the patience of a client that waits for hours."""

from __future__ import annotations

import base64
import html
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx

from penstock.cli.process import Process
from penstock.cli.server.remote import address_of, detail_of
from penstock.errors import InvalidInput, Unavailable

Result = TypeVar("Result")

_VERSION = {"api-version": "6.0"}
_TIMEOUT_S = 60.0
_LONG_TIMEOUT_S = 600.0
"""For the first request for results, which makes them."""

_BLOCK_BYTES = 8 * 1024 * 1024
_PATIENCE_S = 60.0
_PAUSE_S = 1.0
_FULL = 507
_PASSING = (429, 500, 502, 503, 504)
"""Statuses that a later request may not meet."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files of a drop go."""

    drop: str
    url: str
    signature: str

    def of(self, name: str) -> str:
        """Return the address of a file."""
        return f"{self.url}/{quote(name)}{self.signature}"


class CloudService:
    """A client; to be used as a block.

    What does no harm when it is done twice is tried again for a minute where the server does not answer. Raises
    `InvalidInput` with what the server refused, `Unavailable` when it is not there.
    """

    def __init__(self, process: Process, server: str | None, token: str | None) -> None:
        self._address, shown = address_of(process, server, token)
        agent = {"User-Agent": "penstock cloud-run"}
        try:
            self._client = httpx.Client(
                base_url=f"{self._address}/_apis/clt", auth=("", shown), headers=agent, timeout=_TIMEOUT_S
            )
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise InvalidInput(f"server {self._address!r}: write it like http://host:8700") from error
        self._blobs = httpx.Client(headers=agent, timeout=_TIMEOUT_S)  # may be another host: the token is not for it

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()
        self._blobs.close()

    def create_drop(self, sizing: Mapping[str, Any] | None = None) -> Place:
        """Make a place for files; `sizing` says how often a JMeter plan is done."""
        wish = {"dropType": "TestServiceBlobDrop", **({"loadTestDefinition": sizing} if sizing else {})}
        return _place(self._ask("POST", "/testdrops", json=wish).json())

    def keep_urls(self, test: Mapping[str, Any]) -> Place:
        """Keep a test of URLs, which needs no files."""
        wish = {"dropType": "InplaceDrop", "loadTestDefinition": test}
        return _place(self._ask("POST", "/testdrops", json=wish).json())

    def upload(self, place: Place, name: str, content: bytes) -> Place:
        """Put a file into a drop; returns where further ones go, with access that may have been prolonged."""
        try:
            self._put(place, name, content)
        except _Expired:
            place = _place(self._ask("GET", f"/testdrops/{place.drop}").json())
            try:
                self._put(place, name, content)
            except _Expired as refused:
                raise Unavailable(
                    f"{_origin_of(place.url)} refuses access to the drop {place.drop}{refused}; if the clocks of that "
                    "host and of the server differ, set them"
                ) from None
        return place

    def create_run(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Make a run; it does not begin yet."""
        return dict(self._ask("POST", "/testruns", json=wish).json())

    def change(self, run: str, state: str) -> None:
        """Start a run (`queued`) or end it (`aborted`)."""
        self._ask("PATCH", f"/testruns/{run}", json={"state": state})

    def run(self, run: str) -> dict[str, Any]:
        """Return a run."""
        return dict(self._ask("GET", f"/testruns/{run}").json())

    def messages(self, run: str) -> list[dict[str, Any]]:
        """Return what a run has to say, the oldest first."""
        found = self._ask("GET", f"/testruns/{run}/messages").json()["value"]
        newest_last = found[::-1]
        return sorted(newest_last, key=lambda one: str(one["loggedDate"]))

    def samples(self, run: str, since: Mapping[str, int]) -> dict[str, list[dict[str, Any]]]:
        """Return the samples of counters by their id, from the interval `since` of each on."""
        asked = [{"counterInstanceId": id, "fromInterval": first} for id, first in since.items()]
        wish = {"count": len(asked), "value": asked}
        found = self._ask("POST", f"/testruns/{run}/countersamples", json=wish, is_safe=True).json()
        return {one["counterInstanceId"]: one["values"] for one in found["values"]}

    def results_url(self, run: str) -> str | None:
        """Return where the results of a run that is over can be fetched; None where there are none."""
        url = self._ask("GET", f"/testruns/{run}/results", timeout=_LONG_TIMEOUT_S).json().get("resultsUrl")
        return None if url is None else str(url)

    def download(self, url: str, file: IO[bytes]) -> None:
        """Write what is behind an address to a file."""

        def fetch() -> None:
            file.seek(0)
            file.truncate()
            with self._blobs.stream("GET", url) as answer:
                answer.raise_for_status()
                for piece in answer.iter_bytes():
                    file.write(piece)

        self._patiently(fetch, _origin_of(url))

    def _put(self, place: Place, name: str, content: bytes) -> None:
        url = place.of(name)
        if len(content) <= _BLOCK_BYTES:
            self._write(name, url, content, {"x-ms-blob-type": "BlockBlob"})
            return
        blocks = []
        for number, start in enumerate(range(0, len(content), _BLOCK_BYTES)):
            block = base64.b64encode(f"{number:08}".encode()).decode()
            piece = content[start : start + _BLOCK_BYTES]
            self._write(name, f"{url}&comp=block&blockid={quote(block, safe='')}", piece, {})
            blocks.append(block)
        listed = "".join(f"<Latest>{block}</Latest>" for block in blocks)
        self._write(name, f"{url}&comp=blocklist", f"<BlockList>{listed}</BlockList>".encode(), {})

    def _write(self, name: str, url: str, content: bytes, headers: Mapping[str, str]) -> None:
        def write() -> None:
            answer = self._blobs.put(url, content=content, headers=headers)
            if answer.status_code == 403:
                raise _Expired(_told(answer))
            if answer.status_code == _FULL:
                raise Unavailable(f"{name} was not kept by {_origin_of(url)}{_told(answer)}")
            if answer.is_client_error and answer.status_code not in _PASSING:
                raise InvalidInput(f"{name} is refused by {_origin_of(url)} ({answer.status_code}){_told(answer)}")
            answer.raise_for_status()

        self._patiently(write, _origin_of(url))

    def _ask(self, method: str, path: str, *, is_safe: bool | None = None, **options: Any) -> httpx.Response:
        def ask() -> httpx.Response:
            answer = self._client.request(method, path, params=_VERSION, **options)
            if not answer.is_success and answer.status_code not in _PASSING:
                raise InvalidInput(f"the server says {answer.status_code}: {detail_of(answer)}")
            answer.raise_for_status()
            return answer

        if is_safe is None:
            is_safe = method != "POST"  # POST makes something, and must not make two
        return self._patiently(ask, self._address, _PATIENCE_S if is_safe else 0.0)

    @staticmethod
    def _patiently(do: Callable[[], Result], where: str, patience_s: float = _PATIENCE_S) -> Result:
        until = time.monotonic() + patience_s
        while True:
            try:
                return do()
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                refused = isinstance(error, httpx.HTTPStatusError) and error.response.status_code not in _PASSING
                if refused or isinstance(error, httpx.InvalidURL) or time.monotonic() >= until:
                    raise Unavailable(f"{where} does not answer as it should: {_reason(error)}") from error
            time.sleep(_PAUSE_S)


class _Expired(Exception):
    """The access to a drop is over, or none; the text is what the storage says of it."""


def _told(answer: httpx.Response) -> str:
    """Return what a storage says of an error, for the end of a sentence; later lines of it are about the request."""
    found = re.search(r"<Message>([^<\n]+)", answer.text)
    return f": {html.unescape(found[1]).strip().rstrip('.')}" if found else ""


def _origin_of(url: str) -> str:
    """Return where files lie, which may be another host, without the signature that stands behind it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"status {error.response.status_code}"
    return str(error) or type(error).__name__


def _place(drop: Mapping[str, Any]) -> Place:
    access = drop["accessData"]
    return Place(drop["id"], access["dropContainerUrl"], access["sasKey"])
