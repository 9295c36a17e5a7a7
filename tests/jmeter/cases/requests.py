"""What is sent: addresses, parameters, bodies, headers, cookies, redirects, pages."""

from __future__ import annotations

from tests.jmeter.case import PORT, Case, alone, see, shop
from tests.jmeter.jmx import (
    Argument,
    Element,
    Inner,
    Upload,
    defaults,
    document,
    get,
    headers,
    http,
    loop,
    only_once,
    plan,
    regex,
    simple,
    threads,
    variables,
)

_ODD = [("a", "1 2"), ("b", "x&y=z"), ("é", "ü"), ("empty", ""), ("plus", "a+b"), ("pct", "50%"), ("sl", "/?#")]
_ENCODED = [("a", "1%202"), ("b", "x%26y"), ("plus", "a+b"), ("sl", "/?x")]
_RAW = [Argument(name, value, is_encoded=False) for name, value in _ENCODED]
_FILE = Upload("note.txt", "file", "text/plain")
_FILES = {"note.txt": b"a note\nof two lines\n", "pic.png": bytes(range(64))}


def cookies(*given: tuple[str, str, str, str], clear: bool = False, follows: bool = False, **more: str) -> Element:
    """Each a name, a value, a domain and a path."""
    inner = [
        Inner(
            "Cookie",
            {
                "Cookie.value": v,
                "Cookie.domain": d,
                "Cookie.path": p,
                "Cookie.secure": False,
                "Cookie.expires": 0,
                "Cookie.path_specified": True,
                "Cookie.domain_specified": True,
            },
            n,
        )
        for n, v, d, p in given
    ]
    said = {
        "CookieManager.cookies": inner,
        "CookieManager.clearEachIteration": clear,
        "CookieManager.controlledByThreadGroup": follows,
        **more,
    }
    return Element("CookieManager", "CookiePanel", "cookies", said)


def authorization(url: str, user: str, password: str, mechanism: str = "BASIC") -> Element:
    one = {
        "Authorization.url": url,
        "Authorization.username": user,
        "Authorization.password": password,
        "Authorization.domain": "",
        "Authorization.realm": "",
        "Authorization.mechanism": mechanism,
    }
    said = {"AuthManager.auth_list": [Inner("Authorization", one, "")], "AuthManager.controlledByThreadGroup": False}
    return Element("AuthManager", "AuthPanel", "authorization", said)


def cache(clear: bool = False, expires: bool = True) -> Element:
    said = {"clearEachIteration": clear, "useExpires": expires, "CacheManager.controlledByThread": False}
    return Element("CacheManager", "CacheManagerGui", "cache", said)


def _elsewhere(*children: Element) -> Case:
    """A plan without defaults."""
    return Case(document(plan(threads(*children))))


_LOGIN = get("/cookie", parameters=[("set", "s=1"), ("set2", "t=2; Path=/deep"), ("set3", "later=1; Max-Age=60")])

