"""How often somebody may try passwords: a few wrong ones, then only one every now and then.

What is counted is the failures of a user's name from one address, so that nobody can shut others out, and those of an
address for any names. It is counted in memory: a server that starts again has forgotten it.
"""

from __future__ import annotations

import collections
import datetime
import threading

from penstock.errors import TooManyAttempts
from penstock.ports.clock import Clock

_MOST_OF_USER = 5
_MOST_OF_ADDRESS = 50
_FORGOTTEN = datetime.timedelta(minutes=5)
_MOST_KEPT = 10_000
_TURNS = 64

Key = tuple[str, str]


class Throttle:
    """Counts wrong passwords of the last five minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: collections.OrderedDict[Key, list[datetime.datetime]] = collections.OrderedDict()
        self._turns = tuple(threading.Lock() for _ in range(_TURNS))

    def turn(self, user: str, address: str) -> threading.Lock:
        """Return what is held while a password is looked at: for one name from one address that is one at a time.

        Else many that come at once would all be looked at before the first of them has failed.
        """
        return self._turns[hash(_keys(user, address)[0][0]) % _TURNS]

    def verify(self, user: str, address: str) -> None:
        """Raise `TooManyAttempts` for whoever has failed too often of late."""
        now = self._clock.now()
        with self._lock:
            for key, most in _keys(user, address):
                failed = [at for at in self._failures.get(key, ()) if at > now - _FORGOTTEN]
                if len(failed) >= most:
                    seconds = (failed[-most] + _FORGOTTEN - now).total_seconds()
                    raise TooManyAttempts(max(1, round(seconds)))

    def failed(self, user: str, address: str) -> None:
        """Count a wrong password."""
        now = self._clock.now()
        with self._lock:
            for key, most in _keys(user, address):
                self._failures[key] = [*self._failures.pop(key, ()), now][-most:]
            while len(self._failures) > _MOST_KEPT:
                self._failures.popitem(last=False)

    def succeeded(self, user: str, address: str) -> None:
        """Forget the wrong passwords of a user who knew it after all."""
        with self._lock:
            self._failures.pop(_keys(user, address)[0][0], None)


def _keys(user: str, address: str) -> tuple[tuple[Key, int], tuple[Key, int]]:
    return ((user.strip().lower(), address), _MOST_OF_USER), (("", address), _MOST_OF_ADDRESS)
