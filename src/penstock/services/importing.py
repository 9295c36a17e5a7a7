"""A file is read by the importer of its format, with what a caller changes of its meaning."""

from __future__ import annotations

from pathlib import Path

from penstock.errors import InvalidInput
from penstock.importers import base
from penstock.services.changes import Changes


def read(path: Path, changes: Changes) -> base.Imported:
    """Import the file, with what the changes say of its meaning; the load stays as it is written.

    Raises `InvalidInput` (with its subclasses) for a file that is no test at all.
    """
    from penstock.importers import opening, registry  # large, and a flow.py needs none of them

    files, entry = opening.open_path(path)
    return registry.compile(
        files,
        entry,
        base.Overrides(
            parameters=changes.parameters,
            pools=tuple(base.Pool(pool.id, pool.file_name, pool.content) for pool in changes.pools),
            run_settings=changes.run_settings,
            test_settings=changes.test_settings,
            skip_unsupported=changes.skip_unsupported,
            ignore_plugins=changes.ignore_plugins,
            plugins=_plugin_names(changes),
            tables=changes.tables,
            counters=changes.counters,
            parameter_files=changes.parameter_files,
            is_inline=changes.is_inline,
            pick=changes.pick,
        ),
    )


def _plugin_names(changes: Changes) -> frozenset[str]:
    """Return the compiled classes that the caller has Python classes for.

    Raises `InvalidInput` for those of others: nobody's Python is run but the caller's own.
    """
    if changes.plugins is None:
        return frozenset()
    if changes.is_confined:
        raise InvalidInput("plugins: Python classes are not run for tests that others sent")
    from penstock.program.plugins import read_names

    return frozenset(read_names(changes.plugins))
