"""A short round of the fuzzer with a fixed seed, and what longer ones found."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from benches.fuzz.targets import LOAD_TEST, TARGETS, WEB_TEST, run

RUNS = "1500"


@pytest.mark.parametrize("name", list(TARGETS))
def test_the_seeds_are_read(name: str) -> None:
    for seed in TARGETS[name].seeds:
        TARGETS[name].read(seed)


def test_a_round_with_a_fixed_seed_breaks_nothing(tmp_path: Path) -> None:
    options = ["--only", "together", "--runs", RUNS, "--seed", "7", "--folder", str(tmp_path)]
    command = [sys.executable, "-m", "benches.fuzz", *options]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd=Path(__file__).parents[2]
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "together: survived" in ended.stdout


def test_the_fuzzer_tells_an_input_that_breaks_a_reader() -> None:
    broken = TARGETS["webtest"].__class__(lambda content: 1 / len(content), (b"x",))
    with pytest.raises(ZeroDivisionError):
        run(broken, b"")


def archive_of(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("l.loadtest", LOAD_TEST)
        archive.writestr("placeholder", b"x")
    return packed.getvalue().replace(b"placeholder", name.encode().ljust(11, b"\0"))


FOUND = [
    ("loadtest", LOAD_TEST.replace(b"visual", b"{vis}}ual").replace(b"Studio", b"}Studio"), "a namespace with braces"),
    ("archive", archive_of(""), "an entry without a name"),
    (
        "archive",
        TARGETS["archive"].seeds[0][:-30] + b"\xff" * 8 + TARGETS["archive"].seeds[0][-22:],
        "offsets before 0",
    ),
    ("webtest", WEB_TEST[: len(WEB_TEST) // 2], "cut off in the middle"),
]


@pytest.mark.parametrize(("name", "content", "why"), FOUND, ids=[why for _, _, why in FOUND])
def test_what_was_found_stays_mended(name: str, content: bytes, why: str) -> None:
    run(TARGETS[name], content)
