"""Somebody else's words in feeds: what no XML can hold, titles of one line, and HTML of bounded length. Pure.

The rule of characters, the same in every format: a character that XML 1.0 cannot hold (a control other than
tab and line end, half of a surrogate pair, U+FFFE and U+FFFF) becomes U+FFFD, the replacement character. In a
title and a sentence so do all other controls and the marks that turn the direction of a text, since they
would turn what stands beside it in a reader's list; letters that run from right to left stay as they are.
"""

import html
import re
from collections.abc import Iterable
from typing import Final

from storage.diff.fields import FieldDiff
from storage.queries import diff_html

UNHOLDABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
TURNING: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
LONGEST_TITLE: Final = 300  # characters
LONGEST_HTML: Final = 20_000  # characters of the content of an entry, but for a last paragraph that says more
LONGEST_SIDE: Final = 2000  # characters of each side of a change that is longer than an entry may be
PARAGRAPH: Final = '<p dir="auto">'
CUT: Final = "Cut here: the whole is in `milwire show` and `milwire diff`."


def replace_unholdable(text: str) -> str:
    """Return text with U+FFFD for each character that XML 1.0 cannot hold."""
    return UNHOLDABLE.sub(REPLACEMENT, text)


def clean_feed_line(text: str, longest: int = LONGEST_TITLE) -> str:
    """Return text on one line, without controls and marks of direction, cut at an ellipsis."""
    line = TURNING.sub(REPLACEMENT, replace_unholdable(" ".join(text[: 8 * longest].split())))
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def render_paragraph(text: str, longest: int = LONGEST_SIDE) -> str:
    """Return one line of text as a paragraph of HTML."""
    return f"{PARAGRAPH}{html.escape(clean_feed_line(text, longest))}</p>"


def render_body(body: str, length: int | None = None) -> str:
    """Return a text, paragraphs with a blank line between two, as HTML of bounded length.

    `length` is that of the whole text, where `body` is only how it begins.
    """
    shown = body[:LONGEST_HTML]
    paragraphs = [
        f"{PARAGRAPH}{html.escape(TURNING.sub(REPLACEMENT, replace_unholdable(one)))}</p>"
        for one in shown.split("\n\n")
        if one
    ]
    left = (len(body) if length is None else length) - len(shown)
    return "\n".join([*paragraphs, *([describe_cut(left)] if left > 0 else [])])


def render_changes(fields: Iterable[FieldDiff]) -> str:
    """Return the changed words of fields as HTML of bounded length, field by field."""
    parts: list[str] = []
    left = LONGEST_HTML
    for one in fields:
        if not one.before and not one.after:  # purged
            continue
        shown = cut_paragraphs(one, left)
        left -= len(shown)
        parts.append(f"<h4>{html.escape(one.field)}</h4>\n{shown}")
        if left <= 0:
            break
    return "\n".join(parts)


def cut_paragraphs(found: FieldDiff, longest: int) -> str:
    """Return the difference in a field as HTML, cut after a paragraph; a huge one becomes two short ones."""
    whole = replace_unholdable(diff_html.render_words(found))
    if len(whole) <= longest:
        return whole
    kept: list[str] = []
    used = 0
    for one in whole.split(f"\n{PARAGRAPH}"):  # text cannot have this, its `<` is escaped
        if (used := used + len(one)) > longest:
            break
        kept.append(one if one.startswith(PARAGRAPH) else f"{PARAGRAPH}{one}")
    return "\n".join([*(kept or _render_sides(found)), describe_cut()])


def describe_cut(left: int | None = None) -> str:
    """Return the paragraph that says that a text goes on, and where it is whole."""
    more = f" {left:,} characters more." if left else ""
    return f"<p><em>{CUT}{more}</em></p>"


def _render_sides(found: FieldDiff) -> list[str]:
    sides = (("del", found.before), ("ins", found.after))
    texts = [(mark, " ".join(side)[:LONGEST_SIDE]) for mark, side in sides]
    return [
        f"{PARAGRAPH}<{mark}>{html.escape(clean_feed_line(text, LONGEST_SIDE))}</{mark}></p>"
        for mark, text in texts
        if text
    ]
