"""What the steps of a journey ask of the language of values that a scenario speaks.

Every method is called once, while the scenario is compiled, and gives a plain closure for the run; nothing is
parsed or searched after that. A closure raises `EvaluationFailed` when an expression cannot be computed (the
arguments of a function do not fit, a regular expression is wrong or takes too long) and `ExtractionFailed` when a
response does not allow the query at all. Their texts are complete sentences in the words of the source; having no
value is no error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from penstock.errors import PenstockError
from penstock.model import Check, Expr, Extract, Query, Rule, Text

Variables = dict[str, str]
"""The values of one user: all of them are text."""


class EvaluationFailed(PenstockError):
    """An expression, text or check cannot be computed: `Error in function '__div': Cannot divide by zero`."""


class ExtractionFailed(PenstockError):
    """A query cannot be applied to a response: `Failed to extract value for parameter "id" - …`."""


class Reply(Protocol):
    """What a dialect reads of a response; a `penstock.script.Response` is one. `json()` is cached by it."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def reason(self) -> str:
        """The server's own phrase for the status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers by lower-case name."""

    @property
    def body(self) -> bytes:
        """The decompressed body."""

    @property
    def text(self) -> str:
        """The body as text."""

    @property
    def url(self) -> str:
        """The last URL asked, after redirects."""

    @property
    def redirects(self) -> tuple[str, ...]:
        """Targets of the redirects that were followed, in order."""

    @property
    def elapsed_s(self) -> float:
        """Service latency in seconds."""

    def json(self) -> Any:
        """Return the body parsed as JSON; raises `ValueError` when it is not JSON."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What expressions may say about the run itself, and about the agent `agent` of `agents` that takes part in it.

    `started_ms` is UTC, milliseconds since the epoch. `user`, `team` and `test` are the ids that a server has for who
    launched it and for the kept test that runs; they are empty for a run from the command line. `machine` is the name
    of the agent's, `folder` where it works; `retarget` says, as `Retargeting.text`, which requests go elsewhere than
    they are addressed to. `users_apart` is how far the numbers of two users lie apart that follow each other in one
    population: of the run, or of an agent that does a copy of the whole test.
    """

    run_id: str = ""
    started_ms: int = 0
    launched_by: str = ""
    agent: int = 0
    agents: int = 1
    users_apart: int = 1
    machine: str = ""
    folder: str = ""
    retarget: str = ""
    user: str = ""
    team: str = ""
    test: str = ""


class Who(Protocol):
    """The user of an iteration; a `penstock.script.User` is one."""

    @property
    def index(self) -> int:
        """Number of the user, from 0."""

    @property
    def iteration(self) -> int:
        """Number of this user's iteration, from 0."""


Judge = Callable[[Variables, "Reply", float], str | None]
"""Judges a response, given also the seconds of its page: None when it passes, else why not."""

Generate = Callable[[Variables], None]
"""Sets variables; raises `EvaluationFailed`."""


class Dialect(Protocol):
    """Meaning for the expressions, queries and checks of one source format."""

    def value(self, expr: Expr) -> Callable[[Variables], str | None]:
        """Return what computes an expression; None means that there is no value."""

    def text(self, text: Text) -> Callable[[Variables], str]:
        """Return what fills the holes of a text; a hole without a value keeps its source text."""

    def truth(self, expr: Expr) -> Callable[[Variables], bool]:
        """Return what tells whether a value counts as true."""

    def number(self, expr: Expr) -> Callable[[Variables], float | None]:
        """Return what reads a value as a finite number; None when it is none."""

    def query(self, query: Query) -> Callable[[Variables, Reply], str | None]:
        """Return what applies one query to a response; None: no result."""

    def extracts(self, sets: tuple[tuple[Extract, ...], ...]) -> Callable[[Variables, Reply], None] | None:
        """Return what assigns the extracts of a request, set after set; None when there are none.

        The queries of one set all see the variables as they were before the set. What a variable becomes
        when its query has no result is the dialect's rule. Raises `ExtractionFailed` with its text complete.
        """

    def check(self, check: Check) -> Callable[[Variables], bool]:
        """Return what judges a check; one that cannot be computed raises `EvaluationFailed`."""

    def validation(self, rule: Rule) -> Judge:
        """Return what judges a response by a rule; raises `NotRunnable` for one that the dialect does not know."""

    def generator(self, rule: Rule) -> Generate | None:
        """Return what a plug-in does that only sets variables when an iteration begins; None for any other."""

    def functions(self) -> Mapping[str, Callable[[list[str]], str]]:
        """Return the functions of the dialect for scripts to call; one that fails raises `EvaluationFailed`."""

    def built_ins(self) -> frozenset[str]:
        """Return the names of all variables that are there without being set."""

    def hidden(self) -> str:
        """Return the character that the names of variables begin with that are nobody's to look at; or nothing."""

    def run_variables(self, names: frozenset[str]) -> Callable[[RunFacts], Variables] | None:
        """Return what gives the built-in variables about the run, of those in `names`; None when none is read."""

    def cookies_variable(self) -> str | None:
        """Return the variable that conditions read the user's cookies from; None: no condition does.

        It holds a line for each: domain, `host` or `domain`, path, `secure` or `any`, when it expires, name, value,
        with tabs between.
        """

    def user_variables(self, names: frozenset[str]) -> Callable[[Variables, Who], None] | None:
        """Return what sets the built-ins about the user when an iteration begins."""

    def judges_failures(self) -> bool:
        """Return whether extracts and validations are done also where no response came."""

    def outcome_variables(self, names: frozenset[str]) -> Callable[[Variables, bool], None] | None:
        """Return what sets the built-ins about whether a request passed, once all is judged."""

    def request_variables(self, names: frozenset[str]) -> Callable[[Variables, str, str, str], None] | None:
        """Return what sets the built-ins about a request (method, URL, body) before its headers are computed."""

    def response_variables(self, names: frozenset[str]) -> Callable[[Variables, Reply], None] | None:
        """Return what sets the built-ins about a response, right after it came and before the extracts.

        `names` are the variables that expressions of the scenario read; the others are not computed. None
        when none of the dialect's is among them.
        """
