"""How a command of a test is found among the test's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.errors import InvalidInput
from penstock.services.test_commands import runnable, verify_command


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("setup.sh one two", "/bin/sh ./'setup.sh' one two"),
        ("SETUP.SH", "/bin/sh ./'setup.sh'"),
        ("./setup.sh", "/bin/sh ./'setup.sh'"),
        (r'"Scripts\its.py" --fast', "./'scripts/its.py' --fast"),
        ("scripts/its.py", "./'scripts/its.py'"),
        ("echo hello > a", "echo hello > a"),
        ("../setup.sh", "../setup.sh"),
        ("", ""),
    ],
    ids=["by name", "in any case", "with its folder", "quoted", "in a folder", "of the shell", "outside", "empty"],
)
def test_the_first_word_may_be_a_file_of_the_test(tmp_path: Path, command: str, expected: str) -> None:
    (tmp_path / "setup.sh").write_text("echo hello\n")
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts" / "its.py"
    script.write_text("#!/usr/bin/env python3\n")
    assert runnable(command, tmp_path) == expected
    assert bool(script.stat().st_mode & 0o100) == ("its.py" in expected), "only what is run becomes executable"


@pytest.mark.parametrize("command", ["setup.cmd", '"Set up.ps1" -x', "a.BAT 1", r"tools\install.exe"])
def test_what_only_windows_could_do_is_refused(command: str) -> None:
    with pytest.raises(InvalidInput, match="shell script"):
        verify_command(command)


@pytest.mark.parametrize("command", ["setup.sh", "cp a.exe b.exe", "", "python3 -c 'print()'"])
def test_what_a_shell_can_do_is_taken(command: str) -> None:
    verify_command(command)
