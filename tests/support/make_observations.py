"""Looks of a run beside what was known, as the tests of detection make them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from storage.detection.inputs import DetectionResult, PreviousPosting, RunObservations
from storage.models import (
    Absence,
    Entry,
    Fields,
    PostingFinding,
    PostingState,
    RemovalPolicy,
    Role,
    SiteFinding,
    Verdict,
    start_posting_status,
)
from tests.support.make_looks import DAY, LONG, address, after, fields

POLICY = RemovalPolicy(looks=3, span=timedelta(hours=6))
MANY = range(100, 112)
NOW = 24.0


def make_text(number: int, **changes: object) -> Fields:
    """Return what a release says, a text of its own."""
    return replace(fields(f"Story {number} of the wing", f"{number} {LONG}"), **changes)  # type: ignore[arg-type]  # by name


def make_posting(number: int, **changes: object) -> PreviousPosting:
    """Return a posting that was live and listed at hour 0."""
    status = replace(start_posting_status(address(str(number)), after(0)), last_listed_at=after(0))
    return replace(PreviousPosting(status, DAY + timedelta(days=number), make_text(number)), **changes)  # type: ignore[arg-type]  # by name


def make_finding(number: int, verdict: Verdict = Verdict.LIVE, **rest: object) -> PostingFinding:
    """Return a look at a posting, one after another from hour 24 on."""
    at = after(NOW + number / 10_000)
    return replace(PostingFinding(number, number, at, verdict, 200), **rest)  # type: ignore[arg-type]  # by name


def make_site_findings() -> tuple[SiteFinding, ...]:
    """Return a listing that names everybody, and a control."""
    entries = tuple(Entry(address(str(number)), "") for number in reversed(MANY))
    return (
        SiteFinding(Role.LISTING, after(NOW - 0.1), Verdict.LIVE, 200, entries),
        SiteFinding(Role.CONTROL, after(NOW + 1), Verdict.GONE, 404),
    )


def observe_run(looks: Mapping[int, PostingFinding] | None = None, **changes: object) -> RunObservations:
    """Return a run that looked at all, where nothing happened but what is given."""
    found = {number: make_finding(number) for number in MANY} | dict(looks or {})
    postings = {number: make_posting(number) for number in found}
    made = RunObservations(tuple(found.values()), make_site_findings(), postings, POLICY)
    return replace(made, **changes)  # type: ignore[arg-type]  # by name


def event_kinds(result: DetectionResult) -> list[str]:
    return [str(event.kind) for event in result.events]


def with_posting(made: RunObservations, number: int, **changes: object) -> RunObservations:
    postings = dict(made.postings)
    postings[number] = replace(postings[number], **changes)  # type: ignore[arg-type]  # by name
    return replace(made, postings=postings)


def with_status(made: RunObservations, number: int, **changes: object) -> RunObservations:
    return with_posting(made, number, status=replace(made.postings[number].status, **changes))  # type: ignore[arg-type]  # by name


def suspect(made: RunObservations, number: int) -> RunObservations:
    """Return the run with a posting that was absent twice, eight hours ago at first."""
    absence = Absence(after(NOW - 8), after(NOW - 4), 2)
    return with_status(made, number, state=PostingState.SUSPECT, absence=absence, last_look_at=after(NOW - 4))
