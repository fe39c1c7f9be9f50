"""When a newsroom's lists were read, and when nobody could read them, and why. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.watch import polling
from crawler.watch.polling import Limits
from storage.models import Verdict
from storage.queries.health import ListSpan

SLACK = 1.25  # of the longest planned interval: jitter, and visits that wait for others
UNWATCHED = timedelta(days=2)  # between crawls that somebody starts
NOBODY = "nobody looked"


@dataclass(frozen=True, slots=True)
class Gap:
    """An interval in which neither feed nor listing of a newsroom was read."""

    since_at: datetime  # the last time that one was
    until_at: datetime | None  # None: it lasts
    reason: str
    verdict: str | None = None  # of the last look in it, where somebody looked


def patience(limits: Limits, poll_requests: int) -> timedelta:
    """Return how long a watched newsroom's lists may stay unread before something is wrong.

    No hour of the week gets less than a share of an even spread of the fewest polls a day.
    """
    fewest = polling.polls_a_day(0.0, limits, max(poll_requests, 1))
    return timedelta(days=1) / (fewest * polling.LEAST_SHARE) * SLACK


def heard(spans: Sequence[ListSpan]) -> Iterator[tuple[datetime, datetime]]:
    """Yield when lists were read, from the first look to the last, by time; these may overlap."""
    return ((one.first_at, one.last_at) for one in spans if one.outcome == Verdict.LIVE)


def last_heard_at(spans: Sequence[ListSpan]) -> datetime | None:
    """Return when a list was read last, None where none ever was."""
    return max((last for _, last in heard(spans)), default=None)


def gaps(spans: Sequence[ListSpan], longest: timedelta, now: datetime) -> tuple[Gap, ...]:
    """Return the intervals without a list that was read, longer than planned; all are by time."""
    if not spans:
        return ()
    found, end = [], spans[0].first_at
    for first, last in [*heard(spans), (now, now)]:
        if first - end > longest:
            found.append(_gap(spans, end, None if first == now else first))
        end = max(end, last)
    return tuple(found)


def _gap(spans: Sequence[ListSpan], since: datetime, until: datetime | None) -> Gap:
    last = last_trouble(spans, since, until)
    return Gap(since, until, told(last), last.outcome) if last else Gap(since, until, NOBODY)


def last_trouble(
    spans: Sequence[ListSpan], since: datetime | None, until: datetime | None = None
) -> ListSpan | None:
    """Return the last looks at a list between two instants that could not read it, or None."""
    bad = (
        one
        for one in spans
        if one.outcome != Verdict.LIVE
        and (since is None or one.last_at >= since)
        and (until is None or one.first_at <= until)
    )
    return max(bad, key=lambda one: one.last_at, default=None)


def told(span: ListSpan) -> str:
    """Return what looks at a list told, in one line."""
    words = span.outcome.replace("_", " ")
    return f"{words}: {span.reason}" if span.reason else words
