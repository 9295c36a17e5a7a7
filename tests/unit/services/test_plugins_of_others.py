from __future__ import annotations

from pathlib import Path

import pytest

from penstock.errors import InvalidInput
from penstock.services.changes import Changes
from penstock.services.preparation import prepare


def test_python_classes_are_not_run_for_tests_that_others_sent(tmp_path: Path) -> None:
    (tmp_path / "a.webtest").write_text('<WebTest Name="A"><Items><Request Url="http://shop/" /></Items></WebTest>')
    (tmp_path / "m.toml").write_text('[classes]\n"A.B" = "os:system"\n')
    mapping = tmp_path / "m.toml"
    assert prepare(tmp_path / "a.webtest", Changes(plugins=mapping)).plan is not None
    with pytest.raises(InvalidInput, match="not run for tests that others sent"):
        prepare(tmp_path / "a.webtest", Changes(plugins=mapping, is_confined=True))
