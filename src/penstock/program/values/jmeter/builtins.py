"""Variables that are there without being set; names that begin with `#` are known to importers only."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import lru_cache

from penstock.program.values.dialect import Reply, RunFacts, Variables, Who

LAST_SAMPLE_OK = "JMeterThread.last_sample_ok"

_RUN: dict[str, Callable[[RunFacts], str]] = {
    "#machineName": lambda facts: facts.machine,
    "#machineIP": lambda facts: _address(facts.machine),
}
_USER: dict[str, Callable[[Who, int], str]] = {
    "#threadNum": lambda who, apart: str(who.index // apart + 1),
    "#iteration": lambda who, _apart: str(who.iteration + 1),
}
NO_RESPONSE_CODE = "Non HTTP response code: java.io.IOException"
"""What scripts and assertions see as code where no response came."""

_RESPONSE: dict[str, Callable[[Reply], str]] = {
    "#body": lambda reply: reply.text,
    "#code": lambda reply: code(reply),
    "#message": lambda reply: reply.reason,
    "#headers": lambda reply: header_lines(reply),
    "#url": lambda reply: reply.url,
    "#time": lambda reply: str(round(reply.elapsed_s * 1000)),
    LAST_SAMPLE_OK: lambda reply: "true" if 200 <= reply.status < 400 else "false",  # until it is judged
}

REQUEST = "#request"
"""What was sent, as the field `Request Data` of a Response Assertion shows it."""


def code(reply: Reply) -> str:
    """Return the status as text."""
    return str(reply.status) if reply.status else NO_RESPONSE_CODE


def header_lines(reply: Reply) -> str:
    """Return the status line and the headers, a line each, with their names in the usual spelling: `Content-Type`."""
    lines = [f"HTTP/1.1 {reply.status} {reply.reason}".rstrip()] if reply.status else []
    lines += [f"{_spelling(name)}: {value}" for name, value in reply.headers.items()]
    return "".join([f"{line}\n" for line in lines])


_UNUSUAL = {"etag": "ETag", "www-authenticate": "WWW-Authenticate", "x-xss-protection": "X-XSS-Protection"}


@lru_cache(maxsize=1000)
def _spelling(name: str) -> str:
    return _UNUSUAL.get(name) or "-".join(word[:1].upper() + word[1:] for word in name.split("-"))


def _address(machine: str) -> str:
    try:
        return socket.gethostbyname(machine)
    except OSError:
        return "127.0.0.1"


def run_variables(names: frozenset[str]) -> Callable[[RunFacts], Variables] | None:
    """Return what gives those about the run."""
    chosen = {name: compute for name, compute in _RUN.items() if name in names}
    return (lambda facts: {name: compute(facts) for name, compute in chosen.items()}) if chosen else None


def user_variables(names: frozenset[str], apart: Callable[[], int]) -> Callable[[Variables, Who], None] | None:
    """Return what sets those about the user; `apart` gives `RunFacts.users_apart` once the run is known."""
    chosen = {name: compute for name, compute in _USER.items() if name in names}
    if not chosen:
        return None
    return lambda variables, who: variables.update({name: compute(who, apart()) for name, compute in chosen.items()})


def request_variables(names: frozenset[str]) -> Callable[[Variables, str, str, str], None] | None:
    """Return what keeps what a request sent."""
    if REQUEST not in names:
        return None

    def write(variables: Variables, method: str, url: str, body: str) -> None:
        sent = f"\n{method} data:\n{body}\n" if body else ""
        variables[REQUEST] = f"{method} {url}\n{sent}" if method else ""

    return write


def response_variables(names: frozenset[str]) -> Callable[[Variables, Reply], None] | None:
    """Return what sets those about a response."""
    chosen = {name: compute for name, compute in _RESPONSE.items() if name in names}
    if not chosen:
        return None
    return lambda variables, reply: variables.update({name: compute(reply) for name, compute in chosen.items()})


def outcome_variables() -> Callable[[Variables, bool], None]:
    """Return what keeps whether the last request passed; conditions may ask for it by a name put together."""

    def write(variables: Variables, passed: bool) -> None:
        variables[LAST_SAMPLE_OK] = "true" if passed else "false"

    return write
