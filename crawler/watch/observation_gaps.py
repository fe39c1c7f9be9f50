"""When a newsroom's feed and listing could not be read, and why. No network, no database."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.config import Config
from crawler.sources.hosts import group_by_site
from crawler.watch import polling
from crawler.watch.polling import Limits
from storage.models import Source, Verdict
from storage.queries.health import ListSpan

SLACK = 1.25  # times the longest planned interval: jitter, and visits that wait for others
MANUAL_PATIENCE = timedelta(days=2)  # between crawls, while no watch runs
NO_LOOKS = "no look was made"


@dataclass(frozen=True, slots=True)
class ObservationGap:
    """An interval in which neither feed nor listing of a newsroom was read."""

    since_at: datetime  # when one was last read
    until_at: datetime | None  # None: it goes on
    reason: str
    verdict: str | None = None  # of the last look in it; None if there was none


def compute_patience(limits: Limits, poll_requests: int) -> timedelta:
    """Return how long a watched newsroom's lists may stay unread before something is wrong.

    This is the longest interval that polling plans: the fewest polls a day, in the quietest hour of the week.
    """
    fewest = polling.compute_polls_a_day(0.0, limits, max(poll_requests, 1))
    return timedelta(days=1) / (fewest * polling.MIN_SHARE) * SLACK


def list_patiences(config: Config, sources: Collection[Source]) -> dict[str, timedelta]:
    """Return how long the lists of each newsroom may stay unread while all of these are watched, by id."""
    return {
        source.id: compute_patience(
            polling.share_limits(config, len(group)), polling.count_poll_requests(source)
        )
        for group in group_by_site(sources).values()
        for source in group
    }


def list_read_spans(spans: Sequence[ListSpan]) -> Iterator[tuple[datetime, datetime]]:
    """Yield when lists were read, each from the first look to the last, in time order; they may overlap."""
    return ((one.first_at, one.last_at) for one in spans if one.outcome == Verdict.LIVE)


def find_last_read_at(spans: Sequence[ListSpan]) -> datetime | None:
    """Return when a list was last read, or None if none ever was."""
    return max((last for _, last in list_read_spans(spans)), default=None)


def find_observation_gaps(
    spans: Sequence[ListSpan], longest: timedelta, now: datetime
) -> tuple[ObservationGap, ...]:
    """Return the intervals longer than `longest` in which no list was read, in time order."""
    if not spans:
        return ()
    found, end = [], spans[0].first_at
    for first, last in [*list_read_spans(spans), (now, now)]:
        if first - end > longest:
            found.append(_build_gap(spans, end, None if first == now else first))
        end = max(end, last)
    return tuple(found)


def _build_gap(spans: Sequence[ListSpan], since: datetime, until: datetime | None) -> ObservationGap:
    last = find_last_failure(spans, since, until)
    return (
        ObservationGap(since, until, format_list_outcome(last), last.outcome)
        if last
        else ObservationGap(since, until, NO_LOOKS)
    )


def find_last_failure(
    spans: Sequence[ListSpan], since: datetime | None, until: datetime | None = None
) -> ListSpan | None:
    """Return the last span of looks between two instants that could not read a list, or None."""
    bad = (
        one
        for one in spans
        if one.outcome != Verdict.LIVE
        and (since is None or one.last_at >= since)
        and (until is None or one.first_at <= until)
    )
    return max(bad, key=lambda one: one.last_at, default=None)


def format_list_outcome(span: ListSpan) -> str:
    """Return the outcome of looks at a list in one line."""
    words = span.outcome.replace("_", " ")
    return f"{words}: {span.reason}" if span.reason else words
