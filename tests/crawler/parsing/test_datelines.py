"""Datelines come off the first paragraph, and sentences that look a little like one do not."""

import pytest

from crawler.parsing import datelines


@pytest.mark.parametrize(
    ("first", "dateline", "rest"),
    [
        ("FORT EXAMPLE, Md. (AFNS) -- The band played.", "FORT EXAMPLE, Md. (AFNS)", "The band played."),
        ("EXAMPLE FIELD, Fla. -- Airmen flew.", "EXAMPLE FIELD, Fla.", "Airmen flew."),
        ("SAMPLE AIR BASE, Germany (AFNS) -- -- (A note.)", "SAMPLE AIR BASE, Germany (AFNS)", "(A note.)"),
        ("WASHINGTON – The office opened.", "WASHINGTON", "The office opened."),
        ("SAN DIEGO (March 5, 2020) — Sailors sailed.", "SAN DIEGO (March 5, 2020)", "Sailors sailed."),
        ("PACIFIC OCEAN - “Ready,” she said.", "PACIFIC OCEAN", "“Ready,” she said."),
        ("USAG Example, Republic of Korea – Lt. Gen. A. Name met him.", "USAG Example, Republic of Korea",
         "Lt. Gen. A. Name met him."),
        ("CAMP EXAMPLE, Okinawa –\n沖縄の部隊", "CAMP EXAMPLE, Okinawa", "沖縄の部隊"),
    ],
)  # fmt: skip
def test_a_dateline_is_taken_off(first: str, dateline: str, rest: str) -> None:
    assert datelines.split_dateline([first, "Next."]) == (dateline, (rest, "Next."))


def test_a_dateline_alone_is_no_paragraph() -> None:
    assert datelines.split_dateline(["CAMP EXAMPLE, Japan –", "Marines ran."]) == (
        "CAMP EXAMPLE, Japan",
        ("Marines ran.",),
    )


@pytest.mark.parametrize(
    "first",
    [
        "NASA – the agency with the rockets – sent a letter.",
        "ROK – U.S. leaders met.",
        "Airmen – and their families – came home.",
        "Gen. A. Name, commander – and a pilot – spoke.",
        "FOR IMMEDIATE RELEASE – The office opened.",
        "UPDATE -- The road is open again.",
        "The F-16 – an old friend – flew.",
        "It was late - too late.",
        "海兵隊 – 沖縄",
        "No dash at all.",
        "–",
        "",
    ],
)
def test_a_sentence_with_a_dash_stays_whole(first: str) -> None:
    assert datelines.split_dateline([first, "Next."]) == (None, (first, "Next."))


def test_nothing_has_no_dateline() -> None:
    assert datelines.split_dateline([]) == (None, ())


NOTICE = "The office is closed on Friday. Calls are taken on Monday."


@pytest.mark.parametrize(
    ("before", "first", "after"),
    [
        ((NOTICE,), "PORT EXAMPLE, Maine -- Crews trained.", ("Crews trained.",)),
        ((NOTICE, "A second notice."), "EXAMPLETON – Crews trained.", ("Crews trained.",)),
        ((NOTICE,), "CAMP EXAMPLE, Japan –", ()),
        ((), f"{NOTICE}\nSAN EXAMPLE (May 5, 2024) — Crews trained.", (f"{NOTICE}\nCrews trained.",)),
    ],
)
def test_a_dateline_is_found_behind_a_notice(
    before: tuple[str, ...], first: str, after: tuple[str, ...]
) -> None:
    dateline, rest = datelines.split_dateline([*before, first, "Next."])
    assert dateline is not None
    assert rest == (*before, *after, "Next.")


@pytest.mark.parametrize(
    "blocks",
    [
        ("News of the week.", "FORT ONE, Texas -- Crews ran.", "FORT TWO, Texas -- Others swam."),
        ("The plan is out.", "BACKGROUND -- The plan has two parts.", "It begins in May."),
        ("One.", "Two.", "Three.", "FORT ONE, Texas -- Crews ran."),
    ],
)
def test_what_looks_like_a_dateline_within_a_text_stays(blocks: tuple[str, ...]) -> None:
    assert datelines.split_dateline(blocks) == (None, blocks)
