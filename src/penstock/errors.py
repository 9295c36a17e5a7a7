"""Every error that Penstock raises on purpose.

PenstockError                    something a person can act on; its text is fit to be shown as it is
├─ InvalidInput                 a file, option or value from outside is wrong
│   ├─ UnknownFormat            no importer knows the file
│   ├─ UnreadableFile           missing, not readable, not decodable
│   └─ InvalidFlow              a user's own flow.py cannot be loaded
├─ NotRunnable                  understood, but it cannot be executed here
├─ Refused                      a caller of the server may not have what was asked for
│   ├─ Unauthenticated          nobody knows who asks
│   │   └─ TooManyAttempts      … and has tried too many passwords
│   ├─ NotAllowed               known, but not allowed
│   ├─ NotFound                 no such thing in the caller's team
│   └─ Conflict                 it changed meanwhile, or is in a state that forbids it
│       └─ NoRoom               a team holds as much as it may
├─ Unavailable                  a part that the server stands on (database, storage of drops) does not answer
│   └─ StorageFull              … because nothing more fits into it
├─ NotBegun                     a run was stopped before its load had begun
├─ RequestFailed                a response is asked for what a failed exchange cannot give
└─ EngineFailed                 the load generator itself broke
"""

from __future__ import annotations

from typing import Self


class PenstockError(Exception):
    """Base of all errors with a message for people: what happened, where, what to do."""


class InvalidInput(PenstockError):
    """A file, option or value from outside cannot be used as it is."""


class UnknownFormat(InvalidInput):
    """No importer recognises the file."""


class UnreadableFile(InvalidInput):
    """The file is missing, cannot be read, or is not in the encoding it should be in."""


class InvalidFlow(InvalidInput):
    """A user's own Python file cannot be loaded, or holds no journey."""


class NotRunnable(PenstockError):
    """The scenario is understood, but holds something that this version cannot execute."""


class RequestFailed(PenstockError):
    """The body of an exchange is asked for that never brought a response."""


class NotBegun(PenstockError):
    """A run was stopped before its load had begun: there is nothing to report."""


class EngineFailed(PenstockError):
    """The load generator broke; never used for failures of the system under test."""


class Refused(PenstockError):
    """A caller of the server may not have what was asked for."""


class Unauthenticated(Refused):
    """Nobody knows who asks: no token, or one that is wrong, expired or revoked."""


class TooManyAttempts(Unauthenticated):
    """Too many wrong passwords; another one is looked at after `after_s` seconds."""

    def __init__(self, after_s: int) -> None:
        super().__init__(f"too many wrong passwords; try again in {after_s} seconds")
        self.after_s = after_s


class NotAllowed(Refused):
    """The caller is known, and may not do this."""


class NotFound(Refused):
    """There is no such thing, or none in the caller's team.

    `kind` and `id` say of what, where one thing was named; a face may have words of its own for it.
    """

    kind: str = ""
    id: str = ""

    @classmethod
    def of(cls, kind: str, id: str) -> Self:
        """Return the error for one thing that was named by its id."""
        error = cls(f"there is no {kind} {id}")
        error.kind, error.id = kind, id
        return error


class Conflict(Refused):
    """The thing changed since it was read, exists already, or is in a state that forbids what was asked."""


class NoRoom(Conflict):
    """A team holds as many bytes as it may; the text says what to do."""


class Unavailable(PenstockError):
    """A part that the server stands on does not answer; the same may succeed later."""


class StorageFull(Unavailable):
    """Nothing more fits on the disk; its operator has to make room."""
