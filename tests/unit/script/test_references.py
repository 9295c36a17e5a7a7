"""What documents refer to."""

from __future__ import annotations

import pytest

from penstock.script.pages.references import of_css, of_html

HERE = "http://shop.test/a/page.html?q=1"
ROOT = "http://shop.test"


@pytest.mark.parametrize(
    ("reason", "html", "urls"),
    [
        ("images", '<img src="/x.png"><img src=y.png>', ["/x.png", "/a/y.png"]),
        ("style sheets and icons", '<link rel=stylesheet href=s.css><link rel="shortcut icon" href=/i.ico>', None),
        ("no other links", "<link rel=canonical href=/c><link rel=alternate href=/d><link href=/e>", []),
        ("scripts", "<script src=/s.js></script><script>var a = '<img src=/no.png>'</script>", ["/s.js"]),
        ("frames", "<iframe src=/f.html></iframe>", ["/f.html"]),
        ("a frame set", "<html><frameset><frame src=/f1><frame src=/f2></frameset></html>", ["/f1", "/f2"]),
        ("image buttons, no other input", "<input type=IMAGE src=/b.gif><input type=text src=/no.gif>", ["/b.gif"]),
        ("backgrounds", "<body background=/b.png><table background=/t.png><tr><td background=/d.png>", None),
        ("objects", "<embed src=/e.swf><object data=/o.svg></object><bgsound src=/s.mid>", None),
        ("applets", '<applet codebase="/java" code="Clock.class"></applet>', ["/java/Clock.class"]),
        ("style elements", "<style>@import 'i.css'; a{background:url(/u.png)}</style>", ["/a/i.css", "/u.png"]),
        ("style attributes", "<p style=\"background: url('/p.png')\">", ["/p.png"]),
        ("each once", "<img src=/x.png><img src=/x.png#part><img src='/x.png'>", ["/x.png"]),
        ("below a base", "<base href='/other/'><img src=x.png>", ["/other/x.png"]),
        ("blanks and umlauts", '<img src=" /a b/ü.png?q=ä ö ">', ["/a%20b/%C3%BC.png?q=%C3%A4%20%C3%B6"]),
        ("entities", '<img src="/x?a=1&amp;b=2">', ["/x?a=1&b=2"]),
        ("nothing that is not HTTP", "<img src='data:image/png;base64,xx'><iframe src='about:blank'></iframe>", []),
        ("nothing empty", "<img src=''><img><script></script><img src='#x'>", []),
        ("no impossible hosts", "<img src='http://[::1/x'><img src='http://'>", []),
        ("not what is commented out", "<!-- <img src=/no.png> --><img src=/yes.png>", ["/yes.png"]),
        ("broken HTML", "<div><img src=/x.png <p><img src=/y.png></div></div>", ["/x.png", "/y.png"]),
        ("nothing of an empty body", "", []),
    ],
)
def test_html_refers_to(reason: str, html: str, urls: list[str] | None) -> None:
    found = [reference.url.removeprefix(ROOT) for reference in of_html(html.encode(), HERE, "utf-8")]
    if urls is None:
        assert sorted(found) == sorted(_target(word) for word in _sources(html))
    else:
        assert found == urls


def _sources(html: str) -> list[str]:
    return [
        word for word in html.replace(">", " ").split() if word.startswith(("href=", "src=", "data=", "background="))
    ]


def _target(word: str) -> str:
    target = word.partition("=")[2].strip("\"'")
    return target if target.startswith("/") else f"/a/{target}"


def test_hosts_of_others_are_kept() -> None:
    (found,) = of_html(b"<img src=//cdn.test/x.png>", "https://shop.test/", None)
    assert found.url == "https://cdn.test/x.png"


def test_frames_and_style_sheets_may_refer_to_more() -> None:
    html = b"<link rel=stylesheet href=/s.css><iframe src=/f></iframe><img src=/x><style>@import url(i.css);</style>"
    assert {one.url.rpartition("/")[2]: one.may_refer for one in of_html(html, ROOT, None)} == {
        "s.css": True,
        "f": True,
        "x": False,
        "i.css": True,
    }


def test_style_sheets_refer_to() -> None:
    css = b"""@charset "utf-8"; @import url("a.css"); @import 'b.css' screen; /* url(no.png) */
    a { background: URL( x.png ) } b { src: url('y.woff2') format("woff2"), url(y.ttf) } c { d: url(data:x) }"""
    found = [one.url.rpartition("/")[2] for one in of_css(css, "http://shop.test/css/s.css", None)]
    assert found == ["a.css", "b.css", "x.png", "y.woff2", "y.ttf"]


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "no-such-charset", "base64", None])
def test_any_charset_is_read_somehow(charset: str | None) -> None:
    assert [one.url for one in of_html(b"<p>\xfc<img src=/x.png>", ROOT, charset)] == [f"{ROOT}/x.png"]
    assert [one.url for one in of_css(b"/*\xfc*/a{b:url(/x.png)}", ROOT, charset)] == [f"{ROOT}/x.png"]
