"""Every error that Penstock raises on purpose.

PenstockError                    something a person can act on; its text is fit to be shown as it is
├─ InvalidInput                 a file, option or value from outside is wrong
│   ├─ UnknownFormat            no importer knows the file
│   ├─ UnreadableFile           missing, not readable, not decodable
│   └─ InvalidFlow              a user's own flow.py cannot be loaded
├─ NotRunnable                  understood, but it cannot be executed here
├─ RequestFailed                a response is asked for what a failed exchange cannot give
└─ EngineFailed                 the load generator itself broke
"""

from __future__ import annotations


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


class EngineFailed(PenstockError):
    """The load generator broke; never used for failures of the system under test."""
