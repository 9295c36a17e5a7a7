"""What a `flow.py` says about its run; the command line overrides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Put `options = Options(...)` at the top of a flow.py.

    Times are texts like `30s` or `2m`, or seconds; rates texts like `100` (a second) or `600/m`, or numbers.
    `thresholds` are texts like `p95 < 800ms`; `max_failures` the share (0 to 1) of failed iterations allowed.

    How much load is either `users`, each doing iterations one after the other; or `rate`, iterations started whatever
    becomes of them (`arrivals`: `even` or `poisson`; `max_users`: the limit); or `requests_rate` over `users`. `phases`
    says it over time: `0..50 in 10s, 50 for 1m, 0 in 10s` (with `arrivals` as a rate).

    It ends with `duration`, after `iterations` of each user, or after `total_iterations` of all. `pacing` is the least
    time between the starts of a user's iterations. Results of `warm_up` and `cool_down` are left out. `think` is `on`,
    `off` or `normal:0.2`; `new_users` the share of iterations done by someone without cookies and connections.

    With a `goal`, users come and go until a measure lies in a range: `p95 in 300ms..500ms with 10..200 users`.
    `stop_on_errors` ends a run that fails anyway: `90% over 60s` unless said, or `off`.

    How requests travel: `http_version` (`auto`, `1.0`, `1.1`, `2`, `2-prior-knowledge`), `proxy` (a URL, or `env`) and
    the hosts of `no_proxy`, `client_cert` and `client_key` and `ca_file` (PEM files beside the flow.py), `resolve`
    (addresses by host name), `source_addresses`, `source_addresses_by` (`connection`, `user`),
    `connections` (`user`, `iteration`, `pool:50`), `dns_lifetime`, `max_body_size` (the longest body
    that a response may have, `100MiB` unless said).

    `network` is the line that users have, by name, or several by share: `("3G:30%", "LAN:70%")`.
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
