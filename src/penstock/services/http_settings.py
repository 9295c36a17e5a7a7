"""What holds for all requests of a run: as the test says it, with the changes of the caller."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from penstock import __version__
from penstock.errors import InvalidInput
from penstock.model import Defaults
from penstock.model.retargeting import EVERYWHERE
from penstock.runs.plan import HttpSettings
from penstock.script import Options
from penstock.services import transport
from penstock.services.changes import Changes

USER_AGENT = f"penstock/{__version__}"


def of_import(defaults: Defaults, path: Path, changes: Changes) -> HttpSettings:
    """Return what holds for all requests of an imported test: as it says, with the changes."""
    overrides = dict(changes.target_overrides)
    everywhere = overrides.pop(EVERYWHERE, None)
    if everywhere is not None and changes.base_url is not None:
        raise InvalidInput(f"base URL {changes.base_url!r}: all requests go to {everywhere} already; leave out one")
    everywhere = everywhere or _origin_of(changes.base_url)
    http = HttpSettings(
        base_url=everywhere,
        retarget=everywhere,
        target_overrides=tuple(overrides.items()),
        timeout_s=defaults.timeout_s,
        max_redirects=defaults.max_redirects,
        user_agent=defaults.user_agent or USER_AGENT,
        accept_encoding=defaults.accept_encoding,
        cookies=defaults.cookies,
        verify_tls=changes.verify_tls,
        counts_redirects=defaults.counts_redirects,
        policy=changes.policy,
    )
    folder = path if path.is_dir() else path.parent
    said = transport.of_defaults(defaults)
    if changes.is_confined:
        transport.confine(said, folder)
    return transport.apply(http, said, folder, changes.transport, elsewhere=changes.runs_elsewhere)


def of_flow(options: Options, path: Path, changes: Changes) -> HttpSettings:
    """Return what holds for all requests of a flow.py."""
    base_url = changes.base_url if changes.base_url is not None else options.base_url
    overrides = dict(changes.target_overrides)
    http = HttpSettings(
        base_url=_origin_of(base_url, with_path=True),
        retarget=overrides.pop(EVERYWHERE, None),
        target_overrides=tuple(overrides.items()),
        timeout_s=options.timeout,
        user_agent=USER_AGENT,
        cookies=options.cookies,
        verify_tls=changes.verify_tls,
        policy=changes.policy,
    )
    return transport.apply(
        http, transport.of_options(options), path.parent, changes.transport, elsewhere=changes.runs_elsewhere
    )


def _origin_of(url: str | None, *, with_path: bool = False) -> str | None:
    """Return the URL, that of an origin without a trailing slash: it carries no path.

    Raises `InvalidInput` for anything that is not http(s)://host[:port].
    """
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise InvalidInput(f"base URL {url!r}: write it like http://host:8080")
    if not with_path and (parts.path.strip("/") or parts.query or parts.fragment):
        raise InvalidInput(
            f"base URL {url!r}: only scheme, host and port are replaced; leave out {parts.path or 'the query'}"
        )
    return url if with_path else url.rstrip("/")  # the slash at the end of a path says what is relative to it
