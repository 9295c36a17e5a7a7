"""Which samples fail."""

from __future__ import annotations

from tests.jmeter.case import Case, alone
from tests.jmeter.jmx import (
    CONTAINS,
    EQUALS,
    MATCHES,
    NOT,
    OR,
    SUBSTRING,
    Element,
    get,
    headers,
    http,
    json_assertion,
    loop,
    says,
    simple,
    transaction,
    variables,
)


def _each(path: str, *assertions: Element) -> tuple[Element, ...]:
    """A request an assertion, named by its place."""
    return tuple(get(path, one, name=f"{number}") for number, one in enumerate(assertions))


def _size(size: str, operator: int, field: str = "SizeAssertion.response_data") -> Element:
    """Operators: 1 equal, 2 not equal, 3 greater, 4 less, 5 greater or equal, 6 less or equal."""
    said = {"Assertion.test_field": field, "SizeAssertion.size": size, "SizeAssertion.operator": operator}
    return Element("SizeAssertion", "SizeAssertionGui", "size", said)


def _duration(ms: str) -> Element:
    return Element("DurationAssertion", "DurationAssertionGui", "duration", {"DurationAssertion.duration": ms})


def _xpath(path: str, negate: bool = False, tolerant: bool = False) -> Element:
    said = {
        "XPath.negate": negate,
        "XPath.xpath": path,
        "XPath.validate": False,
        "XPath.whitespace": False,
        "XPath.tolerant": tolerant,
        "XPath.namespace": False,
    }
    return Element("XPathAssertion", "XPathAssertionGui", "xpath", said)


def _xpath2(path: str, negate: bool = False, spaces: str = "") -> Element:
    said = {"XPath.negate": negate, "XPath.xpath": path, "XPath.namespaces": spaces}
    return Element("XPath2Assertion", "XPath2AssertionGui", "xpath2", said)


def _jmes(
    path: str, value: str = "", *, validates: bool = True, null: bool = False, invert: bool = False, regex: bool = False
) -> Element:
    said = {
        "JMES_PATH": path,
        "EXPECTED_VALUE": value,
        "JSONVALIDATION": validates,
        "EXPECT_NULL": null,
        "INVERT": invert,
        "ISREGEX": regex,
    }
    return Element("JMESPathAssertion", "JMESPathAssertionGui", "jmes", said)


def _md5(hex_: str) -> Element:
    return Element("MD5HexAssertion", "MD5HexAssertionGUI", "md5", {"MD5HexAssertion.size": hex_})


def _groovy(script: str) -> Element:
    return Element("JSR223Assertion", "TestBeanGUI", "script", {"scriptLanguage": "groovy", "script": script})


def _bean_shell(script: str) -> Element:
    return Element("BeanShellAssertion", "BeanShellAssertionGui", "script", {"BeanShellAssertion.query": script})


def _handler(action: int) -> Element:
    """A Result Status Action Handler."""
    return Element("ResultAction", "ResultActionGui", "handler", {"OnError.action": action})


def _handled(action: int) -> Case:
    failed = get("/status/500", _handler(action), name="failed")
    return alone(loop(2, get("/a"), failed, get("/b")), get("/c"), loops=2)


_XML = Element("XMLAssertion", "XMLAssertionGui", "xml")

