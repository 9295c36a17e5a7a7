"""Test settings: found beside the test or given, read for what a run needs, the rest said at its place."""

from __future__ import annotations

import pytest

from penstock.errors import InvalidInput
from penstock.importers.base import Files, Findings, Overrides
from penstock.importers.vstest.settings import AloneSettings, SettingsFile, find_settings
from penstock.model import BrowserHeader, BrowserProfile

NAMESPACE = 'xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"'


def settings(inside: str, root: str = "TestSettings") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} name="Local" {NAMESPACE}>\n{inside}</{root}>'.encode()


def alone(attributes: str, inside: str = "") -> bytes:
    configuration = f"<WebTestRunConfiguration {attributes}>{inside}</WebTestRunConfiguration>"
    return settings(f"<Execution><TestTypeSpecific>{configuration}</TestTypeSpecific></Execution>")


def found(
    content: bytes, findings: Findings | None = None, name: str = "Local.testsettings", **others: bytes
) -> SettingsFile | None:
    files = Files.from_dict({"a.webtest": b"<WebTest/>", name: content, **others})
    return find_settings(files, "a.webtest", Overrides(), findings if findings is not None else Findings())


def test_without_settings_a_web_test_runs_once_without_thinking() -> None:
    empty = found(settings(""))
    assert empty is not None
    assert empty.alone == AloneSettings(iterations=1, once_a_row=False, thinks=False, decompresses=True)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('iterationCount="5"', AloneSettings(iterations=5)),
        ('simulateThinkTimes="true"', AloneSettings(thinks=True)),
        ('runUntilDataExhausted="True"', AloneSettings(once_a_row=True)),
        ('AutomaticallyDecompressResponse="false"', AloneSettings(decompresses=False)),
    ],
)
def test_the_options_of_a_web_test_alone(attributes: str, expected: AloneSettings) -> None:
    file = found(alone(attributes))
    assert file is not None
    assert file.alone == expected


def test_the_browser_is_read_from_lower_case_attributes() -> None:
    header = '<Header name="Accept-Language" value="{{$IEAcceptLanguage}}"/>'
    browser = f'<Browser name="IE 9" MaxConnections="4"><Headers>{header}</Headers></Browser>'
    file = found(alone("", browser))
    assert file is not None
    assert file.alone.browser == BrowserProfile("IE 9", 1.0, (BrowserHeader("Accept-Language", "en-US"),), 4)


def test_the_form_of_before_2010_is_read_too() -> None:
    file = found(settings("", "TestRunConfiguration"), name="localtestrun.testrunconfig")
    assert file is not None
    assert file.name == "localtestrun.testrunconfig"


def test_of_several_files_none_is_taken_and_that_is_said() -> None:
    findings = Findings()
    assert found(settings(""), findings, **{"Other.testsettings": settings("")}) is None
    assert "choose one with --settings FILE" in str(findings.all()[0])


def test_settings_of_another_folder_do_not_hold() -> None:
    assert found(settings(""), name="elsewhere/Local.testsettings") is None


def test_a_given_file_wins_over_those_that_lie_there() -> None:
    files = Files.from_dict({"a.webtest": b"<WebTest/>", "Local.testsettings": alone('iterationCount="5"')})
    given = Overrides(test_settings=("Mine.testsettings", alone('iterationCount="7"')))
    file = find_settings(files, "a.webtest", given, Findings())
    assert file is not None
    assert (file.name, file.alone.iterations) == ("Mine.testsettings", 7)


def test_a_given_file_must_hold_settings() -> None:
    files = Files.from_dict({"a.webtest": b"<WebTest/>"})
    with pytest.raises(InvalidInput, match="the root element is WebTest"):
        find_settings(files, "a.webtest", Overrides(test_settings=("a.webtest", b"<WebTest/>")), Findings())


def test_a_damaged_file_that_lies_there_is_left_out_and_said() -> None:
    findings = Findings()
    assert found(b"<TestSettings>", findings) is None
    assert "cannot be read and is left out" in str(findings.all()[0])


def test_deployment_items_are_found_and_folders_are_whole() -> None:
    items = (
        r'<Deployment><DeploymentItem filename="data\users.csv"/><DeploymentItem filename="certs"/>'
        r'<DeploymentItem filename=".\gone.exe"/></Deployment>'
    )
    findings = Findings()
    file = found(settings(items), findings, **{"Data/Users.csv": b"", "certs/a.pem": b"", "certs/b.pem": b""})
    assert file is not None
    assert file.deployed == ("Data/Users.csv", "certs/a.pem", "certs/b.pem")
    (missing,) = findings.all()
    assert missing.severity == "note"
    assert r".\gone.exe is not among the files" in missing.message


SAID = [
    (
        '<Scripts setupScript=".\\setup.bat" cleanupScript=""/>',
        "warning",
        "setup.bat ran on the agents before the test",
    ),
    ('<Execution location="Remote"/>', "note", "on the agents of a rig"),
    ('<Execution><Timeouts runTimeout="60000"/></Execution>', "note", "runTimeout is 60 s"),
    ('<RemoteController name="c"/>', "note", "the controller of a rig"),
    ('<X><DataCollector friendlyName="Event Log"/></X>', "note", "Event Log is one of Windows"),
]


@pytest.mark.parametrize(("inside", "severity", "text"), SAID, ids=[text for _, _, text in SAID])
def test_what_means_nothing_here_is_said_at_its_place(inside: str, severity: str, text: str) -> None:
    findings = Findings()
    found(settings(inside), findings)
    said = [one for one in findings.all() if text in one.message]
    assert [one.severity for one in said] == [severity]
    assert said[0].origin.file == "Local.testsettings"
    assert said[0].origin.line == 3
