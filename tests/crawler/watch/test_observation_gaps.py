"""When lists could not be read, and how long that may last before it is an alarm."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.config import Config
from crawler.watch import observation_gaps
from crawler.watch.observation_gaps import ObservationGap
from crawler.watch.polling import Limits
from storage.models import Confidence, Source
from storage.queries.health import ListSpan

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATIENCE = HOUR * 10
SOURCE = Source(
    *("wing-news", "www.wing.mil", "Wing", "", "afpims", "News"),
    listing_url="https://www.wing.mil/News/",
    feed_url="https://www.wing.mil/feed",
    confidence=Confidence.LOW,
)


def looks(first: timedelta, last: timedelta, outcome: str = "live", reason: str = "") -> ListSpan:
    """Return equal looks from one age to another."""
    return ListSpan("feed", "https://www.wing.mil/feed", outcome, reason, NOW - first, NOW - last, 9)


SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 40), st.sampled_from(["live", "live", "blocked"])),
    max_size=8,
)


@given(SPANS)
def test_what_is_observed_and_what_is_not_never_meet(spans: list[tuple[int, int, str]]) -> None:
    lists = sorted(
        (
            looks(DAY * 5 - HOUR * a, max(DAY * 5 - HOUR * (a + b), HOUR * 0), outcome)
            for a, b, outcome in spans
        ),
        key=lambda one: one.first_at,
    )
    found = observation_gaps.find_observation_gaps(lists, PATIENCE, NOW)
    for gap in found:
        end = gap.until_at or NOW
        assert end - gap.since_at > PATIENCE
        assert not any(
            first < end and last > gap.since_at for first, last in observation_gaps.list_read_spans(lists)
        )
    assert [gap.since_at for gap in found] == sorted(gap.since_at for gap in found)
    if lists and not any(one.outcome == "live" for one in lists) and NOW - lists[0].first_at > PATIENCE:
        assert len(found) == 1


def test_a_gap_names_its_reason() -> None:
    lists = (looks(DAY * 9, DAY * 5), looks(DAY * 4, DAY * 3, "blocked", "Akamai"), looks(DAY * 2, HOUR))
    assert observation_gaps.find_observation_gaps(lists, PATIENCE, NOW) == (
        ObservationGap(NOW - DAY * 5, NOW - DAY * 2, "blocked: Akamai", "blocked"),
    )
    assert (
        observation_gaps.find_observation_gaps(lists[:1], PATIENCE, NOW)[0].reason
        == observation_gaps.NO_LOOKS
    )


def test_patience_is_the_longest_pause_of_the_schedule_and_a_quarter() -> None:
    assert observation_gaps.compute_patience(Limits(), 2) == HOUR * 10
    assert observation_gaps.compute_patience(Limits(polls=2), 2) == HOUR * 60


def test_newsrooms_of_one_site_share_its_requests_and_so_wait_longer() -> None:
    """Each may send 600 / 40 requests a day, half of them for polls of two requests: 3.75 polls a day."""
    sections = [replace(SOURCE, id=f"wing-{n}") for n in range(40)]
    other = replace(SOURCE, id="other-news", host="www.other.mil", listing_url="https://www.other.mil/News/")
    found = observation_gaps.list_patiences(Config(), [*sections, other])
    assert found["other-news"] == HOUR * 10
    assert {found[one.id] for one in sections} == {HOUR * 24 / (3.75 * 0.5) * 1.25}


def test_names_of_one_site_count_as_one_host() -> None:
    old, new = (replace(SOURCE, id=host, host=host) for host in ("www.defense.gov", "www.war.gov"))
    limited = Config(max_requests=20)
    together = observation_gaps.list_patiences(limited, [old, new])
    alone = observation_gaps.list_patiences(limited, [new])
    assert together[old.id] == together[new.id] == alone[new.id] * 2


def test_a_list_that_was_never_read_has_no_last_reading() -> None:
    assert observation_gaps.find_last_read_at(()) is None
    assert observation_gaps.find_last_read_at((looks(DAY, HOUR, "blocked"),)) is None
    assert observation_gaps.find_last_read_at((looks(DAY, HOUR), looks(HOUR, HOUR * 0, "gone"))) == NOW - HOUR


def test_the_last_failure_is_looked_for_between_two_instants() -> None:
    first, second = looks(DAY * 3, DAY * 2, "blocked"), looks(DAY, HOUR, "soft_gone", "no list")
    assert observation_gaps.find_last_failure((first, second), None) == second
    assert observation_gaps.find_last_failure((first, second), None, NOW - DAY * 2) == first
    assert observation_gaps.find_last_failure((first, second), NOW) is None
    assert observation_gaps.format_list_outcome(second) == "soft gone: no list"
