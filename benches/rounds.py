"""Alternating rounds: every client once a round, the order moved on by one each time."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from benches.measure import CommandFailed
from benches.tools import Tool
from benches.tools.base import Missing
from benches.trial import Bench, Trial, attempt
from benches.works import Job


def say(text: str) -> None:
    """Tell the person who waits."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


@dataclass(slots=True)
class Record:
    """All that one client did in one comparison. `kept` is one trial a round: the cleaner of at most two."""

    tool: Tool
    startup_s: float | None = None
    kept: dict[int, Trial] = field(default_factory=dict)
    clean_runs: int = 0
    all_runs: int = 0
    missing: str | None = None

    @property
    def counted(self) -> dict[int, Trial]:
        """The trials that medians are taken over: the clean ones, or all when none is clean."""
        clean = {number: trial for number, trial in self.kept.items() if trial.clean}
        return clean or self.kept

    def median(self, value: Callable[[Trial], float]) -> float:
        """Return the median of a number over the counted trials."""
        return statistics.median(value(trial) for trial in self.counted.values())

    def running_us(self, trial: Trial) -> float:
        """Return microseconds of CPU a credited request, without what the start of this client costs."""
        return max(0.0, trial.cost.cpu_s - (self.startup_s or 0.0)) / max(trial.credited, 1) * 1e6

    def ratio(
        self, base: Record, value: Callable[[Trial], float], base_value: Callable[[Trial], float] | None = None
    ) -> float | None:
        """Return the median of this client's number over the base's of the same round; None without common rounds."""
        of_base = base_value or value
        pairs = [(trial, base.counted[number]) for number, trial in self.counted.items() if number in base.counted]
        if not pairs:
            pairs = [(trial, base.kept[number]) for number, trial in self.kept.items() if number in base.kept]
        return statistics.median(value(ours) / of_base(theirs) for ours, theirs in pairs) if pairs else None

    @property
    def disagreements(self) -> list[str]:
        """Where the client's counts do not match the server's, over all kept trials."""
        return [text for trial in self.kept.values() if (text := trial.disagreement)]


def compare(
    jobs: Sequence[tuple[Tool, Job]], bench: Bench, *, rounds: int, rounds_of: Callable[[Tool], int] | None = None
) -> list[Record]:
    """Run every (client, job) once a round, alternating; a client with fewer rounds of its own takes the first ones."""
    pairs = [(Record(tool), job) for tool, job in jobs]
    for record, job in pairs:
        _prepare(record, job, bench)
    for number in range(rounds):
        shift = number % len(pairs)
        for record, job in pairs[shift:] + pairs[:shift]:
            if record.missing is None and number < (rounds_of(record.tool) if rounds_of else rounds):
                _take_turn(record, job, number, bench)
    return [record for record, _ in pairs]


def _prepare(record: Record, job: Job, bench: Bench) -> None:
    """Find out whether the client is there, and what its start costs: the least of two runs."""
    try:
        record.tool.version()
        once = replace(job, once=True)
        trials = [trial for _ in range(2) if (trial := attempt(record.tool, once, bench))]
        record.startup_s = min((trial.cost.cpu_s for trial in trials), default=None)
    except Missing as missing:
        record.missing = str(missing)
    except CommandFailed as failure:
        record.missing = f"failed at its start: {failure}"


def _take_turn(record: Record, job: Job, number: int, bench: Bench) -> None:
    for retry in (False, True):
        try:
            trial = attempt(record.tool, job, bench)
        except (CommandFailed, ValueError, KeyError) as failure:
            record.missing = f"failed in round {number + 1}: {type(failure).__name__}: {failure}"
            say(f"  {record.tool.name}: {record.missing}")
            return
        if trial is None:
            record.missing = "cannot express this"
            return
        if trial.credited == 0:
            record.missing = f"no request succeeded in round {number + 1}: {trial.disagreement or 'none was counted'}"
            say(f"  {record.tool.name}: {record.missing}")
            return
        record.all_runs += 1
        record.clean_runs += trial.clean
        before = record.kept.get(number)
        if before is None or trial.cost.foreign_cores < before.cost.foreign_cores:
            record.kept[number] = trial
        noise = f", foreign CPU {trial.cost.foreign_cores:.2f} cores" if not trial.clean else ""
        say(
            f"  round {number + 1}: {record.tool.name}: {trial.requests_per_s:,.0f}/s, {trial.cpu_us:.1f} µs{noise}"
            + (f" [{trial.disagreement}]" if trial.disagreement else "")
        )
        if trial.clean or retry:
            return
