"""Furniture wordings go as whole lines; sentences that mention them stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsing import boilerplate

ORGS = ("Department of Defense", "Department of War", "Department of Homeland Security", "Navy")
SAFELY = "means you’ve safely connected to the .mil website"
ORDERS = "the president's executive orders and DoD priorities in accordance with DoD Instruction 5400.17"
FURNITURE = [
    "An official website of the United States government",
    "An official website of the United States Government",
    "An official website of the United States government Here’s how you know",
    "Here's how you know",
    "Official websites use .mil",
    "Official websites use .gov",
    *(f"A .mil website belongs to an official U.S. {of} organization in the United States." for of in ORGS),
    "A .gov website belongs to an official government organization in the United States.",
    "Secure .mil websites use HTTPS",
    f"A lock (lock ) or https:// {SAFELY}. Share sensitive information only on official, secure websites.",
    "A lock (🔒) or https:// means you've safely connected to the .gov website.",
    "lock",
    "Skip to main content (Press Enter).",
    "Skip to main content",
    "Home : Media : Newsroom : News",
    "Home > News > Article",
    "Place Holder",
    "{{ title }}",
    "PRINT | E-MAIL",
    "Copy Link",
    f"Content on this site has been reviewed and removed to align with {ORDERS}. MORE DETAILS HERE.",
    "Due to the lapse in federal funding, this website will not be updated.",
    "This information is provided for historical purposes only. It may contain outdated information.",
    "Comment on this story (comments may be published on Air Force Link)",
    "Click here to view the comments/letters page",
    "No camera details available.",
    "IMAGE IS PUBLIC DOMAIN",
    "This photograph is considered public domain and has been cleared for release.",
    "VIRIN: 171012-N-SQ432-082.JPG",
    "Photo by: Petty Officer A. Name | VIRIN: 171012-N-SQ432-082",
    "DOWNLOAD HI-RES / PHOTO DETAILS",
    "Google Translation Disclaimer",
    "Choose which War.gov products you want delivered to your inbox.",
    "Hosted by Defense Media Activity - WEB.mil",
    "theForm.__EVENTTARGET.value = eventTarget;",
]  # fmt: skip
PROSE = [
    "The unit moved its pages to an official website of the United States government last week.",
    "An official website of the United States government was opened on Monday, the colonel said.",
    "“A lock (lock) is a lock,” he said.",
    "The team will share, print and e-mail the results.",
    "Home: a sailor returns.",
    "Home again, the crew rested.",
    "The site is secure, said the commander, and the gate stays shut.",
    "Due to the lapse in appropriations, the museum is closed until further notice.",
    "Officials said content on this site has been reviewed.",
    "Search and rescue crews found the boat.",
    "Topics included logistics and medicine.",
]


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture_goes_wherever_it_stands(line: str) -> None:
    story = ["The first sentence.", line, "The last sentence."]
    assert boilerplate.strip_furniture(story) == ("The first sentence.", "The last sentence.")
    assert boilerplate.strip_furniture([f"The first sentence.\n{line}"]) == ("The first sentence.",)


@pytest.mark.parametrize("line", PROSE)
def test_a_sentence_that_mentions_furniture_stays(line: str) -> None:
    assert boilerplate.strip_furniture([line]) == (line,)


def test_the_boxes_at_the_end_go_with_the_tag_cloud_between_them() -> None:
    tail = ["Search News", "Archive", "Topics", "exercise     exercise archive     travel", "alliance#"]
    assert boilerplate.strip_furniture(["A sentence.", *tail]) == ("A sentence.",)
    assert boilerplate.strip_furniture(["A sentence.", "\n".join(tail)]) == ("A sentence.",)


def test_a_heading_of_the_release_is_no_tail() -> None:
    story = ("Archive", "The archive holds ten boxes.", "Topics", "Space", "Cyber")
    assert boilerplate.strip_furniture(("A sentence.", *story)) == ("A sentence.", *story)


def test_single_words_of_the_page_go_at_the_edges_only() -> None:
    assert boilerplate.strip_furniture(["Menu", "One.", "Print", "Two.", "Share", "Related Stories"]) == (
        "One.",
        "Print",
        "Two.",
    )


@given(st.lists(st.sampled_from(PROSE), max_size=6), st.lists(st.sampled_from(FURNITURE), max_size=6))
def test_furniture_in_any_place_leaves_the_story_alone(story: list[str], extra: list[str]) -> None:
    mixed = list(story)
    for i, line in enumerate(extra):
        mixed.insert((i * 7) % (len(mixed) + 1), line)
    assert boilerplate.strip_furniture(mixed) == tuple(story)
