"""How many users do what: loads whose counts are the same however fast the machine is.

Users who have a number of iterations to do have all the time they need for it. Of a rate every start finds a free
user, and a phase without load behind it gives the last ones room. Who is behind by how much is left out.
"""

from __future__ import annotations

from hypothesis import strategies as st

from penstock.model import BrowserHeader, BrowserProfile, Load, NetworkProfile, Phase, Population, Share
from tests.engine.generated.values import Drawn, mostly, tuples

AMPLE_S = 30.0
ROOM = Phase(0, 0, AMPLE_S)


@st.composite
def crowds(draw: st.DrawFn, most: int) -> Load:
    """Return a closed model: users come at once, by steps or along a ramp."""
    users = draw(st.integers(1, most))
    first = draw(st.integers(1, users))
    ramp, step, late = Phase(0, users, 0.02), Phase(first, first, 0.01), Phase(0, 0, 0.01)
    begin = draw(st.sampled_from([(), (ramp,), (step,), (late, Phase(first, users, 0.01))]))
    return Load(
        (*begin, Phase(users, users, AMPLE_S)),
        iterations_per_user=draw(st.integers(1, 2)),
        pause_s=draw(mostly(st.just(0.0), st.just(0.001))),
        thinks=draw(st.sampled_from(["on", "on", "off", "normal"])),
        new_users=draw(mostly(st.just(0.0), st.just(1.0))),
        grace_s=AMPLE_S,
    )


@st.composite
def arrivals(draw: st.DrawFn) -> Load:
    """Return an open model: so many starts a second."""
    rate = draw(st.sampled_from([50.0, 100.0]))
    shape = draw(st.sampled_from([(Phase(rate, rate, 0.06),), (Phase(0, rate, 0.1),), (Phase(rate, 0, 0.1),)]))
    return Load(
        (*shape, ROOM),
        model="arrivals",
        max_users=20,
        iterations_total=draw(mostly(st.none(), st.integers(1, 3))),
        thinks=draw(st.sampled_from(["on", "off"])),
        grace_s=AMPLE_S,
    )


@st.composite
def request_rates(draw: st.DrawFn) -> Load:
    """Return so many requests a second over some users."""
    rate = draw(st.sampled_from([200.0, 400.0]))
    return Load(
        (Phase(rate, rate, AMPLE_S),),
        model="requests",
        max_users=draw(st.integers(1, 2)),
        iterations_per_user=draw(st.integers(1, 2)),
        grace_s=AMPLE_S,
    )


@st.composite
def totals(draw: st.DrawFn) -> Load:
    """Return users who share a number of iterations."""
    users = draw(st.integers(1, 3))
    return Load((Phase(users, users, AMPLE_S),), iterations_total=draw(st.integers(1, 4)), grace_s=AMPLE_S)


browsers: Drawn[tuple[BrowserProfile, ...]] = st.sampled_from(
    [
        (),
        (BrowserProfile("ie", 1, (BrowserHeader("X-One", "browser"), BrowserHeader("x-two", "b")), 2),),
        (BrowserProfile("never", 0, (BrowserHeader("X-One", "never"),)), BrowserProfile("plain", 3)),
    ]
)
networks: Drawn[tuple[NetworkProfile, ...]] = mostly(
    st.just(()),
    st.just(
        (NetworkProfile("near", 2, latency_ms=1), NetworkProfile("far", 1, down_kbps=8000, up_kbps=8000, latency_ms=2))
    ),
)


def is_shared(load: Load) -> bool:
    """Return whether it is chance which user does an iteration: then nothing may depend on it."""
    return load.model == "arrivals" or load.iterations_total is not None


@st.composite
def populations(
    draw: st.DrawFn, name: str, names: tuple[str, ...], once: tuple[str, ...], *, is_alone: bool
) -> Population:
    """Return a population of the journeys of these names; one that `is_alone` has one user at a time."""
    load = draw(crowds(1) if is_alone else crowds(3) | arrivals() | request_rates() | totals())
    hooks = st.none() | st.sampled_from(once) if once else st.none()
    rules = ["tests"] if is_shared(load) else ["users", "sequential", *(["tests"] if is_alone else [])]
    weights = tuples(st.sampled_from([1.0, 3.0]), len(names), len(names))
    return Population(
        name,
        load,
        tuple(Share(one, weight) for one, weight in zip(names, draw(weights), strict=True)),
        draw(st.sampled_from(rules)),
        # Which users there are is chance, too, and each would do it once.
        on_start=None if is_shared(load) else draw(hooks),
        on_stop=None if is_shared(load) else draw(hooks),
        browsers=draw(browsers),
        networks=draw(networks),
    )
