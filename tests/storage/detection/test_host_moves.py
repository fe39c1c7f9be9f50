"""Hosts that take another name."""

from storage.detection.detect import detect_changes
from storage.detection.host_moves import find_host_moves
from storage.models import (
    Address,
    EventKind,
    PostingFinding,
    Verdict,
)
from tests.support.make_looks import address
from tests.support.make_observations import (
    MANY,
    event_kinds,
    make_finding,
    observe_run,
)


def test_a_host_with_another_name_is_one_move_and_nothing_else() -> None:
    site = "www.newname.example.mil"
    led = {
        n: make_finding(n, Verdict.REDIRECTED, found_address=address(str(n), site), status=301) for n in MANY
    }
    result = detect_changes(observe_run(led))
    (event,) = result.events
    assert event.kind is EventKind.SITE_MOVED
    assert (event.detail["from_host"], event.detail["to_host"]) == ("www.wing.example.mil", site)
    assert event.detail["postings"] == len(MANY)
    move = frozenset({("www.wing.example.mil", site)})
    assert detect_changes(observe_run(led, reported_host_moves=move)).events == ()


def test_a_host_that_the_aliases_know_is_one_move_and_its_postings_go_on_there() -> None:
    def met(number: int) -> PostingFinding:
        url = address(str(number)).url.replace("www.wing", "www.newwing")
        return make_finding(number, found_address=Address("www.wing.example.mil", str(number), url))

    result = detect_changes(observe_run({n: met(n) for n in MANY}))
    assert event_kinds(result) == ["site_moved"]
    assert {one.address.url.split("/")[2] for one in result.statuses.values()} == {"www.newwing.example.mil"}


def test_a_few_redirects_elsewhere_are_no_move_of_the_site() -> None:
    site = "www.newname.example.mil"
    led = {
        n: make_finding(n, Verdict.REDIRECTED, found_address=address(str(n), site)) for n in list(MANY)[:4]
    }
    assert detect_changes(observe_run(led)).events == ()


def test_a_host_move_of_fewer_than_half_is_no_move_of_the_site() -> None:
    site = "www.newname.example.mil"
    moved = list(MANY)[:5]
    found = {n: make_finding(n, Verdict.REDIRECTED, found_address=address(str(n), site)) for n in moved}
    assert find_host_moves(observe_run(found)) == {}


def test_an_article_number_that_changes_is_no_host_move() -> None:
    site = "www.newname.example.mil"
    found = {n: make_finding(n, Verdict.REDIRECTED, found_address=address(str(n + 500), site)) for n in MANY}
    assert find_host_moves(observe_run(found)) == {}
