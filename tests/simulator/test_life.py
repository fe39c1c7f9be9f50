"""A practice newsroom's life: the same for the same seed, pure in time, its truth what its pages say."""

from dataclasses import replace
from datetime import timedelta

import pytest

import simulator
from crawler.parsing import reader
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind
from simulator import demo_month, edits, life, routing, scenarios, truth
from simulator.faults import Fault, Trouble
from simulator.life import IncidentKind, Life, Storm
from simulator.responses import Answer
from simulator.scenarios import Scenario
from simulator.truth import Absence, Post, Section
from storage.models import Page

SCRIPT = Scenario(seed=3, sites=("meridian", "northreach"), history=24, fresh=8, eventful=14, days=16)
LIFE = scenarios.build_life(SCRIPT)


def asked(there: Life, site: str, section: Section, post: Post, at: float = 0.0) -> Answer:
    """Return the answer to a post's address so many days after the start."""
    url = life.base_url(there, site, there.start) + truth.post_path(section, post)
    answer = life.answer_at(there, url, there.start + timedelta(days=at), noise=7)
    assert answer is not None
    return answer


def newest(there: Life, site: str) -> tuple[Section, Post]:
    section = there.frames[0].newsroom.site(site).sections[0]
    return section, section.posts[0]


def test_a_script_always_gives_the_same_life() -> None:
    assert scenarios.build_life(SCRIPT) == LIFE
    assert scenarios.build_life(replace(SCRIPT, seed=4)) != LIFE


def test_every_text_that_ever_stands_on_a_page_reads_as_the_truth_says() -> None:
    calm, seen = life.without_storms(LIFE), set()
    for frame in LIFE.frames:
        for site in frame.newsroom.sites:
            for section, post in truth.list_posts(site):
                if post.absence in routing.STANDING and (site.name, post) not in seen:
                    seen.add((site.name, post))
                    url = life.first_url(site.name) + truth.post_path(section, post)
                    answer = life.answer_at(calm, url, frame.at, noise=len(seen))
                    assert answer is not None
                    got = reader.read_page(Page(url, answer.status, (), answer.body), "afpims").fields
                    known = truth.resolve_addresses(post.fields, life.first_url(site.name))
                    assert got == replace(known, parser=got.parser if got else "")
    assert len(seen) > 150


def test_lives_hold_every_kind_of_incident_and_every_kind_of_edit() -> None:
    lives = [scenarios.build_life(Scenario(seed=seed)) for seed in range(1, 5)]
    told = [each for one in lives for each in one.truth]
    turns = {IncidentKind.REDESIGNED, IncidentKind.SITE_MOVED}
    assert {each.kind for each in told} == set(IncidentKind) - turns
    assert {each.detail for each in told if each.kind is IncidentKind.EDITED} >= set(edits.SORTS)


@pytest.mark.parametrize("name", sorted(edits.SORTS))
def test_an_edit_leaves_another_text(name: str) -> None:
    made = [each for each in LIFE.truth if each.kind is IncidentKind.EDITED and each.detail == name]
    for each in made:
        before = truth.get_post(
            life.newsroom_at(LIFE, each.at - timedelta(seconds=1)).site(each.site), each.number or ""
        )
        after = truth.get_post(life.newsroom_at(LIFE, each.at).site(each.site), each.number or "")
        assert before[1].fields != after[1].fields


def test_a_storm_hits_its_site_and_passes() -> None:
    start = LIFE.start
    blocked = Storm("meridian", start, start + timedelta(hours=6), Fault(Trouble.BLOCKED))
    stormy = replace(life.without_storms(LIFE), storms=(blocked,))
    section, post = newest(stormy, "meridian")
    assert asked(stormy, "meridian", section, post).status == 403
    assert asked(stormy, "meridian", section, post, at=0.3).status == 200
    assert asked(stormy, "northreach", *newest(stormy, "northreach")).status == 200


