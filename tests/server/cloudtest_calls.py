"""What a caller of the service does with one of its official Python clients, in a process of its own.

    python cloudtest_calls.py FOLDER URL TOKEN CASE.json

FOLDER is where the client was installed to; the case says which modules it has, and what to upload. What came of each
call is printed as JSON.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

UPLOAD = "upload"
OVER = ("completed", "aborted", "error")


class Caller:
    """Does the calls one by one and notes what came of them."""

    def __init__(self, folder: str, url: str, token: str, case: dict[str, Any]) -> None:
        sys.path.insert(0, folder)
        basic = importlib.import_module("msrest.authentication").BasicAuthentication("", token)
        connection = getattr(importlib.import_module(case["connection"]), case["connection_class"])
        self.client = connection(base_url=url, creds=basic).get_client(case["client"])
        self.models = importlib.import_module(case["models"])
        self.shared = importlib.import_module(case["shared_models"])
        self.needs_fix_up = bool(case.get("fix_up"))
        self.outcomes: list[dict[str, Any]] = []

    def call(self, name: str, /, *arguments: Any, **named: Any) -> Any:
        """Do one call; where the client itself fails on it, once more as a caller helps it."""
        method: Callable[..., Any] = getattr(self.client, name)
        outcome: dict[str, Any] = {"call": name}
        self.outcomes.append(outcome)
        try:
            found = method(*arguments, **named)
        except Exception as error:  # noqa: BLE001 — what the client makes of an answer is what is asked
            outcome["error"] = f"{type(error).__name__}: {error}"
            if not self.needs_fix_up or not isinstance(error, KeyError):
                return None
            with self._fixed_up():
                found = method(*arguments, **named)
        outcome["found"] = _plain(found)
        return found

    @contextlib.contextmanager
    def _fixed_up(self) -> Iterator[None]:
        """Tell the client two of its own models by the names that it looks for."""
        known = self.client._deserialize.dependencies
        space = "Microsoft.VisualStudio.TestService.WebApiModel"
        missing = {f"{space}.{name}": getattr(self.models, name) for name in ("TestDrop", "TestRunMessage")}
        known.update(missing)
        yield
        for name in missing:
            del known[name]

    def quietly(self, name: str, *arguments: Any) -> Any:
        """Do one call that is not noted."""
        return getattr(self.client, name)(*arguments)


def _plain(found: Any) -> Any:
    if isinstance(found, list):
        return [_plain(one) for one in found]
    return found.as_dict() if hasattr(found, "as_dict") else found


def upload(container: str, signature: str, files: dict[str, str]) -> None:
    """Put files into a drop, with the storage client, which no process can have beside the others."""
    from azure.storage.blob import BlobClient

    for name, path in files.items():
        with BlobClient.from_blob_url(f"{container}/{name}{signature}") as blob:
            blob.upload_blob(Path(path).read_bytes())


def main(folder: str, url: str, token: str, case_file: str) -> None:
    """Do all calls; a run goes from its files to its results."""
    case = json.loads(Path(case_file).read_text())
    caller = Caller(folder, url, token, case)
    models = caller.models
    sizing, kind = None, {}
    if agents := case.get("agents"):
        sizing = models.LoadTestDefinition(load_test_name=case["name"], agent_count=agents)
        kind = {"run_type": "jMeterLoadTest"}
    wish = models.TestDrop(drop_type="TestServiceBlobDrop", load_test_definition=sizing)
    drop = caller.call("create_test_drop", wish)
    drop = caller.call("get_test_drop", drop.id)
    access = drop.access_data
    told = json.dumps({"container": access.drop_container_url, "signature": access.sas_key, "files": case["files"]})
    subprocess.run([sys.executable, __file__, UPLOAD, told], check=True, timeout=60)
    settings = models.TestSettings(setup_command="", cleanup_command="", host_process_platform="x86")
    wish = models.TestRun(
        name=case["name"],
        description="nightly",
        test_drop=models.TestDropRef(id=drop.id),
        test_settings=settings,
        **kind,
    )
    run = caller.call("create_test_run", wish)
    caller.call("update_test_run", models.TestRun(state="queued"), run.id)
    states = [_where(caller.quietly("get_test_run", run.id))]
    deadline = time.monotonic() + 60
    while states[-1].partition("/")[0] not in OVER and time.monotonic() < deadline:
        time.sleep(0.25)
        if (now := _where(caller.quietly("get_test_run", run.id))) != states[-1]:
            states.append(now)
    caller.call("get_test_run", run.id)
    caller.call("get_test_runs", name=case["name"].upper())
    caller.call("get_test_runs", status="completed", detailed=True)
    caller.call("get_test_run_messages", run.id)
    caller.call("get_load_test_run_errors", run.id)
    caller.call("get_load_test_run_errors", run.id, detailed=True)
    caller.call("get_load_test_result", run.id)
    counters = caller.call("get_counters", run.id, "Performance,Throughput,Application", include_summary=True)
    asked = [{"counterInstanceId": one.counter_instance_id} for one in counters]
    wrapped = caller.shared.VssJsonCollectionWrapper(count=len(asked), value=asked)
    caller.call("get_counter_samples", wrapped, run.id)
    definition = caller.call("create_test_definition", models.TestDefinition(name="kept", load_test_type="jMeter"))
    caller.call("get_test_definition", definition.id)
    caller.call("get_test_definitions", top=10)
    caller.call("update_test_definition", models.TestDefinition(id=definition.id, name="renamed"))
    group = caller.call("create_agent_group", models.AgentGroup(group_name="rig"))
    caller.call("get_agent_groups")
    caller.call("get_agent_groups", group.group_id)
    agent = caller.call("get_static_agents", group.group_id)["value"][0]["name"]
    caller.call("get_static_agents", group.group_id, agent_name=agent)
    caller.call("delete_static_agent", group.group_id, agent)
    caller.call("get_plugins")
    caller.call("get_plugin", "ApplicationInsights")
    caller.call("get_applications")
    caller.call("get_application", "ApplicationInsights~shop")
    caller.call("get_application_counters", application_id="ApplicationInsights~shop")
    sys.stdout.write(json.dumps({"run": run.id, "states": states, "calls": caller.outcomes}, default=str))


def _where(run: Any) -> str:
    return f"{run.state}/{run.sub_state}"


if __name__ == "__main__":
    if sys.argv[1] == UPLOAD:
        upload(**json.loads(sys.argv[2]))
    else:
        main(*sys.argv[1:])
