"""Failed exchanges kept whole, a few a run, so that a report can show what went wrong and not only how often."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MOST_SAMPLES = 50
"""How many samples a sum of snapshots keeps."""

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SentRequest:
    """What was sent. `url` is the last hop's, `original_url` the first one's where redirects lie between."""

    method: str
    url: str
    original_url: str | None = None
    headers: Headers = ()
    body: str | None = None


@dataclass(frozen=True, slots=True)
class ReceivedResponse:
    """What came back; the body may be cut."""

    status: int
    reason: str = ""
    headers: Headers = ()
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One failed exchange: the first of its (series, kind of error, message).

    `kind` and `name` are those of the series, `source` the agent that saw it. `request` is None where the failure
    had none (an iteration that broke), `response` where no response arrived.
    """

    kind: str
    name: str
    error_kind: str
    message: str
    second: int
    source: str
    request: SentRequest | None = None
    response: ReceivedResponse | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What is kept once."""
        return (self.kind, self.name, self.error_kind, self.message)


def earliest(samples: Iterable[Sample], most: int = MOST_SAMPLES) -> tuple[Sample, ...]:
    """Return the first sample of each key, the `most` earliest of them, in order.

    Taking the least of a total order, first by key and then over all, gives the same result however the samples
    are split up before: a sample that one part drops has enough earlier ones of other keys in that part.
    """
    first: dict[tuple[str, str, str, str], Sample] = {}
    for sample in samples:
        known = first.get(sample.key)
        if known is None or _order(sample) < _order(known):
            first[sample.key] = sample
    return tuple(sorted(first.values(), key=_order)[:most])


def _order(sample: Sample) -> tuple[object, ...]:
    # one agent has one sample of a key a second; the content only settles what should not happen, in one way
    return (sample.second, sample.source, *sample.key, repr((sample.request, sample.response)))
