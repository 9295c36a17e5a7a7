"""The folder of a test goes to other machines: all of it that may be needed, nothing else, and it leaves nothing."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.errors import InvalidInput
from penstock.model import Load, Origin, Phase, Population, Scenario
from penstock.runners import shipping
from penstock.runners.shipping import Unpacked, folder_of, moved, pack
from penstock.runs.plan import FlowWork, HttpSettings, Plan, ScenarioWork


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where other machines would unpack."""
    folder = tmp_path / "node"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def made(tmp_path: Path, *names: str) -> Path:
    folder = tmp_path / "test"
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def unpacked(packed: bytes) -> list[str]:
    files = Unpacked(packed)
    try:
        found = [path for path in files.path.rglob("*") if path.is_file()]
        return sorted(str(path.relative_to(files.path)) for path in found)
    finally:
        files.remove()


def test_files_arrive_as_they_were_and_are_removed(tmp_path: Path, elsewhere: Path) -> None:
    folder = made(tmp_path, "flow.py", "shop/pages.py", "data/users.csv")
    (folder / "photo.bin").write_bytes(bytes(range(256)) * 500)
    (folder / "run.sh").write_text("true")
    (folder / "run.sh").chmod(0o755)
    files = Unpacked(pack(folder))
    assert (files.path / "photo.bin").read_bytes() == bytes(range(256)) * 500
    assert (files.path / "data" / "users.csv").read_text() == "data/users.csv"
    assert os.access(files.path / "run.sh", os.X_OK)
    files.remove()
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (".git/config", "a folder whose name begins with a dot is no part of a test"),
        ("a/__pycache__/flow.pyc", "a cache is made anew"),
        ("node_modules/x/index.js", "nor what other languages install"),
        ("env/pyvenv.cfg", "nor a virtual environment, whatever its name"),
    ],
)
def test_what_is_never_part_of_a_test_stays(tmp_path: Path, name: str, why: str) -> None:
    assert unpacked(pack(made(tmp_path, "flow.py", ".env", name))) == [".env", "flow.py"], why


def test_links_are_followed_and_none_goes_round(tmp_path: Path) -> None:
    folder = made(tmp_path, "flow.py")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "rows.csv").write_text("id")
    (folder / "data").symlink_to(outside)
    (outside / "back").symlink_to(folder)
    (folder / "gone").symlink_to("nowhere")
    assert unpacked(pack(folder)) == ["data/rows.csv", "flow.py"]


def _many(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "MOST_FILES", 1)


def _large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "MOST_BYTES", 9_000)


@pytest.mark.parametrize("limit", [_many, _large])
def test_too_much_is_refused_with_what_is_largest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: Callable[[Path, pytest.MonkeyPatch], None]
) -> None:
    folder = made(tmp_path, "flow.py", "a.bin")
    (folder / "a.bin").write_bytes(bytes(10_000))
    limit(folder, monkeypatch)
    with pytest.raises(InvalidInput, match=r"a\.bin, 10\.0 kB.*keep the test in a folder"):
        pack(folder)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path, "flow.py")

    def refuse(*_arguments: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InvalidInput, match=r"flow\.py: cannot be sent to the agents: Permission denied"):
        pack(folder)


def test_what_a_killed_process_left_is_removed_and_what_is_in_use_stays(elsewhere: Path) -> None:
    left, used, other = (elsewhere / name for name in ("penstock-agent-left", "penstock-agent-used", "others"))
    for folder in (left, used, other):
        folder.mkdir()
        (folder / "flow.py").write_text("")
    lock = os.open(used, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        Unpacked(None).remove()
    finally:
        os.close(lock)
    assert sorted(elsewhere.iterdir()) == sorted([used, other])


def test_a_folder_that_another_agent_has_swept_is_made_anew(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, made_before = tempfile.mkdtemp, []

    def swept_at_first(**how: str) -> str:
        folder = make(**how)
        if not made_before:
            os.rmdir(folder)  # noqa: PTH106 — as a path it is not known yet
        made_before.append(folder)
        return folder

    monkeypatch.setattr(tempfile, "mkdtemp", swept_at_first)
    files = Unpacked(None)
    assert [str(files.path)] == made_before[1:]
    files.remove()
    assert list(elsewhere.iterdir()) == []


EVERYONE = (Population("all", Load((Phase(1, 1, 1),))),)
SCENARIO = Scenario("s", "loadmill", (), EVERYONE, Origin("s.json"))


@pytest.mark.parametrize(
    ("work", "folder", "there"),
    [
        (FlowWork("/home/ann/shop/flow.py"), "/home/ann/shop", FlowWork("/tmp/x/flow.py")),
        (ScenarioWork(SCENARIO, "/home/ann/net/map.toml"), "/home/ann/net", "/tmp/x/map.toml"),
        (ScenarioWork(SCENARIO), None, None),  # all that it needs is in it
    ],
)
def test_a_plan_names_its_files_as_they_are_called_on_the_other_machine(
    work: FlowWork | ScenarioWork, folder: str | None, there: FlowWork | str | None
) -> None:
    plan = Plan("test", work, EVERYONE, HttpSettings(source_addresses=("10.0.0.5", "10.0.0.6")))
    assert folder_of(plan) == (None if folder is None else Path(folder))
    elsewhere_ = moved(plan, "/tmp/x", ("10.0.0.6",))
    assert elsewhere_.http.source_addresses == ("10.0.0.6",)
    now = elsewhere_.work
    assert (now.plugins if isinstance(now, ScenarioWork) else now) == there
