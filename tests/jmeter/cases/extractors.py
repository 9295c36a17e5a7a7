"""What is taken from answers, for every match number and where nothing matches."""

from __future__ import annotations

from tests.jmeter.case import alone, see
from tests.jmeter.jmx import (
    Element,
    boundary,
    css,
    get,
    headers,
    jmespath,
    json_extractor,
    loop,
    regex,
    simple,
    transaction,
    variables,
    xpath,
    xpath2,
)

_ALL = ("", "_1", "_2", "_3", "_4", "_matchNr", "_g", "_g0", "_g1", "_g2", "_1_g", "_1_g0", "_1_g1", "_2_g1")


def _shown(name: str) -> Element:
    return see(**{f"{name}{suffix}": f"${{{name}{suffix}}}" for suffix in _ALL})


def _numbers(make: object, numbers: tuple[str, ...], path: str = "/page") -> tuple[Element, ...]:
    """Ask once for each match number, and show all that was set."""
    asked: list[Element] = []
    for at, number in enumerate(numbers):
        asked += [get(path, make(f"v{at}", number)), _shown(f"v{at}")]  # type: ignore[operator]
    return tuple(asked)


_NUMBERS = ("1", "2", "3", "9", "-1")
_LINK = r'<a class="item" href="(/item/(\d))">'

