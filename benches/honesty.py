"""Does a client tell the truth about latency when its own script keeps its core busy?

The server answers each request after exactly 5 ms and says what it really took. 50 users whose script computes for
0.3 ms after each response need 15 ms a round, so answers wait in the client's sockets for about 10 ms: a client that
looks at the clock when it gets round to reading reports its own queue as the server's latency.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from benches.judged import run
from benches.measure import CommandFailed
from benches.rounds import say
from benches.tools import Tool
from benches.tools.base import Missing
from benches.trial import Bench
from benches.works import BURN, GET

DELAY_MS = 5
TOLERANCE = 0.2
"""How far from the truth the median may be."""

EXPLANATION = (
    f"The server answers after exactly {DELAY_MS} ms and says itself what it took (its median is the truth below). "
    "Each script computes for a fraction of a millisecond after each response, so that the client's core is always "
    "busy and answers wait to be read."
)


@dataclass(slots=True)
class Answers:
    """What one client reported, and what the server knows, round by round, in seconds."""

    name: str
    burning: bool
    reported_s: list[float] = field(default_factory=list)
    true_s: list[float] = field(default_factory=list)
    busy_share: list[float] = field(default_factory=list)
    missing: str | None = None

    @property
    def error(self) -> float:
        """How far the reported median is from the truth, as a share of it; the median over the rounds."""
        pairs = zip(self.reported_s, self.true_s, strict=True)
        return statistics.median(reported / true - 1 for reported, true in pairs)

    @property
    def honest(self) -> bool:
        """Whether the reported median is within the tolerance."""
        return self.missing is None and abs(self.error) <= TOLERANCE


def compare(
    tools: Sequence[Tool], reference: Tool, bench: Bench, *, rounds: int, users: int, seconds: int
) -> list[Answers]:
    """Ask every burning client, and one that does not burn, for its median; alternating rounds."""
    entrants = [(tool, Answers(tool.name, burning=True)) for tool in tools]
    entrants.append((reference, Answers(f"{reference.name} (no script, not saturated)", burning=False)))
    for number in range(rounds):
        for tool, answers in entrants:
            if answers.missing is None:
                _ask(tool, answers, bench, users, seconds)
                if answers.reported_s:
                    say(
                        f"  round {number + 1}: {answers.name}: p50 {answers.reported_s[-1] * 1e3:.2f} ms, "
                        f"truth {answers.true_s[-1] * 1e3:.2f} ms"
                    )
    return [answers for _, answers in entrants]


def _ask(tool: Tool, answers: Answers, bench: Bench, users: int, seconds: int) -> None:
    try:
        judged = run(tool, BURN if answers.burning else GET, bench, (str(DELAY_MS),), users=users, seconds=seconds)
        counts, truth = judged.counts, judged.truth
        if counts.failed or counts.requests > truth["answered"]:
            raise CommandFailed(f"it counted {counts.successful} successful requests, the server {truth['answered']}")
    except Missing as missing:
        answers.missing = str(missing)
        return
    except (CommandFailed, ValueError, KeyError) as failure:
        answers.missing = f"{type(failure).__name__}: {failure}"
        say(f"  {answers.name}: {answers.missing}")
        return
    answers.reported_s.append(counts.p50_s or 0.0)
    answers.true_s.append(truth["median_s"])
    answers.busy_share.append(judged.cost.cpu_s / judged.cost.wall_s)


def render(all_answers: Sequence[Answers]) -> str:
    """Return the table."""
    lines = [
        "| client | core busy | reported p50 ms | true p50 ms | error | within 20 % |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for answers in all_answers:
        if answers.missing is not None:
            lines.append(f"| {answers.name} | not measured: {answers.missing.replace('|', ' ')} | | | | |")
            continue
        lines.append(
            f"| {answers.name} | {statistics.median(answers.busy_share):.0%} "
            f"| {statistics.median(answers.reported_s) * 1e3:.2f} | {statistics.median(answers.true_s) * 1e3:.2f} "
            f"| {answers.error:+.0%} | {'yes' if answers.honest else 'no'} |"
        )
    return "\n".join(lines) + "\n"
