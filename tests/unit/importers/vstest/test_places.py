from __future__ import annotations

import pytest

from penstock.importers.base import Files
from penstock.importers.vstest.places import resolve

FILES = Files.from_dict(
    {
        "Load/LoadTest1.loadtest": b"",
        "Load/WebMvc/AddProducts.webtest": b'<?xml version="1.0"?><WebTest Name="x" Id="AB-1" />',
        "Load/Data/Users.csv": b"",
        "Other/Users.csv": b"",
        "top.csv": b"",
    }
)


@pytest.mark.parametrize(
    ("base", "path", "test_id", "found", "why"),
    [
        ("Load/LoadTest1.loadtest", "webmvc\\addproducts.webtest", "", "Load/WebMvc/AddProducts.webtest", "any case"),
        ("Load/LoadTest1.loadtest", "|DataDirectory|\\Data\\users.csv", "", "Load/Data/Users.csv", "data directory"),
        ("Load/WebMvc/a.webtest", "|DataDirectory|\\..\\Data\\Users.csv", "", "Load/Data/Users.csv", "dots"),
        ("Load/LoadTest1.loadtest", "C:\\work\\top.csv", "", "top.csv", "an absolute path: by its file name"),
        ("Load/LoadTest1.loadtest", "Users.csv", "", None, "two files have the name"),
        ("Load/LoadTest1.loadtest", "..\\..\\..\\etc\\passwd", "", None, "never out of the files"),
        ("Load/LoadTest1.loadtest", "gone.webtest", "ab-1", "Load/WebMvc/AddProducts.webtest", "by its Id"),
        ("Load/LoadTest1.loadtest", "gone.webtest", "cd-2", None, "no such Id"),
        ("Load/LoadTest1.loadtest", "", "", None, "an empty path"),
    ],
    ids=lambda value: value if isinstance(value, str) else "None",
)
def test_a_path_is_found_among_the_files(base: str, path: str, test_id: str, found: str | None, why: str) -> None:
    assert resolve(FILES, base, path, test_id) == found
