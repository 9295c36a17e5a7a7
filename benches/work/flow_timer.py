"""Starts that have nothing to do: what is left is the timer."""

from penstock.script import User


async def journey(_: User) -> None:
    pass