CASES = {
    "methods": alone(
        *(http(method, "/m") for method in ("GET", "HEAD", "OPTIONS", "DELETE", "PUT", "POST", "PATCH")),
        *(http(method, "/args", parameters=[("x", "1")]) for method in ("PUT", "POST", "PATCH", "DELETE", "HEAD")),
        *(http(method, "/body", body='{"a": 1}') for method in ("PUT", "POST", "PATCH", "DELETE", "GET")),
        http("${verb}", "/m"),
        variables(verb="PUT"),
    ),
    "addresses": alone(
        get("plain"),
        get(""),
        get("/with?query=1"),
        get("/with?query=1", parameters=[("more", "2")]),
        get("/a b/ü"),
        get("/a%20b/%C3%BC"),
        get("/semi;colon=1?y=1,2&z=a:b@c"),
        get("/frag?x=1#top"),
        get(f"http://127.0.0.1:{PORT}/full?x=1"),
        get("/own", domain="127.0.0.1", port=PORT, protocol="HTTP"),
        get("/by/${name}", domain="${host}"),
        get("${slash}/x"),
        get("${name}/x"),
        get("${whole}"),
        variables(name="var", host="127.0.0.1", slash="/a", whole=f"http://127.0.0.1:{PORT}/w?x=1"),
    ),
    "paths with dots and slashes": alone(get("/a//b"), get("/a/b/../c/./d")),
    "addresses that are none": alone(
        get("/x?x=[1]&y={2}&z=a|b"), get("/q", parameters=[Argument("p", "50%", is_encoded=False)])
    ),
    "parameters of the query": alone(get("/q", parameters=_ODD), get("/q", parameters=_RAW)),
    "parameters without a name or an equals sign": alone(
        get("/q", parameters=[Argument("flag", "", has_equals=False), Argument("", "lonely"), ("", "")]),
        get("/q", parameters=[Argument("a", "", has_equals=True), Argument("b", "x", has_equals=False)]),
        http("POST", "/q", parameters=[Argument("flag", "", has_equals=False), ("b", "")]),
    ),
    "parameters of a form": alone(http("POST", "/f", parameters=_ODD), http("POST", "/f", parameters=_RAW)),
    "a form in another encoding": alone(
        http("POST", "/f", parameters=[("a", "é€")], contentEncoding="ISO-8859-15"),
        get("/f", parameters=[("a", "é€")], contentEncoding="ISO-8859-15"),
        http("POST", "/f", body="é€", contentEncoding="UTF-8"),
        http("POST", "/f", body="é"),
    ),
    "a form with a query": alone(http("POST", "/f?x=1", parameters=[("a", "1")])),
    "a form whose values are variables": alone(
        variables(v="a b&c"),
        http("POST", "/f", parameters=[("x", "${v}"), Argument("y", "${v}", is_encoded=False), ("${v}", "1")]),
    ),
    "bodies": alone(
        http("POST", "/b", headers(("Content-Type", "application/json")), body='{"a": "${v}",\n "b": [1]}\n'),
        http("POST", "/b", body="plain text"),
        http("POST", "/b", headers(("Content-Type", "text/xml; charset=utf-8")), body="<a>é</a>"),
        http("POST", "/b", body=""),
        variables(v="x y"),
    ),
    "a body of several unnamed arguments": alone(
        http(
            "POST", "/b", parameters=[Argument("", "first", is_encoded=False), Argument("", "second", is_encoded=False)]
        ),
        http("PUT", "/b", parameters=[Argument("", "only", is_encoded=False)]),
    ),
    "uploads": alone(
        http("POST", "/u", files=[_FILE], multipart=True, BROWSER_COMPATIBLE_MULTIPART=True),
        http("PUT", "/u", files=[Upload("note.txt", "", "text/plain")]),
        http("POST", "/u", files=[Upload("note.txt", "", "text/plain")]),
        http("POST", "/u", files=[Upload("note.txt", "", "")]),
        http("POST", "/u", headers(("Content-Type", "text/csv")), files=[Upload("note.txt", "", "text/plain")]),
    ),
    "uploads of several parts": alone(
        http("POST", "/u", parameters=[("a", "1 2"), ("é", "ü")], files=[_FILE], multipart=True),
        http("POST", "/u", files=[_FILE, Upload("pic.png", "pic", "image/png")], multipart=True),
        http("POST", "/u", parameters=[("a", "1")], multipart=True),
        http("POST", "/u", parameters=[Argument("j", '{"a":1}', kind="application/json")], multipart=True),
        http("POST", "/u", parameters=[("a", "1")], files=[_FILE]),
    ),
    "headers are merged": alone(
        headers(("A", "outer"), ("B", "outer"), ("Accept", "text/html")),
        get("/h", headers(("a", "inner"), ("C", "inner"))),
        get("/h"),
        simple(headers(("B", "simple"), ("D", "simple")), get("/h", headers(("D", "own")))),
        get("/h", headers(("Empty", ""), ("V", "${v}"))),
        get("/h", headers(("User-Agent", "mine"), ("Connection", "close"))),
        get("/h", headers(("Accept-Encoding", "gzip, deflate"), ("Cookie", "a=1"), ("Content-Length", "7"))),
        variables(v="x"),
    ),
    "the host as a header": alone(get("/h", headers(("Host", "elsewhere.example")))),
    "two headers of one name": alone(get("/h", headers(("D", "own"), ("D", "twice")))),
    "a header without a name": alone(get("/h", headers(("", "nameless"))), get("/i")),
    "two headers' elements in one place": alone(headers(("A", "1"), ("B", "1")), headers(("A", "2")), get("/h")),
    "without keep-alive": alone(get("/k", keepalive=False), get("/k")),
    "defaults": alone(
        defaults([("d", "1")], path="/default", contentEncoding="UTF-8"),
        get(""),
        get("/own", parameters=[("x", "2")]),
        http("POST", "", parameters=[("x", "é")]),
        simple(defaults([("i", "3")], path="/inner"), get("")),
        get("", defaults(path="/child")),
    ),
    "defaults' arguments and a body": alone(defaults([("d", "1")]), http("POST", "/b", body="raw")),
    "cookies": alone(cookies(), _LOGIN, get("/a"), get("/deep/a"), get("/cookie?set=s=2"), get("/b"), loops=2),
    "cookies cleared each iteration": alone(cookies(clear=True), only_once(_LOGIN), get("/a"), get("/b"), loops=2),
    "cookies of the group": shop(
        threads(cookies(follows=True), only_once(_LOGIN), get("/a"), loops=2, same_user=False),
        threads(cookies(follows=True), only_once(_LOGIN), get("/a"), loops=2, same_user=True, name="again"),
    ),
    "cookies that are given": alone(
        cookies(("c", "${v}", "127.0.0.1", "/"), ("d", "1", "127.0.0.1", "/deep"), ("e", "1", "other.example", "/")),
        get("/a"),
        get("/deep/a"),
        get("/cookie?set=c=9"),
        get("/b"),
        variables(v="x"),
        loops=2,
    ),
    "cookies that are taken back": alone(
        cookies(),
        get("/cookie?set=s=1"),
        get("/cookie?set=s=1%3B+Expires%3DThu,+01+Jan+1970+00:00:10+GMT"),
        get("/a"),
        get("/cookie?set=t=1"),
        get("/cookie?set=t=%3B+Max-Age%3D0"),
        get("/b"),
    ),
    "no cookies": alone(_LOGIN, get("/a")),
    "cookies of two users": shop(
        threads(
            cookies(),
            get("/cookie", parameters=[("u", "${__threadNum}"), ("set", "s=${__threadNum}")]),
            get("/a", parameters=[("u", "${__threadNum}")]),
            users=2,
        ),
        ordered=False,
    ),
    "redirects": alone(
        *(
            get(f"/redirect/{code}", parameters=[("to", f"/at/{code}")], name=f"r{code}")
            for code in (301, 302, 303, 307, 308)
        ),
        *(
            http("POST", f"/redirect/{code}?to=/at/{code}", parameters=[("x", "1")], name=f"p{code}")
            for code in (301, 302, 303)
        ),
        http("PUT", "/redirect/302?to=/at", body="x", name="put"),
        http("HEAD", "/redirect/302?to=/at", name="head"),
        get("/redirect/302?to=/redirect/301%3Fto=/last", name="twice"),
        get("/redirect/302?to=rel/ative", name="relative"),
        get("/redirect/302?to=/status/404", name="to 404"),
        get("/redirect/302?to=/sp%20ace%3Fa=b%2520c", name="escaped"),
    ),
    "a redirect to a query": alone(get("/redirect/302?to=?q=1")),
    "redirects of a form that keep the method": alone(
        *(http("POST", f"/redirect/{code}?to=/at", parameters=[("x", "1")], name=f"p{code}") for code in (307, 308))
    ),
    "redirects left alone": alone(
        get("/redirect/302?to=/at", follows=False, name="off"),
        get("/redirect/302?to=/at", follows=False, auto=True, name="auto"),
        http("POST", "/redirect/302?to=/at", follows=False, auto=True, parameters=[("x", "1")], name="auto post"),
    ),
    "redirects with headers and cookies": alone(
        cookies(),
        headers(("X-A", "1"), ("Content-Type", "application/json")),
        http("POST", "/redirect/302?to=/cookie%3Fset=s=1", body="{}"),
        get("/after"),
    ),
    "what a redirected answer is": alone(
        get("/redirect/302?to=/json", regex("name", '"name": "(.+?)"'), regex("url", "(.*)", field="URL")),
        see(name="${name}", url="${url}"),
    ),
    "pages with their parts": alone(
        get("/page", image_parser=True, concurrentDwn=False, name="page"),
        get("/page", image_parser=True, embedded_url_re=".*png", name="pngs"),
        get("/page", image_parser=True, embedded_url_exclude_re=".*png.*", name="no pngs"),
        get("/json", image_parser=True, name="no page"),
    ),
    "authorization": alone(
        authorization(f"http://127.0.0.1:{PORT}/secret", "ann", "password:1"),
        get("/secret/a"),
        get("/open"),
    ),
    "a password of other letters": alone(
        authorization(f"http://127.0.0.1:{PORT}/secret", "ann", "ä"), get("/secret/a")
    ),
    "a cache": alone(cache(), get("/cached"), get("/cached"), get("/a"), loops=2),
    "a cache cleared each iteration": alone(cache(clear=True), get("/cached"), loops=2),
    "a path parameter for the session": alone(
        Element(
            "URLRewritingModifier",
            "URLRewritingModifierGui",
            "rewriting",
            {
                "argument_name": "token",
                "path_extension": False,
                "path_extension_no_equals": False,
                "path_extension_no_questionmark": False,
                "cache_value": True,
                "encode": False,
            },
        ),
        get("/page"),
        get("/next"),
        http("POST", "/form", parameters=[("x", "1")]),
        get("/last"),
    ),
    "a wrong address": _elsewhere(
        get("/nowhere"), get("/x", domain="127.0.0.1", port=PORT), get("/x", domain="127.0.0.1", port="1")
    ),
    "loops with parameters": alone(loop(2, get("/q", parameters=[("i", "${__jm__loop__idx}")]))),
}
CASES = {
    name: Case(case.plan, {**_FILES, **case.files} if name.startswith("uploads") else case.files, case.is_ordered)
    for name, case in CASES.items()
}
