"""What the looks of a visit mean, and when this machine is offline; whole visits are in tests/end_to_end."""

from datetime import UTC, datetime

import pytest

from crawler.parsing import urls
from crawler.watch.visits import OUTAGE_HOSTS, Outage, VisitLooks
from storage.models import Look, Role, Verdict

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def make_look(role: Role, verdict: Verdict) -> Look:
    return Look(role, urls.parse_address("https://www.wing.mil/News/"), AT, verdict)


def add_looks(*looks: tuple[Role, Verdict]) -> VisitLooks:
    found = VisitLooks()
    for role, verdict in looks:
        found.add_look(make_look(role, verdict), [])
    return found


@pytest.mark.parametrize(
    ("looks", "lists_read"),
    [
        ([], None),
        ([(Role.ARTICLE, Verdict.LIVE)], None),  # only releases were due
        ([(Role.ROBOTS, Verdict.BLOCKED)], False),  # the lists were due, and robots.txt kept us from them
        ([(Role.FEED, Verdict.SERVER_ERROR)], False),
        ([(Role.FEED, Verdict.SERVER_ERROR), (Role.LISTING, Verdict.LIVE)], True),
        ([(Role.FEED, Verdict.UNCHANGED)], True),
    ],
)
def test_lists_are_read_if_one_of_them_was(
    looks: list[tuple[Role, Verdict]], lists_read: bool | None
) -> None:
    assert add_looks(*looks).lists_read is lists_read


def test_a_host_that_refuses_has_answered() -> None:
    assert add_looks((Role.FEED, Verdict.BLOCKED)).has_host_answered
    silent = add_looks((Role.FEED, Verdict.UNREACHABLE))
    assert silent.has_looks
    assert not silent.has_host_answered


def test_an_outage_begins_once_and_ends_with_an_answer() -> None:
    outage = Outage()
    hosts = [f"www.w{n}.mil" for n in range(OUTAGE_HOSTS + 1)]
    assert [outage.record_unanswered(host, 100) for host in hosts] == [False] * 4 + [True, False]
    assert outage.record_answer() == tuple(hosts)
    assert not outage.is_on
    assert outage.record_answer() == ()


def test_an_answer_in_between_prevents_an_outage() -> None:
    outage = Outage()
    for n in range(3 * OUTAGE_HOSTS):
        assert not outage.record_unanswered(f"www.w{n}.mil", 100)
        if n % 2:
            assert outage.record_answer() == ()


def test_the_same_host_twice_is_one_host() -> None:
    outage = Outage()
    assert not any(outage.record_unanswered("www.w.mil", 100) for _ in range(2 * OUTAGE_HOSTS))


def test_with_few_hosts_an_outage_takes_all_of_them_but_never_one_alone() -> None:
    assert not Outage().record_unanswered("www.w.mil", 1)
    outage = Outage()
    assert [outage.record_unanswered(f"www.w{n}.mil", 3) for n in range(3)] == [False, False, True]
