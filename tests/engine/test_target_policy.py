"""Which addresses a run may connect to: decided on the resolved address, whatever leads there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apps import Recorder
from tests.apps.http import Answer
from tests.apps.proxy import Proxy
from tests.engine.native_run import ask

CLASSES = ["loopback", "link-local", "metadata", "private"]


def policy(**said: Any) -> dict[str, Any]:
    return {"policy": {"allowed": None, "closed": CLASSES, "opened": [], **said}}


def test_closed_classes_are_not_connected_to() -> None:
    with Recorder() as target:
        (by_address,) = ask(target.url, settings=policy())
        (by_name,) = ask(f"http://localhost:{target.port}/", settings=policy())
        assert target.connections == 0
    told = "the target policy closes loopback addresses"
    assert (by_address.error_kind, by_address.error) == ("refused", f"{told} (127.0.0.1)")
    assert by_name.error == f"{told} (localhost)"


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("http://169.254.169.254/latest/meta-data/", "cloud metadata"),
        ("http://[fd00:ec2::254]/", "cloud metadata"),
        ("http://10.1.2.3/", "private"),
        ("http://192.168.0.1/", "private"),
        ("http://100.64.0.1/", "private"),
        ("http://[fc00::1]/", "private"),
        ("http://169.254.1.1/", "link-local"),
        ("http://[fe80::1]/", "link-local"),
        ("http://0.0.0.0/", "loopback"),
        ("http://[::1]/", "loopback"),
        ("http://[::ffff:127.0.0.1]/", "loopback"),
        ("http://[::ffff:a00:1]/", "private"),
        ("http://[64:ff9b::7f00:1]/", "loopback"),
        ("http://[2002:7f00:1::]/", "loopback"),
        ("http://2130706433/", "loopback"),
        ("http://0x7f.1/", "loopback"),
    ],
)
def test_no_notation_of_an_address_leads_around(url: str, word: str) -> None:
    (response,) = ask(url, settings=policy(), timeout=2)
    assert response.error_kind == "refused"
    assert f"closes {word} addresses" in response.error


def test_a_name_that_is_overridden_is_judged_by_its_address() -> None:
    settings = {**policy(allowed=["shop.example"]), "hosts": [["shop.example", "127.0.0.1"]]}
    (response,) = ask("http://shop.example:1/", settings=settings)
    assert response.error == "the target policy closes loopback addresses (shop.example)"


def test_only_what_is_allowed_is_asked() -> None:
    (response,) = ask("http://192.0.2.1/", settings=policy(allowed=["shop.example", "*.a.example"]))
    assert response.error == "the target policy does not allow 192.0.2.1"
    with Recorder() as target:
        hosts = [["x.a.example", "127.0.0.1"], ["a.example", "127.0.0.1"]]
        settings = {**policy(allowed=["*.a.example"], opened=["127.0.0.0/8"]), "hosts": hosts}
        (below,) = ask(f"http://x.a.example:{target.port}/", settings=settings)
        assert below.ok
        settings = {**policy(allowed=["*.a.example"], closed=[]), "hosts": hosts}
        (itself,) = ask(f"http://a.example:{target.port}/", settings=settings)
        assert itself.error == "the target policy does not allow a.example"


def test_networks_that_are_allowed_are_open() -> None:
    with Recorder() as target:
        (response,) = ask(target.url, settings=policy(allowed=["127.0.0.0/8"]))
        assert response.ok
        (response,) = ask(target.url, settings=policy(opened=["127.0.0.1"]))
        assert response.ok


def test_redirects_lead_nowhere_else() -> None:
    answer = Answer(302, (("Location", "http://169.254.169.254/latest/"),))
    with Recorder(script=[answer]) as target:
        (response,) = ask(target.url, settings=policy(opened=["127.0.0.1"]))
    assert response.error == "the target policy closes cloud metadata addresses (169.254.169.254)"
    assert response.redirects == ("http://169.254.169.254/latest/",)


def test_a_proxy_is_no_way_round() -> None:
    with Recorder() as target, Proxy() as proxy:
        through = {"proxy": {"http": proxy.url, "https": None}}
        (response,) = ask("http://169.254.169.254/", settings={**policy(opened=["127.0.0.1"]), **through})
        assert response.error_kind == "refused"
        assert proxy.asked == []
        # An open target is asked by the address that was judged, so that the proxy cannot find another.
        settings = {**policy(opened=["127.0.0.1"]), **through, "hosts": [["shop.example", "127.0.0.1"]]}
        (response,) = ask(f"http://shop.example:{target.port}/", settings=settings)
        assert response.ok
        assert proxy.asked == [f"CONNECT 127.0.0.1:{target.port}"]
        (response,) = ask("http://192.0.2.1/", settings={**policy(), **through})
        assert response.error == "the target policy closes loopback addresses (127.0.0.1)"


def test_a_policy_that_cannot_be_read_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match=r'http\.policy\.opened: "nowhere" is no address and no network'):
        ask("http://127.0.0.1/", settings=policy(opened=["nowhere"]))
