from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from penstock.program.javascript import Function, Result, Sandbox

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One for all tests that do not break it: sharing it is part of what is tested."""
    with Sandbox() as shared:
        yield shared


@pytest.fixture
def run(sandbox: Sandbox) -> Run:
    def run_once(
        source: str,
        variables: Mapping[str, str] | None = None,
        body: bytes | None = None,
        functions: Mapping[str, Function] | None = None,
    ) -> Result:
        return sandbox.compile(source, functions, title="Post Script").run(variables or {}, body)

    return run_once
