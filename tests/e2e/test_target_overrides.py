"""`penstock run --target-override`: requests to one origin go to another, as `--base-url` does it for all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps import Answer, Authority, Recorder, Request
from tests.e2e.conftest import Command

pytestmark = pytest.mark.e2e


@pytest.fixture
def shop() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture
def images() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


def web_test(folder: Path, *urls: str, inside: str = "") -> Path:
    path = folder / "shop.webtest"
    items = "".join(f'<Request Url="{url}" ParseDependentRequests="False">{inside}</Request>' for url in urls)
    path.write_text(
        '<WebTest Name="Shop" Id="a" Proxy="" '
        f'xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Items>{items}</Items></WebTest>'
    )
    return path


def asked(recorder: Recorder) -> list[str]:
    return [request.target for request in recorder.requests]


def test_each_origin_goes_where_it_is_told_and_all_others_to_the_base(
    penstock: Command, tmp_path: Path, shop: Recorder, images: Recorder
) -> None:
    test = web_test(tmp_path, "https://shop.invalid/a?b=1", "http://images.invalid:8080/c", "http://else.invalid/d")
    overrides = ["--target-override", f"http://IMAGES.invalid:8080={images.url}"]
    ended = penstock("run", test, "--base-url", shop.url, *overrides, "--iterations", "2", "--json", "-")
    assert (asked(shop), asked(images)) == (["/a?b=1", "/d"] * 2, ["/c"] * 2)
    assert {request.header("host") for request in images.requests} == {images.url.removeprefix("http://")}
    scenario = ended.json()["scenario"]
    assert scenario["base_url"] == shop.url
    assert scenario["target_overrides"] == {"http://images.invalid:8080": images.url}


def test_what_is_not_named_is_asked_itself(penstock: Command, tmp_path: Path, shop: Recorder, images: Recorder) -> None:
    test = web_test(tmp_path, "https://shop.invalid/a", f"{images.url}/b")
    penstock("run", test, "--target-override", f"https://shop.invalid={shop.url}")
    assert (asked(shop), asked(images)) == (["/a"], ["/b"])


def test_a_star_stands_for_all_others_also_in_a_flow(
    penstock: Command, tmp_path: Path, shop: Recorder, images: Recorder
) -> None:
    flow = tmp_path / "flow.py"
    flow.write_text(
        "from penstock.script import Options, http\noptions = Options(base_url='https://shop.invalid/app/')\n\n\n"
        "async def journey(user):\n    await http.get('a')\n    await http.get('http://images.invalid/b')\n"
    )
    star = ["--target-override", f"*={images.url}"]
    penstock("run", flow, *star, "--target-override", f"https://shop.invalid={shop.url}")
    assert (asked(shop), asked(images)) == (["/app/a"], ["/b"])


def test_a_redirect_to_an_origin_goes_where_that_goes(penstock: Command, tmp_path: Path, images: Recorder) -> None:
    def answer(request: Request) -> Answer:
        if request.target == "/login":
            return Answer(302, (("Location", "https://images.invalid/home"),))
        return Answer()

    rule = "Microsoft.VisualStudio.TestTools.WebTesting.Rules.ValidateResponseUrl"
    inside = (
        f'<ValidationRules><ValidationRule Classname="{rule}" Level="High"><RuleParameters /></ValidationRule>'
        "</ValidationRules>"
    )
    with Recorder(script=answer) as shop:
        test = web_test(tmp_path, "https://shop.invalid/login", inside=inside)
        text = test.read_text().replace("<Request ", '<Request ExpectedResponseUrl="https://images.invalid/home" ')
        test.write_text(text)
        overrides = [f"https://shop.invalid={shop.url}", f"https://images.invalid={images.url}"]
        given = [part for pair in overrides for part in ("--target-override", pair)]
        penstock("run", test, *given)
        assert (asked(shop), asked(images)) == (["/login"], ["/home"])
        test.write_text(text.replace("images.invalid/home", "images.invalid/elsewhere"))
        ended = penstock("run", test, *given, "--json", "-", expect=99)
    assert f"{images.url}/home, not from {images.url}/elsewhere" in ended.stdout


def test_the_certificate_is_asked_for_by_the_name_of_the_target(penstock: Command, tmp_path: Path) -> None:
    authority = Authority()
    authority.save(tmp_path / "ca.pem")
    with Recorder(context=authority.context("localhost"), host="localhost") as target:
        test = web_test(tmp_path, "https://shop.invalid/a")
        override = ["--target-override", f"https://shop.invalid={target.url}"]
        penstock("run", test, *override, "--ca-file", tmp_path / "ca.pem")
        assert asked(target) == ["/a"]


def test_a_failure_says_what_was_asked_and_what_was_written(penstock: Command, tmp_path: Path) -> None:
    test = web_test(tmp_path, "https://shop.invalid/a")
    override = ["--target-override", "https://shop.invalid=http://127.0.0.1:1"]
    ended = penstock("run", test, *override, "--json", "-", expect=99)
    (sample,) = [one["sample"] for one in ended.json()["errors"] if one["series_kind"] == "request"]
    assert sample["request"]["url"] == "http://127.0.0.1:1/a"
    assert sample["request"]["original_url"] == "https://shop.invalid/a"


def test_a_trial_goes_where_a_run_goes(penstock: Command, tmp_path: Path, shop: Recorder) -> None:
    test = web_test(tmp_path, "https://shop.invalid/a")
    ended = penstock("trial", test, "--target-override", f"https://shop.invalid={shop.url}", "--output", "-")
    assert asked(shop) == ["/a"]
    assert json.loads(ended.stdout)


@pytest.mark.parametrize(
    ("texts", "message", "reason"),
    [
        (["https://a.test"], "'https://a.test': write it like https://shop.example.com=", "no pair"),
        (["a.test=http://b.test"], "'a.test' is no origin", "no scheme before"),
        (["http://a.test=b.test:80"], "'b.test:80' is no origin", "no scheme behind"),
        (["http://a.test=ftp://b.test"], "'ftp://b.test' is no origin", "another scheme"),
        (["http://a.test:99999=http://b.test"], "'http://a.test:99999' is no origin", "no port"),
        (["http://a.test=http://b.test/app"], "more than scheme, host and port; leave out app", "a path"),
        (["http://a.test=http://me:secret@b.test"], "leave out user and password", "credentials"),
        (
            ["http://a.test=http://b.test", "http://A.test:80=http://c.test"],
            "'http://A.test:80=http://c.test': http://a.test is sent elsewhere already, to http://b.test",
            "twice",
        ),
        (["*=http://b.test", "--base-url", "http://c.test"], "all requests go to http://b.test already", "two places"),
    ],
)
def test_what_is_no_pair_of_origins_is_refused_by_its_text(
    penstock: Command, tmp_path: Path, texts: list[str], message: str, reason: str
) -> None:
    given: list[str] = []
    for text in texts:
        given += [text] if text.startswith("--") or given[-1:] == ["--base-url"] else ["--target-override", text]
    ended = penstock("run", web_test(tmp_path, "http://a.test/"), *given, expect=104)
    assert message in ended.stderr, reason
