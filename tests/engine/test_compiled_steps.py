"""Steps of scenarios that are more than a request: pages, sockets, streams, files, on the native loop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.server import ServerConnection, serve

from penstock.model import (
    Check,
    Condition,
    Extract,
    File,
    FileBody,
    Journey,
    JsonPathQuery,
    Load,
    MultipartBody,
    Origin,
    Page,
    Part,
    Phase,
    Population,
    Request,
    Scenario,
    SocketClose,
    SocketOpen,
    SocketSend,
    SocketWait,
    Step,
    Stream,
    Text,
    Variable,
)
from penstock.program.journeys import compile as compile_scenario
from penstock.script import http
from tests.apps import Recorder
from tests.apps.http import Answer
from tests.apps.http import Request as Seen
from tests.engine.native_run import Played, play

HERE = Origin("case")
text = Text.constant


def get(url: str, **fields: Any) -> Request:
    return Request(url.rpartition("/")[2] or "home", "GET", text(url), HERE, **fields)


def run(*steps: Step, files: tuple[File, ...] = (), **settings: Any) -> Played:
    """Run one iteration of the steps."""
    population = Population("all", Load((Phase(1, 1, 20),), iterations_per_user=1))
    scenario = Scenario("case", "loadmill", (Journey("main", steps, HERE),), (population,), HERE, files=files)
    return play(*(journey.function for journey in compile_scenario(scenario)), **settings)


@contextmanager
def counting() -> Iterator[str]:
    """A server that answers each message with its number, after two that nobody asked for."""

    def serve_one(connection: ServerConnection) -> None:
        for number in (-2, -1):
            connection.send(f'{{"n": {number}}}')
        for number, message in enumerate(connection):
            connection.send(f'{{"n": {number}, "to": "{message if isinstance(message, str) else "bytes"}"}}')

    with serve(serve_one, "127.0.0.1", 0) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{listening.socket.getsockname()[1]}/"
        finally:
            listening.shutdown()
            thread.join(10)


def equals(variable: str, value: str) -> Check:
    return Check(Variable(variable), (Condition("equals", text(value)),), f"{variable} is {value}", HERE)


def test_socket_steps_open_send_wait_and_close() -> None:
    called = text("shop")
    extract = Extract("to", JsonPathQuery(text("$.to")), HERE)
    with counting() as url:
        played = run(
            SocketOpen(called, text(url), "open", HERE),
            SocketOpen(called, text(url), "open", HERE, unless_open=True),
            SocketSend(called, text("hello"), HERE),
            SocketWait(called, "reply", HERE, extracts=((extract,),), checks=(equals("to", "hello"),)),
            SocketSend(called, text("x"), HERE, kind="binary"),
            SocketWait(called, "reply", HERE, extracts=((extract,),), checks=(equals("to", "bytes"),)),
            SocketClose(called, HERE),
            SocketClose(called, HERE),
        )
    assert played.iterations == {"started": 1, "finished": 1}
    assert played.series("open").count == 1
    replies = played.series("reply", "message")
    assert (replies.count, replies.failed) == (4, 0)  # two came unasked and were passed over
    assert replies.checks == {"to is hello": [1, 0], "to is bytes": [1, 0]}


def test_a_wait_in_vain_fails_the_iteration() -> None:
    called = text("shop")
    with counting() as url:
        played = run(
            SocketOpen(called, text(url), "open", HERE),
            SocketWait(called, "reply", HERE, timeout_s=0.2, checks=(equals("to", "never"),)),
            get("http://127.0.0.1:1/not-reached"),
        )
    assert played.iterations["failed"] == 1
    assert played.series("not-reached").count == 0


def test_a_step_on_a_socket_that_is_not_open_fails_the_iteration() -> None:
    played = run(SocketSend(text("nobody"), text("hello"), HERE))
    assert dict(played.series("main", "iteration").errors) == {("closed", "the socket is not open"): 1}


def test_a_page_comes_with_what_is_recorded_and_what_is_parsed() -> None:
    def answer(request: Seen) -> Answer:
        if request.target == "/":
            return Answer(200, (("Content-Type", "text/html"),), b"<img src=/a.png><img src=/gone.png>")
        return Answer(404 if request.target == "/gone.png" else 200, (("Cache-Control", "max-age=60"),), b"x")

    with Recorder(answer) as target:
        page = Page(recorded=(get(f"{target.url}/api"),), forgives=True)
        played = run(get(f"{target.url}/", page=page), get(f"{target.url}/", page=page))
        asked = sorted(request.target for request in target.requests)
    assert asked == ["/", "/", "/a.png", "/api", "/api", "/gone.png", "/gone.png"]
    assert (played.series("home", "page").count, played.series("home", "page").failed) == (2, 0)
    assert played.iterations == {"started": 1, "finished": 1}


def test_of_a_page_only_parts_are_fetched_whose_urls_the_patterns_allow() -> None:
    html = b"<img src=/a.png><img src=/b.png><img src=/c.gif>"
    with Recorder(lambda _: Answer(200, (("Content-Type", "text/html"),), html)) as target:
        run(get(f"{target.url}/", page=Page(only=r".*\.png", without=r".*/b\.png")))
        assert sorted(request.target for request in target.requests) == ["/", "/a.png"]


def test_a_request_that_is_not_recorded_runs_without_a_row() -> None:
    with Recorder() as target:
        played = run(get(f"{target.url}/quiet", is_recorded=False, checks=(equals("none", "x"),)))
        assert len(target.requests) == 1
    assert ("request", "quiet") not in played.names
    assert played.series("main", "iteration").checks == {"none is x": [0, 1]}


def test_a_request_may_be_answered_by_the_browser_cache() -> None:
    with Recorder(lambda _: Answer(200, (("Cache-Control", "max-age=60"),), b"x")) as target:
        once = get(f"{target.url}/kept", uses_cache=True)
        played = run(once, once)
        assert len(target.requests) == 1
    assert played.series("kept").count == 1


def test_a_stream_is_read_far_enough() -> None:
    body = b"data: 1\n\n" * 3
    with Recorder(lambda _: Answer(200, (("Content-Type", "text/event-stream"),), body)) as target:
        played = run(get(f"{target.url}/events", stream=Stream(events=2), discards_body=False))
    assert played.series("events (first event)", "message").count == 1


def test_streams_are_asked_for_alike_by_steps_and_by_python_whatever_the_run_speaks() -> None:
    async def journey(user: Any) -> None:
        await http.stream(f"{target.url}/events", events=1)

    body = b"data: 1\n\n" * 3
    with Recorder(lambda _: Answer(200, (("Content-Type", "text/event-stream"),), body)) as target:
        played = run(get(f"{target.url}/events", stream=Stream(events=1)), http_version="2-prior-knowledge")
        assert played.series("events").statuses == {200: 1}
        play(journey, http_version="2-prior-knowledge")
        of_the_step, of_python = ((seen.header("accept"), seen.header("accept-encoding")) for seen in target.requests)
    assert of_the_step == of_python == ("text/event-stream", "identity")


def test_files_travel_with_the_scenario() -> None:
    parts = (Part(text("note"), text("hi")), Part(text("photo"), text(""), file="pictures/a.png"))
    with Recorder() as target:
        upload = Request("form", "POST", text(f"{target.url}/form"), HERE, body=MultipartBody(parts))
        raw = Request("raw", "PUT", text(f"{target.url}/raw"), HERE, body=FileBody("pictures/a.png"))
        run(upload, raw, files=(File("pictures/a.png", b"\x89PNG"),))
        form, put = target.requests
    assert b'filename="a.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n' in form.body
    assert (put.body, put.header("content-type")) == (b"\x89PNG", "image/png")
