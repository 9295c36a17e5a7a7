"""The transports of the double: it asks a real server, by the standard library and `h2`, one request after the other.

A client of this kind takes the place of the one that calls a function. What it shares with the native loop is the
plan: which address, which version of HTTP, whom to trust, what to show, and how long a connection is kept.
"""

from __future__ import annotations

import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count, repeat
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded

from penstock.script.operations import RequestOptions, Transport
from tests.engine.fake_http import VIA, Answer, Broken, Client, Connections, Requests, Server

OFFERED = {
    "auto": ["h2", "http/1.1"],
    "1.0": ["http/1.1"],
    "1.1": ["http/1.1"],
    "2": ["h2"],
    "2-prior-knowledge": ["h2"],
}
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


WANTS_CERTIFICATE = "the server wants a client certificate"


class Wire(Protocol):
    """A connection that takes one request after the other, unless the server has said that it `is_over`."""

    is_over: bool

    def ask(self, method: str, url: str, sent: Mapping[str, str], body: bytes) -> Answer: ...

    def close(self) -> None: ...


class Wires:
    """What all connections of a run have in common: how they are opened, and where the next comes from."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._opened = count()
        self._clients: list[WiredClient] = []
        self._pooled: dict[tuple[object, ...], Wire] | None = {} if settings.get("connections") == "pool" else None

    def client(
        self, settings: Mapping[str, Any], server: Server, requests: Requests, shared: Connections | None = None
    ) -> WiredClient:
        """Return the client of one more user."""
        opened = self._opened if settings.get("source_addresses_by") != "user" else repeat(len(self._clients))
        client = WiredClient(settings, server, requests, shared)
        client.open = partial(self._open, opened)
        if self._pooled is not None:
            client.wires = self._pooled
        self._clients.append(client)
        return client

    def close(self) -> None:
        """Close what users left open."""
        for client in self._clients:
            client.hang_up()

    def _open(self, turns: Iterator[int], url: str, version: str, certificate: str | None, proxy: Proxy | None) -> Wire:
        """Connect to the server of a URL, or to the proxy on the way there; raises `Broken`."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 0
        address = dict(self._settings.get("hosts", ())).get(host, host)
        if proxy is not None:
            address, port = proxy.host, proxy.port
        sources = self._settings.get("source_addresses") or ("",)
        source = sources[next(turns) % len(sources)]
        try:
            sock = socket.create_connection((address, port), source_address=(source, 0) if source else None)
        except ConnectionRefusedError:
            raise Broken("connect", f"connection refused ({address}:{port})") from None
        if parts.scheme == "http":
            if version == "2-prior-knowledge":
                return Http2(sock)
            return Http1(sock, parts.netloc, version, proxy)
        if proxy is not None:
            proxy.tunnel(sock, parts.netloc)
        port = parts.port or 0
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
        return Http1(secure, parts.netloc, version)

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

    open: Callable[[str, str, str | None, Proxy | None], Wire]

    def __init__(
        self, settings: Mapping[str, Any], server: Server, requests: Requests, shared: Connections | None = None
    ) -> None:
        super().__init__({"http_version": "auto", **settings}, server, requests, shared)
        self.wires: dict[tuple[object, ...], Wire] = {}

    def begin_iteration(self) -> None:
        super().begin_iteration()
        if self.settings["connections"] == "iteration":
            self.hang_up()

    def hang_up(self) -> None:
        """Close all connections."""
        for wire in self.wires.values():
            wire.close()
        self.wires.clear()

    def _transmit(
        self, method: str, url: str, sent: dict[str, str], body: bytes, way: tuple[str, str], chosen: RequestOptions
    ) -> Answer:
        # What is for the proxy does not come to the server, and is seen there.
        via, authorization = sent.pop(VIA, None), sent.pop("proxy-authorization", None)
        proxy = None if via is None else Proxy(urlsplit(via).hostname or "", urlsplit(via).port or 0, authorization)
        wish = chosen.transport or Transport()
        version = wish.http_version or self.settings["http_version"]
        key = (urlsplit(url).scheme, way, version, wish.certificate)
        wire = self.wires.pop(key, None)
        if wire is None:
            wire = self.open(url, version, wish.certificate, proxy)
            self.connects = True
        if version == "2" and isinstance(wire, Http1):
            wire.close()
            raise Broken("protocol", f"the server does not speak HTTP/2 ({way[0]})")
        answer = wire.ask(method, url, sent, body)
        self.requests.append((method, url, sent, body))
        if not wire.is_over:
            self.wires[key] = wire
        return answer


class Proxy(NamedTuple):
    """What is asked on the way; `authorization` is what it is told of who asks."""

    host: str
    port: int
    authorization: str | None

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.authorization is None else {"Proxy-Authorization": self.authorization}

    def tunnel(self, sock: socket.socket, target: str) -> None:
        """Let a socket speak to the target from now on; raises `Broken`."""
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        sock.sendall("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:  # the target says nothing before it is asked
            if not (piece := sock.recv(65536)):
                raise Broken("proxy", f"the proxy closed the connection ({self.host}:{self.port})")
            answer += piece
        status = HTTPStatus(int(answer.split(b" ")[1]))
        if status != HTTPStatus.OK:
            sock.close()
            what = f"the proxy refused the tunnel: {status} {status.phrase}"
            raise Broken("proxy", f"{what} ({self.host}:{self.port})")


class Http1:
    """HTTP/1.1 and HTTP/1.0 by `http.client`; with a proxy, that passes requests on."""

    def __init__(self, sock: socket.socket, host: str, version: str, proxy: Proxy | None = None) -> None:
        self.is_over = False
        self._host = host
        self._proxy = proxy
        self._connection = HTTPConnection(host)
        self._connection.sock = sock
        if version == "1.0":
            self._connection._http_vsn, self._connection._http_vsn_str = 10, "HTTP/1.0"  # type: ignore[attr-defined]

    def ask(self, method: str, url: str, sent: Mapping[str, str], body: bytes) -> Answer:
        target, told = (_target(url), {}) if self._proxy is None else (url, self._proxy.headers)
        self._connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {**sent, **told}.items():
            self._connection.putheader(name, value)
        with suppress(ssl.SSLEOFError, ConnectionError):  # a server that takes no more may have answered before
            self._connection.endheaders(body or None)
        try:
            response = self._connection.getresponse()
        except ssl.SSLError as error:
            self.close()
            if "ALERT_CERTIFICATE_REQUIRED" not in (error.reason or ""):
                raise
            raise Broken("tls", f"{WANTS_CERTIFICATE} ({self._host})") from None
        self.is_over = response.will_close
        return Answer(response.status, tuple(response.getheaders()), response.read(), response.reason)

    def close(self) -> None:
        self._connection.close()


class Http2:
    """HTTP/2 by `h2`: one stream after the other, bodies of one frame."""

    is_over = False

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
