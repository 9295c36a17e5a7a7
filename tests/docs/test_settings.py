"""The reference of the settings is written from their list."""

from __future__ import annotations

import inspect
import os
from pathlib import Path

import pytest

from penstock import settings
from penstock.cli import serve
from penstock.errors import InvalidInput
from penstock.settings import SETTINGS, Settings, load
from tests.e2e.conftest import ROOT

REFERENCE = ROOT / "docs" / "reference" / "settings.md"

HEAD = """# Settings of the server

Options of `penstock serve`. A flag wins over the environment, the environment over the file, the file over the default.
The file is `penstock.toml` in the working directory, or the one that `PENSTOCK_CONFIG` names; its keys are the names.

| kind | flag | environment | file |
|---|---|---|---|
| yes or no | `--NAME`, `--no-NAME` | `yes` or `no`, `true` or `false`, `1` or `0` | `true` or `false` |
| list | repeated | with commas between | `["a", "b"]` |

| name | flag | environment | kind | default | meaning |
|---|---|---|---|---|---|
"""


def written() -> str:
    rows = []
    for setting in SETTINGS:
        default = {"True": "yes", "False": "no", "()": ""}.get(str(setting.default), setting.default)
        cells = (f"`{setting.name}`", f"`{setting.flag}`", f"`{setting.variable}`", setting.kind, str(default))
        rows.append(f"| {' | '.join(cells)} | {setting.sentence} |\n")
    return HEAD + "".join(rows)


def test_the_reference_is_the_list() -> None:
    if os.environ.get("PENSTOCK_GOLDEN") == "write":
        REFERENCE.write_text(written())
    assert REFERENCE.read_text() == written(), "PENSTOCK_GOLDEN=write rewrites it"


def test_every_setting_is_a_field_and_a_flag() -> None:
    names = [setting.name for setting in SETTINGS]
    assert names == list(Settings.__slots__)
    assert sorted(names) == sorted(list(inspect.signature(serve.serve).parameters)[1:])  # the help orders them its way


def test_a_flag_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "penstock.toml").write_text('port = 1\nhost = "file"\ndata = "file"\nallowed_hosts = ["a", "b"]')
    environment = {"PENSTOCK_PORT": "2", "PENSTOCK_HOST": "environment", "PENSTOCK_ALLOW_PRIVATE_TARGETS": "yes"}
    read = load({"port": 3, "host": None}, environment, tmp_path)
    assert (read.port, read.host, read.data, read.max_runs) == (3, "environment", "file", 4)
    assert read.allowed_hosts == ("a", "b")
    assert read.allow_private_targets is True


@pytest.mark.parametrize(
    ("file", "environment", "says"),
    [
        pytest.param("colour = 1", {}, "there is no setting 'colour'", id="a name that is not known"),
        pytest.param("port = 'a'", {}, "port: 'a' is not a number", id="a kind that is wrong"),
        pytest.param("port = true", {}, "port: True is not a number", id="yes is no number"),
        pytest.param("port = ", {}, "is not TOML", id="no TOML"),
        pytest.param("port = -1", {}, "port: -1 is below 0", id="below 0"),
        pytest.param("", {"PENSTOCK_PORT": "70000"}, "not between 0 and 65535", id="no port"),
        pytest.param("", {"PENSTOCK_PORT": "x"}, "PENSTOCK_PORT: 'x' is not a whole number", id="no number"),
        pytest.param("", {"PENSTOCK_VENDOR_LIMITS": "perhaps"}, "neither yes nor no", id="neither yes nor no"),
        pytest.param("tls_cert = 'a'", {}, "both a certificate and its key", id="half of TLS"),
        pytest.param("max_runs = 0", {}, "at least 1", id="nothing could run"),
        pytest.param("lease_seconds = 2", {}, "renewed every second", id="a lease that is over at once"),
        pytest.param("log_format = 'xml'", {}, "neither text nor json", id="a form that is not known"),
        pytest.param("log_level = 'loud'", {}, "debug, info", id="a level that is not known"),
        pytest.param("", {"PENSTOCK_CONFIG": "missing.toml"}, "missing.toml: No such file", id="no file"),
    ],
)
def test_a_wrong_setting_is_said_with_its_place(
    file: str, environment: dict[str, str], says: str, tmp_path: Path
) -> None:
    (tmp_path / settings.DEFAULT_FILE).write_text(file)
    with pytest.raises(InvalidInput, match=says):
        load({}, environment, tmp_path)
