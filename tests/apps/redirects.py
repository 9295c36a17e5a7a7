"""Redirects of every kind."""

from __future__ import annotations

from tests.apps.http import Answer, Request
from tests.apps.recorder import Recorder


class Redirects(Recorder):
    """`/<n>` redirects to `/<n-1>` and so on to `/0`, which answers 200; recorded like all requests.

    `?status=307` says which redirect, `?absolute=1` makes the locations absolute, `/loop` leads to itself,
    `/away?to=<url>` to any place, `/nowhere` has no location.
    """

    def __init__(self) -> None:
        super().__init__(self._redirect)

    def _redirect(self, request: Request) -> Answer:
        query = dict(request.query)
        status = int(query.get("status", "302"))
        place = request.path.removeprefix("/")
        if place == "0":
            return Answer.json({"method": request.method, "body": request.body.decode("latin-1")})
        if place == "nowhere":
            return Answer(status)
        if place == "away":
            return Answer(status, (("Location", query["to"]),))
        if place != "loop" and not place.isdecimal():
            return Answer(404)
        following = place if place == "loop" else str(int(place) - 1)
        rest = request.target.partition("?")[2]
        base = self.url if query.get("absolute") else ""
        return Answer(status, (("Location", f"{base}/{following}{'?' if rest else ''}{rest}"),))
