"""Sign-ins of browsers."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from penstock.accounts import credentials
from penstock.accounts.people import Identity, Session
from penstock.errors import NotAllowed, TooManyAttempts, Unauthenticated
from penstock.ports.clock import Clock
from penstock.ports.passwords import Passwords
from penstock.ports.stores import Store
from penstock.services.access import note
from penstock.services.accounts import AccountService
from penstock.services.meters import Meters
from penstock.services.throttling import Throttle


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser whose user is known."""

    who: Identity
    session_key: str

    @property
    def form_key(self) -> str:
        """What belongs into every form that it gets: another text in each answer."""
        return credentials.masked(self.session_key)


class SessionService:
    """Signs people in and out. The cookie's value is a secret of which only the hash is kept."""

    def __init__(
        self,
        store: Store,
        passwords: Passwords,
        clock: Clock,
        accounts: AccountService,
        lasts: datetime.timedelta,
        meters: Meters,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._clock = clock
        self._accounts = accounts
        self._throttle = Throttle(clock)
        self._outcomes = meters.sign_ins
        self.lasts = lasts

    def identify(self, name: str, password: str, address: str) -> Identity:
        """Return whose password it is; `address` is where the caller comes from.

        Raises `Unauthenticated`, which does not say whether there is such a user, `TooManyAttempts` after some of them.
        """
        with self._throttle.turn(name, address):
            try:
                self._throttle.verify(name, address)
            except TooManyAttempts:
                self._outcomes.labels("throttled").inc()
                raise
            with self._store.read() as work:
                user = work.accounts.user_named(name)
            kept = user.password_hash if user else _NOBODY
            if not self._passwords.verify(password, kept) or user is None or user.disabled:
                self._throttle.failed(name, address)
                self._outcomes.labels("failed").inc()
                raise Unauthenticated("user or password is wrong")
            self._throttle.succeeded(name, address)
        self._outcomes.labels("succeeded").inc()
        return self._accounts.identity_of(user)

    def sign_in(self, name: str, password: str, address: str) -> str:
        """Return the value of the cookie. Raises as `identify`."""
        who = self.identify(name, password, address)
        now = self._clock.now()
        secret = credentials.new_secret("")
        session = Session(
            credentials.hash_of(secret), who.user, credentials.new_secret(""), created=now, expires=now + self.lasts
        )
        with self._store.write() as work:
            work.accounts.remove_sessions(None, now)
            work.accounts.add_session(session)
            note(work, who, now, "user.sign-in", who.user)
        return secret

    def signed_in(self, secret: str | None) -> SignedIn | None:
        """Return whose the cookie is; None for one that is missing, wrong or over."""
        if not secret:
            return None
        with self._store.read() as work:
            session = work.accounts.session_hashed(credentials.hash_of(secret))
        if session is None or session.expires <= self._clock.now():
            return None
        who = self._accounts.identity_for(session.user)
        return None if who is None else SignedIn(who, session.form_key)

    def sign_out(self, secret: str) -> None:
        """Forget the sign-in."""
        with self._store.write() as work:
            work.accounts.remove_session(credentials.hash_of(secret))


def verify_form(signed_in: SignedIn, form_key: str) -> None:
    """Raise `NotAllowed` for a form that this browser did not get from us."""
    if not credentials.shows(form_key, signed_in.session_key):
        raise NotAllowed("the form is too old or not from this server; load the page again")


_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"  # no one's
)
"""Verified where there is no such user, so that the time of the answer does not tell."""
