"""Elements together, as plans of people have them."""

from __future__ import annotations

from tests.jmeter.case import alone, see, shop
from tests.jmeter.cases.requests import cookies
from tests.jmeter.jmx import (
    EQUALS,
    NOT,
    SUBSTRING,
    boundary,
    controller,
    csv,
    defaults,
    during,
    each,
    get,
    headers,
    http,
    json_extractor,
    loop,
    only_once,
    regex,
    says,
    simple,
    threads,
    transaction,
    variables,
    when,
)

_LOG_IN = http(
    "POST",
    "/login",
    json_extractor("token", "$.access_token", "1", "NONE"),
    says("200", test=EQUALS, field="response_code"),
    name="log in",
    parameters=[("user", "${user}"), ("password", "${password}")],
)
_ROWS = {"people.csv": b"user,password\nann,a&b\nbob,c d\n"}

CASES = {
    "log in once, then shop": alone(
        cookies(),
        csv("people.csv", ignoreFirstLine=False),
        only_once(_LOG_IN),
        headers(("Authorization", "Bearer ${token}"), ("Accept", "application/json")),
        transaction("browse", get("/json", json_extractor("id", "$.items[*].id", "-1")), get("/page")),
        each("id", "one", get("/item", parameters=[("id", "${one}"), ("user", "${user}")], name="item")),
        when(
            "${__jexl3(${id_matchNr} > 2)}",
            http("POST", "/order", body='{"items": [${id_1}, ${id_2}], "by": "${user}"}', name="order"),
        ),
        loops=2,
        files=_ROWS,
    ),
    "users with rows of their own": shop(
        csv("people.csv", "user,password", ignoreFirstLine=True, recycle=False, stopThread=True),
        threads(_LOG_IN, see(t="${token}"), users=2, loops=5),
        files=_ROWS,
        ordered=False,
    ),
    "poll until it is ready": alone(
        variables(state="no"),
        during('${__jexl3("${state}" != "4")}', get("/nth/job", boundary("state", "number ", "."), name="poll")),
        see(state="${state}"),
        loops=2,
    ),
    "poll at most so often": alone(
        variables(tries="0", state="no"),
        during(
            '${__jexl3(${tries} < 3 && "${state}" != "9")}',
            get("/nth/job", regex("state", r"number (\d)"), name="poll"),
            get(
                "/see",
                regex("tries", "(.*)", scope="variable:next"),
                parameters=[("next", "${__intSum(${tries},1,next)}")],
                name="count",
            ),
        ),
        see(tries="${tries}"),
    ),
    "values from one group to the next": shop(
        threads(get("/json", json_extractor("id", "$.id")), see(kept="${__setProperty(shared,${id},true)}")),
        threads(see(shared="${__P(shared,none)}"), see(shared="${__property(shared)}"), name="second"),
    ),
    "set up gives a token to all": shop(
        threads(_LOG_IN, see(k="${__setProperty(token,${token},true)}x"), kind="SetupThreadGroup", name="before"),
        threads(get("/json", headers(("Authorization", "Bearer ${__P(token)}"))), users=2),
        threads(see(bye="${__P(token)}"), kind="PostThreadGroup", name="after"),
        user="ann",
        password="secret",
        ordered=False,
    ),
    "controllers in controllers": alone(
        variables(kind="b", n_1="x", n_2="y"),
        loop(
            2,
            controller(
                "SwitchController",
                simple(get("/a"), name="a"),
                simple(get("/b"), each("n", "v", see(v="${v}")), name="b"),
                value="${kind}",
            ),
            when(
                '${__groovy(vars.get("kind") == "b")}', only_once(get("/once")), transaction("t", get("/c"), get("/d"))
            ),
            controller(
                "InterleaveControl", get("/one"), get("/two"), get("/three"), gui="InterleaveControlGui", style=0
            ),
        ),
        get("/end"),
        loops=2,
    ),
    "defaults, headers and variables at every level": shop(
        defaults([("all", "1")], path="/base"),
        headers(("X-Plan", "p"), ("X-Over", "plan")),
        threads(
            variables(v="group"),
            headers(("X-Over", "group")),
            simple(
                defaults([("in", "${v}")]),
                headers(("X-Over", "simple")),
                get("", name="inside"),
                get("/own", headers(("X-Over", "own"))),
            ),
            get("", name="outside"),
            http("POST", "", parameters=[("x", "a b")], name="post"),
        ),
    ),
    "failing on purpose": alone(
        get("/status/404", says("404", test=EQUALS, field="response_code", assume=True), name="expected"),
        get("/json", says("error", "exception", test=SUBSTRING | NOT), name="no errors"),
        get("/page", says("error", "Total", test=SUBSTRING | NOT), name="errors"),
        when("${JMeterThread.last_sample_ok}", get("/never")),
        transaction("all", get("/a"), get("/fails_at/1"), get("/b"), parent=True),
    ),
    "after a parent that failed": alone(
        transaction("all", get("/fails_at/1"), get("/b"), parent=True),
        see(ok="${JMeterThread.last_sample_ok}"),
    ),
    "graphql": alone(
        variables(id="7"),
        http(
            "POST",
            "/graphql",
            headers(("Content-Type", "application/json")),
            body='{"variables":{"id":"${id}"},"query":"query ($id: ID!) {\\n  item(id: $id) { name }\\n}"}',
        ),
    ),
    "soap": alone(
        variables(name="pen & ink"),
        http(
            "POST",
            "/soap",
            headers(("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", '"urn:find"')),
            body="<Envelope><Body><find>${__escapeXml(${name})}</find></Body></Envelope>",
        ),
    ),
    "text with dollars and braces": alone(
        http("POST", "/b", body='{"a": "$5", "b": {"c": "${}"}, "d": "$${x}", "e": "\\\\n", "f": "100%"}'),
        see(a="$1", b="{x}", c="${", d="}"),
    ),
    "groups of several users at once": shop(
        threads(loop(2, get("/a", parameters=[("u", "${__threadNum}")])), users=3, loops=2),
        threads(get("/b", parameters=[("u", "${__threadNum}")]), users=2, loops=3, name="second"),
        serial=False,
        ordered=False,
    ),
    "a variable that is taken over and over": alone(
        variables(n="0"),
        loop(3, get("/see", regex("n", "(.*)", scope="variable:m"), parameters=[("n", "${__intSum(${n},1,m)}")])),
        see(n="${n}"),
    ),
}
