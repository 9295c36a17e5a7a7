"""Requests as calls of `http`."""

from __future__ import annotations

from penstock.exporters.flow.answers import add_checks, add_extracts, add_validations
from penstock.exporters.flow.lines import LONGEST, Lines, bracketed, call
from penstock.exporters.flow.texts import ANSWERS, literal, text
from penstock.model import BinaryBody, Body, Defaults, FormBody, Page, Request, TextBody

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_FORM = "application/x-www-form-urlencoded"
_LONGEST_LITERAL = 4096
"""Bytes that are written into the file itself."""


def add_request(request: Request, defaults: Defaults, lines: Lines, *, ends: bool) -> None:
    """Send a request and look at what comes back; with `ends` a failed one ends the iteration."""
    if request.poll is not None:
        lines.cannot(f"asking again until something holds ({request.name!r} is asked once)", request.origin)
    head, arguments = _call(request, defaults, lines)
    lines.script.add("http")
    reads = request.extracts or request.checks or request.validations
    if ends or reads:
        lines.add(f"response = await {call(head, arguments)}")
    else:
        lines.add(f"await {call(head, arguments)}")
    _report_rest(request, lines)
    if ends:
        with lines.inside("if not response.ok:"):
            lines.add("return")
        _add_answers(request, lines, ends=True)
    elif reads:
        with lines.inside("if response.status:"):
            _add_answers(request, lines, ends=False)


def _call(request: Request, defaults: Defaults, lines: Lines) -> tuple[str, list[str]]:
    """Return what is called, and its arguments."""
    arguments = [text(request.url, lines, request.origin), f"name={literal(request.name)}"]
    headers = _headers(request, lines)
    body = None if request.body is None else _body(request.body, request, headers, lines)
    if headers:
        arguments.append(f"headers={_pairs(headers)}")
    if body is not None:
        arguments.append(f"body={body}")
    arguments += _options(request, defaults)
    method = request.method.upper()
    if request.page is not None and method == "GET":
        return "http.page", [*arguments, *_page(request.page, defaults, lines)]
    if method not in _METHODS or method != request.method:
        return "http.request", [literal(request.method), *arguments]
    return f"http.{method.lower()}", arguments


def _page(page: Page, defaults: Defaults, lines: Lines) -> list[str]:
    """Return the arguments that make a request a page."""
    arguments = []
    if page.recorded:
        also = [call(*_call(each, defaults, lines)) for each in page.recorded]
        arguments.append(bracketed("also=[", also, "]"))
    if not page.parses:
        arguments.append("parse=False")
    if not page.uses_cache:
        arguments.append("cache=False")
    if page.forgives:
        arguments.append("forgive=True")
    if page.connections_per_host is not None:
        arguments.append(f"connections_per_host={page.connections_per_host}")
    return arguments


def _add_answers(request: Request, lines: Lines, *, ends: bool) -> None:
    for name, value in ANSWERS.items():
        if name in lines.reads:
            lines.add(f"v[{literal(name)}] = {value}")
    for extracts in request.extracts:
        add_extracts(extracts, lines, ends=ends)
    add_checks(request, lines, ends=ends)
    add_validations(request, lines)


def _pairs(headers: list[tuple[str, str]]) -> str:
    """Return headers as a dict; where a name comes twice as pairs."""
    if len({name.lower() for name, _ in headers}) == len(headers):
        items = [f"{name}: {value}" for name, value in headers]
        one = "{" + ", ".join(items) + "}"
        return one if len(one) <= LONGEST else bracketed("{", items, "}")
    return "(" + ", ".join(f"({name}, {value})" for name, value in headers) + ")"


def _headers(request: Request, lines: Lines) -> list[tuple[str, str]]:
    headers = [(literal(header.name), text(header.value, lines, request.origin)) for header in request.headers]
    known = {header.name.lower() for header in request.headers}
    if request.credentials is not None and "authorization" not in known:
        scheme = request.credentials.scheme
        user, password = (
            text(value, lines, request.origin) for value in (request.credentials.user, request.credentials.password)
        )
        if scheme == "basic":
            lines.script.add("basic")
            return [*headers, ('"Authorization"', f"basic({user}, {password})")]
        lines.cannot(f"credentials of the scheme {scheme}", request.origin)
    return headers


def _body(body: Body, request: Request, headers: list[tuple[str, str]], lines: Lines) -> str | None:
    given = any(header.name.lower() == "content-type" for header in request.headers)
    kind = getattr(body, "content_type", None)
    if not given and isinstance(body, TextBody | FormBody):
        value = literal(_FORM) if kind is None else text(kind, lines, request.origin)
        if value != '""':
            headers.append(('"Content-Type"', value))
    match body:
        case TextBody(content):
            return text(content, lines, request.origin)
        case FormBody(fields):
            lines.helpers.add("form")
            pairs = [
                f"({text(field.name, lines, request.origin)}, {text(field.value, lines, request.origin)})"
                for field in fields
            ]
            return call("form", [*pairs, *([] if body.encoded else ["encoded=False"])])
        case BinaryBody(content) if len(content) <= _LONGEST_LITERAL:
            if not given and kind is not None:
                headers.append(('"Content-Type"', text(kind, lines, request.origin)))
            return repr(content)
    lines.cannot(f"a body of the kind {type(body).__name__}; the request is sent without", request.origin)
    return None


def _options(request: Request, defaults: Defaults) -> list[str]:
    arguments = []
    if request.timeout_s is not None and request.timeout_s != defaults.timeout_s:
        arguments.append(f"timeout={request.timeout_s:g}")
    redirects = defaults.max_redirects if request.max_redirects is None else request.max_redirects
    if redirects != _USUAL_REDIRECTS:
        arguments.append(f"redirects={redirects}")
    ranges = [(each.least, each.most) for each in request.expected_status]
    if not ranges:
        arguments.append('expect="any"')
    elif ranges != [(200, 399)]:
        statuses = [f"range({least}, {most + 1})" if least != most else str(least) for least, most in ranges]
        one = len(statuses) == 1
        joined = ", ".join(each if each.isdigit() else f"*{each}" for each in statuses)
        arguments.append(f"expect={statuses[0] if one else f'({joined},)'}")
    return arguments


_USUAL_REDIRECTS = 10


def _report_rest(request: Request, lines: Lines) -> None:
    if request.script is not None:
        lines.cannot("the script behind the request (JavaScript)", request.script.origin)
    if request.page is not None and request.method.upper() != "GET":
        what = f"what the page of a {request.method} embeds, and {len(request.page.recorded)} recorded dependents"
        lines.cannot(what if request.page.recorded else what.partition(",")[0], request.origin)
    for plugin in request.plugins:
        lines.cannot(f"the request plug-in {plugin.name}", plugin.origin)
    if request.stream is not None:
        lines.cannot("reading the response as a stream", request.origin)
