"""Counters of the server under test, the same in every report: a line a counter and instance, with its samples."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.metrics.own import COUNTER, MICRO, OwnMetric
from penstock.metrics.points import CounterPoint
from penstock.runs.report import Report


@dataclass(frozen=True, slots=True)
class Line:
    """A counter of an application, or an instance of one, over the measured part of a run.

    `points` are (second, seconds, samples in it), those of a warm-up and cool-down included.
    """

    application: str
    kind: str
    counter: str
    instance: str
    unit: str
    count: int
    last: float
    least: float
    average: float
    most: float
    points: tuple[tuple[int, int, CounterPoint], ...]

    @property
    def name(self) -> str:
        """The name that thresholds ask for."""
        return "/".join(filter(None, (self.application, self.counter, self.instance)))


def lines(report: Report) -> tuple[Line, ...]:
    """Return the counters that were read of the run's applications, in the order in which they were asked for."""
    own = {
        name.removeprefix(COUNTER): one for name, one in report.summary.snapshot.own.items() if name.startswith(COUNTER)
    }
    found: list[tuple[int, Line]] = []
    for application in report.applications:
        places = {counter: place for place, counter in enumerate(application.counters)}
        of_application: list[tuple[int, Line]] = []
        for name, one in sorted(own.items()):
            counter = application.counter(name)
            if counter is None:
                continue
            points = tuple(
                (point.second, point.seconds, point.counters[name]) for point in report.points if name in point.counters
            )
            line = Line(
                application=application.name,
                kind=application.kind,
                counter=counter.name,
                instance=name.removeprefix(f"{application.name}/{counter.name}").removeprefix("/"),
                unit=counter.unit,
                count=one.count,
                last=one.last_micro / MICRO,
                least=one.least_micro / MICRO,
                average=one.average,
                most=one.most_micro / MICRO,
                points=points,
            )
            of_application.append((places[counter], line))
        found += sorted(of_application, key=lambda each: each[0])
    return tuple(line for _, line in found)


def others(report: Report) -> dict[str, OwnMetric]:
    """Return what a test measured itself, with counters of no application: those are told for themselves."""
    told = {COUNTER + line.name for line in lines(report)}
    return {name: own for name, own in report.summary.snapshot.own.items() if name not in told}
