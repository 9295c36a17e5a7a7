"""Tests and what is to be different about them, as JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from penstock.accounts.people import Identity
from penstock.errors import InvalidInput
from penstock.library.contents import KeptFile
from penstock.services import load_texts, target_overrides
from penstock.services.changes import Changes, Pool
from penstock.services.library import LibraryService
from penstock.services.sources import Source

Name = Annotated[str, Field(min_length=1, max_length=500)]


class SourceForm(BaseModel):
    """A test: its files and the name of the one that says what to run."""

    model_config = ConfigDict(extra="forbid")

    entry: Name
    files: list[KeptFile] = Field(min_length=1, max_length=1000)

    def source(self) -> Source:
        """Return the source. Raises `InvalidInput`."""
        files = {file.name: file.content() for file in self.files}
        if self.entry not in files:
            raise InvalidInput(f"entry: there is no file {self.entry!r} among the files")
        return Source(self.entry, files)


class LoadForm(BaseModel):
    """What is to be different about the load; the words are those of the options of `penstock run`."""

    model_config = ConfigDict(extra="forbid")

    users: int | None = None
    rate: str | float | None = None
    arrivals: str | None = None
    max_users: int | None = None
    requests_rate: str | float | None = None
    phases: str | None = None
    duration: str | float | None = None
    ramp_up: str | float | None = None
    iterations: int | None = None
    total_iterations: int | None = None
    warm_up: str | float | None = None
    cool_down: str | float | None = None
    pacing: str | float | None = None
    think: str | None = None
    new_users: float | None = Field(default=None, ge=0, le=1)
    no_think: bool = False


class ChangesForm(BaseModel):
    """What is to be different about the test. `pools` are CSV files, in the order of the test's pools."""

    model_config = ConfigDict(extra="forbid")

    parameters: dict[str, str] = {}
    parameter_sets: list[str] = Field(
        default=[], max_length=50, description="Ids of kept sets; a later one wins, `parameters` win over all."
    )
    load: LoadForm = LoadForm()
    thresholds: list[str] = []
    max_failures: float | None = Field(default=None, ge=0, le=1)
    base_url: str | None = None
    target_overrides: dict[str, str] = Field(
        default={},
        description="Origins (`*`: all others) and where their requests go; what the team keeps holds for the rest.",
    )
    insecure: bool = False
    pools: list[KeptFile] = []

    def changes(self, library: LibraryService, who: Identity) -> Changes:
        """Return the changes. Raises `InvalidInput`, and `NotFound` for a set of parameters that is not kept."""
        return Changes(
            parameters=tuple((library.parameters(who, self.parameter_sets) | self.parameters).items()),
            pools=tuple(Pool(None, file.name, file.content()) for file in self.pools),
            load=load_texts.read(**self.load.model_dump()),
            thresholds=tuple(self.thresholds),
            max_failures=self.max_failures,
            base_url=self.base_url,
            target_overrides=target_overrides.read_mapping(self.target_overrides, "changes.target_overrides"),
            verify_tls=not self.insecure,
        )
