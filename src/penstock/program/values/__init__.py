"""Values while load runs: expressions, extraction and judgement, each in the dialect of the scenario's source."""

from penstock.program.values.dialect import (
    Dialect,
    EvaluationFailed,
    ExtractionFailed,
    Reply,
    RunFacts,
    Variables,
)

__all__ = ["Dialect", "EvaluationFailed", "ExtractionFailed", "Reply", "RunFacts", "Variables", "open_dialect"]


def open_dialect(name: str) -> Dialect:
    """Return the dialect that `Scenario.dialect` names.

    Raises `LookupError` for a name that the model does not know.
    """
    if name == "loadmill":
        # Here and not on top: a run pays only for the libraries of the dialect that it speaks.
        from penstock.program.values.loadmill import LoadmillDialect

        return LoadmillDialect()
    raise LookupError(f"no dialect {name!r}")