CASES = {
    "regex": alone(*_numbers(lambda name, n: regex(name, _LINK, match=n, default="none"), ("1", "2", "9", "-1", "-2"))),
    "regex of one at random": alone(get("/page", regex("v", r"Total: (\d+)", match="0")), _shown("v")),
    "regex templates": alone(
        get(
            "/page",
            regex("a", _LINK, template="$2$-$1$!"),
            regex("b", _LINK, template="$0$"),
            regex("c", _LINK, template="$9$"),
            regex("d", _LINK, template=""),
            regex("e", "Total", template="$1$"),
            regex("f", r"(?i)TOTAL: (\d+)"),
            regex("g", "(?s)<form(.+?)</form>"),
            regex("h", r"<title>(.*?)</title>"),
            regex("i", "", default="d"),
        ),
        *(_shown(letter) for letter in "abcdefghi"),
    ),
    "regex without a match": alone(
        variables(had="before", kept="before", emptied="before", all="before"),
        get(
            "/page",
            regex("had", "nothing(.)", default="none"),
            regex("kept", "nothing(.)"),
            regex("emptied", "nothing(.)", empty=True),
            regex("all", "nothing(.)", match="-1", default="none"),
        ),
        *(_shown(name) for name in ("had", "kept", "emptied", "all")),
    ),
    "regex of other fields": alone(
        get(
            "/json?x=1",
            regex("head", "(?i)content-type: (.+)", field="true"),
            regex("url", "(json.*)", field="URL"),
            regex("code", "(.*)", field="code"),
            regex("message", "(.*)", field="message"),
        ),
        *(_shown(name) for name in ("head", "url", "code", "message")),
    ),
    "regex of what was sent": alone(
        get("/json", regex("asked", "(X-Sent.*)", field="request_headers"), headers(("X-Sent", "so"))), _shown("asked")
    ),
    "regex unescaped": alone(
        get(
            "/page",
            regex("raw", 'name="view" value="(.+?)"'),
            regex("html", 'name="view" value="(.+?)"', field="unescaped"),
        ),
        see(raw="${raw}", html="${html}"),
    ),
    "regex twice for one name": alone(
        get("/page", regex("v", _LINK, match="-1")),
        _shown("v"),
        get("/page", regex("v", r"(Total: (\d+))", match="-1")),
        _shown("v"),
        get("/page", regex("v", "nothing", match="1", default="none")),
        _shown("v"),
    ),
    "regex of a variable": alone(
        variables(text="one 1 two 2"),
        get("/a", regex("v", r"two (\d)", scope="variable:text")),
        _shown("v"),
        get("/a", regex("w", r"(.)", scope="variable:nobody", default="none")),
        _shown("w"),
    ),
    "regex of the redirects": alone(
        get(
            "/redirect/302?to=/json",
            regex("v", "(elsewhere|Ann)", scope="all", match="-1"),
            regex("w", "(elsewhere|Ann)", scope="children", match="-1"),
            regex("x", "(elsewhere|Ann)", default="none"),
        ),
        _shown("v"),
        _shown("w"),
        _shown("x"),
    ),
    "boundary": alone(*_numbers(lambda name, n: boundary(name, 'href="', '">', n, "none"), ("1", "2", "9", "-1"))),
    "boundary without one side": alone(
        get(
            "/json",
            boundary("a", "", ","),
            boundary("b", '"city": ', ""),
            boundary("c", "", ""),
            boundary("d", "x!", "!"),
        ),
        *(_shown(letter) for letter in "abcd"),
    ),
    "json": alone(*_numbers(lambda name, n: json_extractor(name, "$.items[*].tag", n, "none"), _NUMBERS, "/json")),
    "json values": alone(
        get(
            "/json",
            json_extractor(
                "id;name;nothing;paid;total;empty;items;address;missing;first",
                "$.id;$.name;$.nothing;$.paid;$.total;$.empty;$.items;$.address;$.missing;$.items[0]",
                default="d1;d2;d3;d4;d5;d6;d7;d8;d9;d10",
                match="1;1;1;1;1;1;1;1;1;1",
            ),
        ),
        see(
            **{
                name: f"${{{name}}}"
                for name in ("id", "name", "nothing", "paid", "total", "empty", "items", "address", "missing", "first")
            }
        ),
    ),
    "json of one at random": alone(
        get("/json", json_extractor("v", "$.name", ""), json_extractor("w", "$.name", "0")), _shown("v"), _shown("w")
    ),
    "json joined": alone(
        get("/json", json_extractor("v", "$.items[*].id", "-1", concat=True)), see(v="${v}", a="${v_ALL}"), _shown("v")
    ),
    "json paths": alone(
        get(
            "/json",
            json_extractor("a", "$.items[?(@.price > 2)].tag", "-1"),
            json_extractor("b", "$..id", "-1"),
            json_extractor("c", "$.items.length()"),
            json_extractor("d", "$['address']['city']"),
            json_extractor("e", "$.items[-1:].id"),
            json_extractor("f", "$.items[?(@.tag =~ /re.*/)].id"),
            json_extractor("g", "$.items[0,2].id", "-1"),
            json_extractor("h", "$.address.*", "-1"),
        ),
        *(_shown(letter) for letter in "abcdefgh"),
    ),
    "json of what is none": alone(
        get("/page", json_extractor("v", "$.a", default="none")),
        _shown("v"),
        get("/echo?say=", json_extractor("w", "$.a", default="none")),
        _shown("w"),
        get("/echo?say=%5B1,2%5D", json_extractor("x", "$[1]")),
        _shown("x"),
    ),
    "json path that is none": alone(get("/json", json_extractor("y", "$.[", default="bad")), _shown("y")),
    "jmespath": alone(
        *_numbers(lambda name, n: jmespath(name, "items[*].tag", n, "none"), ("1", "2", "9", "-1"), "/json")
    ),
    "jmespath values": alone(
        get(
            "/json",
            jmespath("a", "address.city"),
            jmespath("b", "items[?price > `2`].tag | [0]"),
            jmespath("c", "length(items)"),
            jmespath("d", "nothing", default="none"),
            jmespath("e", "address", "1"),
            jmespath("f", "total"),
            jmespath("g", "paid"),
        ),
        *(_shown(letter) for letter in "abcdefg"),
    ),
    "css": alone(*_numbers(lambda name, n: css(name, "a.item", "href", n, "none"), ("1", "2", "9", "-1"))),
    "css values": alone(
        get(
            "/page",
            css("a", "a.item:nth-of-type(3)"),
            css("b", "input[name=token]", "value"),
            css("c", "title"),
            css("d", "#total"),
            css("e", "form", "nothing", default="none"),
            css("f", "a[href$=2]", "text"),
            css("g", "a.item", "href", how="JODD", match="2"),
            css("h", "input[name=view]", "value"),
        ),
        *(_shown(letter) for letter in "abcdefgh"),
    ),
    "xpath": alone(*_numbers(lambda name, n: xpath(name, "//item/name", n, "none"), ("1", "2", "9", "-1"), "/xml")),
    "xpath values": alone(
        get(
            "/xml",
            xpath("a", "//item[@id='2']/name/text()", "1"),
            xpath("b", "count(//item)", "1"),
            xpath("c", "//item/@id"),
            xpath("e", "//nothing", "1", "none"),
            xpath("f", "//empty", "1", "none"),
            xpath("g", "string(//item[1]/name)", "1"),
        ),
        *(_shown(letter) for letter in "abcefg"),
    ),
    "xpath fragments": alone(get("/xml", xpath("d", "//item[1]", "1", fragment=True)), _shown("d")),
    "xpath of a page": alone(
        get("/page", xpath("a", "//title", "1", tolerant=True), xpath("b", "//a/@href", tolerant=True)),
        _shown("a"),
        _shown("b"),
    ),
    "xpath2": alone(*_numbers(lambda name, n: xpath2(name, "//item/name", n, "none"), ("1", "2", "9", "-1"), "/xml")),
    "xpath2 values": alone(
        get(
            "/xml",
            xpath2("a", "//x:note", spaces="x=urn:x"),
            xpath2("b", "count(//item)"),
            xpath2("c", "//item/@id", "-1"),
            xpath2("e", "upper-case(//item[1]/name)"),
            xpath2("f", "//nothing", "1", "none"),
        ),
        *(_shown(letter) for letter in "abcef"),
    ),
    "xpath2 fragments": alone(get("/xml", xpath2("d", "//item[1]", "1", fragment=True)), _shown("d")),
    "extractors over a controller": alone(
        simple(regex("v", r"this is (\S+)"), get("/a"), see(v="${v}"), loop(1, get("/b"))),
        see(v="${v}"),
    ),
    "extractors under a transaction": alone(
        transaction("t", regex("v", r"this is (\S+)"), get("/a"), get("/b"), parent=True), see(v="${v}")
    ),
    "extractors in their order": alone(
        get(
            "/json",
            json_extractor("a", "$.id"),
            regex("b", r"(\d)", scope="variable:a"),
            regex("c", "(.)", scope="variable:b"),
        ),
        see(a="${a}", b="${b}", c="${c}"),
    ),
}
