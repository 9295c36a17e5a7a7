"""What a browser is shown when the server itself is at fault."""

from __future__ import annotations

import asyncio
from typing import cast

import httpx

from penstock.services.bundle import Services
from penstock.web import pages


def test_a_mistake_of_the_server_is_told_as_a_page() -> None:
    answer = asyncio.run(first_page(cast("Services", None)))
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert "Something went wrong" in answer.text
    assert "NoneType" not in answer.text


async def first_page(services: Services) -> httpx.Response:
    transport = httpx.ASGITransport(pages.build(services), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://penstock.test") as browser:
        return await browser.get("/")
