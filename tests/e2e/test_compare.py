"""`penstock compare`: what changed between two runs, and whether it may."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.reporting import archive
from tests.apps import Answer, Recorder, Request
from tests.e2e.conftest import Command
from tests.unit.metrics.test_noise import run
from tests.unit.reporting import synthetic

pytestmark = pytest.mark.e2e


def quick(_: Request) -> Answer:
    return Answer.json({})


def slow(request: Request) -> Answer:
    if request.path == "/item":
        time.sleep(0.05)
    return Answer(status=503) if request.path == "/list" else Answer.json({})


def keep(
    penstock: Command, folder: Path, test: dict[str, object], archive: str, serve: Callable[[Request], Answer]
) -> None:
    """Run a test against a server and keep its results; the run fails where requests do."""
    (folder / "test.json").write_text(json.dumps(test))
    with Recorder(serve) as target:
        how = [f"base={target.url}", "--agents", "1", "--no-think", "--threshold", "failed < 1%", "--quiet"]
        penstock("run", "test.json", *how, "--archive", archive, expect=0 if serve is quick else 99)


@pytest.fixture
def archives(penstock: Command, tmp_path: Path) -> tuple[str, str]:
    """Two runs of one test: the second asks a server that is slow for one request and refuses another."""
    test = {
        "duration": 60_000,
        "concurrency": 2,
        "rampUp": 0,
        "maxIterations": 60,
        "requests": [{"url": "${base}/item", "description": "item"}, {"url": "${base}/list", "description": "list"}],
    }
    keep(penstock, tmp_path, test, "before.zip", quick)
    keep(penstock, tmp_path, test, "after.zip", slow)
    return "before.zip", "after.zip"


def test_what_became_worse_is_told_and_fails_where_it_may_not(penstock: Command, archives: tuple[str, str]) -> None:
    told = penstock("compare", *archives)
    item = told.stdout.split("\nitem\n")[1].split("\n\n")[0]
    assert [line.split()[0] for line in item.splitlines()] == ["rate", "failed", "avg", "p50", "p95", "p99"]
    assert "worse" in item
    assert "+100 points worse" in told.stdout.split("\nlist\n")[1]
    judged = penstock("compare", *archives, "--max-change", "50%", expect=99)
    assert judged.stdout == told.stdout
    assert "✗ item: p95 " in judged.stderr
    assert "✗ list: failed 0% → 100%" in judged.stderr
    short = penstock("compare", *archives, "--max-change", "50%", "--beyond-noise")
    assert "! not judged, too little was measured to tell it from noise: item: p95 " in short.stderr
    assert "Nothing is worse by more than 50% and than the noise of these runs." in short.stderr
    assert "worse, too little to tell from noise" in told.stdout


def test_a_run_is_not_worse_than_itself(penstock: Command, archives: tuple[str, str]) -> None:
    told = penstock("compare", archives[0], archives[0], "--max-change", "0%")
    assert "worse" not in told.stdout
    assert "Nothing is worse by more than 0%." in told.stderr


def test_no_name_of_a_request_moves_the_cursor(penstock: Command, tmp_path: Path) -> None:
    test = {
        "duration": 60_000,
        "concurrency": 1,
        "rampUp": 0,
        "maxIterations": 100,
        "requests": [{"url": "${base}/list", "description": "list\x1b[2J"}],
    }
    keep(penstock, tmp_path, test, "good.zip", quick)
    keep(penstock, tmp_path, test, "bad.zip", slow)
    told = penstock("compare", "good.zip", "bad.zip", "--max-change", "5%", expect=99)
    assert "\x1b" not in told.stdout + told.stderr
    assert "✗ list\\x1b[2J: failed 0% → 100%" in told.stderr


def test_a_change_is_held_against_the_noise_of_the_runs(penstock: Command, tmp_path: Path) -> None:
    """Archives of made-up runs of three minutes: noise that is the same, and one that is slower by a quarter."""
    chance = random.Random(5)
    for name, factor, seconds in (("before", 1.0, 180), ("slow", 1.25, 180), ("noisy", 1.06, 20)):
        snapshots = list(run(chance, factor=factor, seconds=seconds))
        with (tmp_path / f"{name}.zip").open("wb") as file:
            archive.write(file, synthetic.report_of(snapshots), snapshots)
    slower = penstock("compare", "before.zip", "slow.zip", "--max-change", "5%", "--beyond-noise", expect=99)
    assert "✗ buy: p95 " in slower.stderr
    assert "noise" not in slower.stdout.split("\nbuy\n")[1].split("p99")[0]
    noisy = penstock("compare", "before.zip", "noisy.zip", "--max-change", "5%", "--beyond-noise")
    assert "Nothing is worse by more than 5% and than the noise of these runs." in noisy.stderr
    assert "% within the noise of these runs" in noisy.stdout


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["none.zip", "none.zip"], "none.zip"),
        (["text.txt", "text.txt"], "text.txt"),
        (["none.zip", "none.zip", "--beyond-noise"], "--beyond-noise is about what --max-change judges"),
        (["none.zip", "none.zip", "--max-change", "much"], "--max-change much: must be a percentage like 10%"),
        (["none.zip", "none.zip", "--max-change=-1%"], "--max-change -1%: must be a percentage like 10%"),
    ],
)
def test_what_cannot_be_compared_says_why(penstock: Command, tmp_path: Path, arguments: list[str], part: str) -> None:
    (tmp_path / "text.txt").write_text("no archive")
    assert part in penstock("compare", *arguments, expect=104).stderr
