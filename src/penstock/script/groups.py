"""Steps that are timed together."""

from __future__ import annotations

from types import TracebackType

from penstock.script import binding


class group:  # noqa: N801 — reads as a statement: async with group("checkout")
    """Time the steps inside under one name: `async with group("checkout"):`. Sleeps and waits are left out."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"group: the name must be a str, not {type(name).__name__}")
        self._name = name

    async def __aenter__(self) -> None:
        binding.recorder.enter_group(self._name)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        binding.recorder.exit_group()
