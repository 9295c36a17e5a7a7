"""Tokens of Microsoft Entra for an application that signs in with an id and a secret (OAuth 2.0 client credentials).

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow describes request and answer.
"""

from __future__ import annotations

import asyncio
import time
from urllib.parse import quote, urlsplit

from penstock.apm.access import Door, Unreadable
from penstock.ports.counters import Access

_EARLY_S = 120.0
"""How long before its end a token is not used any more: it must last for what is asked with it."""


class ClientCredentials:
    """Signs in and keeps the token until shortly before its end. `door` leads to `access.authority`."""

    def __init__(self, door: Door, access: Access) -> None:
        self._door = door
        self._path = f"/{quote(access.tenant, safe='')}/oauth2/v2.0/token"
        place = urlsplit(access.url)
        self._asked = {
            "grant_type": "client_credentials",
            "client_id": access.client_id,
            "client_secret": access.client_secret,
            "scope": access.scope or f"{place.scheme}://{place.netloc}/.default",
        }
        self._token = ""
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """Return a token that is valid now. Raises `Unreadable` where there is none, without the secret."""
        if not self._asked["client_secret"]:
            raise Unreadable("has a client_id and no client_secret: give it", of_source=True)
        async with self._lock:  # the counters of an application are read at the same time
            if time.monotonic() >= self._until:
                await self._sign_in()
            return self._token

    def forget(self, token: str) -> None:
        """Ask for another token the next time: this one was refused."""
        if token == self._token:
            self._until = 0.0

    async def close(self) -> None:
        """Let go of connections."""
        await self._door.close()

    async def _sign_in(self) -> None:
        try:
            status, answer = await self._door.ask("POST", self._path, data=self._asked)
        except Unreadable as error:
            raise Unreadable(self._without_secret(str(error)), of_source=True) from None
        told = answer if isinstance(answer, dict) else {}
        if status != 200 and "error" in told:
            said = str(told.get("error_description") or told["error"]).splitlines()[0]
            raise Unreadable(f"sign-in is refused: {self._without_secret(said)}", of_source=True)
        token, lasts_s = told.get("access_token"), told.get("expires_in")
        if status != 200 or not isinstance(token, str) or not token or not token.isascii():
            raise Unreadable(
                f"the answer ({status}) to the sign-in is not that of Microsoft Entra: is the authority right?",
                of_source=True,
            )
        try:
            lasts = float(lasts_s)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            lasts = 0.0
        self._token, self._until = token, time.monotonic() + lasts - _EARLY_S

    def _without_secret(self, said: str) -> str:
        """Return what an authority said, which may repeat what it was asked."""
        return said.replace(self._asked["client_secret"], "(hidden)")
