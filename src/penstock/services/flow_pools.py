"""Rows of data for a flow: a CSV file becomes a pool, and the flow's only one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import orjson

from penstock.accounts.people import Identity
from penstock.errors import InvalidInput, NotFound
from penstock.library.items import Item, Kind
from penstock.services.changes import Changes
from penstock.services.importing import read
from penstock.services.kept_tests import KeptTestService
from penstock.services.library import LibraryService
from penstock.services.sources import Source, Unfit


class FlowPoolService:
    """Raises what the services under it raise."""

    def __init__(self, library: LibraryService, kept_tests: KeptTestService) -> None:
        self._library = library
        self._kept_tests = kept_tests

    def set_pool(self, who: Identity, suite: str, flow: str, csv: bytes, name: str = "") -> Item:
        """Keep the rows as a pool and let the flow of the suite run once for each; returns the pool.

        Raises `InvalidInput` for what is no CSV file in UTF-8, `Unfit` for one whose names or rows cannot be, and then
        nothing is kept.
        """
        kept = self._library.get(who, Kind.FLOW, flow)
        if kept.parent != suite:
            raise NotFound(f"flow {flow} is not in suite {suite}")
        text = _text(csv)
        self._verify(who, suite, flow, csv)
        name = name.strip() or f"{kept.name}.csv"
        return self._library.add_pool(who, kept, name, {"csv": text, "file_name": _file_name(name)})

    def _verify(self, who: Identity, suite: str, flow: str, csv: bytes) -> None:
        """Let the import read the suite with the rows, and look at what it says of them."""
        source = self._kept_tests.source_of(who, self._library.get(who, Kind.SUITE, suite))
        file = "rows.csv"
        source = _with_pool(source, flow, file.removesuffix(".csv"), {file: csv})
        with source.unpacked() as path:
            findings = read(path, Changes(is_confined=True)).findings
        wrong = [one for one in findings if one.severity == "error" and one.origin.file == file]
        if wrong:
            raise Unfit(file, wrong)


def _with_pool(source: Source, flow: str, pool: str, files: Mapping[str, bytes]) -> Source:
    """Return the suite with one flow that has this pool and no other."""
    document = orjson.loads(source.files[source.entry])
    for each in document["flows"]:
        each["conf"].pop("parameterPools", None)
        if each["id"] == flow:
            each["conf"]["parameterPools"] = [pool]
    return replace(source, files={source.entry: orjson.dumps(document), **files})


def _text(csv: bytes) -> str:
    try:
        text = csv.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the CSV file is not in UTF-8 (byte {error.start})") from None
    if not text.strip():
        raise InvalidInput("the CSV file is empty; the first row holds the names, each further one a set of values")
    if "\0" in text:
        raise InvalidInput("the CSV file holds a NUL character; it is no text")
    return text


def _file_name(name: str) -> str:
    plain = "".join(letter if letter.isalnum() or letter in " ._-" else "_" for letter in name)[:190]
    return plain if plain.lower().endswith(".csv") else f"{plain}.csv"
