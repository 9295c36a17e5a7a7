"""What is kept, wherever that is: one `Store` gives units of work, each a transaction.

Reads of a thing of another team find nothing. All methods raise `Unavailable` when the database does not answer.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from penstock.accounts.people import AuditEntry, Session, Team, Token, User
from penstock.library.items import Item, ItemVersion, Kind
from penstock.metrics.packing import Packed
from penstock.metrics.snapshot import Snapshot
from penstock.runs.cloud_runs import CloudRunWish
from penstock.runs.state import RunState
from penstock.runs.stored import Command, FlowRun, RunKind, StoredRun

Time = datetime.datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for, newest first: `limit` things, behind the one with the time and id `after`."""

    limit: int = 50
    after: tuple[Time, str] | None = None


class AccountStore(Protocol):
    """Teams, users, tokens, sessions."""

    def add_team(self, team: Team) -> None:
        """Add it. Raises `Conflict` when there is one of that name."""

    def team(self, id: str) -> Team | None:
        """Return the team of that id."""

    def hold_team(self, id: str) -> None:
        """Let others who hold the team wait until this transaction ends: what it reads is still so when it writes."""

    def teams(self) -> tuple[Team, ...]:
        """Return all, by name."""

    def change_team(self, team: Team) -> None:
        """Write name and settings."""

    def add_user(self, user: User) -> None:
        """Add it. Raises `Conflict` when there is one of that name."""

    def user(self, id: str) -> User | None:
        """Return the user of that id."""

    def user_named(self, name: str) -> User | None:
        """Return the user who signs in with that name."""

    def users(self, team: str) -> tuple[User, ...]:
        """Return a team's users, by name."""

    def change_user(self, user: User) -> None:
        """Write role, password and whether they are let in."""

    def add_token(self, token: Token) -> None:
        """Add a token."""

    def token_hashed(self, hash: str) -> Token | None:
        """Return the token with that hash."""

    def tokens(self, team: str) -> tuple[Token, ...]:
        """Return a team's tokens, the newest first."""

    def token_used(self, id: str, at: Time) -> None:
        """Note when a token was last used."""

    def revoke_token(self, team: str, id: str, at: Time) -> bool:
        """Make a token useless; returns whether there was one that was not yet."""

    def add_session(self, session: Session) -> None:
        """Add a session."""

    def session_hashed(self, hash: str) -> Session | None:
        """Return the session with that hash."""

    def remove_session(self, hash: str) -> None:
        """Forget a session."""

    def remove_sessions(self, user: str | None, before: Time) -> None:
        """Forget all sessions of a user (None: of all) that end before a time."""


class AuditStore(Protocol):
    """Who did what; only ever added to."""

    def add(self, entry: AuditEntry) -> None:
        """Add an entry."""

    def entries(self, team: str, limit: int, before: int | None = None) -> tuple[tuple[int, AuditEntry], ...]:
        """Return numbered entries of a team, the newest first, those below the number `before`."""


class ItemStore(Protocol):
    """What teams keep."""

    def add(self, item: Item, client_id: str | None = None, client_hash: str | None = None) -> None:
        """Add an item as its version. Raises `Conflict` for an id or a client id that is used."""

    def get(self, team: str, id: str, kind: Kind | None = None) -> Item | None:
        """Return the item, unless it is deleted."""

    def exists(self, id: str) -> bool:
        """Return whether the id is taken, in whatever team, deleted or not."""

    def made_by(self, team: str, kind: Kind, client_id: str) -> tuple[Item, str] | None:
        """Return what a client's own id made, and the hash of what it asked."""

    def list(
        self,
        team: str,
        kind: Kind,
        page: Page = ...,
        *,
        parent: str | None = None,
        search: str = "",
    ) -> tuple[Item, ...]:
        """Return items that are not deleted, the newest first; `search` is a part of the name, case ignored."""

    def count(self, team: str, kind: Kind, *, parent: str | None = None, search: str = "") -> int:
        """Return how many `list` would give in all."""

    def named(self, team: str, kind: Kind, name: str) -> Item | None:
        """Return the item of that very name, the newest first."""

    def every(self, kind: Kind) -> tuple[Item, ...]:
        """Return all items of a kind of all teams; for what the server does on its own."""

    def change(self, item: Item, expected: int) -> None:
        """Write the next version. Raises `Conflict` when the version there is not `expected`."""

    def versions(self, team: str, id: str) -> tuple[ItemVersion, ...]:
        """Return all versions, without contents, the newest first."""

    def version(self, team: str, id: str, version: int) -> ItemVersion | None:
        """Return one version whole."""