CASES = {
    "statuses": alone(*(get(f"/status/{code}") for code in (200, 204, 304, 400, 404, 500))),
    "substring": alone(
        *_each("/json", says("Ann"), says("Bob"), says("A.n"), says("Ann", "Bob"), says("Ann", "Ghent"))
    ),
    "contains": alone(
        *_each(
            "/json",
            says("A.n", test=CONTAINS),
            says("Bob", test=CONTAINS),
            says(r"(?i)ANN", test=CONTAINS),
            says("Ann", "Bob", test=CONTAINS),
            says(r"\d{4}", test=CONTAINS),
        )
    ),
    "contains what is no regular expression": alone(*_each("/json", says("[", test=CONTAINS))),
    "matches": alone(
        *_each("/a", says("this is /a", test=MATCHES), says("this", test=MATCHES), says("this.*", test=MATCHES))
    ),
    "matches over lines": alone(
        *_each(
            "/page",
            says(".*Total.*", test=MATCHES),
            says("(?s).*Total.*", test=MATCHES),
            says("^Total", test=CONTAINS),
            says("</html>$", test=CONTAINS),
        )
    ),
    "equals": alone(*_each("/a", says("this is /a", test=EQUALS), says("this", test=EQUALS), says("", test=EQUALS))),
    "not": alone(
        *_each(
            "/a",
            says("this", test=SUBSTRING | NOT),
            says("that", test=SUBSTRING | NOT),
            says("this", "that", test=SUBSTRING | NOT),
            says("thi.", test=CONTAINS | NOT),
        )
    ),
    "or": alone(
        *_each(
            "/a",
            says("this", "that", test=SUBSTRING | OR),
            says("x", "y", test=SUBSTRING | OR),
            says("this", "that", test=SUBSTRING | OR | NOT),
            says("this", "/a", test=SUBSTRING | OR | NOT),
        )
    ),
    "no patterns": alone(*_each("/a", says(), says(test=SUBSTRING | NOT), says(""), says("", test=SUBSTRING | NOT))),
    "other fields": alone(
        get("/json", says("200", field="response_code", test=EQUALS), name="code 200"),
        get("/json", says("OK", field="response_message"), name="message OK"),
        get("/json?x=1", says("json?x", field="sample_label"), name="address"),
        get("/json", says("application/json", field="response_headers"), name="response headers"),
        get("/json", says("201", field="response_code", test=EQUALS), name="code"),
        get("/json", says("2..", field="response_code", test=MATCHES), name="code by regex"),
        get("/json", says("Created", field="response_message"), name="message"),
        get("/json", says("text/html", field="response_headers"), name="headers"),
        http("POST", "/f", says("a=1", field="request_data"), parameters=[("a", "1")], name="data"),
        http("POST", "/f", says("b=1", field="request_data"), parameters=[("a", "1")], name="data missing"),
    ),
    "what was sent": alone(get("/json", says("X-A: 1", field="request_headers"), headers(("X-A", "1")))),
    "status ignored": alone(
        get("/status/404", says("404", field="response_code", test=EQUALS, assume=True), name="ignored"),
        get("/status/404", says("404", field="response_code", test=EQUALS), name="not ignored"),
        get("/status/404", says("nothing", assume=True), name="ignored and fails"),
        get("/status/500", says("said", assume=True), says("so"), name="two"),
        get("/status/500", says("x"), says("so", assume=True), name="failed before"),
    ),
    "variables in patterns": alone(
        variables(v="Ann", w="a.c"), *_each("/json", says("${v}"), says("${nobody}"), says("${v}", test=CONTAINS))
    ),
    "of a variable": alone(
        variables(v="abc"),
        *_each("/a", says("b", scope="variable:v"), says("x", scope="variable:v"), says("b", scope="variable:nobody")),
    ),
    "of the redirects": alone(
        *(
            get("/redirect/302?to=/json", says(text, scope=scope), name=f"{text} {scope}")
            for scope in ("all", "children", "parent")
            for text in ("Ann", "elsewhere")
        ),
    ),
    "over a controller": alone(simple(says("/a"), get("/a"), get("/b")), get("/c")),
    "over a group": alone(says("this"), get("/a"), get("/json")),
    "over a transaction": alone(
        transaction("t", says("/a"), get("/a"), get("/b")),
        transaction("p", says("/a"), get("/a"), get("/b"), parent=True),
    ),
    "json": alone(
        *_each(
            "/json",
            json_assertion("$.id"),
            json_assertion("$.missing"),
            json_assertion("$.id", "7", is_regex=False),
            json_assertion("$.id", "8", is_regex=False),
            json_assertion("$.name", "A.*"),
            json_assertion("$.name", "A"),
            json_assertion("$.name", "A.*", is_regex=False),
            json_assertion("$.nothing", null=True),
            json_assertion("$.id", null=True),
            json_assertion("$.missing", invert=True),
            json_assertion("$.id", invert=True),
            json_assertion("$.id", "7", is_regex=False, invert=True),
            json_assertion("$.items[*].tag", "green", is_regex=False),
            json_assertion("$.paid", "true", is_regex=False),
            json_assertion("$.total", "12.5", is_regex=False),
            json_assertion("$.items[*].id", "99", is_regex=False),
            json_assertion("$.items"),
            json_assertion("$.address", '{"city":"Ghent","zip":"9000"}', is_regex=False),
            json_assertion("$.items[?(@.id > 99)]"),
            json_assertion("$.empty", "", is_regex=False),
            json_assertion("$.nothing"),
        )
    ),
    "json of what is none": alone(*_each("/page", json_assertion("$.id"), json_assertion("$.id", invert=True))),
    "jmespath": alone(
        *_each(
            "/json",
            _jmes("id", validates=False),
            _jmes("missing", validates=False),
            _jmes("id", "7"),
            _jmes("id", "8"),
            _jmes("name", "A.*", regex=True),
            _jmes("nothing", null=True),
            _jmes("id", null=True),
            _jmes("id", "7", invert=True),
            _jmes("length(items)", "3"),
            _jmes("items[*].tag", '["red","green","blue"]'),
            _jmes("missing", validates=False, invert=True),
            _jmes("address.city", "Ghent"),
        )
    ),
    "size": alone(
        *_each(
            "/a",
            _size("10", 1),
            _size("11", 1),
            _size("10", 2),
            _size("9", 3),
            _size("10", 3),
            _size("11", 4),
            _size("10", 4),
            _size("10", 5),
            _size("10", 6),
            _size("9", 6),
            _size("200", 1, "SizeAssertion.response_code"),
            _size("2", 1, "SizeAssertion.response_message"),
            _size("10", 3, "SizeAssertion.response_headers"),
            _size("10", 3, "SizeAssertion.response_network_size"),
        )
    ),
    "duration": alone(*_each("/a", _duration("30000"), _duration("0"))),
    "xpath": alone(
        *_each(
            "/xml",
            _xpath("//item"),
            _xpath("//nothing"),
            _xpath("//item", negate=True),
            _xpath("//nothing", negate=True),
            _xpath("count(//item) = 2"),
            _xpath("count(//item) = 3"),
            _xpath("//item[@id='2']/name='ink'"),
        )
    ),
    "xpath of a page": alone(*_each("/page", _xpath("//title", tolerant=True), _xpath("//nothing", tolerant=True))),
    "xpath2": alone(
        *_each(
            "/xml",
            _xpath2("//item"),
            _xpath2("//nothing"),
            _xpath2("//item", negate=True),
            _xpath2("count(//item) = 2"),
            _xpath2("count(//item) = 3"),
            _xpath2("//x:note", spaces="x=urn:x"),
        )
    ),
    "xml": alone(*(get(path, _XML, name=path) for path in ("/xml", "/json", "/page"))),
    "md5": alone(*_each("/a", _md5("00000000000000000000000000000000"), _md5("92c6de782c780b55908e8003a7c319f3"))),
    "handled: goes on": _handled(0),
    "handled: the thread stops": _handled(1),
    "handled: the next iteration": _handled(4),
    "handled: the next pass": _handled(5),
    "handled: out of the loop": _handled(6),
    "handled: not what an assertion fails": alone(get("/a", says("nothing"), _handler(1)), get("/b"), loops=2),
    "scripts": alone(
        variables(wanted="200"),
        *_each(
            "/json",
            _groovy('if (prev.getResponseCode() != "200") { AssertionResult.setFailure(true) }'),
            _groovy('AssertionResult.setFailure(true)\nAssertionResult.setFailureMessage("so it is")'),
            _groovy('if (!prev.getResponseDataAsString().contains("Ann")) AssertionResult.setFailure(true)'),
            _groovy('AssertionResult.setFailure("${wanted}" != vars.get("wanted"))'),
            _bean_shell('if (!prev.getResponseCode().equals("${wanted}")) { Failure = true; FailureMessage = "no"; }'),
            _bean_shell('Failure = true;\nFailureMessage = "never";'),
        ),
    ),
}
