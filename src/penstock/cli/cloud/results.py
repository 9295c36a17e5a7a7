"""What is wanted of the results of a run on a server."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from penstock.cli.cloud.service import CloudService
from penstock.cli.outputs import Outputs, verify_folder, whole
from penstock.cli.process import Process


@dataclass(frozen=True, slots=True)
class Results:
    """Reports, and with `target` the archive. Violations of the `level` fail the run."""

    outputs: Outputs
    target: Path | None
    level: Literal["critical", "warning"] | None
    process: Process
    quiet: bool

    def verify(self) -> None:
        """Find out before the run whether all can be written. Raises as `Outputs.verify`."""
        self.outputs.verify()
        if self.target is not None:
            verify_folder("--archive", self.target.parent, self.target)

    def fetch(self, service: CloudService, url: str) -> bool:
        """Fetch the archive behind an address and write what is wanted; returns whether the run passed.

        Raises `OSError` for what cannot be written.
        """
        from penstock.reporting import archive, text
        from penstock.services.counting import with_violations

        written: list[str] = []
        with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
            fetched = Path(folder) / "results"
            with fetched.open("wb") as file:
                service.download(url, file)
            report = archive.read(fetched)
            if self.target is not None:
                with whole(self.target) as file:
                    archive.unwrap(fetched, file)
                written.append(str(self.target))
        if self.level is not None and report.counters is not None:
            report = replace(report, verdict=with_violations(report.verdict, report.counters, self.level))
        written += self.outputs.write(report, self.process)
        if not self.quiet:
            self.process.stderr.write(text.render(report, self.process.width, colour=self.process.colour))
            if written:
                self.process.say(f"\nReports: {', '.join(written)}")
        return report.verdict.passed
