"""Thread groups as journeys and populations, and which of them wait for others.

A setUp group is over before the others begin, a tearDown group begins when they are over, and where the plan runs its
groups consecutively each waits for the one before. All users are there from the start of the run; those of a later
stage wait, before the first thing they do, until every user of the stage before has gone.
"""

from __future__ import annotations

from dataclasses import replace

from penstock.importers.jmeter import groups
from penstock.importers.jmeter.controllers.kinds import KINDS, SAMPLERS
from penstock.importers.jmeter.controllers.walk import Walk
from penstock.importers.jmeter.cookies import Life, brought, life_of, managers_of
from penstock.importers.jmeter.expressions import assign, call
from penstock.importers.jmeter.groups import Group
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.scopes import Scope
from penstock.importers.jmeter.variables import UserDefined
from penstock.importers.jmeter.work import Work
from penstock.model import Branch, Journey, Leave, Load, Loop, Origin, Phase, Population, Share, Step, Test, Think
from penstock.model.limits import LONGEST_S

_LOOK_AGAIN_S = 0.05
_FOR_EVER = 1_000_000_000


class Journeys:
    """Gathers the thread groups of a plan. `lives` are how long the cookies of each live."""

    def __init__(self, work: Work, own: UserDefined) -> None:
        self._work = work
        self._own = own
        self._level = [node for node in work.plan.enabled() if node.kind not in groups.KINDS and node.kind not in KINDS]
        self._groups: list[Group] = []
        self._journeys: list[Journey] = []
        self.populations: list[Population] = []
        self.lives: list[Life] = []
        self.reconnects = False

    def add(self, node: Node) -> None:
        """Add a thread group; one without threads is left out."""
        work = self._work
        group = groups.compile_group(node, work)
        if group is None:
            return
        name = _unique(node.name or node.kind, [journey.name for journey in self._journeys])
        work.group = work.texts.group_name = name
        managers = managers_of(node, self._level)
        walk = Walk(work, KINDS, SAMPLERS, group.on_error, group.order)
        body = walk.inside(node, Scope(), self._level)
        cookies = brought(managers, work)
        first = (Branch(Test(call("first", "#cookies")), cookies, (), node.origin),) if cookies else ()
        life = life_of(managers, group, work)
        steps = (*self._own.steps(), *(cookies if life == "iteration" else first), *body)
        if not body:
            if not work.findings.errors():
                work.findings.note("nothing-to-do", "the thread group does nothing; it is left out", node.origin)
            return
        self._groups.append(group)
        self._journeys.append(
            Journey(
                name,
                steps,
                node.origin,
                goes_on_after_failures=True,
                data=tuple(walk.data),
                keeps_variables=not group.is_new_each_time,
            )
        )
        self.lives.append(life)
        self.reconnects = self.reconnects or not group.is_same_user
        self.populations.append(Population(name, group.load, (Share(name),)))

    def finished(self) -> tuple[tuple[Journey, ...], tuple[Population, ...]]:
        """Return all journeys and populations, those of stages that wait for others with what they wait for."""
        one_by_one = self._work.plan.flag("TestPlan.serialize_threadgroups")
        keys = [
            (group.order, place if one_by_one and not group.order else 0) for place, group in enumerate(self._groups)
        ]
        order = sorted(set(keys))
        if len(order) < 2:
            return tuple(self._journeys), tuple(self.populations)
        stages = [order.index(key) for key in keys]
        all_here_s = [
            max(_all_here_s(group) for group, place in zip(self._groups, stages, strict=True) if place == stage)
            for stage in range(len(order))
        ]
        begins_s = self._begins(stages)
        journeys: list[Journey] = []
        ends: list[Journey] = []
        populations: list[Population] = []
        for place, stage in enumerate(stages):
            journey, population, group = self._journeys[place], self.populations[place], self._groups[place]
            tears_down = group.order > 0 and self._work.plan.flag("TestPlan.tearDown_on_shutdown")
            stays_after = "0" if tears_down else ""
            waits = _waiting(stage, all_here_s, journey.origin, stays_after, counts=not group.is_new_each_time)
            given = len(self._own.steps())
            journeys.append(replace(journey, steps=(*journey.steps[:given], *waits, *journey.steps[given:])))
            load = _later(population.load, begins_s[stage])
            is_beside = bool(group.order) and not all(each.order for each in self._groups)
            population = replace(population, is_beside=is_beside)
            if stage + 1 < len(order) and not group.is_new_each_time:
                gone = assign("#gone", call("gone", str(stage)), journey.origin)
                end = Journey(f"{journey.name} (end)", (gone,), journey.origin)
                ends.append(end)
                populations.append(replace(population, load=load, on_stop=end.name))
            else:
                populations.append(replace(population, load=load))
        return (*journeys, *ends), tuple(populations)

    def _begins(self, stages: list[int]) -> list[float]:
        """Return the seconds after which the load of each stage begins, as far as it is known how long others last."""
        begins = [0.0]
        for stage in range(max(stages)):
            loads = [one.load for one, place in zip(self.populations, stages, strict=True) if place == stage]
            timed = all(load.duration_s < LONGEST_S - 1 for load in loads)
            begins.append(begins[-1] + (max(load.duration_s for load in loads) if timed else 0.0))
            later = [one for one, place in zip(self.populations, stages, strict=True) if place == stage + 1]
            if not timed and any(one.load.iterations_per_user is None for one in later):
                message = "the time of a thread group that waits for others counts from the start of the run"
                self._work.findings.warn("waits", message, self._work.plan.origin)
        return begins


def _later(load: Load, begins_s: float) -> Load:
    if not begins_s:
        return load
    last = load.phases[-1]
    if load.duration_s + begins_s > LONGEST_S:  # without an end of its own
        last = replace(last, duration_s=max(1.0, last.duration_s - begins_s))
    return replace(load, phases=(Phase(0, 0, begins_s), *load.phases[:-1], last))


def _waiting(
    stage: int, all_here_s: list[float], origin: Origin, stays_after: str, *, counts: bool
) -> tuple[Step, ...]:
    """Return what a user does first: say that it is there, and wait until the stages before are over."""
    here: tuple[Step, ...] = (assign("#here", call("here", str(stage)), origin),) if counts else ()
    wait: tuple[Step, ...] = ()
    if stage:
        table = ",".join(f"{seconds:g}" for seconds in all_here_s[:stage])
        test = Test(call("is_over", table), negate=True)
        leave = Leave("user", origin, Test(call("may_stay", stays_after), negate=True))
        wait = (Loop((Think(_LOOK_AGAIN_S, 0.0, origin),), _FOR_EVER, origin, test), leave)
    return (Branch(Test(call("first", "#stage")), (*here, *wait), (), origin),)


def _all_here_s(group: Group) -> float:
    """Return the seconds after which all users of a group are there, by its own clock."""
    load = group.load
    if group.is_new_each_time:
        return load.duration_s
    seconds, reached, full_s = 0.0, 0.0, 0.0
    for phase in load.phases:
        if max(phase.start, phase.end) > reached:
            reached = max(phase.start, phase.end)
            full_s = seconds + phase.duration_s if phase.end > phase.start else seconds
        seconds += phase.duration_s
    return full_s


def _unique(name: str, taken: list[str]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    return unique