class CloudRunStore(Protocol):
    """Runs of cloud load tests, as items, found by more than their names. They are written as items."""

    def list(self, team: str, wish: CloudRunWish, page: Page) -> tuple[Item, ...]:
        """Return those that are meant, the newest first."""

    def due(self, before: Time | None, limit: int) -> tuple[Item, ...]:
        """Return runs of all teams whose files are to be deleted, those first that changed longest ago.

        They are over, or were not started since `before`; they are marked for it, or have not changed since `before`,
        and nobody retains them.
        """

    def unused_drops(self, before: Time | None, limit: int) -> tuple[Item, ...]:
        """Return test drops of all teams that have files and that no run with files needs.

        They have had runs, whose files were deleted, or have not changed since `before`.
        """


@dataclass(frozen=True, slots=True)
class Lease:
    """Who executes a run, and until when others may rely on it."""

    owner: str | None
    until: Time | None


class RunStore(Protocol):
    """Runs, and the commands to them."""

    def add(self, run: StoredRun, client_hash: str | None = None) -> None:
        """Add a run. Raises `Conflict` for a client id that is used."""

    def counts(self) -> tuple[tuple[str, RunKind, RunState, int], ...]:
        """Return how many runs of a kind and in a state each team has."""

    def set_work(self, run: str, content: bytes) -> None:
        """Keep what the run is to execute, as bytes that mean nothing here."""

    def work(self, run: str) -> bytes | None:
        """Return what `set_work` kept."""

    def get(self, team: str | None, id: str) -> StoredRun | None:
        """Return the run; of any team where `team` is None."""

    def made_by(self, team: str, client_id: str) -> tuple[StoredRun, str] | None:
        """Return what a client's own id launched, and the hash of what it asked."""

    def list(
        self,
        team: str,
        page: Page = ...,
        *,
        kind: RunKind | None = None,
        test: str | None = None,
        states: Sequence[RunState] = (),
        parent: str | None = None,
    ) -> tuple[StoredRun, ...]:
        """Return runs, the newest first."""

    def some(self, team: str, ids: Sequence[str]) -> dict[str, StoredRun]:
        """Return by their ids those of these runs, a page of them at most, that are the team's."""

    def parts(self, parent: str) -> tuple[StoredRun, ...]:
        """Return the runs that a plan run started, in their order."""

    def change(self, run: StoredRun, expected: int) -> None:
        """Write a run whose version was `expected`, but for its description.

        Raises `Conflict` when it is another by now.
        """

    def describe(self, id: str, description: str) -> None:
        """Write a run's description, which is nobody's matter but that of people: its version stays."""

    def oldest_queued(self, kinds: Sequence[RunKind], limit: int) -> tuple[StoredRun, ...]:
        """Return runs that wait, the oldest first."""

    def under_way(self) -> tuple[tuple[StoredRun, Lease], ...]:
        """Return all runs that someone executes, with the leases."""

    def lease(self, id: str, owner: str, until: Time) -> None:
        """Give a run's lease to an owner."""

    def take_lease(self, run: StoredRun, before: Lease, owner: str, until: Time) -> bool:
        """Give the lease of a run to an owner if both are still as they were before; returns whether they were."""

    def now(self) -> Time:
        """Return the time by the clock that all servers on this database share."""

    def renew(self, ids: Iterable[str], owner: str, until: Time) -> frozenset[str]:
        """Lengthen the leases that are still the owner's; returns which those are."""

    def command(self, run: str, at: Time, action: str, arguments: dict[str, object]) -> None:
        """Ask something of a run under way."""

    def commands(self, runs: Iterable[str]) -> tuple[Command, ...]:
        """Return and forget what was asked of the runs, in order."""


