"""Renders a comparison as safe HTML: everything escaped, no script, nothing loaded. Pure.

`render_page` makes a whole document, `render_words` a fragment for the pages of the browser.
"""

import html
import re
from collections.abc import Iterator
from typing import Final

from storage.diff.fields import FieldDiff
from storage.diff.lines import DiffLine, MarkedText, WordMark, list_diff_lines
from storage.diff.paragraphs import PassageKind
from storage.queries import evidence
from storage.queries.compare import ComparedRevision, Comparison

ELEMENTS: Final = {
    WordMark.KEPT: "{}",
    WordMark.REMOVED: "<del>{}</del>",
    WordMark.ADDED: "<ins>{}</ins>",
    WordMark.OMITTED: '<span class="omitted">{}</span>',
}
REMARKS: Final = {
    PassageKind.MOVED: "moved here",
    PassageKind.REFLOWED: "cut into other paragraphs",
}
# One reader in twelve does not see the colours: removed words are also struck, added ones underlined.
STYLE: Final = """
body { font: 17px/1.55 Georgia, "Noto Serif", "Noto Serif CJK KR", serif; max-width: 44em; margin: 2em auto;
  padding: 0 1em; color: #1b1b1b; background: #fff; }
h1 { font-size: 1.5em; line-height: 1.25; } h2 { font-size: 1em; margin: 1.6em 0 .3em; color: #444; }
p { margin: .5em 0; white-space: pre-line; overflow-wrap: anywhere; }
.about, .omitted, .remark { color: #5a6672; font-size: .9em; }
del { background: #fde3e1; color: #8c1d18; text-decoration: line-through; }
ins { background: #dff3e3; color: #14532d; text-decoration: underline; }
del + ins { margin-left: .15em; }
.old, .new { border-left: 4px solid #8c1d18; padding-left: .6em; } .new { border-color: #14532d; }
"""
LAST_CONTROL: Final = 0x9F
CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def render_page(found: Comparison) -> str:
    """Return a comparison as a whole document."""
    body = "\n".join(_render_body(found))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{_escape_text(found.after.title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def render_words(found: FieldDiff) -> str:
    """Return the difference in a field as paragraphs with `<del>` and `<ins>`."""
    return "\n".join(f'<p dir="auto">{_render_line(one)}</p>' for one in list_diff_lines(found))


def render_side(found: FieldDiff, mark: WordMark) -> str:
    """Return one of the two texts with its own words marked: REMOVED for the text before, ADDED for after."""
    shown = [
        "".join(map(_render_part, parts))
        for line in list_diff_lines(found)
        if (parts := [one for one in line.parts if one.mark in (mark, WordMark.KEPT, WordMark.OMITTED)])
    ]
    return "<br>".join(shown)


def describe_comparison(found: Comparison) -> str:
    """Return the kinds of edit in words, or why it is none."""
    if not found.fields:
        return "no differences"
    kinds = evidence.format_edit_kinds(found.edit_kinds) or evidence.format_edit_kinds(
        one.field for one in found.fields
    )
    remarks = [
        "" if found.edited else "not an edit of this story: our parser or the whole site changed",
        "compared roughly, because the text is very long or repetitive" if found.coarse else "",
    ]
    return "; ".join(filter(None, [kinds, *remarks]))


def _render_body(found: Comparison) -> Iterator[str]:
    yield f"<h1>{_escape_text(found.after.title)}</h1>"
    yield f'<p class="about">{_escape_text(found.posting)}</p>'
    if found.sentence:
        yield f"<p>{_escape_text(found.sentence)}</p>"
    yield f'<p class="about">Release {found.release}. {_escape_text(describe_comparison(found))}.</p>'
    yield f'<p class="about old">{_escape_text(_describe_side(found.before))}</p>'
    yield f'<p class="about new">{_escape_text(_describe_side(found.after))}</p>'
    for one in found.fields:
        yield f"<section>\n<h2>{_escape_text(one.field)}</h2>\n{render_words(one)}\n</section>"


def _describe_side(side: ComparedRevision) -> str:
    return f"revision {side.seq}: {describe_period(side)}"


def describe_period(side: ComparedRevision) -> str:
    """Return when a revision was first and last seen."""
    last = f", last seen {evidence.format_instant(side.last_seen_at)}" if side.last_seen_at else ""
    return f"first seen {evidence.format_instant(side.observed_at)}{last}"


def _escape_text(text: str) -> str:
    """Return text as HTML without characters that control a browser, or a terminal that prints the page."""
    return CONTROLS.sub(lambda found: _replace_control(ord(found.group())), html.escape(text))


def _replace_control(sign: int) -> str:
    return f"&#{sign};" if sign > LAST_CONTROL else "\N{REPLACEMENT CHARACTER}"


def _render_line(line: DiffLine) -> str:
    if line.kind is PassageKind.KEPT:
        many = "1 paragraph" if line.unchanged_paragraphs == 1 else f"{line.unchanged_paragraphs} paragraphs"
        return f'<span class="omitted">… {many} unchanged …</span>'
    remark = REMARKS.get(line.kind)
    start = f'<span class="remark">[{remark}]</span> ' if remark else ""
    return start + "".join(map(_render_part, line.parts))


def _render_part(part: MarkedText) -> str:
    return ELEMENTS[part.mark].format(_escape_text(part.text))
