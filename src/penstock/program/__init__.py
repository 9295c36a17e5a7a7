"""From a scenario, or a user's own file, to coroutine functions that any loop can step."""

from penstock.program.journeys import CompiledJourney, Journeys, compile  # noqa: A004 — it is what is done here
from penstock.program.pyfile import LoadedFlow

__all__ = ["CompiledJourney", "Journeys", "LoadedFlow", "compile"]
