"""Control looks: an absence is believed only where the site itself is well."""

import pytest

from storage.detection.controls import ControlAnswer, ControlAnswers, SiteHealth, assess_site_health
from storage.models import Verdict

ABSENT = ControlAnswer(Verdict.GONE, 404)
SOFT = ControlAnswer(Verdict.SOFT_GONE, 200)
FRONT = SIBLING = ControlAnswer(Verdict.LIVE, 200)
NEVER = ControlAnswer(Verdict.GONE, 404)
WELL = ControlAnswers(FRONT, SIBLING, NEVER)


def test_a_site_whose_front_page_and_sibling_answer_is_well() -> None:
    result = assess_site_health(ABSENT, WELL)
    assert result.health is SiteHealth.WELL
    assert result.evidence == (
        "the rest of the site was working: its list of releases and another release answered, "
        "an address that never existed gave the same answer"
    )


def test_a_soft_removal_on_a_site_with_true_404s_is_believed_and_told_as_different() -> None:
    result = assess_site_health(SOFT, WELL)
    assert result.health is SiteHealth.WELL
    assert result.evidence.endswith("an address that never existed gave another answer (404)")


@pytest.mark.parametrize(
    ("digests", "compared"),
    [
        (("sha256:a", "sha256:a"), "gave the same answer"),
        (("sha256:a", "sha256:b"), "gave another page with the same status (404)"),
        (("sha256:a", None), "gave the same answer"),
        ((None, None), "gave the same answer"),
    ],
)
def test_two_answers_are_the_same_where_they_show_the_same_words(
    digests: tuple[str | None, str | None], compared: str
) -> None:
    absent, control = (ControlAnswer(Verdict.GONE, 404, digest) for digest in digests)
    result = assess_site_health(absent, ControlAnswers(FRONT, SIBLING, control))
    assert result.health is SiteHealth.WELL
    assert result.evidence.endswith(f"an address that never existed {compared}")


def test_a_site_that_sends_unknown_addresses_to_its_front_page_is_well() -> None:
    home = ControlAnswer(Verdict.SOFT_GONE, 200)
    assert assess_site_health(home, ControlAnswers(FRONT, SIBLING, home)).health is SiteHealth.WELL


def test_an_unchanged_front_page_answers() -> None:
    assert (
        assess_site_health(
            ABSENT, ControlAnswers(ControlAnswer(Verdict.UNCHANGED, 304), SIBLING, NEVER)
        ).health
        is SiteHealth.WELL
    )


@pytest.mark.parametrize(
    "controls",
    [
        ControlAnswers(),
        ControlAnswers(None, SIBLING, NEVER),
        ControlAnswers(FRONT, None, NEVER),
        ControlAnswers(FRONT, SIBLING),
    ],
)
def test_a_missing_control_confirms_nothing(controls: ControlAnswers) -> None:
    result = assess_site_health(ABSENT, controls)
    assert result.health is SiteHealth.UNKNOWN
    assert result.evidence.startswith("too little of the site was checked: no look at ")


@pytest.mark.parametrize("verdict", sorted(set(Verdict) - {Verdict.LIVE, Verdict.UNCHANGED}))
def test_a_sibling_or_front_page_that_does_not_answer_makes_the_site_not_well(verdict: Verdict) -> None:
    failed = ControlAnswer(verdict, None)
    assert assess_site_health(ABSENT, ControlAnswers(FRONT, failed, NEVER)).health is SiteHealth.NOT_WELL
    assert assess_site_health(ABSENT, ControlAnswers(failed, SIBLING, NEVER)).health is SiteHealth.NOT_WELL


@pytest.mark.parametrize("verdict", [Verdict.LIVE, Verdict.BLOCKED, Verdict.SERVER_ERROR, Verdict.UNREADABLE])
def test_a_never_existing_address_must_look_absent(verdict: Verdict) -> None:
    assert (
        assess_site_health(ABSENT, ControlAnswers(FRONT, SIBLING, ControlAnswer(verdict, 200))).health
        is SiteHealth.NOT_WELL
    )
