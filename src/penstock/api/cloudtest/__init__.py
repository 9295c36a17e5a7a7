"""The face of the cloud load test service (Azure DevOps, VSTS): test drops, test runs, counters, results."""

from penstock.api.cloudtest.application import build
from penstock.api.cloudtest.paths import is_meant

__all__ = ["build", "is_meant"]
