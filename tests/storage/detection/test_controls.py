"""Control looks: an absence is believed only where the site itself is well."""

import pytest

from storage.detection.controls import Answer, Controls, SiteHealth, judge
from storage.models import Verdict

ABSENT = Answer(Verdict.GONE, 404, "not found")
SOFT = Answer(Verdict.SOFT_GONE, 200, "newsroom")
FRONT = Answer(Verdict.LIVE, 200, "front")
SIBLING = Answer(Verdict.LIVE, 200, "sibling")
NEVER = Answer(Verdict.GONE, 404, "not found")
WELL = Controls(FRONT, SIBLING, NEVER)


def test_a_site_whose_front_page_and_sibling_answer_is_well() -> None:
    result = judge(ABSENT, WELL)
    assert result.health is SiteHealth.WELL
    assert (
        result.words == "front page answered, sibling answered, never-existing address gave the same answer"
    )


def test_a_soft_removal_on_a_site_with_true_404s_is_believed_and_told_as_different() -> None:
    result = judge(SOFT, WELL)
    assert result.health is SiteHealth.WELL
    assert result.words.endswith("never-existing address gave another answer (404)")


def test_a_site_that_sends_unknown_addresses_to_its_front_page_is_well() -> None:
    home = Answer(Verdict.SOFT_GONE, 200, "front")
    assert judge(home, Controls(FRONT, SIBLING, home)).health is SiteHealth.WELL


def test_an_unchanged_front_page_answers() -> None:
    assert judge(ABSENT, Controls(Answer(Verdict.UNCHANGED, 304), SIBLING, NEVER)).health is SiteHealth.WELL


@pytest.mark.parametrize(
    "controls",
    [Controls(), Controls(None, SIBLING, NEVER), Controls(FRONT, None, NEVER), Controls(FRONT, SIBLING)],
)
def test_a_missing_control_confirms_nothing(controls: Controls) -> None:
    assert judge(ABSENT, controls).health is SiteHealth.NOT_LOOKED


@pytest.mark.parametrize("verdict", sorted(set(Verdict) - {Verdict.LIVE, Verdict.UNCHANGED}))
def test_a_sibling_or_front_page_that_does_not_answer_makes_the_site_not_well(verdict: Verdict) -> None:
    failed = Answer(verdict, None)
    assert judge(ABSENT, Controls(FRONT, failed, NEVER)).health is SiteHealth.NOT_WELL
    assert judge(ABSENT, Controls(failed, SIBLING, NEVER)).health is SiteHealth.NOT_WELL


@pytest.mark.parametrize("verdict", [Verdict.LIVE, Verdict.BLOCKED, Verdict.SERVER_ERROR, Verdict.UNREADABLE])
def test_a_never_existing_address_must_look_absent(verdict: Verdict) -> None:
    assert judge(ABSENT, Controls(FRONT, SIBLING, Answer(verdict, 200, "x"))).health is SiteHealth.NOT_WELL


@pytest.mark.parametrize("page", [SOFT, FRONT, NEVER])
def test_one_page_for_every_address_tells_nothing_of_one_posting(page: Answer) -> None:
    same = Answer(Verdict.LIVE, 200, page.digest)
    assert judge(SOFT, Controls(FRONT, same, NEVER)).health is SiteHealth.NOT_WELL
