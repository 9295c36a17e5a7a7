"""The options that a `flow.py` sets for its run; the command line wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a run. Write `options = Options(...)` at the top of a flow.py; the command line wins.

    Times are strings like `30s` or `2m`, or seconds. Rates are strings like `100` (per second) or `600/m`, or numbers.

    Load: `users`, each doing iterations one after another; or `rate`, iterations started at a rate, whether or not
    earlier ones have finished (`arrivals`: `even` or `poisson`; `max_users`: the limit); or `requests_rate`, requests
    sent by `users`. `ramp_up` is the time from 0 to all users. `phases` describes any load over time:
    `0..50 in 10s, 50 for 1m, 0 in 10s`, of users or, with `arrivals`, of a rate. With a `goal`, users are added and
    removed until a measure is within a range: `p95 in 300ms..500ms with 10..200 users`.

    End: after `duration`, after `iterations` of each user, or after `total_iterations` of all. Without any of them each
    user does one iteration. Results of `warm_up` and `cool_down` are left out.

    Pace: `pacing` is the least time between the starts of a user's iterations. `think` is `on`, `off` or `normal:0.2`.
    `new_users` is the share (0 to 1) of iterations done by a new user, without cookies and connections.

    Verdict: `thresholds` are strings like `p95 < 800ms`. `max_failures` is the share (0 to 1) of iterations that may
    fail. `stop_on_errors` stops a run that fails anyway: by default `90% over 60s`; `off`: never.

    Requests: `base_url` resolves relative URLs. `timeout` is seconds for each request. `cookies` is how long a cookie
    jar lives: `user`, `iteration` or `off`. `http_version` is `auto`, `1.0`, `1.1`, `2` or `2-prior-knowledge`. `proxy`
    is a URL, or `env` for those of the environment; hosts in `no_proxy` bypass it. `client_cert`, `client_key` and
    `ca_file` are PEM files, relative to the flow.py. `resolve` maps host names to addresses. Connections come from
    `source_addresses`, taken in turn by each `connection` or `user` (`source_addresses_by`). `connections` belong to a
    `user`, to an `iteration`, or to a `pool:50`. `dns_lifetime` is how long a resolved address is used. `max_body_size`
    is the longest response body, such as `10MiB` (by default `100MiB`). `network` is the network that users have, by
    name, or several by share: `("3G:30%", "LAN:70%")`.
    """

    users: int | None = None
    rate: str | float | None = None
    arrivals: Literal["even", "poisson"] | None = None
    max_users: int | None = None
    requests_rate: str | float | None = None
    phases: str | None = None
    duration: str | float | None = None
    ramp_up: str | float | None = None
    iterations: int | None = None
    total_iterations: int | None = None
    pacing: str | float | None = None
    warm_up: str | float | None = None
    cool_down: str | float | None = None
    think: str | None = None
    new_users: float | None = None
    goal: str | None = None
    base_url: str | None = None
    thresholds: tuple[str, ...] = ()
    max_failures: float = 0.0
    stop_on_errors: str | None = None
    cookies: Literal["off", "iteration", "user"] = "user"
    timeout: float = 30.0
    http_version: str | None = None
    proxy: str | None = None
    no_proxy: tuple[str, ...] | None = None
    client_cert: str | None = None
    client_key: str | None = None
    ca_file: str | None = None
    resolve: Mapping[str, str] | None = None
    source_addresses: tuple[str, ...] = ()
    source_addresses_by: str | None = None
    connections: str | None = None
    dns_lifetime: str | float | None = None
    max_body_size: str | int | None = None
    network: str | tuple[str, ...] = ()
