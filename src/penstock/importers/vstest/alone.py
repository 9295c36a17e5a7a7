"""A web test that is run by itself: one user does it once."""

from __future__ import annotations

from dataclasses import replace

from penstock.importers.base import Files, Findings, Imported, Overrides
from penstock.importers.fidelity import Element as Counted
from penstock.importers.vstest.loadtest.compile import defaults
from penstock.importers.vstest.settings import AloneSettings, find_settings
from penstock.importers.vstest.webtest import Settings, WebTest, compile_webtest
from penstock.model import Journey, Load, Phase, Population, Scenario

_LONGEST_S = 31 * 86_400.0


def settings_of(overrides: Overrides) -> Settings:
    """Return what the caller adds, in the words of web tests."""
    return Settings(
        parameters=overrides.parameters,
        plugins=overrides.plugins,
        ignore_plugins=overrides.ignore_plugins,
        tables=dict(overrides.tables),
    )


def compile_alone(files: Files, entry: str, overrides: Overrides) -> Imported:
    """Compile a web test as a scenario of its own.

    Raises `InvalidInput` for what is not well formed, `UnreadableFile`.
    """
    findings = Findings()
    file = find_settings(files, entry, overrides, findings)
    settings = AloneSettings() if file is None else file.alone
    test = compile_webtest(files, entry, settings_of(overrides), findings)
    scenario = Scenario(
        name=test.journey.name,
        dialect="visualstudio",
        journeys=(test.journey,),
        populations=(_population(test.journey, settings, has_file=file is not None),),
        origin=test.journey.origin,
        defaults=replace(
            defaults(),
            timeout_s=overrides.timeout_s or defaults().timeout_s,
            accept_encoding=defaults().accept_encoding if settings.decompresses else "",
        ),
        files=test.files,
    )
    return Imported(scenario, findings.all(), findings.fidelity(counted(test)))


def counted(test: WebTest) -> list[Counted]:
    """Return the elements of a web test as they are counted."""
    return [Counted(element.name, element.origin) for element in test.elements]


def _population(journey: Journey, settings: AloneSettings, *, has_file: bool) -> Population:
    """Return one user; without a settings file think times are kept, as whoever wrote them would expect of a load."""
    rows = max((len(data.rows) for data in journey.data if data.pick != "fixed"), default=1)
    load = Load(
        (Phase(1, 1, _LONGEST_S),),
        iterations_per_user=rows if settings.once_a_row else settings.iterations,
        thinks="on" if settings.thinks or not has_file else "off",
    )
    browsers = () if settings.browser is None else (settings.browser,)
    networks = () if settings.network is None else (settings.network,)
    return Population(journey.name, load, browsers=browsers, networks=networks)
