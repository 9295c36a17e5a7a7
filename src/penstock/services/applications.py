"""Applications under test as they are written down, turned into what is read and how it is reached."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidInput, UnreadableFile
from penstock.importers.base import Findings
from penstock.importers.yamlfile import read_yaml
from penstock.ports.counters import Access
from penstock.runs.applications import MOST_APPLICATIONS, Application, ApplicationCounter

if TYPE_CHECKING:
    from penstock.library.applications import ApplicationContent

_LARGEST_BYTES = 1024 * 1024
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_EVERY_S = {"prometheus": 5.0, "application-insights": 60.0}

Described = tuple[Application, Access]


def described(given: Any, place: str, id: str = "") -> Described:
    """Return an application and how it is reached. Raises `InvalidInput` with the place of what is wrong."""
    from penstock.library.applications import USUAL_METRICS, ApplicationContent, CounterContent

    content = ApplicationContent.model_validate(verified(given, place))
    counters = content.counters
    if not counters and content.kind == "application-insights":
        counters = {name: CounterContent.model_validate(one) for name, one in USUAL_METRICS.items()}
    if not counters:
        raise InvalidInput(f"{place}: counters are needed: names with queries in PromQL")
    if content.kind == "application-insights" and not content.app:
        raise InvalidInput(f"{place}: app is needed: the id of the application in Application Insights")
    _verify_credentials(content, place)
    application = Application(
        name=content.name,
        kind=content.kind,
        counters=tuple(
            ApplicationCounter(name, one.query, one.unit, one.instance, one.aggregation, one.description)
            for name, one in counters.items()
        ),
        every_s=content.every_s or _EVERY_S[content.kind],
        id=id,
    )
    access = Access(
        url=content.url,
        app=content.app,
        user=content.user,
        password=content.password,
        bearer=content.bearer,
        api_key=content.api_key,
        authority=content.authority,
        tenant=content.tenant,
        client_id=content.client_id,
        client_secret=content.client_secret,
        scope=content.scope,
        headers=tuple(content.headers.items()),
        authorities=content.authorities,
        timeout_s=content.timeout_s,
    )
    return application, access


def _verify_credentials(content: ApplicationContent, place: str) -> None:
    """Raise `InvalidInput` for ways of signing in that do not go together. A secret may be missing: it may be lost."""
    if not (content.tenant or content.client_id or content.client_secret):
        return
    if content.kind != "application-insights":
        raise InvalidInput(f"{place}: tenant, client_id and client_secret are for application-insights")
    if not (content.tenant and content.client_id):
        raise InvalidInput(f"{place}: tenant, client_id and client_secret are needed together")
    if content.api_key or content.bearer or content.user:
        raise InvalidInput(f"{place}: give either client_id and client_secret, or api_key, bearer or user")


def verified(given: Any, place: str) -> dict[str, Any]:
    """Return the content of an application with every field. Raises `InvalidInput`."""
    from pydantic import ValidationError

    from penstock.library.applications import ApplicationContent

    try:
        return ApplicationContent.model_validate(given).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidInput(f"{place}{f', {where}' if where else ''}: {first['msg']}") from None


def documents_in(path: Path, environment: Mapping[str, str]) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return what a YAML file says of applications, each with its place; `${NAME}` is taken from the environment.

    Raises `UnreadableFile`, and `InvalidInput` for a file of another kind and a variable that is not set.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}") from error
    if len(content) > _LARGEST_BYTES:
        raise InvalidInput(f"{path}: is larger than {_LARGEST_BYTES:,} bytes")
    findings = Findings()
    document = read_yaml(content, str(path), findings).plain()
    if twice := findings.all():
        raise InvalidInput(str(twice[0]))
    given = document.get("applications") if isinstance(document, dict) and document.keys() == {"applications"} else None
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise InvalidInput(f"{path}: a list under the key applications is needed, and nothing else")
    return tuple(
        (f"{path}, applications[{place}]", _filled(one, f"{path}, applications[{place}]", environment))
        for place, one in enumerate(given)
    )


def read_file(path: Path, environment: Mapping[str, str]) -> tuple[Described, ...]:
    """Return the applications of a file. Raises what `documents_in` and `described` raise."""
    found = [described(one, place) for place, one in documents_in(path, environment)]
    verify_names([application.name for application, _ in found], str(path))
    return tuple(found)


def verify_names(names: Sequence[str], place: str) -> None:
    """Raise `InvalidInput` for a name that is given twice, and for too many."""
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInput(f"{place}: there are several applications {twice[0]!r}; give each a name of its own")
    if len(names) > MOST_APPLICATIONS:
        raise InvalidInput(f"{place}: {len(names)} applications are more than the {MOST_APPLICATIONS} of one run")


def _filled(given: Any, place: str, environment: Mapping[str, str]) -> Any:
    if isinstance(given, dict):
        # `${…}` of a query belongs to whoever answers it
        return {
            key: value if key == "counters" else _filled(value, f"{place}.{key}", environment)
            for key, value in given.items()
        }
    if not isinstance(given, str):
        return given

    def of(match: re.Match[str]) -> str:
        if match[1] not in environment:
            raise InvalidInput(f"{place}: the environment variable {match[1]} is not set")
        return environment[match[1]]

    return _VARIABLE.sub(of, given)
