"""How a run's requests travel: what the test says, what the caller changes, files read and looked at."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args
from urllib.parse import urlsplit

from penstock.errors import InvalidInput
from penstock.model import Connections, Defaults, HttpVersion, Proxy
from penstock.model.durations import parse_duration
from penstock.model.sizes import parse_size
from penstock.model.transport import ENVIRONMENT, SourcesBy
from penstock.program import urls
from penstock.runs.plan import HttpSettings
from penstock.runs.transport import ProxySettings
from penstock.script import Options
from penstock.services import certificates
from penstock.services.changes import TransportChanges

MOST_POOLED = 100_000
MOST_BODY_BYTES = 2**40


def read(
    *,
    proxy: str | None = None,
    no_proxy: str | tuple[str, ...] | None = None,
    client_cert: str | None = None,
    client_key: str | None = None,
    ca_file: str | None = None,
    http_version: str | None = None,
    resolve: tuple[str, ...] = (),
    source_addresses: tuple[str, ...] = (),
    source_addresses_by: str | None = None,
    connections: str | None = None,
    dns_lifetime: str | float | None = None,
    max_body_size: str | int | None = None,
) -> TransportChanges:
    """Return what is written on a command line or in a flow.py; None is what nobody wrote.

    Raises `InvalidInput` for a text that is not understood.
    """
    hosts = []
    for text in resolve:
        host, equals, address = text.partition("=")
        if not host or not equals:
            raise InvalidInput(f"resolve {text!r}: write it like shop.example=10.0.0.5")
        hosts.append((host.strip(), address.strip()))
    model, pool_size = (None, None) if connections is None else _connections(connections)
    bypass = tuple(re.split(r"[,;\s]+", no_proxy.strip())) if isinstance(no_proxy, str) else no_proxy
    return TransportChanges(
        proxy=proxy,
        no_proxy=None if bypass is None else tuple(entry for entry in bypass if entry),
        client_certificate=client_cert,
        client_key=client_key,
        ca_file=ca_file,
        http_version=None if http_version is None else _version(http_version),
        hosts=tuple(hosts),
        source_addresses=source_addresses,
        source_addresses_by=None if source_addresses_by is None else _sources_by(source_addresses_by),
        connections=model,
        pool_size=pool_size,
        dns_lifetime_s=None if dns_lifetime is None else parse_duration(dns_lifetime, "DNS lifetime"),
        max_body_bytes=None if max_body_size is None else _largest_body(max_body_size),
    )


def of_options(options: Options) -> TransportChanges:
    """Return what a flow.py says of its transport."""
    resolve: Mapping[str, str] = options.resolve or {}
    return read(
        proxy=options.proxy,
        no_proxy=options.no_proxy,
        client_cert=options.client_cert,
        client_key=options.client_key,
        ca_file=options.ca_file,
        http_version=options.http_version,
        resolve=tuple(f"{host}={address}" for host, address in resolve.items()),
        source_addresses=options.source_addresses,
        source_addresses_by=options.source_addresses_by,
        connections=options.connections,
        dns_lifetime=options.dns_lifetime,
        max_body_size=options.max_body_size,
    )


def of_defaults(defaults: Defaults) -> TransportChanges:
    """Return what a scenario says of its transport. A proxy that each request computes is no matter of the run's."""
    proxy = defaults.proxy
    if proxy is not None and proxy.is_computed:
        proxy = None
    return TransportChanges(
        proxy=None if proxy is None else _with_credentials(proxy),
        no_proxy=None if proxy is None else proxy.no_proxy,
        client_certificate=defaults.client_certificate,
        client_key=defaults.client_key,
        ca_file=defaults.ca_file,
        http_version=defaults.http_version,
        hosts=tuple((each.host, each.address) for each in defaults.hosts),
        source_addresses=defaults.source_addresses,
        source_addresses_by=defaults.source_addresses_by,
        connections=defaults.connections,
        pool_size=defaults.pool_size,
        dns_lifetime_s=defaults.dns_lifetime_s,
        max_body_bytes=defaults.max_body_bytes,
    )


def apply(
    http: HttpSettings, changes: TransportChanges, folder: Path, asked: TransportChanges, *, elsewhere: bool = False
) -> HttpSettings:
    """Return the settings with what the test says (its files lie in `folder`), and over it what the caller asks.

    Source addresses of agents that run `elsewhere` are those of other machines, and looked at there.

    Raises `InvalidInput` with the setting's name for what cannot be used: addresses, proxies, and files that hold no
    certificates or do not belong together.
    """
    said = _within(folder, changes)
    given = {name: getattr(said, name) for name in TransportChanges.__slots__}
    for name in TransportChanges.__slots__:
        value = getattr(asked, name)
        if name == "hosts":
            given[name] = (*given[name], *value)
        elif value not in (None, ()):
            given[name] = value
    if asked.client_certificate is not None:
        given["client_key"] = asked.client_key  # the key of another certificate is no key of this one
    every = TransportChanges(**given)
    if every.source_addresses_by == "user" and every.connections == "pool":
        raise InvalidInput(
            "source addresses by user: connections of a pool belong to no user; leave one of the two out"
        )
    return replace(
        http,
        http_version=every.http_version or http.http_version,
        proxy=_proxy(every.proxy, every.no_proxy or ()),
        certificate_authorities=None if every.ca_file is None else certificates.read_authorities(every.ca_file),
        client_certificate=_certificate(every),
        hosts=tuple((host.lower(), _address(f"resolve {host}", address)) for host, address in every.hosts),
        source_addresses=tuple(_source(each, elsewhere=elsewhere) for each in every.source_addresses),
        source_addresses_by=every.source_addresses_by or http.source_addresses_by,
        connections=every.connections or http.connections,
        pool_size=_pool_size(http.pool_size if every.pool_size is None else every.pool_size),
        dns_lifetime_s=every.dns_lifetime_s,
        max_body_bytes=http.max_body_bytes if every.max_body_bytes is None else every.max_body_bytes,
    )


