"""The options that say how much load, when, at what pace, and what must come of it."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli import sections

MOST_AGENTS = 256

Users = Annotated[int | None, sections.load("--users", help="How many users at the peak.", metavar="N")]
Rate = Annotated[
    str | None,
    sections.load("--rate", help="Start this many iterations a second instead, like 100 or 600/m.", metavar="R"),
]
Arrivals = Annotated[
    str | None,
    sections.load("--arrivals", help="How the starts of a rate are spaced: even or poisson.", metavar="even|poisson"),
]
MaxUsers = Annotated[
    int | None, sections.load("--max-users", help="The most users that a rate of starts may use.", metavar="N")
]
RequestsRate = Annotated[
    str | None,
    sections.load("--requests-rate", help="Send this many requests a second, over all users.", metavar="R"),
]
Phases = Annotated[
    str | None,
    sections.load("--phases", help="The load over time: '0..50 in 10s, 50 for 1m, 0 in 10s'.", metavar="TEXT"),
]
Iterations = Annotated[int | None, sections.load("--iterations", help="Iterations of each user.", metavar="N")]
TotalIterations = Annotated[
    int | None, sections.load("--total-iterations", help="Iterations of all users together.", metavar="N")
]
Duration = Annotated[
    str | None,
    sections.load(
        "--duration", help="How long, like 30s or 5m. A shorter one shortens the ramp in proportion.", metavar="TIME"
    ),
]
RampUp = Annotated[str | None, sections.load("--ramp-up", help="Go from 0 to all users in this time.", metavar="TIME")]
WarmUp = Annotated[
    str | None,
    sections.load("--warm-up", help="Load before the measured part; its results are left out.", metavar="TIME"),
]
CoolDown = Annotated[
    str | None,
    sections.load(
        "--cool-down",
        help="How long iterations may go on after the end; their results are left out.",
        metavar="TIME",
    ),
]
Pacing = Annotated[
    str | None,
    sections.pace(
        "--pacing",
        help="Least time from the start of one iteration of a user to the start of the next.",
        metavar="TIME",
    ),
]
Thinking = Annotated[
    str | None,
    sections.pace("--think", help="Think times: on, off, or normal[:0.2] around what is written.", metavar="RULE"),
]
NoThink = Annotated[
    bool, sections.pace("--no-think", help="Leave out delays, think times and pauses between iterations.")
]
NewUsers = Annotated[
    str | None,
    sections.pace("--new-users", help="Share of iterations that a new user, without cookies, does.", metavar="P%"),
]
GoalText = Annotated[
    str | None,
    sections.load(
        "--goal",
        help="Add and remove users until a measure is within a range: 'p95 in 300ms..500ms with 10..200 users'.",
        metavar="TEXT",
    ),
]
Agents = Annotated[
    int | None,
    sections.load(
        "--agents",
        help="Processes that generate the load, one core each; by default chosen to suit it.",
        metavar="N",
        min=1,
        max=MOST_AGENTS,
    ),
]
AgentsOfOld = Annotated[int | None, typer.Option("--workers", hidden=True, metavar="N", min=1, max=MOST_AGENTS)]
"""What `--agents` was called before; scripts still say it."""

Thresholds = Annotated[
    list[str] | None,
    sections.verdict(
        "--threshold",
        help="What the run must meet: 'p95 < 800ms', 'failed < 1%', 'p99[Login] < 2s'. Repeatable.",
        metavar="RULE",
    ),
]
Tags = Annotated[
    list[str] | None,
    sections.python(
        "--tags", help="Only tasks of user classes that have this tag. Repeatable: any of them.", metavar="TAG"
    ),
]
ExcludeTags = Annotated[
    list[str] | None,
    sections.python("--exclude-tags", help="No tasks that have this tag. Repeatable: none of them.", metavar="TAG"),
]
StopOnErrors = Annotated[
    str | None,
    sections.verdict(
        "--stop-on-errors",
        help="Stop when more requests than this fail in a span of time: by default '90% over 60s'; off: never.",
        metavar="RULE",
    ),
]
MaxFailures = Annotated[
    str | None, sections.verdict("--max-failures", help="Share of iterations that may fail, like 5%.", metavar="P%")
]
