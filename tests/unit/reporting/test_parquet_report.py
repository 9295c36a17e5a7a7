"""Parquet holds the tables of a report with their types."""

from __future__ import annotations

import io
from typing import Any

import pyarrow.parquet
import pytest

from penstock.errors import Unavailable
from penstock.reporting import parquet, tables
from tests.unit.reporting import synthetic


def table(content: bytes) -> Any:
    return pyarrow.parquet.read_table(io.BytesIO(content))


def test_every_table_is_a_file_with_the_columns_and_values_of_the_report() -> None:
    files = parquet.render(synthetic.counted_report())
    whole = tables.tables_of(synthetic.counted_report())
    assert set(files) == {f"{name}.parquet" for name in whole}
    for name, expected in whole.items():
        found = table(files[f"{name}.parquet"])
        assert found.column_names == list(expected.columns)
        assert [tuple(row.values()) for row in found.to_pylist()] == [tuple(row) for row in expected.rows], name


def test_numbers_are_numbers_and_texts_stay_as_they_are() -> None:
    found = table(parquet.render(synthetic.report())["requests.parquet"])
    types = {field.name: str(field.type) for field in found.schema}
    assert (types["name"], types["count"], types["response_p95_ms"]) == ("string", "int64", "double")
    assert synthetic.HOSTILE_NAME in found["name"].to_pylist(), "nothing is led by an apostrophe"


def test_without_pyarrow_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "import_module", _refuse)
    with pytest.raises(Unavailable, match=r"penstock\[parquet\]"):
        parquet.verify()


def _refuse(name: str) -> None:
    raise ImportError(name)
