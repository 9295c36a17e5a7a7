"""HTTP samplers as requests: the sampler's own properties first, then those of HTTP Request Defaults around it."""

from __future__ import annotations

from dataclasses import replace

from penstock.importers.jmeter.access import credentials_for
from penstock.importers.jmeter.arguments import Argument, arguments_of, raw_text
from penstock.importers.jmeter.bodies import compile_body
from penstock.importers.jmeter.checks import compile_assertions
from penstock.importers.jmeter.expressions import call, expression
from penstock.importers.jmeter.extracts import compile_extracts
from penstock.importers.jmeter.headers import compile_headers
from penstock.importers.jmeter.numbers import milliseconds
from penstock.importers.jmeter.pages import compile_page
from penstock.importers.jmeter.parse import Bag, Node
from penstock.importers.jmeter.scopes import Scope
from penstock.importers.jmeter.transport import compile_proxy, report_transport
from penstock.importers.jmeter.work import Work, shown_name
from penstock.model import Header, Hole, Request, StatusRange, Text

SAMPLERS = frozenset({"HTTPSampler", "HTTPSampler2", "HTTPSamplerProxy"})

DEFAULTS_GUI = "HttpDefaultsGui"

_SCHEMES = ("http://", "https://")

_WITH_QUERY = frozenset({"GET", "DELETE", "OPTIONS"})
"""Methods whose parameters go into the URL."""

_WITH_BODY = frozenset({"DELETE", "PATCH", "POST", "PUT"})
"""Methods whose parameters go into the body."""


def is_defaults(node: Node) -> bool:
    """Whether a configuration is HTTP Request Defaults, and not that of another protocol."""
    return node.gui == DEFAULTS_GUI or any(key.startswith("HTTPSampler.") for key in node.values)


def merged(node: Node, scope: Scope) -> Bag:
    """Return the properties of a sampler, those that it leaves empty from the defaults around it, inner ones first."""
    values = dict(node.values)
    for defaults in scope.of("ConfigTestElement"):
        if not is_defaults(defaults):
            continue
        for key, value in defaults.values.items():
            own = values.get(key)
            if own is None or own == "":
                values[key] = value
            elif isinstance(own, Bag) and isinstance(value, Bag):  # parameters are added
                values[key] = _joined(own, value)
    return Bag(node.name, node.kind, node.origin, values)


def _joined(own: Bag, more: Bag) -> Bag:
    values = dict(own.values)
    for key, value in more.values.items():
        held = values.get(key)
        values[key] = [*held, *value] if isinstance(held, list) and isinstance(value, list) else held or value
    return replace(own, values=values)


def compile_request(node: Node, scope: Scope, work: Work) -> Request:
    """Return the request of a sampler; what cannot be said is a finding."""
    bag = merged(node, scope)
    method = _method(bag, work)
    arguments = arguments_of(bag, work)
    is_raw = bag.flag("HTTPSampler.postBodyRaw")
    url = compile_url(bag, arguments if method in _WITH_QUERY and not is_raw else [], work)
    headers = compile_headers(scope.of("HeaderManager"), work)
    if not bag.flag("HTTPSampler.use_keepalive", default=True):
        headers = (*headers, Header("Connection", Text.constant("close")))
    body = compile_body(bag, method, headers, arguments, work) if method in _WITH_BODY or is_raw else None
    judged = compile_assertions(scope.assertions, work.texts, work.findings)
    follows = bag.flag("HTTPSampler.follow_redirects") or bag.flag("HTTPSampler.auto_redirects")
    caches = bool(scope.of("CacheManager"))
    report_transport(bag, work)
    return Request(
        name=shown_name(node, work),
        method=method,
        url=url,
        origin=node.origin,
        headers=headers,
        body=body,
        credentials=credentials_for(url, scope.of("AuthManager"), work),
        expected_status=() if judged.ignores_status else (StatusRange(200, 399),),
        timeout_s=_timeout_s(bag, scope, work),
        max_redirects=None if follows else 0,
        extracts=compile_extracts(scope.post_processors, work.texts, work.findings),
        validations=judged.validations,
        page=compile_page(bag, work, caches=caches),
        uses_cache=caches,
        proxy=compile_proxy(bag, work),
    )


def _method(bag: Bag, work: Work) -> str:
    written = bag.text("HTTPSampler.method").strip()
    known = work.texts.settled(written, bag.origin)
    if known is None:
        message = f"the method is {written[:60]!r}, which is not known before the run"
        work.findings.error("unknown-method", message, bag.origin.at("method"), "write it as a property")
    return (known or "GET").strip().upper() or "GET"


def _timeout_s(bag: Bag, scope: Scope, work: Work) -> float | None:
    """Return the shortest of the timeouts that hold; None for that of the whole test."""
    found = [
        milliseconds(bag, "HTTPSampler.response_timeout", work),
        *(
            milliseconds(each, "InterruptTimer.timeout", work)
            for each in scope.pre_processors
            if each.kind == "SampleTimeout"
        ),
    ]
    return min((seconds for seconds in found if seconds > 0), default=None)


def compile_url(bag: Bag, query: list[Argument], work: Work) -> Text:
    """Return the URL: that of the path if it is a whole one, else put together; parameters go behind it."""
    path = bag.text("HTTPSampler.path").strip()
    known = work.texts.settled(path, bag.origin) if path.startswith("${") else path
    written = path if known is None else known
    if written.lower().startswith(_SCHEMES):
        return work.texts.parse(path, bag.origin)
    begins_with_hole = known is None
    domain = bag.text("HTTPSampler.domain").strip()
    if not domain and not begins_with_hole:
        message = "the request has no server name, nor have the HTTP Request Defaults around it"
        work.findings.error("no-host", message, bag.origin, "write one into the sampler or the defaults")
    protocol = bag.text("HTTPSampler.protocol").strip() or "http"
    port = bag.text("HTTPSampler.port").strip()
    authority = f"{domain}:{port}" if port and port != "0" else domain
    base = f"{protocol}://{authority}" if domain else ""
    if begins_with_hole:  # whether it is a whole URL, or begins with a slash, is seen when it is sent
        parts = (expression(work.texts.parse(each, bag.origin)) for each in (base, path))
        pieces: list[Text | str] = [Text((Hole(call("address", *parts), f"{base}{path}"),))]
    else:
        rooted = path if written.startswith("/") else f"/{path}"
        pieces = [work.texts.parse(f"{base}{rooted}", bag.origin)]
    separator = "&" if "?" in path else "?"
    for argument in query:
        if argument.name.parts:
            pieces += [separator, argument.pair]
            separator = "&"
    return raw_text(*pieces)
