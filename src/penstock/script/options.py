"""The options that a `flow.py` sets for its run; the command line wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

_WHOLE = ("users", "max_users", "iterations", "total_iterations")
_NUMBERS = ("new_users", "max_failures", "timeout")
_AMOUNTS = ("rate", "requests_rate", "duration", "ramp_up", "pacing", "warm_up", "cool_down", "dns_lifetime")
_TEXTS: tuple[str, ...] = (
    "arrivals",
    "phases",
    "think",
    "goal",
    "base_url",
    "stop_on_errors",
    "cookies",
    "http_version",
    "proxy",
)
_TEXTS += ("client_cert", "client_key", "ca_file", "source_addresses_by", "connections")
_SEVERAL = ("thresholds", "no_proxy", "source_addresses")


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

    def __post_init__(self) -> None:
        """Raise `TypeError` or `ValueError` for what is of another kind than it must be: at the line that says it."""
        for name in _WHOLE:
            self._must(name, "a whole number", _is_whole)
        for name in _NUMBERS:
            self._must(name, "a number", _is_number)
        for name in _AMOUNTS:
            self._must(name, "a text or a number", lambda given: isinstance(given, str) or _is_number(given))
        for name in _TEXTS:
            self._must(name, "a text", lambda given: isinstance(given, str))
        for name in _SEVERAL:
            self._must(name, "a tuple of texts, like ('...',)", _is_texts)
        self._must("network", "a text or a tuple of texts", lambda given: isinstance(given, str) or _is_texts(given))
        self._must("resolve", "a dict of addresses by host name", _is_texts_by_text)
        if self.timeout <= 0:
            raise ValueError(f"Options(timeout={self.timeout!r}): give seconds, more than 0")

    def _must(self, name: str, be: str, holds: Callable[[Any], bool]) -> None:
        given = getattr(self, name)
        if given is None and self.__dataclass_fields__[name].default is None:
            return
        if not holds(given):
            raise TypeError(f"Options({name}={repr(given)[:60]}): give {be}")


def _is_whole(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and isfinite(given)


def _is_texts(given: object) -> bool:
    return isinstance(given, list | tuple) and all(isinstance(one, str) for one in given)


def _is_texts_by_text(given: object) -> bool:
    return isinstance(given, Mapping) and _is_texts([*given.keys(), *given.values()])
