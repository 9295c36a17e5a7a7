"""What functions and variables give, as it arrives."""

from __future__ import annotations

from tests.jmeter.case import alone, see, shop
from tests.jmeter.jmx import get, json_extractor, loop, regex, threads, variables

_TEXTS = {
    "plain": "a",
    "variable": "${v}",
    "unknown variable": "${nobody}",
    "escaped": r"\${v}",
    "two": "${v}-${w}",
    "open": "${v",
    "empty name": "${}",
    "dollar": "$v $ 5",
    "V": "${__V(n_${i})}",
    "V default": "${__V(nobody,other)}",
    "V unknown": "${__V(nobody)}",
    "nested": "${__V(n_${__intSum(0,1)})}",
    "eval": "${__eval(${e})}",
    "evalVar": "${__evalVar(e)}",
    "P": "${__P(nobody,7)}",
    "P without default": "${__P(nobody)}",
    "property": "${__property(nobody,,9)}",
    "setProperty": "${__setProperty(mine,1,true)}${__setProperty(mine,2,true)}${__P(mine)}",
    "property into": "${__property(mine,into,x)}${into}",
    "intSum": "${__intSum(1,2,-5)}",
    "intSum into": "${__intSum(1,2,sum)}${sum}",
    "longSum": "${__longSum(2147483647,1)}",
    "intSum of variables": "${__intSum(${i},${i})}",
    "urlencode": "${__urlencode(a b&c/é)}",
    "urldecode": "${__urldecode(a+b%26c)}",
    "escapeHtml": '${__escapeHtml(<a href="x">é & b</a>)}',
    "unescapeHtml": "${__unescapeHtml(&lt;&eacute;&amp;&gt;)}",
    "escapeXml": "${__escapeXml(<a>'\"&)}",
    "unescape": r"${__unescape(a\tb\\n)}",
    "char": "${__char(65,0x42,67)}",
    "changeCase": "${__changeCase(hello World)}",
    "changeCase lower": "${__changeCase(Hello,LOWER)}",
    "changeCase capitalize": "${__changeCase(hello world,CAPITALIZE)}",
    "split": r"${__split(a\,b\,c,parts)}${parts_n}${parts_2}${parts_3}${parts_4}",
    "split by": "${__split(a|b||d,ps,|)}${ps_n}${ps_3}${ps_4}",
    "digest": "${__digest(SHA-256,text)}",
    "digest upper": "${__digest(MD5,text,salt,upper)}",
    "digest into": "${__digest(SHA-1,text,,,sha)}${sha}",
    "regexFunction": r"${__regexFunction(b(.),$1$,1,,none,,text)}",
    "regexFunction all": r"${__regexFunction((\d),$1$,ALL,-,none,,digits)}",
    "regexFunction none": r"${__regexFunction(x(.),$1$,1,,none,,text)}",
    "jexl3": "${__jexl3(1+2*3)}",
    "jexl3 of variables": '${__jexl3("${v}" == "val" && ${i} > 0)}',
    "jexl3 texts": "${__jexl3('a' + 'b')}",
    "jexl3 vars": '${__jexl3(vars.get("v"))}',
    "jexl3 division": "${__jexl3(7/2)}",
    "jexl3 ternary": "${__jexl3(1 < 2 ? 'yes' : 'no')}",
    "jexl2": "${__jexl2(2+2)}",
    "groovy": "${__groovy(1+1)}",
    "Random of one": "${__Random(5,5)}",
    "RandomString of one": "${__RandomString(4,a)}",
    "RandomFromMultipleVars": "${__RandomFromMultipleVars(v)}",
    "time shifted": "${__timeShift(yyyy-MM-dd,2020-02-28,P2D,,)}",
    "time shifted back": "${__timeShift(dd/MM/yyyy HH:mm,01/03/2021 00:10,-PT20M,,)}",
    "dateTimeConvert": "${__dateTimeConvert(2020-02-03 04:05:06,yyyy-MM-dd HH:mm:ss,dd/MMM/yyyy HH:mm,)}",
    "escapeOroRegexpChars": "${__escapeOroRegexpChars(a.b*c[1],)}",
    "isVarDefined": "${__isVarDefined(v)} ${__isVarDefined(nobody)}",
    "isPropDefined": "${__isPropDefined(nobody)}",
    "threadNum": "${__threadNum}",
    "threadGroupName": "${__threadGroupName}",
    "samplerName": "${__samplerName()}",
    "TestPlanName": "${__TestPlanName}",
    "log": "${__log(said)}",
    "logn": "x${__logn(said)}y",
    "BeanShell": "${__BeanShell(1)}",
    "FileToString": "${__FileToString(function-text.txt)}",
    "commas": r"${__V(a\,b)}",
    "XPath": "${__XPath(function-data.xml,//name)}",
}


