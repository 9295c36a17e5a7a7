"""Certificates that users show to servers, and authorities of one's own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from penstock.script import http
from tests.apps import Authority, Recorder
from tests.apps.nginx import Nginx, is_installed
from tests.engine.native_run import ask, play

needs_nginx = pytest.mark.skipif(
    not is_installed() and not os.environ.get("CI"), reason="nginx is not installed; install nginx-light"
)


def pem_of(authority: Authority, name: str) -> str:
    issued = authority.issue(name)
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    return (chain + issued.private_key_pem.bytes()).decode()


def authorities(authority: Authority, folder: Path) -> str:
    return authority.save(folder / "ca.pem").read_text()


@needs_nginx
@pytest.mark.parametrize("version", ["1.1", "2"])
def test_a_server_that_wants_a_certificate_is_shown_one(tmp_path: Path, version: str) -> None:
    authority, clients = Authority(), Authority()
    trusted = {"certificate_authorities": authorities(authority, tmp_path), "http_version": version}
    with Nginx(authority=authority, clients=clients) as server:
        own = {**trusted, "client_certificate": pem_of(clients, "ann.test")}
        (shown,) = ask(server.secure_url + "/protocol", settings=own)
        (none,) = ask(server.secure_url + "/protocol", settings=trusted)
        foreign = {**trusted, "client_certificate": pem_of(Authority(), "eve.test")}
        (wrong,) = ask(server.secure_url + "/protocol", settings=foreign)
    assert (shown.status, "O=" in shown.headers["x-client"]) == (200, True)
    assert (none.status, wrong.status) == (400, 400)


@needs_nginx
def test_each_user_may_show_its_own(tmp_path: Path) -> None:
    clients = Authority()
    files = []
    for name in ("ann", "bob"):
        file = tmp_path / f"{name}.pem"
        file.write_text(pem_of(clients, f"{name}.test"))
        files.append(str(file))
    seen: list[str] = []
    with Nginx(clients=clients) as server:

        async def journey(user: Any) -> None:
            for _ in range(2):
                response = await http.get(server.secure_url + "/protocol", certificate=files[user.index])
                seen.append(response.headers["x-client"])

        played = play(journey, phases=((2, 2, 20.0),), verify_tls=False)
    assert played.iterations == {"started": 2, "finished": 2}
    assert len(set(seen)) == 2
    assert len(seen) == 4


def test_a_file_that_holds_none_fails_the_exchange(tmp_path: Path) -> None:
    with Recorder(context=Authority().context(), host="localhost") as target:
        (missing,) = ask(target.url, certificate=str(tmp_path / "no.pem"), settings={"verify_tls": False})
    assert missing.error_kind == "tls"
    assert missing.error.startswith(f"client certificate {tmp_path}/no.pem: No such file")


def test_own_authorities_are_trusted_besides_the_machines(tmp_path: Path) -> None:
    authority = Authority()
    with Recorder(context=authority.context(), host="localhost") as target:
        (unknown,) = ask(target.url)
        (known,) = ask(target.url, settings={"certificate_authorities": authorities(authority, tmp_path)})
    assert unknown.error_kind == "tls"
    assert known.ok


@pytest.mark.parametrize(
    ("reason", "place", "pem", "message"),
    [
        ("no PEM", "client_certificate", "x", "there is no certificate in it"),
        ("no key", "client_certificate", None, "there is no private key in it"),
        ("no certificate", "certificate_authorities", "x", "there is no certificate in it"),
    ],
)
def test_a_plan_with_wrong_files_is_refused(reason: str, place: str, pem: str | None, message: str) -> None:
    if pem is None:
        pem = pem_of(Authority(), "a.test").partition("-----BEGIN RSA")[0].partition("-----BEGIN EC")[0]
        pem = pem.partition("-----BEGIN PRIVATE")[0]
    with pytest.raises(ValueError, match=rf"http\.{place}: {message}"):
        ask("http://127.0.0.1/", settings={place: pem})


def test_the_key_of_another_certificate_is_told() -> None:
    one, other = pem_of(Authority(), "a.test"), pem_of(Authority(), "b.test")
    mixed = one[: one.rindex("-----BEGIN")] + other[other.rindex("-----BEGIN") :]
    with pytest.raises(ValueError, match="the key is that of another certificate"):
        ask("http://127.0.0.1/", settings={"client_certificate": mixed})