def test_nothing_comes_from_a_site_that_hangs() -> None:
    start = LIFE.start
    hung = Storm("meridian", start, start + timedelta(hours=6), Fault(Trouble.HANG))
    url = life.first_url("meridian") + "/"
    assert life.answer_at(replace(LIFE, storms=(hung,)), url, start, noise=1) is None


def test_a_renamed_host_redirects_path_by_path_and_answers_under_its_new_name() -> None:
    there = scenarios.build_life(
        Scenario(sites=("calder",), history=6, fresh=0, eventful=0, storms=0, wide=0, quiet=0, rename_day=2)
    )
    section, post = newest(there, "calder")
    assert asked(there, "calder", section, post, at=1).status == 200
    moved = asked(there, "calder", section, post, at=3)
    location = dict(moved.headers)["Location"]
    assert (moved.status, location) == (301, f"https://www.calder-new.mil{truth.post_path(section, post)}")
    found = life.answer_at(there, location, there.start + timedelta(days=3), noise=1)
    assert found is not None
    assert found.status == 200
    assert [each.kind for each in there.truth] == [IncidentKind.SITE_MOVED]


def test_a_redesign_cannot_be_read_though_the_page_still_names_its_article() -> None:
    there = scenarios.build_life(
        Scenario(sites=("calder",), history=6, fresh=0, eventful=0, storms=0, wide=0, quiet=0, redesign_day=2)
    )
    section, post = newest(there, "calder")
    url = life.first_url("calder") + truth.post_path(section, post)
    answer = asked(there, "calder", section, post, at=3)
    assert answer.status == 200
    assert post.number.encode() in answer.body
    try:
        kind = reader.read_page(Page(url, 200, (), answer.body), "afpims").kind
    except ParseError:
        kind = PageKind.OTHER
    assert kind is PageKind.OTHER


def test_a_strict_posting_redirects_from_its_old_slug() -> None:
    room = LIFE.frames[0].newsroom
    section, post = newest(LIFE, "meridian")
    named = truth.with_changed_post(room, "meridian", replace(post, slug="another-slug", strict=True))
    there = replace(LIFE, frames=(replace(LIFE.frames[0], newsroom=named),), storms=())
    answer = asked(there, "meridian", section, post)
    assert answer.status == 301
    assert dict(answer.headers)["Location"].endswith("another-slug/")


def test_a_posting_that_moved_redirects_to_its_new_address() -> None:
    room = LIFE.frames[0].newsroom
    section, post = newest(LIFE, "meridian")
    gone = replace(post, absence=Absence.REDIRECT, target="https://www.fieldpress.net/news/1/")
    frame = replace(LIFE.frames[0], newsroom=truth.with_changed_post(room, "meridian", gone))
    there = replace(LIFE, frames=(frame,), storms=())
    assert asked(there, "meridian", section, post).status == 301


def test_a_host_without_a_site_is_no_part_of_a_life() -> None:
    with pytest.raises(LookupError, match="no practice site"):
        life.answer_at(LIFE, "https://www.nowhere.mil/", LIFE.start, noise=1)


def test_the_demo_month_holds_a_silent_edit_a_takedown_and_a_return_with_an_edit() -> None:
    month = demo_month.demo_month()
    kinds = [each.kind for each in month.life.truth]
    assert kinds.count(IncidentKind.EDITED) == 2
    assert kinds.count(IncidentKind.REMOVED) == 2
    assert [each.fields for each in month.life.truth if each.kind is IncidentKind.RETURNED] == [("body",)]
    assert [each.at for each in month.chapters] == [each.at for each in month.life.truth]
    assert list(month.looks) == sorted(month.looks)
    assert month == demo_month.demo_month()


def test_a_month_plays_on_a_served_newsroom() -> None:
    told = demo_month.demo_month()
    gone = next(each for each in told.life.truth if each.kind is IncidentKind.REMOVED)
    room = life.newsroom_at(told.life, told.life.start)
    with simulator.serve(room, clock=lambda: told.life.until) as served:
        url = served.url(told.site, gone.number or "")
        assert served.truth(url) is not None
        demo_month.show_at(served, told.life, gone.at)
        assert served.truth(url) is None
