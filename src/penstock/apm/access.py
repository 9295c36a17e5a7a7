"""Asking a monitoring system over HTTP: credentials, closed addresses, one more try, answers of a bounded size."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from penstock.outside.pinning import Closed, MayReach, PinnedTransport
from penstock.ports.counters import Access

_LARGEST_BYTES = 4 * 1024 * 1024
_TRIES = 2
_PAUSE_S = 0.2
_SHOWN = 300


class Unreadable(Exception):
    """The source gave no answer that could be used; the text says why, without credentials.

    `of_source`: nothing else can be read from it either.
    """

    def __init__(self, text: str, *, of_source: bool = False) -> None:
        super().__init__(text)
        self.of_source = of_source


class Refused(Unreadable):
    """The credentials were refused."""

    def __init__(self, text: str) -> None:
        super().__init__(text, of_source=True)


class _Passing(Unreadable):
    """Something that may be over at the next try."""


class Door:
    """Asks one monitoring system. Without `may_reach` every address may be connected to."""

    def __init__(self, access: Access, may_reach: MayReach | None) -> None:
        self._access = access
        self._may_reach = may_reach
        self._client: httpx.AsyncClient | None = None

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        sent: Mapping[str, str] | None = None,
        **body: Any,
    ) -> tuple[int, Any]:
        """Return the status and the JSON of an answer; `sent` are headers, `body` is what httpx calls it.

        Raises `Unreadable` for what is no JSON, and where there is no answer.
        """
        timeout_s = self._access.timeout_s
        for tried in range(1, _TRIES + 1):
            try:
                return await asyncio.wait_for(self._once(method, path, params, sent or {}, body), timeout_s)
            except (_Passing, TimeoutError) as error:
                if tried == _TRIES:
                    said = str(error) or f"{self._place} does not answer within {timeout_s:g} s"
                    raise Unreadable(said, of_source=True) from error
            await asyncio.sleep(_PAUSE_S)
        raise AssertionError("every way out of the loop is taken")

    async def close(self) -> None:
        """Let go of connections."""
        if self._client is not None:
            await self._client.aclose()

    @property
    def _place(self) -> str:
        parts = urlsplit(self._access.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    async def _once(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        sent: Mapping[str, str],
        body: Mapping[str, Any],
    ) -> tuple[int, Any]:
        url = httpx.URL(self._access.url.rstrip("/") + path)
        headers = {**sent, **dict(self._access.headers)}
        client = self._opened()
        try:
            async with client.stream(method, url, params=params, headers=headers, **body) as answer:
                content = b""
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > _LARGEST_BYTES:
                        raise Unreadable(f"{self._place}: the answer is larger than {_LARGEST_BYTES:,} bytes")
        except Closed as error:
            raise Unreadable(
                f"{self._place}: {error}; its operator can open them for counters (counter_hosts)", of_source=True
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ssl.SSLError, OSError) as error:
            raise _Passing(f"{self._place} does not answer: {error or type(error).__name__}") from error
        return answer.status_code, self._decoded(answer, content)

    def _decoded(self, answer: httpx.Response, content: bytes) -> Any:
        status = answer.status_code
        if status in (401, 403):
            raise Refused(f"{self._place} refuses the credentials ({status}){_described(content)}")
        if answer.is_redirect:
            where = answer.headers.get("location", "elsewhere")[:_SHOWN]
            raise Unreadable(f"{self._place} sends to {where} ({status}): give that address", of_source=True)
        if status == 429 or status >= 500:
            raise _Passing(f"{self._place} answers {status}{_told(content)}")
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise Unreadable(f"{self._place} answers {status} with what is no JSON: is the address right?") from error

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            access = self._access
            context = ssl.create_default_context()
            if access.authorities:
                context.load_verify_locations(cadata=access.authorities)
            headers = {"Accept": "application/json", "User-Agent": "penstock"}
            if access.bearer:
                headers["Authorization"] = f"Bearer {access.bearer}"
            self._client = httpx.AsyncClient(
                auth=httpx.BasicAuth(access.user, access.password) if access.user else None,
                headers=headers,
                transport=PinnedTransport(self._may_reach, context),  # a door is to one host
                timeout=access.timeout_s,
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


def _described(content: bytes) -> str:
    """Return what an OAuth 2.0 server says of a refusal, in its first line."""
    with contextlib.suppress(orjson.JSONDecodeError):
        told = orjson.loads(content)
        if isinstance(told, dict) and isinstance(text := told.get("error_description"), str) and text.strip():
            return f": {text.splitlines()[0][:_SHOWN]}"
    return ""


def _told(content: bytes) -> str:
    """Return what an answer of an error says, if it is short text."""
    text = " ".join(content[:_SHOWN].decode("utf-8", "replace").split())
    return f": {text}" if text and not text.startswith("<") else ""
