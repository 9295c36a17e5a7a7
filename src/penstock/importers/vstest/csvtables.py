"""CSV files as the text driver of Jet reads them: a header, `schema.ini` beside the file, any usual encoding."""

from __future__ import annotations

import configparser
import csv
import io

from penstock.errors import UnreadableFile
from penstock.importers.base import Table

_DELIMITERS = {"csvdelimited": ",", "tabdelimited": "\t"}


def read_csv(content: bytes, name: str, schema: bytes = b"") -> Table:
    """Return header and rows; names are trimmed, blank lines skipped, short rows filled up.

    Raises `UnreadableFile` for what is no CSV.
    """
    settings = _settings(schema, name.rpartition("/")[2])
    delimiter = _DELIMITERS.get(settings.get("format", "").lower(), ",")
    if settings.get("format", "").lower().startswith("delimited(") and len(settings["format"]) > 10:
        delimiter = settings["format"][10]
    text = _decoded(content, settings.get("characterset", ""))
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(line)]
    except csv.Error as error:
        raise UnreadableFile(f"{name}: not a CSV file: {error}") from None
    if not lines:
        return (), ()
    if settings.get("colnameheader", "true").lower() == "false":
        columns = _declared(settings) or tuple(f"F{number}" for number in range(1, len(lines[0]) + 1))
        rows = lines
    else:
        columns, rows = tuple(column.strip() for column in lines[0]), lines[1:]
    width = len(columns)
    return columns, tuple((*row[:width], *[""] * (width - len(row))) for row in rows)


def _settings(schema: bytes, name: str) -> dict[str, str]:
    """Return what `schema.ini` says of the file, by small names."""
    if not schema:
        return {}
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_decoded(schema, ""))
    except configparser.Error:
        return {}
    section = next((section for section in parser.sections() if section.lower() == name.lower()), None)
    return {} if section is None else dict(parser.items(section))


def _declared(settings: dict[str, str]) -> tuple[str, ...]:
    columns = sorted((int(key[3:]), value) for key, value in settings.items() if key[:3] == "col" and key[3:].isdigit())
    return tuple(value.strip().strip('"').split('"')[0].split(" ")[0] for _, value in columns)


def _decoded(content: bytes, character_set: str) -> str:
    """Return the text: by its mark, as UTF-8 if it is that, else as the ANSI encoding of Windows."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if character_set.lower() == "unicode":
        return content.decode("utf-16-le", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
