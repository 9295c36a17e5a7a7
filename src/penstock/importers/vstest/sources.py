"""Data sources: their tables become data of the journey, with columns named as bindings name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from penstock.errors import InvalidInput, PenstockError
from penstock.importers.base import Files, Findings, ReadTable, Table
from penstock.importers.vstest import places
from penstock.importers.vstest.csvtables import read_csv
from penstock.importers.vstest.texts import Texts
from penstock.importers.vstest.xmltables import read_tables
from penstock.importers.xmlfile import Element, read_xml
from penstock.model import CsvData, Pick

_PICKS: dict[str, Pick] = {
    "sequential": "agent_sequential",
    "random": "random",
    "unique": "unique",
    "donotmovecursor": "fixed",
}
_CSV = "Microsoft.VisualStudio.TestTools.DataSource.CSV"
_XML = "Microsoft.VisualStudio.TestTools.DataSource.XML"


def with_other_spellings(data: CsvData, texts: Texts) -> CsvData:
    """Return the data with its columns also under the names that bindings have for them in another case of letters."""
    by_small = {column.lower(): place for place, column in enumerate(data.columns)}
    others = [name for name in texts.read if name not in texts.known and name.lower() in by_small]
    if not others:
        return data
    places = [by_small[name.lower()] for name in others]
    for name in others:
        texts.sets(name)
    rows = tuple((*row, *(row[place] for place in places)) for row in data.rows)
    return CsvData(data.name, (*data.columns, *others), rows, data.pick)


@dataclass(slots=True)
class Sources:
    """Compiles the data sources of one file; `mapped` are those that the caller gives a place for, by their names."""

    files: Files
    entry: str
    findings: Findings
    texts: Texts
    mapped: Mapping[str, ReadTable] = field(default_factory=dict)

    def of(self, root: Element) -> tuple[CsvData, ...]:
        """Return the tables of all data sources."""
        holder = root.first("DataSources")
        found: list[CsvData] = []
        for source in holder.children if holder is not None else []:
            tables = source.first("Tables")
            for table in tables.children if tables is not None else []:
                data = self._data(source, table)
                if data is not None:
                    found.append(data)
        return tuple(found)

    def _data(self, source: Element, table: Element) -> CsvData | None:
        prefix = f"{source.get('Name')}.{table.get('Name')}."
        read = self._table(source, table)
        if read is None:
            self.texts.sets(prefix, is_prefix=True)
            return None
        columns, rows = read
        if not rows:
            self.findings.error("no-rows", f"table {table.get('Name')!r} of the data source has no rows", table.origin)
            return None
        names = tuple(f"{prefix}{column}" for column in columns)
        for name in names:
            self.texts.sets(name)
        method = table.get("AccessMethod").strip().lower() or "sequential"
        if method not in _PICKS:
            message = f"the access method {table.get('AccessMethod')!r} is not known"
            self.findings.error("invalid-value", message, table.origin, f"write one of {', '.join(_PICKS)}")
        return CsvData(prefix.rstrip("."), names, rows, _PICKS.get(method, "agent_sequential"))

    def _table(self, source: Element, table: Element) -> Table | None:
        name, provider = source.get("Name"), source.get("Provider").strip()
        try:
            if name in self.mapped:
                return self.mapped[name](table.get("Name"))
            if provider == _CSV:
                return self._csv(source)
            if provider == _XML:
                return self._xml(source, table)
        except PenstockError as error:
            self.findings.error("data-source", f"data source {name!r} cannot be read: {error}", table.origin)
            return None
        self._refuse_database(source, table)
        return None

    def _refuse_database(self, source: Element, table: Element) -> None:
        name, provider = source.get("Name"), source.get("Provider")
        concealed = ""
        if source.get("ConnectionDisplayValue") or "=" not in source.get("Connection").rstrip("="):
            concealed = "; its connection is encrypted by Visual Studio on the author's machine"
        message = f"data source {name!r} ({provider}): table {table.get('Name')!r} is read from a database{concealed}"
        advice = (
            "export the table to CSV with the same column names and give it with "
            f"--data-source {name}=FILE.csv, or give the database with --data-source {name}=URL"
        )
        self.findings.error("database", message, table.origin, advice)

    def _file(self, source: Element) -> str | None:
        path = source.get("Connection")
        found = places.resolve(self.files, self.entry, path)
        if found is None:
            message = f"the data file {path!r} is missing; looked {places.searched(self.entry, path)}"
            advice = f"put it beside the test, or give another with --data-source {source.get('Name')}=FILE.csv"
            self.findings.error("file-missing", message, source.origin, advice)
        return found

    def _csv(self, source: Element) -> Table | None:
        found = self._file(source)
        if found is None:
            return None
        settings = places.resolve(self.files, found, "schema.ini")
        schema = self.files.read(settings) if settings is not None else b""
        return read_csv(self.files.read(found), found, schema)

    def _xml(self, source: Element, table: Element) -> Table | None:
        found = self._file(source)
        if found is None:
            return None
        tables = read_tables(read_xml(self.files.read(found), found))
        if table.get("Name") not in tables:
            known = ", ".join(sorted(tables)) or "none"
            raise InvalidInput(f"{found} has no table {table.get('Name')!r}; its tables are {known}")
        return tables[table.get("Name")]
