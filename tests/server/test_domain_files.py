"""A domain that serves its token as a file, looked at through a hosts file of the test's own (nss_wrapper)."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.apps import Answer, Authority, Recorder, Request
from tests.apps.names import Names
from tests.apps.penstock_server import PenstockServer
from tests.server.loads import source

SHOP = "shop.example.com"


def wrapper() -> str:
    """Return the library that lets a process read a hosts file of its own."""
    found = sorted(Path("/usr/lib").glob("*/libnss_wrapper.so"))
    if not found:
        if os.environ.get("CI"):
            pytest.fail("nss_wrapper is not installed, and in CI it must be: apt-get install libnss-wrapper")
        pytest.skip("nss_wrapper is not installed (apt-get install libnss-wrapper)")
    return str(found[0])


def address_with(port: int) -> str:
    """Return a loopback address where this process may listen at a port below 1024 and nobody else does."""
    for last in range(2, 250):
        with socket.socket() as tried:
            try:
                tried.bind((f"127.80.43.{last}", port))
            except PermissionError:
                if os.environ.get("CI"):
                    pytest.fail(f"port {port} may not be listened at, and in CI it must be")
                pytest.skip(f"port {port} may not be listened at (sysctl net.ipv4.ip_unprivileged_port_start)")
            except OSError:
                continue
            return f"127.80.43.{last}"
    raise AssertionError(f"no address has port {port} free")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_domain_that_serves_its_token_is_verified_and_may_be_loaded(scheme: str, tmp_path: Path) -> None:
    preload, port = wrapper(), {"http": 80, "https": 443}[scheme]
    authority = Authority()
    address = address_with(port)
    (tmp_path / "hosts").write_text(f"{address} {SHOP}\n")
    environment = {
        "LD_PRELOAD": preload,
        "NSS_WRAPPER_HOSTS": str(tmp_path / "hosts"),
        "SSL_CERT_FILE": str(authority.save(tmp_path / "authority.pem")),
    }
    served: dict[str, bytes] = {}

    def answer(request: Request) -> Answer:
        content = served.get(request.target)
        return Answer(404) if content is None else Answer(200, body=content)

    context = authority.context(SHOP) if scheme == "https" else None
    with Names() as names, Recorder(answer, context, place=(address, port)) as shop:
        options = ("--name-servers", names.address, "--allow-private-targets")
        server = PenstockServer(tmp_path / "data", options, environment).start()
        try:
            with server.client() as client:
                domain = client.post("/domains", json={"name": SHOP}).raise_for_status().json()
                verification = f"/domains/{domain['id']}/verification"
                wish = {"source": source(f"https://www.{SHOP}", concurrency=6, maxIterations=1)}
                assert client.post("/runs", json=wish).status_code == 403
                assert client.post(verification).status_code == 422
                served[domain["path"]] = b"the token of someone else"
                assert client.post(verification).status_code == 422
                served[domain["path"]] = f"{domain['token']}\n".encode()
                verified = client.post(verification)
                assert (verified.status_code, verified.json()["verified"]) == (200, True)
                assert [one["verified"] for one in client.get("/domains").json()] == [True]
                run = client.post("/runs", json=wish)
                assert run.status_code == 202, run.text
                client.post(f"/runs/{run.json()['id']}/stop")
        finally:
            assert server.stop() == 0
        assert {(one.method, one.target, one.header("Host")) for one in shop.requests} == {
            ("GET", domain["path"], SHOP)
        }
