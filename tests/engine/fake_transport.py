"""The transports of the double: it asks a real server, by the standard library and `h2`, one request after the other.

A client of this kind takes the place of the one that calls a function. What it shares with the native loop is the
plan: which address, which version of HTTP, whom to trust, what to show, and how long a connection is kept.
"""

from __future__ import annotations

import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http.client import HTTPConnection
from itertools import count, repeat
from typing import Any, Protocol
from urllib.parse import urlsplit

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded

from penstock.script.operations import RequestOptions, Transport
from tests.engine.fake_http import Answer, Broken, Client, Connections, Requests, Server

OFFERED = {"auto": ["h2", "http/1.1"], "1.1": ["http/1.1"], "2": ["h2"], "2-prior-knowledge": ["h2"]}
"""By ALPN, for each version of HTTP that a plan may ask for."""

NOT_TRUSTED = {
    10: "the certificate has expired",
    18: "the certificate's issuer is not trusted",
    19: "the certificate's issuer is not trusted",
    20: "the certificate's issuer is not trusted",
    62: "the certificate is for another name",
    64: "the certificate is for another name",
}
"""What OpenSSL's codes of a verification mean (X509_V_ERR_…)."""


class Wire(Protocol):
    """A connection that takes one request after the other."""

    def ask(self, method: str, url: str, sent: Mapping[str, str], body: bytes) -> Answer: ...

    def close(self) -> None: ...


class Wires:
    """What all connections of a run have in common: how they are opened, and where the next comes from."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._opened = count()
        self._clients: list[WiredClient] = []

    def client(
        self, settings: Mapping[str, Any], server: Server, requests: Requests, shared: Connections | None = None
    ) -> WiredClient:
        """Return the client of one more user."""
        opened = self._opened if settings.get("source_addresses_by") != "user" else repeat(len(self._clients))
        client = WiredClient(settings, server, requests, shared)
        client.open = partial(self._open, opened)
        self._clients.append(client)
        return client

    def close(self) -> None:
        """Close what users left open."""
        for client in self._clients:
            client.hang_up()

    def _open(self, turns: Iterator[int], url: str, version: str, certificate: str | None) -> Wire:
        """Connect to the server of a URL; raises `Broken`."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 0
        address = dict(self._settings.get("hosts", ())).get(host, host)
        sources = self._settings.get("source_addresses") or ("",)
        source = sources[next(turns) % len(sources)]
        try:
            sock = socket.create_connection((address, port), source_address=(source, 0) if source else None)
        except ConnectionRefusedError:
            raise Broken("connect", f"connection refused ({address}:{port})") from None
        if parts.scheme == "http":
            return Http2(sock) if version == "2-prior-knowledge" else Http1(sock, parts.netloc)
        context = self._context(version, certificate)
        try:
            secure = context.wrap_socket(sock, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            sock.close()
            raise Broken("tls", f"{NOT_TRUSTED[error.verify_code]} ({host}:{port})") from None
        except ssl.SSLError as error:
            sock.close()
            if "ALERT_HANDSHAKE_FAILURE" not in (error.reason or ""):
                raise
            raise Broken("tls", f"the server refused the TLS handshake: HandshakeFailure ({host}:{port})") from None
        if secure.selected_alpn_protocol() == "h2" or version == "2-prior-knowledge":
            return Http2(secure)
        return Http1(secure, parts.netloc)

    def _context(self, version: str, certificate: str | None) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._settings.get("certificate_authorities"):
            context.load_verify_locations(cadata=self._settings["certificate_authorities"])
        if not self._settings.get("verify_tls", True):
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(OFFERED[version])
        if certificate is not None:
            context.load_cert_chain(certificate)
        elif self._settings.get("client_certificate"):
            with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
                file.write(self._settings["client_certificate"])
                file.flush()
                context.load_cert_chain(file.name)
        return context


class WiredClient(Client):
    """The connections of one user: one for each server, version and certificate."""

    open: Callable[[str, str, str | None], Wire]

    def __init__(
        self, settings: Mapping[str, Any], server: Server, requests: Requests, shared: Connections | None = None
    ) -> None:
        super().__init__({"http_version": "auto", **settings}, server, requests, shared)
        self._wires: dict[tuple[object, ...], Wire] = {}

    def begin_iteration(self) -> None:
        super().begin_iteration()
        if self.settings["connections"] == "iteration":
            self.hang_up()

    def hang_up(self) -> None:
        """Close all connections."""
        for wire in self._wires.values():
            wire.close()
        self._wires.clear()

    def _transmit(
        self, method: str, url: str, sent: dict[str, str], body: bytes, way: tuple[str, str], chosen: RequestOptions
    ) -> Answer:
        wish = chosen.transport or Transport()
        version = wish.http_version or self.settings["http_version"]
        key = (urlsplit(url).scheme, way, version, wish.certificate)
        wire = self._wires.pop(key, None)
        if wire is None:
            wire = self.open(url, version, wish.certificate)
            self.connects = True
        if version == "2" and isinstance(wire, Http1):
            wire.close()
            raise Broken("protocol", f"the server does not speak HTTP/2 ({way[0]})")
        answer = wire.ask(method, url, sent, body)
        self.requests.append((method, url, sent, body))
        self._wires[key] = wire
        return answer


class Http1:
    """HTTP/1.1 by `http.client`."""

    def __init__(self, sock: socket.socket, host: str) -> None:
        self._connection = HTTPConnection(host)
        self._connection.sock = sock

    def ask(self, method: str, url: str, sent: Mapping[str, str], body: bytes) -> Answer:
        self._connection.putrequest(method, _target(url), skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            self._connection.putheader(name, value)
        self._connection.endheaders(body or None)
        response = self._connection.getresponse()
        return Answer(response.status, tuple(response.getheaders()), response.read(), response.reason)

    def close(self) -> None:
        self._connection.close()


class Http2:
    """HTTP/2 by `h2`: one stream after the other, bodies of one frame."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._session = H2Connection(H2Configuration(header_encoding="utf-8"))
        self._session.initiate_connection()
        self._flush()

    def ask(self, method: str, url: str, sent: Mapping[str, str], body: bytes) -> Answer:
        stream = self._session.get_next_available_stream_id()
        pseudo = {
            ":method": method,
            ":scheme": urlsplit(url).scheme,
            ":authority": sent["host"],
            ":path": _target(url),
        }
        fields = {name: value for name, value in sent.items() if name != "host"}
        self._session.send_headers(stream, list({**pseudo, **fields}.items()), end_stream=not body)
        if body:
            self._session.send_data(stream, body, end_stream=True)
        self._flush()
        headers: list[tuple[str, str]] = []
        content = b""
        while data := self._socket.recv(65536):
            for event in self._session.receive_data(data):
                match event:
                    case ResponseReceived():
                        headers = [(str(name), str(value)) for name, value in event.headers]
                    case DataReceived():
                        content += event.data
                        self._session.acknowledge_received_data(event.flow_controlled_length, stream)
                    case StreamEnded():
                        self._flush()
                        told = tuple((name, value) for name, value in headers if name != ":status")
                        return Answer(int(dict(headers)[":status"]), told, content)
            self._flush()
        raise Broken

    def close(self) -> None:
        self._session.close_connection()
        self._flush()
        self._socket.close()

    def _flush(self) -> None:
        self._socket.sendall(self._session.data_to_send())


def _target(url: str) -> str:
    return "/" + url.split("/", 3)[3]
