"""HTTP samplers as requests: the sampler's own properties first, then those of HTTP Request Defaults around it."""

from __future__ import annotations

from dataclasses import replace

from penstock.importers.jmeter.arguments import Argument, arguments_of, raw_text
from penstock.importers.jmeter.bodies import compile_body
from penstock.importers.jmeter.checks import compile_assertions
from penstock.importers.jmeter.extracts import compile_extracts
from penstock.importers.jmeter.headers import compile_headers
from penstock.importers.jmeter.numbers import milliseconds
from penstock.importers.jmeter.parse import Bag, Node
from penstock.importers.jmeter.scopes import Scope
from penstock.importers.jmeter.work import Work
from penstock.model import Header, Request, StatusRange, Text

SAMPLERS = frozenset({"HTTPSampler", "HTTPSampler2", "HTTPSamplerProxy"})

DEFAULTS_GUI = "HttpDefaultsGui"

_WITH_QUERY = frozenset({"GET", "DELETE", "OPTIONS", "HEAD", "TRACE"})
"""Methods whose parameters go into the URL."""

_ANY = (StatusRange(100, 599),)
_MOST_REDIRECTS = 20


def merged(node: Node, scope: Scope) -> Bag:
    """Return the properties of a sampler, those that it leaves empty from the defaults around it, inner ones first."""
    values = dict(node.values)
    for defaults in scope.of("ConfigTestElement"):
        if defaults.gui != DEFAULTS_GUI and not any(key.startswith("HTTPSampler.") for key in defaults.values):
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
    method = (work.texts.settled(bag.text("HTTPSampler.method"), node.origin) or "GET").strip().upper() or "GET"
    arguments = arguments_of(bag, work)
    is_raw = bag.flag("HTTPSampler.postBodyRaw")
    url = compile_url(bag, arguments if method in _WITH_QUERY and not is_raw else [], work)
    headers = compile_headers(scope.of("HeaderManager"), work)
    body = compile_body(bag, method, [] if method in _WITH_QUERY and not is_raw else arguments, headers, work)
    judged = compile_assertions(scope.assertions, work.texts, work.findings)
    timeout_s = milliseconds(bag, "HTTPSampler.response_timeout", work)
    follows = bag.flag("HTTPSampler.follow_redirects") or bag.flag("HTTPSampler.auto_redirects")
    return Request(
        name=shown_name(node, work),
        method=method,
        url=url,
        origin=node.origin,
        headers=headers,
        body=body,
        expected_status=() if judged.ignores_status else (StatusRange(200, 399),),
        timeout_s=timeout_s or None,
        max_redirects=_MOST_REDIRECTS if follows else 0,
        extracts=compile_extracts(scope.post_processors, work.texts, work.findings),
        validations=judged.validations,
    )


def shown_name(node: Node, work: Work) -> str:
    """Return the name that reports call an element by: variables that stay the same are filled in."""
    return work.texts.settled(node.name, node.origin) or node.name or node.kind


def compile_url(bag: Bag, query: list[Argument], work: Work) -> Text:
    """Return the URL: that of the path if it is a whole one, else put together; parameters go behind it."""
    path = bag.text("HTTPSampler.path").strip()
    if path.lower().startswith(("http://", "https://")):
        return work.texts.parse(path, bag.origin)
    domain = bag.text("HTTPSampler.domain").strip()
    if not domain:
        message = "the request has no server name, nor have the HTTP Request Defaults around it"
        work.findings.error("no-host", message, bag.origin, "write one into the sampler or the defaults")
    protocol = bag.text("HTTPSampler.protocol").strip() or "http"
    port = bag.text("HTTPSampler.port").strip()
    authority = f"{domain}:{port}" if port and port != "0" else domain
    rooted = path if path.startswith("/") else f"/{path}"
    pieces: list[Text | str] = [work.texts.parse(f"{protocol}://{authority}{rooted}", bag.origin)]
    separator = "&" if "?" in path else "?"
    for argument in query:
        pieces += [separator, argument.pair]
        separator = "&"
    return raw_text(*pieces)


__all__ = ["SAMPLERS", "Header", "compile_request", "compile_url", "merged", "shown_name"]
