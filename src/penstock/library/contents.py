"""What the content of each kind looks like. Tests stay in the words of the format they came in."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from penstock.library.addresses import verified_address
from penstock.library.items import Kind

Id = Annotated[str, Field(min_length=1, max_length=36)]
Text = Annotated[str, Field(max_length=1000)]
Parameters = dict[str, str | list[str]]


class Content(BaseModel):
    """Base of all contents: what is not known is refused."""

    model_config = ConfigDict(extra="forbid")


class SuiteContent(Content):
    """A suite without its flows, as Loadmill writes it: `conf`, `hooks`, `dependencies`."""

    conf: dict[str, Any] = {}
    hooks: dict[str, Any] = {}
    dependencies: dict[str, Any] = {}


class FlowContent(Content):
    """A flow of a suite: `conf` as Loadmill writes it, and what surrounds it.

    `status` says how ready it is, `labels` are names, `pools` are ids of pools whose rows it is done with.
    """

    conf: dict[str, Any] = {}
    order: float = 0
    status: Literal["disabled", "draft", "evaluating", "active"] = "draft"
    labels: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(default=[], max_length=100)
    pools: list[Id] = Field(default=[], max_length=20)


class KeptFile(Content):
    """A file: as text, or as base64 where it is none."""

    name: Annotated[str, Field(min_length=1, max_length=500)]
    text: str | None = None
    base64: str | None = None

    @model_validator(mode="after")
    def _has_one_content(self) -> Self:
        if (self.text is None) == (self.base64 is None):
            raise ValueError(f"file {self.name}: give either text or base64")
        try:
            base64.b64decode(self.base64 or "", validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"file {self.name}: the content is not base64") from None
        return self

    def content(self) -> bytes:
        """Return the bytes."""
        return base64.b64decode(self.base64 or "") if self.text is None else self.text.encode("utf-8", "replace")


class LoadTestContent(Content):
    """A load test: its files, the one that says what to run, and by how many agents it is run."""

    entry: Annotated[str, Field(min_length=1, max_length=500)]
    files: list[KeptFile] = Field(min_length=1, max_length=1000)
    workers: int = Field(default=1, ge=1, le=64)

    @model_validator(mode="after")
    def _entry_is_there(self) -> Self:
        if all(file.name != self.entry for file in self.files):
            raise ValueError(f"entry: there is no file {self.entry!r} among the files")
        return self


class PlanContent(Content):
    """Suites in their order (ids), and how they run. `parameters` win over those of the suites."""

    suites: list[Id] = Field(default=[], max_length=500)
    parallel: int = Field(default=1, ge=1, le=12)
    labels: list[Text] = Field(default=[], max_length=100)
    labels_expression: str = Field(default="", max_length=2000)
    parameters: Parameters = {}
    retries: int | None = Field(default=None, ge=0, le=20)


class ParameterSetContent(Content):
    """Parameters under a name."""

    parameters: Parameters = {}


class PoolContent(Content):
    """Rows of a CSV file, the first one being the names."""

    csv: str
    file_name: str = Field(default="pool.csv", min_length=1, max_length=200)


class LabelContent(Content):
    """A label is its name."""


class ScheduleContent(Content):
    """When what runs: five fields of cron in a time zone, and the id of a suite, a plan or a load test."""

    cron: Annotated[str, Field(min_length=1, max_length=200)]
    zone: Annotated[str, Field(min_length=1, max_length=100)] = "UTC"
    target: Id
    enabled: bool = True


class WebhookContent(Content):
    """Where the end of runs is told. `states` are final states, `tests` ids of kept things; none means all.

    With a `secret`, each call carries `Penstock-Signature: sha256=…`, the HMAC of its body.
    """

    url: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^https?://"), AfterValidator(verified_address)]
    secret: str = Field(default="", max_length=500)
    states: list[Literal["passed", "failed", "stopped", "error"]] = []
    tests: list[Id] = Field(default=[], max_length=500)
    enabled: bool = True


CONTENTS: dict[Kind, type[Content]] = {
    Kind.SUITE: SuiteContent,
    Kind.FLOW: FlowContent,
    Kind.LOAD_TEST: LoadTestContent,
    Kind.PLAN: PlanContent,
    Kind.PARAMETER_SET: ParameterSetContent,
    Kind.POOL: PoolContent,
    Kind.LABEL: LabelContent,
    Kind.SCHEDULE: ScheduleContent,
    Kind.WEBHOOK: WebhookContent,
}
"""The kinds that callers make as they are; the others (domains, cloud runs, …) are made by services of their own."""
