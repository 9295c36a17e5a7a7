"""Plans as recorders write them: hundreds of requests, each with its headers, in transactions a page."""

from __future__ import annotations

from tests.jmeter.case import PORT, Case
from tests.jmeter.cases.requests import cookies
from tests.jmeter.jmx import (
    Argument,
    Element,
    controller,
    defaults,
    document,
    get,
    headers,
    http,
    json_extractor,
    plan,
    regex,
    says,
    simple,
    threads,
    transaction,
    variables,
)

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0"
_PAGE = (
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "en-US,en;q=0.5"),
)


def _listener(name: str) -> Element:
    return Element(
        "ResultCollector", "ViewResultsFullVisualizer", name, {"ResultCollector.error_logging": False, "filename": ""}
    )


def _uniform(delay: str, spread: str) -> Element:
    said = {"ConstantTimer.delay": delay, "RandomTimer.range": spread}
    return Element("UniformRandomTimer", "UniformRandomTimerGui", "Uniform Random Timer", said)


def _sent(*more: tuple[str, str]) -> Element:
    return headers(("User-Agent", _AGENT), *_PAGE, *more)


def _script_recorder() -> Case:
    """As the HTTP(S) Test Script Recorder leaves it, with what people add afterwards."""
    pages = []
    for page in range(12):
        steps = [
            get(
                "/page",
                _sent(("Referer", f"http://127.0.0.1:{PORT}/page")),
                name=f"{page}-1 /page",
                parameters=[("p", str(page))],
            )
        ]
        steps += [
            get(
                f"/assets/{page}/{part}.js",
                _sent(),
                name=f"{page}-{part + 2} /assets/{page}/{part}.js",
                parameters=[Argument("v", "1.2.3", is_encoded=False)],
            )
            for part in range(8)
        ]
        steps.append(
            http(
                "POST",
                "/login",
                _sent(("Content-Type", "application/json")),
                name=f"{page}-10 /login",
                body=f'{{\n  "user": "${{user}}",\n  "page": {page}\n}}',
            )
        )
        pages.append(transaction(f"/page-{page}", *steps))
    first = http(
        "POST",
        "/login",
        _sent(("Content-Type", "application/x-www-form-urlencoded")),
        json_extractor("token", "$.access_token", "1", "NONE"),
        says("200", test=8, field="response_code"),
        name="log in",
        parameters=[("user", "${user}"), ("password", "${password}")],
    )
    last = get(
        "/json", headers(("Authorization", "Bearer ${token}")), regex("total", '"total": ([0-9.]+)'), name="account"
    )
    proxy = Element(
        "ProxyControl", "ProxyControlGui", "HTTP(S) Test Script Recorder", {"ProxyControlGui.port": "8888"}
    ).off()
    body = threads(
        simple(first, name="Log in"),
        controller("RecordingController", *pages, gui="RecordController", name="Recording Controller"),
        last,
        get("/see", name="done", parameters=[("total", "${total}")]),
        name="Thread Group",
    )
    return Case(
        document(
            plan(
                variables(host="127.0.0.1", scheme="http", user="ann", password="p&q"),
                defaults(
                    domain="${host}", protocol="${scheme}", port=PORT, implementation="HttpClient4", concurrentPool="6"
                ),
                cookies(),
                body,
                proxy,
                _listener("View Results Tree"),
            )
        )
    )


def _browser_extension() -> Case:
    """As BlazeMeter's extension of the browser writes it."""
    pages = []
    for page in range(8):
        own = [
            get(
                f"/{kind}/{page}",
                _uniform("0", "0.0"),
                _sent(),
                name=f"http://127.0.0.1:{PORT}/{kind}/{page}",
                domain="${BASE_URL_1}",
                port=PORT,
                protocol="http",
                image_parser=False,
                concurrentPool="6",
                connect_timeout="",
                response_timeout="",
            )
            for kind in ("menu", "list", "detail")
        ]
        own.append(
            http(
                "POST",
                f"/save/{page}",
                _sent(("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")),
                name=f"save {page}",
                domain="${BASE_URL_1}",
                port=PORT,
                protocol="http",
                parameters=[Argument("csrf", "a%2Bb", is_encoded=False), ("text", "Straße 5"), ("empty", "")],
            )
        )
        pages.append(transaction(f"Step {page}", *own, timers=False))
    cache = Element(
        "CacheManager", "CacheManagerGui", "HTTP Cache Manager", {"clearEachIteration": True, "useExpires": False}
    )
    names = Element(
        "DNSCacheManager",
        "DNSCachePanel",
        "DNS Cache Manager",
        {
            "DNSCacheManager.servers": [],
            "DNSCacheManager.hosts": [],
            "DNSCacheManager.clearEachIteration": True,
            "DNSCacheManager.isCustomResolver": False,
        },
    )
    auth = Element("AuthManager", "AuthPanel", "HTTP Authorization Manager", {"AuthManager.auth_list": []})
    agent = headers(
        ("User-Agent", _AGENT), ("Upgrade-Insecure-Requests", "1"), ("Accept-Encoding", "gzip, deflate, br")
    )
    return Case(
        document(
            plan(
                agent,
                variables(BASE_URL_1="127.0.0.1"),
                names,
                auth,
                cookies(clear=True),
                cache,
                threads(*pages, name="Thread Group", loops=2),
                _listener("View Results Tree"),
                Element("Summariser", "SummariserGui", "Generate Summary Results").off(),
            )
        )
    )


CASES = {"script recorder": _script_recorder(), "extension of the browser": _browser_extension()}
