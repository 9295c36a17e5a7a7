"""Certificates for targets that speak TLS: good ones, expired ones, ones of another host."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import trustme


class Authority:
    """A certificate authority of its own, made anew each time (about 10 ms).

    with Recorder(context=authority.context(), host="localhost") as target: ...
    """

    def __init__(self) -> None:
        self._ca = trustme.CA()

    @property
    def pem(self) -> str:
        """The authority's certificate (PEM)."""
        return self._ca.cert_pem.bytes().decode()

    def save(self, path: Path) -> Path:
        """Write the authority's certificate (PEM) for clients that shall trust it; returns the path."""
        self._ca.cert_pem.write_to_path(str(path))
        return path

    def context_of_itself(self) -> ssl.SSLContext:
        """Return the context of a server that shows the authority's own certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with self._ca.private_key_pem.tempfile() as key, self._ca.cert_pem.tempfile() as certificate:
            context.load_cert_chain(certificate, key)
        return context

    def trusting(self) -> ssl.SSLContext:
        """Return the context of a client that trusts this authority alone."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._ca.configure_trust(context)
        return context

    def context(self, *names: str, expired: bool = False, newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        """Return a server's context with a certificate for `names` (default: localhost and 127.0.0.1).

        `expired`: it was valid until yesterday. `newest`: the newest version of TLS that is spoken.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if newest is not None:
            context.maximum_version = newest
        self.issue(*names, expired=expired).configure_cert(context)
        return context

    def issue(self, *names: str, expired: bool = False) -> trustme.LeafCert:
        """Return a certificate with its key, for servers that want files."""
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        return self._ca.issue_cert(
            *(names or ("localhost", "127.0.0.1")),
            not_before=now - 3 * day if expired else None,
            not_after=now - day if expired else None,
        )
