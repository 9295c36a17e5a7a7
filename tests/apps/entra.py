"""A stand-in for the token endpoint of Microsoft Entra: client credentials, in the form it documents.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow describes it and its errors.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from tests.apps.http import Answer, Request
from tests.apps.recorder import Recorder

TENANT = "11111111-2222-4333-8444-555555555555"
CLIENT = "99999999-8888-4777-8666-555555555555"
SECRET = "tiger~of~the~tenant"


class Entra(Recorder):
    """Gives numbered tokens, each for `lasts_s` seconds; `tokens` are those that it gave."""

    def __init__(self, lasts_s: int = 3599) -> None:
        super().__init__(self._told)
        self.lasts_s = lasts_s
        self.tokens: list[str] = []

    def _told(self, request: Request) -> Answer:
        if request.path != f"/{TENANT}/oauth2/v2.0/token":
            return _refused(400, "invalid_request", "AADSTS90002: Tenant 'x' not found. Check to make sure.")
        asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if asked["grant_type"] != "client_credentials":
            return _refused(400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.")
        if not asked["scope"].endswith("/.default"):
            return _refused(400, "invalid_scope", "AADSTS70011: The provided value for 'scope' is not valid.")
        if (asked["client_id"], asked["client_secret"]) != (CLIENT, SECRET):
            return _refused(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1")
        self.tokens.append(f"token-{len(self.tokens)}")
        return Answer.json({"token_type": "Bearer", "expires_in": self.lasts_s, "access_token": self.tokens[-1]})


def _refused(status: int, error: str, description: str) -> Answer:
    return Answer.json({"error": error, "error_description": description, "error_codes": [1]}, status)
