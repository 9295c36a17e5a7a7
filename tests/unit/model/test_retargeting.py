"""Origins in their usual form, and where requests to them go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.model.retargeting import Retargeting, origin_of, parse


@pytest.mark.parametrize(
    ("url", "origin", "reason"),
    [
        ("http://shop.test", "http://shop.test", "as it is"),
        ("HTTP://Shop.TEST:80/a?b#c", "http://shop.test", "case, own port, and what follows do not count"),
        ("https://shop.test:443", "https://shop.test", "the port of TLS"),
        ("https://shop.test:80", "https://shop.test:80", "the port of the other scheme"),
        ("wss://shop.test/socket", "https://shop.test", "sockets belong to the page that opens them"),
        ("http://[::0:1]:8080/", "http://[::1]:8080", "one spelling of an address"),
        ("http://bücher.test", "http://xn--bcher-kva.test", "the name that is resolved"),
        ("http://ann:secret@shop.test/", "http://shop.test", "credentials are none of it"),
        ("shop.test:80", None, "no scheme"),
        ("ftp://shop.test", None, "another scheme"),
        ("http://", None, "no host"),
        ("http://shop.test:x/", None, "no port"),
        ("http://[::1", None, "no address"),
        ("/items", None, "relative"),
    ],
)
def test_an_origin_has_one_usual_form(url: str, origin: str | None, reason: str) -> None:
    assert origin_of(url) == origin, reason


RETARGETING = Retargeting("http://all.test", (("https://shop.test", "http://127.0.0.1:8080"),))


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://Shop.test:443/a/b?c=d", "http://127.0.0.1:8080/a/b?c=d"),
        ("https://shop.test", "http://127.0.0.1:8080"),
        ("http://shop.test/a", "http://all.test/a"),
        ("/a", "http://all.test/a"),
    ],
)
def test_an_origin_is_replaced_and_the_rest_of_a_url_stays(url: str, wanted: str) -> None:
    assert RETARGETING.url_for(url) == wanted
    assert Retargeting().url_for(url) == url


_ORIGINS = st.builds("http://{}.test:{}".format, st.sampled_from("abcde"), st.integers(1, 9))


@given(st.none() | _ORIGINS, st.dictionaries(_ORIGINS, _ORIGINS, max_size=4))
def test_its_text_says_all_of_it(everywhere: str | None, overrides: dict[str, str]) -> None:
    retargeting = Retargeting(everywhere, tuple(overrides.items()))
    assert parse(retargeting.text) == retargeting
    assert bool(retargeting) == bool(retargeting.text)
