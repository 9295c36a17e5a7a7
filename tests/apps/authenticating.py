"""A server that wants to know who asks: Basic, or Digest as RFC 7616 has it."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence

from tests.apps.http import Answer, Request
from tests.apps.server import Server, answering

HASHES = {"MD5": hashlib.md5, "MD5-sess": hashlib.md5, "SHA-256": hashlib.sha256, "SHA-256-sess": hashlib.sha256}
_PARAMETER = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')


class Authenticating(Server):
    """Answers 200 to `user` with `password`, 401 to others; `statuses` are those it gave.

    `schemes` is what it offers. A nonce is good for `uses` requests; then it is stale.
    """

    def __init__(
        self,
        *schemes: str,
        user: str = "Mufasa",
        password: str = "Circle of Life",
        algorithms: Sequence[str] = ("MD5",),
        quality: str | None = "auth",
        uses: int = 1000,
    ) -> None:
        super().__init__(answering(self._answer))
        self.statuses: list[int] = []
        self.counts: list[int] = []
        self._schemes = schemes
        self._user, self._password = user, password
        self._algorithms, self._quality, self._uses = algorithms, quality, uses
        self._nonces = 0
        self._used: dict[str, int] = {}

    def _answer(self, request: Request) -> Answer:
        refusal = self._refusal(request)
        self.statuses.append(200 if refusal is None else 401)
        if refusal is None:
            return Answer(body=b"welcome")
        return Answer(401, tuple(("WWW-Authenticate", offer) for offer in refusal), b"who are you?")

    def _refusal(self, request: Request) -> list[str] | None:
        given = request.header("authorization") or ""
        scheme, _, rest = given.partition(" ")
        if scheme == "Basic" and "Basic" in self._schemes:
            expected = b64encode(f"{self._user}:{self._password}".encode()).decode()
            return None if rest == expected else self._offers()
        if scheme == "Digest" and "Digest" in self._schemes:
            said = {name: quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
            if said.get("nonce") not in self._used:
                return self._offers()
            if said["response"] != self._response(request, said):
                return self._offers()
            if self._quality is not None:
                count = int(said["nc"], 16)
                self.counts.append(count)
                assert count == self._used[said["nonce"]] + 1, "a nonce count that was used before"
            self._used[said["nonce"]] += 1
            return None if self._used[said["nonce"]] <= self._uses else self._offers(stale=True)
        return self._offers()

    def _response(self, request: Request, said: dict[str, str]) -> str:
        make = HASHES[said.get("algorithm", "MD5")]

        def hashed(text: str) -> str:
            return make(text.encode()).hexdigest()

        assert said["uri"] == request.target
        first = hashed(f"{self._user}:{said['realm']}:{self._password}")
        if said.get("algorithm", "").endswith("-sess"):
            first = hashed(f"{first}:{said['nonce']}:{said['cnonce']}")
        second = hashed(f"{request.method}:{request.target}")
        if self._quality is None:
            return hashed(f"{first}:{said['nonce']}:{second}")
        return hashed(f"{first}:{said['nonce']}:{said['nc']}:{said['cnonce']}:{said['qop']}:{second}")

    def _offers(self, *, stale: bool = False) -> list[str]:
        offers = []
        for scheme in self._schemes:
            if scheme == "Basic":
                offers.append('Basic realm="a b", charset="UTF-8"')
            elif scheme == "Digest":
                for algorithm in self._algorithms:
                    self._nonces += 1
                    nonce = f"n{self._nonces}=="
                    self._used[nonce] = 0
                    quality = "" if self._quality is None else f', qop="{self._quality}"'
                    old = ", stale=true" if stale else ""
                    offers.append(
                        f'Digest realm="a, b", nonce="{nonce}", opaque="o", algorithm={algorithm}{quality}{old}'
                    )
            else:
                offers.append(scheme)
        return offers
