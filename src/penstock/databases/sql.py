"""Tables of any database that SQLAlchemy speaks to; SQLite and PostgreSQL come with Penstock."""

from __future__ import annotations

from sqlalchemy import Engine, MetaData, create_engine, inspect, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from penstock.errors import InvalidInput
from penstock.ports.tables import Table

MOST_ROWS = 1_000_000
_CONNECT_S = 10
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class SqlTables:
    """See `penstock.ports.tables.Tables`."""

    def __init__(self, url: str) -> None:
        scheme, _, rest = url.partition("://")
        try:
            self._url = make_url(f"{_DRIVERS.get(scheme, scheme)}://{rest}")
        except ArgumentError:
            raise InvalidInput(f"database URL {_shown(url)}: write it like postgresql://user@host/name") from None

    def read(self, table: str) -> Table:
        """Return all rows of a table; NULL is the empty text."""
        name = self._url.render_as_string()  # without the password
        try:
            engine = create_engine(self._url, connect_args=self._arguments())
        except (NoSuchModuleError, ImportError, SQLAlchemyError) as error:
            raise InvalidInput(f"database {name}: {error}") from None
        try:
            return _read(engine, table)
        except NoSuchTableError:
            raise InvalidInput(f"database {name}: there is no table {table!r}") from None
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise InvalidInput(f"database {name}: {reason}") from None
        finally:
            engine.dispose()

    def _arguments(self) -> dict[str, int]:
        return {"connect_timeout": _CONNECT_S} if self._url.get_backend_name() == "postgresql" else {}


def _read(engine: Engine, name: str) -> Table:
    bare = name.replace("[", "").replace("]", "")
    found = _found(engine, bare)
    table = SqlTable(found[1], MetaData(), schema=found[0], autoload_with=engine)
    with engine.connect() as connection:
        rows = connection.execute(select(table).limit(MOST_ROWS + 1)).fetchall()
    if len(rows) > MOST_ROWS:
        raise InvalidInput(f"table {name!r} has more than {MOST_ROWS:,} rows; export those that the test needs")
    columns = tuple(column.name for column in table.columns)
    return columns, tuple(tuple("" if value is None else str(value) for value in row) for row in rows)


def _found(engine: Engine, name: str) -> tuple[str | None, str]:
    """Return schema and table of a name in which the schema may be named; both in any case of letters."""
    inspector = inspect(engine)
    schema, dot, table = name.rpartition(".")
    places: list[tuple[str | None, str]] = [(None, name)]
    if dot:
        places.append((schema, table))
    for place, wanted in places:
        known = inspector.get_schema_names() if place else []
        in_schema = next((each for each in known if place and each.lower() == place.lower()), None)
        if place and in_schema is None:
            continue
        names = [*inspector.get_table_names(in_schema), *inspector.get_view_names(in_schema)]
        for each in names:
            if each.lower() == wanted.lower():
                return in_schema, each
    raise NoSuchTableError(name)


def _shown(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"
