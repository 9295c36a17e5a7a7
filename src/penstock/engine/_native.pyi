"""The loop and what journeys get from it. The border is described in docs/spec/engine-border.md."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, final

__all__ = ["Loop", "Response", "User"]

@final
class Loop:
    """One run in this process: it steps journeys, speaks HTTP for them and counts."""

    def __new__(cls, plan: bytes) -> Loop:
        """Read a plan (`plan.v1`, JSON). Raises `ValueError` that names what is wrong in it."""

    def run(self, journeys: Sequence[Callable[[User], Awaitable[float | None]]], fd: int) -> None:
        """Block until the run is over; `journeys` are in the plan's order.

        `fd` is one end of a stream socket: snapshots go out on it, commands come in. It stays the caller's to close.
        Raises `ValueError` when journeys and plan do not fit or a URL of the plan is none, `OSError` when the system
        refuses what the loop needs, and again what ended the run from inside (`KeyboardInterrupt`).
        """

    def check(self, name: str, passed: bool, response: object = None) -> None:
        """Count a check; one that does not hold fails the last request of the user that is stepped.

        Raises `ValueError` for a `response` that is none of the last requests.
        """

    def fail(self, kind: str, message: str, response: object = None) -> None:
        """Fail the last request of the user that is stepped, or before any the iteration."""

    def enter_group(self, name: str) -> None:
        """Start timing a group, inside the group that is open."""

    def enter_page(self, name: str) -> None:
        """Start timing a page, which `exit_group` ends."""

    def count_cached(self, name: str) -> None:
        """Count a request that was answered by a browser cache."""

    def user(self) -> User:
        """Return who is being stepped."""

    def exit_group(self) -> None:
        """End the innermost group and count it. Raises `RuntimeError` when none is open."""

    def tag(self, name: str) -> None:
        """Count all further requests of the iteration that is stepped under a tag, too."""

    def measure(self, kind: str, name: str, value: float) -> None:
        """Note a value of a `counter`, `gauge` or `trend`. Raises `ValueError` for what it cannot hold."""

    def retire(self, journey: str) -> None:
        """Start no iteration of the journey any more. Raises `RuntimeError` when there is none of this name."""

@final
class Response:
    """What came back; see `penstock.script.http.Response`."""

    @property
    def status(self) -> int:
        """HTTP status; 0 if no complete response came."""

    @property
    def reason(self) -> str:
        """The server's own phrase for the status; may be empty."""

    @property
    def ok(self) -> bool:
        """Whether the request succeeded: a complete response with an expected status."""

    @property
    def error(self) -> str | None:
        """Why the request failed, in words; None if it did not."""

    @property
    def error_kind(self) -> str | None:
        """A word of the table in docs/spec/engine-border.md, section 1; None without failure."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Response headers by lower-case name; repeated ones joined by `, ` (`set-cookie` by `; `)."""

    @property
    def body(self) -> bytes:
        """The body, decompressed; empty if no complete response came."""

    @property
    def text(self) -> str:
        """The body as text, by the charset of the content type, else UTF-8 with replacement."""

    @property
    def url(self) -> str:
        """The last URL requested, after redirects."""

    @property
    def redirects(self) -> tuple[str, ...]:
        """The targets of the redirects that were followed, in order and as the server gave them."""

    @property
    def elapsed_s(self) -> float:
        """Service latency in seconds, redirects included."""

    def json(self) -> Any:
        """Parse the body as JSON, once.

        Raises `penstock.errors.RequestFailed` when there is no response, `ValueError` when it is not JSON.
        """

@final
class User:
    """Who runs a journey; see `penstock.script.User`."""

    @property
    def index(self) -> int:
        """Number of the user, from 0, unique over all agents of the run."""

    @property
    def iteration(self) -> int:
        """Number of this user's iteration, from 0."""

    @property
    def state(self) -> dict[str, Any]:
        """Whatever the journey wants to keep between iterations of this user."""

    @property
    def browser(self) -> dict[str, Any]:
        """What the user's browser keeps, as long as the user's cookies live."""
