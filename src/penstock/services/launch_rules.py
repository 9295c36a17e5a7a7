"""What holds for every test that is run on a server, whoever wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from penstock.accounts.people import Identity
from penstock.model import Finding
from penstock.ports.stores import Store
from penstock.services import target_overrides, vendor_cloud
from penstock.services.changes import Changes
from penstock.services.sources import Unfit
from penstock.services.target_policy import TargetService


class LaunchRules:
    """What the team and the settings of the server say of a test before it is launched."""

    def __init__(
        self, store: Store, policy: TargetService, *, keeps_vendor_limits: bool = False, runs_elsewhere: bool = False
    ) -> None:
        self._store = store
        self._policy = policy
        self._keeps_vendor_limits = keeps_vendor_limits
        self._runs_elsewhere = runs_elsewhere

    def as_team_wants(self, who: Identity, changes: Changes) -> Changes:
        """Return the changes with what holds for all runs of the team: what it may reach, what goes elsewhere.

        A run that sends all its requests to one place does so whatever the team says.
        """
        with self._store.read() as work:
            team = work.accounts.team(who.team)
        asked = changes.target_overrides
        if changes.base_url is None and team is not None:
            asked = target_overrides.over(asked, target_overrides.of_team(team.settings))
        return replace(
            changes,
            is_confined=True,
            policy=self._policy.for_team(who),
            target_overrides=asked,
            runs_elsewhere=self._runs_elsewhere,
        )

    def verify_limits(self, entry: str, findings: Sequence[Finding]) -> None:
        """Raise `Unfit` for a test beyond the limits of its vendor's cloud, where the settings keep them."""
        if self._keeps_vendor_limits:
            told = vendor_cloud.refused(findings)
            if any(one.severity == "error" for one in told):
                raise Unfit(entry, told)
