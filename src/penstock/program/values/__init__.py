"""Values while load runs: expressions, extraction and judgement, each in the dialect of the scenario's source."""

from penstock.program.values.dialect import (
    Dialect,
    EvaluationFailed,
    ExtractionFailed,
    Reply,
    RunFacts,
    Variables,
    Who,
)

__all__ = ["Dialect", "EvaluationFailed", "ExtractionFailed", "Reply", "RunFacts", "Variables", "Who"]