def confine(said: TransportChanges, folder: Path) -> None:
    """Raise `InvalidInput` where a test names a file outside of its folder."""
    for name in (said.client_certificate, said.client_key, said.ca_file):
        if name is not None and not (folder / name).resolve().is_relative_to(folder.resolve()):
            raise InvalidInput(f"{name}: lies outside of the test's own files")


def _within(folder: Path, changes: TransportChanges) -> TransportChanges:
    def place(name: str | None) -> str | None:
        return None if name is None else str(folder / name)

    return replace(
        changes,
        client_certificate=place(changes.client_certificate),
        client_key=place(changes.client_key),
        ca_file=place(changes.ca_file),
    )


def _certificate(changes: TransportChanges) -> str | None:
    if changes.client_certificate is None:
        if changes.client_key is not None:
            raise InvalidInput(
                f"client key {changes.client_key}: a key needs its certificate; give that too (--client-cert)"
            )
        return None
    return certificates.read_client_certificate(changes.client_certificate, changes.client_key)


def _with_credentials(proxy: Proxy) -> str:
    return urls.with_userinfo(proxy.url.source, proxy.user.source, proxy.password.source)


def _proxy(url: str | None, no_proxy: tuple[str, ...]) -> ProxySettings | None:
    """Return the proxies; None: none. `env` reads them from the environment, in lower case and upper."""
    if not url:
        return None
    if url == ENVIRONMENT:
        from urllib.request import getproxies_environment

        found = getproxies_environment()
        plain, secure = (found.get(scheme, found.get("all")) for scheme in ("http", "https"))
        bypass = tuple(entry for entry in re.split(r"[,\s]+", found.get("no", "")) if entry)
        if plain is None and secure is None:
            return None
        plain, secure = plain and _proxy_url(plain, "http_proxy"), secure and _proxy_url(secure, "https_proxy")
        return ProxySettings(plain, secure, (*no_proxy, *bypass))
    checked = _proxy_url(url, "proxy")
    return ProxySettings(checked, checked, no_proxy)


def _proxy_url(url: str, what: str) -> str:
    whole = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(whole)
        valid = parts.scheme == "http" and bool(parts.hostname) and (parts.port or 1) > 0 and not parts.path.strip("/")
    except ValueError:
        valid = False
    if not valid:
        shown = re.sub(r"//[^@/]*@", "//…@", url)
        raise InvalidInput(f"{what} {shown!r}: write it like http://user:password@proxy.example:3128")
    return whole.rstrip("/")


def _address(what: str, text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        raise InvalidInput(f"{what}: {text!r} is no IP address") from None


def _source(text: str, *, elsewhere: bool) -> str:
    """Return an address that connections can come from, where the agents run on this machine."""
    address = _address("source address", text)
    if elsewhere:
        return address
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.bind((address, 0))
    except OSError as error:
        raise InvalidInput(f"source address {address}: {error.strerror}; it must be one of this machine's") from None
    return address


def _version(text: str) -> HttpVersion:
    if text not in get_args(HttpVersion):
        raise InvalidInput(f"HTTP version {text!r}: known are {', '.join(get_args(HttpVersion))}")
    return cast("HttpVersion", text)


def _sources_by(text: str) -> SourcesBy:
    if text not in get_args(SourcesBy):
        raise InvalidInput(f"source addresses by {text!r}: write {' or '.join(get_args(SourcesBy))}")
    return cast("SourcesBy", text)


def _connections(text: str) -> tuple[Connections, int | None]:
    model, _, size = text.partition(":")
    if model not in get_args(Connections) or (size and (model != "pool" or not size.isdecimal())):
        raise InvalidInput(f"connections {text!r}: write user, iteration, or pool:50")
    return cast("Connections", model), int(size) if size else None


def _largest_body(text: str | int) -> int:
    """Return the most bytes of a body."""
    try:
        size = parse_size(text)
    except InvalidInput as error:
        raise InvalidInput(f"max body size: {error}") from None
    if not 1 <= size <= MOST_BODY_BYTES:
        raise InvalidInput(f"max body size {text}: a body holds from 1 byte to 1 TiB; to keep none, discard it")
    return size


def _pool_size(size: int) -> int:
    if not 1 <= size <= MOST_POOLED:
        raise InvalidInput(f"connections pool:{size}: a pool holds from 1 to {MOST_POOLED:,} connections")
    return size