class SnapshotStore(Protocol):
    """What was measured, a sum for each run, second and phase."""

    def put(self, run: str, sums: Iterable[Snapshot]) -> None:
        """Keep the sums of some seconds, each in the place of what was kept of it; so doing it again harms nothing."""

    def put_together(self, run: str, packed: Packed) -> None:
        """Keep some seconds, put before and hardly to change any more, in one piece instead: it takes far less."""

    def at(self, run: str, second: int, phase: str) -> Snapshot | None:
        """Return the sum that is kept of a second."""

    def all(self, run: str, since: int = -1) -> Iterator[Snapshot]:
        """Give the sums of the seconds, in order, from `since` on."""

    def conclude(self, run: str, content: bytes) -> None:
        """Keep what a run that is over gave in the end, in the place of what was kept of that."""

    def concluded(self, run: str) -> bytes | None:
        """Return what `conclude` kept."""


class FlowRunStore(Protocol):
    """Attempts at flows, and their recordings."""

    def put(self, flow_run: FlowRun, recording: bytes | None = None) -> None:
        """Add or replace an attempt; a recording stays when None is given."""

    def get(self, team: str, id: str) -> FlowRun | None:
        """Return one attempt."""

    def list(self, run: str) -> tuple[FlowRun, ...]:
        """Return the attempts of a run in their order."""

    def recording(self, team: str, id: str) -> bytes | None:
        """Return the recording of an attempt."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The end of a run that a webhook is to be told; `outcome` says what became of the last of `attempts`.

    Whoever took it has it until `held`.
    """

    id: str
    run: str
    webhook: str
    attempts: int
    outcome: str
    held: Time


class DeliveryStore(Protocol):
    """What webhooks are still to be told."""

    def add(self, run: str, webhook: str, due: Time) -> None:
        """Add one, unless it is there."""

    def count_waiting(self) -> int:
        """Return how many are not over."""

    def any_due(self, now: Time, apart_from: Sequence[str] = ()) -> bool:
        """Return whether the time of one has come, those of some webhooks left out."""

    def take(self, now: Time, until: Time, apart_from: Sequence[str] = ()) -> Delivery | None:
        """Take the longest due one, which nobody else gets before `until`; None when none is due, or free.

        Those of the webhooks `apart_from` are left where they are.
        """

    def note(self, taken: Delivery, attempts: int, due: Time | None, outcome: str) -> bool:
        """Note an attempt, and when the next one is (None: it is over).

        Returns False, and notes nothing, where `taken` was held for too long and somebody else has taken it since.
        """


class Work(Protocol):
    """One transaction: all of it is kept, or nothing."""

    @property
    def accounts(self) -> AccountStore:
        """Teams, users, tokens, sessions."""

    @property
    def audit(self) -> AuditStore:
        """Who did what."""

    @property
    def items(self) -> ItemStore:
        """What teams keep."""

    @property
    def cloud_runs(self) -> CloudRunStore:
        """Runs of cloud load tests."""

    @property
    def runs(self) -> RunStore:
        """Runs."""

    @property
    def snapshots(self) -> SnapshotStore:
        """Measurements."""

    @property
    def flow_runs(self) -> FlowRunStore:
        """Attempts at flows."""

    @property
    def deliveries(self) -> DeliveryStore:
        """What webhooks are still to be told."""


class Store(Protocol):
    """Where everything is kept."""

    def read(self) -> AbstractContextManager[Work]:
        """Give a unit of work that changes nothing."""

    def write(self) -> AbstractContextManager[Work]:
        """Give a unit of work; it is kept when the block ends without an error."""

    def ready(self) -> None:
        """Ask the database something. Raises `Unavailable` when it does not answer."""

    def size_bytes(self) -> int:
        """Return how much room the database takes. Raises `Unavailable`."""

    def close(self) -> None:
        """Let go of all connections."""
