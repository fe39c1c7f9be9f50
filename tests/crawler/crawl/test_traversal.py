"""A traversal of a single page ends where it begins."""

from crawler.crawl.response import make_target
from crawler.crawl.traversal import SinglePageTraversal
from storage.models import Look, Role, Verdict
from tests.support.make_looks import LISTING_URL, START, entry, listed


def test_one_page_is_requested_and_nothing_after_it() -> None:
    traversal = SinglePageTraversal(LISTING_URL)
    (target,) = traversal.list_first_targets()
    assert (target.role, target.url, target.is_known) == (Role.LISTING, LISTING_URL, False)
    assert list(traversal.follow_look(target, listed(START, entry("1")))) == []
    assert list(traversal.list_last_targets()) == []


def test_an_absent_page_leads_to_no_control() -> None:
    traversal = SinglePageTraversal(LISTING_URL)
    target = make_target(Role.LISTING, LISTING_URL)
    gone = Look(Role.LISTING, target.address, START, Verdict.GONE)
    assert list(traversal.follow_look(target, gone)) == []
