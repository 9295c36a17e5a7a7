"""The border between a journey and the loop under it: the tuples a coroutine hands over.

A journey is a coroutine. What it awaits here is a generator that yields one tuple, the *operation*, and is
resumed with its result. Any loop can run it: the native one, or the plain double of the tests. The layouts
are fixed by docs/spec/engine-border.md; the first element says which operation it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from typing import Any, NamedTuple, ParamSpec, cast

REQUEST = 0
SLEEP = 1
THINK = 2
PARALLEL = 3
SOCKET_OPEN = 4
SOCKET_SEND = 5
SOCKET_RECEIVE = 6
SOCKET_CLOSE = 7
COOKIES = 20

Headers = Mapping[str, str] | tuple[tuple[str, str], ...]


class Credentials(NamedTuple):
    """Credentials and their scheme: `basic`, `digest`, `bearer` (the password is the token) or `any`."""

    scheme: str
    user: str
    password: str


class Transport(NamedTuple):
    """How a request is sent; `None` means the run's own setting.

    `credentials` answer a challenge of the server. `proxy` is a URL, empty for none; `no_proxy` goes with it.
    `certificate` is a PEM file with the client's chain and key.
    """

    credentials: Credentials | None = None
    proxy: str | None = None
    no_proxy: tuple[str, ...] = ()
    http_version: str | None = None
    certificate: str | None = None


class Until(NamedTuple):
    """When a response has been read far enough: whichever comes first, or the end of the response."""

    events: int | None = None
    text: bytes | str | None = None
    seconds: float | None = None


STREAM_VERSION = "1.1"
"""The HTTP version of streams: over HTTP/2 a response is handed over when it is complete."""

STREAM_HEADERS = (("Accept", "text/event-stream"), ("Accept-Encoding", "identity"))
"""Headers of a request for a stream, unless it has headers of these names."""


class Handling(NamedTuple):
    """What is done with a response, if not the usual.

    `is_unrecorded`: it has no series of its own. `is_forgiven`: a failure counts, but fails neither page nor iteration.
    `discards_body`: the body is read and counted, but not kept. `until`: how far it is read, of a stream.
    """

    is_unrecorded: bool = False
    is_forgiven: bool = False
    discards_body: bool = False
    until: Until | None = None


class RequestOptions(NamedTuple):
    """The less common settings of a request; `None` means the run's own setting.

    `expected_status` is pairs of (least, most), both included; the empty tuple accepts any status.
    """

    timeout_s: float | None = None
    max_redirects: int | None = None
    expected_status: tuple[tuple[int, int], ...] | None = None
    transport: Transport | None = None
    handling: Handling | None = None
    tags: tuple[str, ...] | None = None


RequestOperation = tuple[int, str, str, str | None, Headers | None, bytes | str | None, RequestOptions | None]
"""(REQUEST, method, url, name, headers, body, options). Without a name the series is called `METHOD /path`."""

ParallelOperation = tuple[int, tuple[RequestOperation, ...], int | None, bool]
"""(PARALLEL, requests, connections per host, whether they are resources of the page before). Gives a list of responses.

Resources of a page cannot be judged; the request of the page itself stays pending meanwhile.
"""

SocketOperation = tuple[Any, ...]
"""(SOCKET_OPEN, key, request, subprotocols), (SOCKET_SEND, key, request), (SOCKET_RECEIVE, key, request) or
(SOCKET_CLOSE, key, code, reason). `key` is the number of the socket, chosen by whoever opens it. The body of the
request is what is sent, its name the name of the message that is waited for."""

SleepOperation = tuple[int, float]
"""(SLEEP, seconds), or (THINK, seconds): a sleep that the load may leave out or vary."""


Parameters = ParamSpec("Parameters")


def _once(
    function: Callable[Parameters, Generator[tuple[Any, ...], Any, Any]],
) -> Callable[Parameters, Coroutine[Any, Any, Any]]:
    """Let a generator function make coroutines: objects that are awaited once, and told of when they never are.

    `types.coroutine` lets generators be awaited, and they stay generators: a second await gives None, and nobody hears
    of one that is forgotten. An `async def` around the generator would cost a frame more for each request.
    """
    code = function.__code__
    function.__code__ = code.replace(co_flags=code.co_flags & ~inspect.CO_GENERATOR | inspect.CO_COROUTINE)
    return cast("Callable[Parameters, Coroutine[Any, Any, Any]]", function)  # it is what its flags say


@_once
def perform(
    operation: RequestOperation | ParallelOperation | SocketOperation | SleepOperation,
) -> Generator[tuple[Any, ...], Any, Any]:
    """Hand one operation to the loop; awaiting gives its result (a `Response` or several, or None for a sleep).

    Raises `RuntimeError` when it is awaited a second time.
    """
    return (yield operation)


def sleep(seconds: float) -> Awaitable[None]:
    """Let the user think for `seconds`. Think time is part of no latency; `--think` varies it or leaves it out.

    Raises `ValueError` at the await when `seconds` is negative or not finite.
    """
    return perform((THINK, seconds))


def wait(seconds: float) -> Awaitable[None]:
    """Wait for `seconds`, also with `--no-think`: the interval of a polling loop, for example.

    Raises `ValueError` at the await when `seconds` is negative or not finite.
    """
    return perform((SLEEP, seconds))
