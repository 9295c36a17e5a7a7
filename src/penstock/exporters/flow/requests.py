"""Requests as calls of `http`."""

from __future__ import annotations

from penstock.exporters.flow.answers import add_checks, add_extracts, add_validations
from penstock.exporters.flow.lines import Lines, call
from penstock.exporters.flow.texts import ANSWERS, literal, text
from penstock.model import Body, Defaults, FormBody, Request, TextBody

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_FORM = "application/x-www-form-urlencoded"


def add_request(request: Request, defaults: Defaults, lines: Lines, *, ends: bool) -> None:
    """Send a request and look at what comes back; with `ends` a failed one ends the iteration."""
    if request.poll is not None:
        lines.cannot(f"asking again until something holds ({request.name!r} is asked once)", request.origin)
    arguments = [text(request.url, lines, request.origin), f"name={literal(request.name)}"]
    headers = _headers(request, lines)
    body = None if request.body is None else _body(request.body, request, headers, lines)
    if headers:
        arguments.append(f"headers={_pairs(headers)}")
    if body is not None:
        arguments.append(f"body={body}")
    arguments += _options(request, defaults)
    method = request.method.upper()
    head = f"http.{method.lower()}"
    if method not in _METHODS or method != request.method:
        head, arguments = "http.request", [literal(request.method), *arguments]
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
        return "{" + ", ".join(f"{name}: {value}" for name, value in headers) + "}"
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
    if request.page is not None and request.page.recorded:
        lines.cannot(f"{len(request.page.recorded)} recorded dependents of the page", request.origin)
    if request.page is not None and request.page.parses:
        lines.differs("what pages embed is not fetched in the flow.py", request.origin, "dependents")
    for plugin in request.plugins:
        lines.cannot(f"the request plug-in {plugin.name}", plugin.origin)
    if request.stream is not None:
        lines.cannot("reading the response as a stream", request.origin)
