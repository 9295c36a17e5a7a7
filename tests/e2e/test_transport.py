"""`penstock run` over the network's byways: versions, certificates, proxies, addresses, connections."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.apps import Authority, Connection, Recorder, Server
from tests.apps.authenticating import Authenticating
from tests.apps.nginx import Nginx, is_installed
from tests.apps.proxy import Proxy
from tests.e2e.conftest import Command, Ended

pytestmark = pytest.mark.e2e


def flow(folder: Path, body: str, options: str = "") -> str:
    path = folder / "flow.py"
    path.write_text(
        "from penstock.script import Options, basic, bearer, check, digest, http\n"
        f"options = Options({options})\n\n\nasync def journey(user):\n    {body}\n"
    )
    return str(path)


def summary(ended: Ended) -> Any:
    assert ended.stdout, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.skipif(not is_installed(), reason="nginx is not installed; install nginx-light")
def test_http2_client_certificate_and_own_authority(penstock: Command, tmp_path: Path) -> None:
    authority, clients = Authority(), Authority()
    issued = clients.issue("ann.test")
    (tmp_path / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    (tmp_path / "key.pem").write_bytes(issued.private_key_pem.bytes())
    authority.save(tmp_path / "ca.pem")
    with Nginx(authority=authority, clients=clients) as server:
        body = (
            "r = await http.get('/protocol', name='x'); check(r.text == 'HTTP/2.0' and 'x-client' in r.headers, 'h2')"
        )
        given = flow(tmp_path, body, "client_cert='cert.pem', client_key='key.pem', ca_file='ca.pem'")
        ended = penstock("run", given, "--base-url", server.secure_url, "--iterations", "3", "--json", "-")
        told = summary(ended)
        assert told["requests"][0]["statuses"] == {"200": 3}
        phases = told["requests"][0]["phases"]
        assert (phases["tls"]["count"], phases["wait"]["count"]) == (1, 3)
        # The check in it does not hold.
        penstock("run", given, "--base-url", server.secure_url, "--http-version", "1.1", expect=99)


@pytest.mark.skipif(not is_installed(), reason="nginx is not installed; install nginx-light")
def test_the_certificate_of_a_request_lies_beside_the_flow(penstock: Command, tmp_path: Path) -> None:
    clients = Authority()
    issued = clients.issue("ann.test")
    folder = tmp_path / "flows"  # not where the command runs
    (folder / "users").mkdir(parents=True)
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    (folder / "users" / "0.pem").write_bytes(chain + issued.private_key_pem.bytes())
    with Nginx(clients=clients) as server:
        body = (
            "r = await http.get('/protocol', certificate=f'users/{user.index}.pem'); "
            "check('x-client' in r.headers, 'known')"
        )
        penstock("run", flow(folder, body), "--base-url", server.secure_url, "--insecure")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("no.pem", None), "no.pem: No such file or directory"),
        (("ca.pem", None), "it holds no private key; give its file (--client-key)"),
        (("key.pem", "key.pem"), "key.pem: it holds no certificate"),
        (("cert.pem", "other.pem"), "the key is that of another certificate"),
        (("cert.der", "key.pem"), "this is not PEM but binary"),
    ],
)
def test_wrong_files_are_told_before_anything_runs(
    penstock: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: tuple[str, str | None], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    authority = Authority()
    one, other = authority.issue("a.test"), authority.issue("b.test")
    authority.save(tmp_path / "ca.pem")
    (tmp_path / "cert.pem").write_bytes(one.cert_chain_pems[0].bytes())
    (tmp_path / "key.pem").write_bytes(one.private_key_pem.bytes())
    (tmp_path / "other.pem").write_bytes(other.private_key_pem.bytes())
    (tmp_path / "cert.der").write_bytes(b"\x30\x82\xff")
    given = flow(tmp_path, "await http.get('/')")
    key = [] if files[1] is None else ["--client-key", str(tmp_path / files[1])]
    ended = penstock(
        "run", given, "--base-url", "http://127.0.0.1:1", "--client-cert", str(tmp_path / files[0]), *key, expect=104
    )
    assert message in ended.stderr


def test_proxies_names_sources_and_pools(penstock: Command, tmp_path: Path) -> None:
    given = flow(tmp_path, "await http.get('http://shop.test:%d/' % PORT)", "users=3")
    with Recorder() as target, Proxy("ann", "secret") as proxy:
        text = (tmp_path / "flow.py").read_text().replace("PORT", str(target.port))
        (tmp_path / "flow.py").write_text(text.replace("shop.test", "127.0.0.1"))
        url = proxy.url.replace("://", "://ann:secret@")
        ended = penstock("run", given, "--proxy", url, "--iterations", "2")
        assert len(proxy.asked) == 6
        assert "secret" not in ended.stderr.replace(url, "")
        ended = penstock("run", given, "--proxy", url, "--no-proxy", "127.0.0.0/8", "--iterations", "1")
        assert (ended.code, len(proxy.asked)) == (0, 6)
        (tmp_path / "flow.py").write_text(text)
        before = target.connections
        ended = penstock(
            "run",
            given,
            *("--resolve", "shop.test=127.0.0.1", "--source-address", "127.0.0.5", "--connections", "pool:1"),
            *("--iterations", "2", "--dns-lifetime", "10s", "--json", "-"),
        )
        assert target.connections == before + 1
        assert target.requests[-1].header("host") == f"shop.test:{target.port}"


def test_a_trial_goes_the_same_ways(penstock: Command, tmp_path: Path) -> None:
    given = flow(tmp_path, "await http.get('http://shop.test:%d/' % PORT)")
    with Recorder() as target, Proxy("ann", "secret") as proxy:
        text = (tmp_path / "flow.py").read_text().replace("PORT", str(target.port))
        (tmp_path / "flow.py").write_text(text)
        penstock("trial", given, "--resolve", "shop.test=127.0.0.1", "--source-address", "127.0.0.7")
        assert target.requests[-1].header("host") == f"shop.test:{target.port}"
        (tmp_path / "flow.py").write_text(text.replace("shop.test", "127.0.0.1"))
        penstock("trial", given, "--proxy", proxy.url_for_clients)
        assert len(proxy.asked) == 1
        penstock("trial", given, "--proxy", proxy.url_for_clients, "--no-proxy", "127.0.0.0/8")
        assert len(proxy.asked) == 1
    authority = Authority()
    authority.save(tmp_path / "ca.pem")
    with Recorder(context=authority.context("localhost"), host="localhost") as target:
        secure = flow(tmp_path, "await http.get('/')")
        penstock("trial", secure, "--base-url", target.url, expect=99)
        penstock("trial", secure, "--base-url", target.url, "--ca-file", tmp_path / "ca.pem", "--http-version", "1.1")


def test_each_user_comes_from_an_address_of_its_own_on_any_number_of_agents(penstock: Command, tmp_path: Path) -> None:
    def who(connection: Connection) -> None:
        while connection.receive():
            peer = connection.peer.encode()
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(peer), peer))

    body = "r = await http.get('/'); check(r.text == f'127.0.0.{2 + user.index % 3}', 'its own')"
    given = flow(tmp_path, body, "source_addresses_by='user', connections='iteration'")
    addresses = [part for last in (2, 3, 4) for part in ("--source-address", f"127.0.0.{last}")]
    with Server(who) as target:
        for workers in ("1", "2"):
            penstock(
                "run",
                given,
                *("--base-url", target.url, "--users", "5", "--iterations", "2", "--agents", workers),
                *addresses,
            )
        by_connection = ("--source-addresses-by", "connection", "--users", "5", "--iterations", "2")
        penstock("run", given, "--base-url", target.url, *by_connection, *addresses, expect=99)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--source-addresses-by", "agent"), "source addresses by 'agent': write connection or user"),
        (("--proxy", "socks5://u:secret@h:1"), "write it like http://user:password@proxy.example:3128"),
        (("--resolve", "shop"), "write it like shop.example=10.0.0.5"),
        (("--resolve", "shop=nowhere"), "'nowhere' is no IP address"),
        (("--source-address", "eth0"), "'eth0' is no IP address"),
        (
            ("--source-address", "192.0.2.1"),
            "192.0.2.1: Cannot assign requested address; it must be one of this machine",
        ),
        (("--http-version", "3"), "known are auto, 1.0, 1.1, 2, 2-prior-knowledge"),
        (("--connections", "pool:many"), "write user, iteration, or pool:50"),
        (("--connections", "pool:0"), "a pool holds from 1"),
        (("--client-key", "key.pem"), "a key needs its certificate"),
    ],
)
def test_what_makes_no_sense_is_refused(
    penstock: Command, tmp_path: Path, arguments: tuple[str, str], message: str
) -> None:
    ended = penstock(
        "run", flow(tmp_path, "await http.get('/')"), "--base-url", "http://127.0.0.1:1", *arguments, expect=104
    )
    assert message in ended.stderr
    assert "secret" not in ended.stderr


def test_the_environments_proxies_are_taken_only_by_wish(
    penstock: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Recorder() as target, Proxy() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        given = flow(tmp_path, f"await http.get('{target.url}/')")
        assert penstock("run", given).code == 0
        assert proxy.asked == []
        assert penstock("run", given, "--proxy", "env").code == 0
        assert len(proxy.asked) == 1


def test_credentials_of_a_flow(penstock: Command, tmp_path: Path) -> None:
    with Authenticating("Digest", algorithms=["SHA-256"]) as server:
        given = flow(tmp_path, "await http.get('/', auth=digest('Mufasa', 'Circle of Life'))")
        ended = penstock("run", given, "--base-url", server.url, "--iterations", "3", "--json", "-")
        assert summary(ended)["totals"]["requests"]["statuses"] == {"200": 3}
        assert server.statuses == [401, 200, 200, 200]


def test_a_scenario_says_it_as_well(penstock: Command, tmp_path: Path) -> None:
    with Authenticating("Digest") as server, Proxy() as proxy:
        text = {
            "version": 1,
            "name": "over a proxy",
            "dialect": "loadmill",
            "origin": {"file": "scenario.json"},
            "journeys": [
                {
                    "name": "main",
                    "origin": {"file": "scenario.json"},
                    "steps": [
                        {
                            "type": "assign",
                            "assignments": [{"variable": "port", "choices": [str(proxy.port)]}],
                            "origin": {"file": "scenario.json"},
                        },
                        {
                            "type": "request",
                            "name": "home",
                            "method": "GET",
                            "url": f"{server.url}/",
                            "origin": {"file": "scenario.json"},
                            "credentials": {"scheme": "any", "user": "Mufasa", "password": "Circle of Life"},
                        },
                    ],
                }
            ],
            "populations": [
                {
                    "name": "all",
                    "load": {"phases": [{"start": 1, "end": 1, "duration_s": 20}], "iterations_per_user": 2},
                }
            ],
            "defaults": {
                "proxy": {
                    "url": ["http://127.0.0.1:", {"expr": {"type": "variable", "name": "port"}, "source": "${port}"}]
                }
            },
        }
        path = tmp_path / "scenario.json"
        path.write_text(json.dumps(text))
        ended = penstock("run", str(path), "--json", "-")
        assert summary(ended)["totals"]["requests"]["statuses"] == {"200": 2}
        assert proxy.asked == [f"GET {server.url}/"] * 3
