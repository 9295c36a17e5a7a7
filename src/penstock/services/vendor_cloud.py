"""What a vendor's cloud has and one's own machine has not: told as findings, or refused where the settings say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from penstock.model import Finding, Origin

_NOT_HERE = {
    "pool": "names agents of the vendor's cloud; load and requests come from this server",
    "branch": "names a Git branch of the vendor's synchronisation; what ran is the suite as it is kept here",
    "apiCatalogService": "is kept with the run; there is no catalogue of services here",
    "turboParallel": "has no effect; how many suites run at once is said by `parallel`",
    "sharedFlowVersionOverrides": "has no effect; shared flows run as they are kept here",
    "targetedCountries": "has no effect: load comes from where this server runs",
    "useStaticIp": "has no effect: load comes from the addresses of this server",
    "alwaysDistributed": "has no effect: load comes from the processes of this server",
    "monitoredEnv": "is kept with the run; the metrics of that environment are not shown",
    "notifications": "are not sent; a webhook tells of the end of a run",
}

WISHES = tuple(_NOT_HERE)
"""What a launch may ask for and does not get."""

_LIMIT = "vendor-limit"


def findings_of(said: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return what there is to say of a launch's wishes that only the vendor's cloud fulfils."""
    return tuple(
        Finding("note", "dropped", "cloud-only", f"{name} {why}", Origin("launch", name))
        for name, why in _NOT_HERE.items()
        if name in said
    )


def refused(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings with each limit of a vendor's cloud as what keeps the test from running."""
    return tuple(replace(one, severity="error") if one.code == _LIMIT else one for one in findings)
