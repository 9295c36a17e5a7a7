"""Cookies that a test brings along."""

from __future__ import annotations

from penstock.model import AddCookies
from penstock.program.iteration import Iteration, Operations, Waits
from penstock.script.operations import COOKIES


def compile_cookies(step: AddCookies) -> Waits:
    """Compile cookies as the lines in which the loop takes them (docs/spec/engine-border.md, section 1)."""
    lines = tuple(
        "\t".join(
            (cookie.domain.removeprefix(".").lower(), "domain", cookie.path, "any", "", cookie.name, cookie.value)
        )
        for cookie in step.cookies
    )

    def run(_iteration: Iteration) -> Operations:
        there = yield (COOKIES, None)
        yield (COOKIES, (*there, *lines))
        return None

    return run
