"""Rows, counters and other values from outside."""

from __future__ import annotations

from tests.jmeter.case import Case, alone, see, shop
from tests.jmeter.jmx import Element, csv, get, loop, simple, threads

ROWS = {"rows.csv": b"ann,1\nbob,2\ncid,3\n"}
_SEEN = see(name="${name}", n="${n}")


def _rows(content: bytes, names: str = "name,n", loops: int = 4, **more: object) -> Case:
    return alone(csv("rows.csv", names, **more), _SEEN, loops=loops, files={"rows.csv": content})


def _of_users(mode: str, users: int = 2) -> Case:
    """Who gets which row is a matter of who comes first, so each user shows the row alone."""
    group = threads(csv("rows.csv", "name,n", shareMode=mode), _SEEN, users=users, loops=2)
    return shop(group, files=ROWS, ordered=False)


def _counter(
    start: str = "1", step: str = "1", end: str = "", pattern: str = "", own: bool = False, reset: bool = False
) -> Element:
    said = {
        "CounterConfig.start": start,
        "CounterConfig.end": end,
        "CounterConfig.incr": step,
        "CounterConfig.name": "c",
        "CounterConfig.format": pattern,
        "CounterConfig.per_user": own,
        "CounterConfig.reset_on_tg_iteration": reset,
    }
    return Element("CounterConfig", "CounterConfigGui", "counter", said)


def _random(low: str, high: str, pattern: str = "") -> Element:
    said = {
        "maximumValue": high,
        "minimumValue": low,
        "outputFormat": pattern,
        "perThread": True,
        "randomSeed": "",
        "variableName": "r",
    }
    return Element("RandomVariableConfig", "TestBeanGUI", "random", said)


def _user_parameters(*users: tuple[str, ...], each_iteration: bool = False) -> Element:
    said = {
        "UserParameters.names": ["p", "q"],
        "UserParameters.thread_values": [list(values) for values in users],
        "UserParameters.per_iteration": each_iteration,
    }
    return Element("UserParameters", "UserParametersGui", "parameters", said)


_COUNTED = see(c="${c}")

CASES = {
    "rows": _rows(ROWS["rows.csv"]),
    "rows to the end": _rows(ROWS["rows.csv"], recycle=False, stopThread=True, loops=9),
    "rows that end": _rows(ROWS["rows.csv"], recycle=False, stopThread=False, loops=5),
    "names in the first line": _rows(b"name,n\nann,1\nbob,2\n", "", loops=3),
    "first line left out": _rows(b"x,y\nann,1\nbob,2\n", ignoreFirstLine=True, loops=3),
    "quoted": _rows(b'"an ""n"", x",1\n"b\nob",2\n cid , 3 \n', quotedData=True),
    "not quoted": _rows(b'"ann",1\n'),
    "another delimiter": _rows(b"ann;1\nbob;2\n", delimiter=";"),
    "tabs": _rows(b"ann\t1\nbob\t2\n", delimiter="\\t"),
    "too few and too many": _rows(b"ann\nbob,2,3\n\ncid,\n", loops=5),
    "another encoding": _rows("änn,1\n".encode("latin-1"), fileEncoding="ISO-8859-1"),
    "a mark at the beginning": _rows("\ufeffann,1\n".encode()),
    "windows' line ends": _rows(b"ann,1\r\nbob,2\r\n"),
    "no last line end": _rows(b"ann,1\nbob,2", loops=3),
    "one row an iteration": alone(csv("rows.csv", "name,n"), _SEEN, loop(2, _SEEN), loops=2, files=ROWS),
    "rows under a controller": alone(
        simple(csv("rows.csv", "name,n"), _SEEN, _SEEN), see(after="${name}"), loops=2, files=ROWS
    ),
    "rows under a loop": alone(loop(2, csv("rows.csv", "name,n"), _SEEN), loops=2, files=ROWS),
    "rows under a request": alone(
        get("/see", csv("rows.csv", "name,n"), parameters=[("name", "${name}")]), _SEEN, loops=2, files=ROWS
    ),
    "shared by all": _of_users("shareMode.all"),
    "shared by the group": shop(
        threads(csv("rows.csv", "name,n", shareMode="shareMode.group"), _SEEN, loops=2),
        threads(csv("rows.csv", "name,n", shareMode="shareMode.group"), _SEEN, loops=2, name="second"),
        files=ROWS,
    ),
    "shared by groups": shop(
        csv("rows.csv", "name,n"),
        threads(_SEEN, loops=2),
        threads(_SEEN, loops=2, name="second"),
        files=ROWS,
    ),
    "each user from the beginning": _of_users("shareMode.thread"),
    "a file that is not there": alone(csv("nowhere.csv", "name,n"), _SEEN),
    "a file named by a variable": alone(csv("${__P(nobody,rows)}.csv", "name,n"), _SEEN, files=ROWS),
    "a counter": alone(_counter(), _COUNTED, _COUNTED, loops=3),
    "a counter with an end": alone(_counter("5", "10", "20"), _COUNTED, loops=4),
    "a counter with a format": alone(_counter(pattern="id-000"), _COUNTED, loops=2),
    "a counter down": alone(_counter("3", "-1"), _COUNTED, loops=5),
    "a counter of its user": shop(
        threads(_counter(own=True), see(u="${__threadNum}", c="${c}"), users=2, loops=2), ordered=False
    ),
    "a counter of all": shop(threads(_counter(), _COUNTED, users=2, loops=2), ordered=False),
    "a counter under a loop": alone(loop(3, _counter(own=True, reset=True), _COUNTED), loops=2),
    "a random variable of one": alone(_random("5", "5", "000"), see(r="${r}"), loops=2),
    "parameters of users": shop(
        threads(_user_parameters(("a", "b"), ("c", "d")), see(u="${__threadNum}", p="${p}", q="${q}"), users=3),
        ordered=False,
    ),
    "parameters counted": alone(_user_parameters(("${__counter(TRUE)}", "x")), see(p="${p}"), see(p="${p}"), loops=2),
    "parameters counted each iteration": alone(
        _user_parameters(("${__counter(TRUE)}", "x"), each_iteration=True),
        see(p="${p}"),
        see(p="${p}"),
        loops=2,
    ),
}
