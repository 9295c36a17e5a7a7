"""Which test a request belongs to, and which scenario a test, as far as its name alone tells."""

from __future__ import annotations

from penstock.runs.counters.facts import Facts


class Belonging:
    """Answers "" where several have what is asked about: what is measured is told by name, and not by who did it."""

    def __init__(self, facts: Facts) -> None:
        self._users = facts.users
        self._scenarios: dict[str, list[str]] = {}
        for scenario, tests in facts.tests.items():
            for test in tests:
                self._scenarios.setdefault(test, []).append(scenario)

    def test_of(self, name: str) -> str:
        """Return the only test that has a request, page or transaction of this name; of others the only test."""
        return _only(self._users.get(name, tuple(self._scenarios)))

    def scenario_of(self, test: str) -> str:
        """Return the only scenario in whose mix a test is."""
        return _only(self._scenarios.get(test, ()))


def _only(names: list[str] | tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else ""