CASES = {
    "texts": alone(
        variables(v="val", w="wal", i="1", n_1="one", e="eval of ${v}", text="abc", digits="1 2 3"),
        *(get("/see", parameters=[("t", text)], name=name) for name, text in _TEXTS.items()),
        files={"function-text.txt": b"file's text", "function-data.xml": b"<a><name>x</name><name>y</name></a>"},
    ),
    "functions of a plug-in": alone(see(t="${__lowercase(ABC)}${__uppercase(abc)}")),
    "numbers with spaces around": alone(see(t="${__intSum( 1 , 2 )}")),
    "a function that is not known": alone(see(t="${__nope(1)}")),
    "counters": alone(
        loop(2, see(mine="${__counter(TRUE)}", all="${__counter(FALSE)}", named="${__counter(TRUE,c)}", c="${c}")),
        loops=2,
    ),
    "a function in two places counts for itself": alone(
        see(a="${__counter(TRUE,)}"), see(b="${__counter(TRUE,)}"), loops=2
    ),
    "counters of two users": shop(
        threads(get("/see", parameters=[("u", "${__threadNum}"), ("n", "${__counter(TRUE)}")]), users=2, loops=2),
        ordered=False,
    ),
    "threads are numbered in each group": shop(
        threads(see(u="${__threadNum}"), users=2),
        threads(see(v="${__threadNum}"), users=2, name="second"),
        ordered=False,
    ),
    "iteration number": alone(see(i="${__jm__users__idx}"), loops=2),
    "rows by a function": alone(
        see(a="${__CSVRead(rows.csv,0)}", b="${__CSVRead(rows.csv,1)}${__CSVRead(rows.csv,next)}"),
        loops=4,
        files={"rows.csv": b"a,1\nb,2\nc,3\n"},
    ),
    "lines by a function": alone(
        see(a="${__StringFromFile(function-lines.txt)}"), loops=4, files={"function-lines.txt": b"one\ntwo\nthree\n"}
    ),
    "of the last answer": alone(
        get("/json"),
        see(name='${__regexFunction("name": "(.+?)",$1$)}'),
    ),
    "variables of the plan": shop(
        variables(outer="plan", over="plan ${outer}", chain="${outer}"),
        threads(
            variables(over="group"), see(outer="${outer}", over="${over}", chain="${chain}", told="${told}"), loops=2
        ),
        threads(see(over="${over}", outer="${outer}"), name="second"),
        told="by the plan itself",
    ),
    "variables are a user's own": shop(
        threads(get("/json", json_extractor("id", "$.id")), see(id="${id}")),
        threads(see(id="${id}"), name="second"),
    ),
    "variables stay over iterations": alone(see(n="${n}"), get("/nth/z", regex("n", r"number (\d+)")), loops=3),
    "in paths, names and methods": alone(
        variables(p="x/y", m="POST", q="a b"), get("/${p}?q=${q}", name="n ${p}"), get("/${__urlencode(${q})}")
    ),
    "variables given by a function once": shop(
        variables(once="${__counter(FALSE)}"),
        threads(see(n="${once}"), loops=2),
    ),
    "last_sample_ok": alone(
        get("/status/500"), see(ok="${JMeterThread.last_sample_ok}"), see(ok="${JMeterThread.last_sample_ok}")
    ),
}
