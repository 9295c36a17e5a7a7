"""Files of results: whole or not at all, and never in the place of something that is no file."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from penstock.cli.outputs import verify_folder, whole, write_whole
from penstock.errors import InvalidInput


def test_a_file_that_could_not_be_written_whole_is_as_it_was(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_bytes(b"before")

    def write_half() -> None:
        with whole(report) as file:
            file.write(b"half")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write_half()
    assert report.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_pipe_stays_a_pipe_and_carries_the_result(tmp_path: Path) -> None:
    """As /dev/null must stay a device: root, who runs builds in containers, could replace it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    verify_folder("--json", tmp_path, pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"result")
    reader.join(10)
    assert got == [b"result"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_stays_a_link_and_leads_to_the_result(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    link = tmp_path / "latest.json"
    link.symlink_to(there / "report.json")
    for content in (b"first", b"second"):  # what it leads to need not be there yet
        write_whole(link, content)
        assert link.is_symlink()
        assert (there / "report.json").read_bytes() == content


def test_a_folder_is_no_place_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is a folder; give a file"):
        verify_folder("--json", tmp_path.parent, tmp_path)
