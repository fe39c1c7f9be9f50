"""A comparison as HTML that is safe anywhere: everything escaped, no script, nothing loaded. Pure.

`words` is a fragment for the pages of the browser, `page` a document that stands alone.
"""

import html
import re
from collections.abc import Iterator
from typing import Final

from storage.diff.fields import FieldDiff
from storage.diff.lines import DiffLine, WordMark, MarkedText, list_diff_lines
from storage.diff.paragraphs import PassageKind
from storage.queries import evidence
from storage.queries.compare import Comparison, Side

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
# Colours alone tell nothing to one reader in twelve: removed words are struck, added ones underlined.
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
STEERING: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def page(found: Comparison) -> str:
    """Return a whole document about a comparison."""
    body = "\n".join(_body(found))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{_text(found.after.title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def words(found: FieldDiff) -> str:
    """Return what differs in a field as paragraphs with `<del>` and `<ins>`."""
    return "\n".join(f'<p dir="auto">{_line(one)}</p>' for one in list_diff_lines(found))


def one_side(found: FieldDiff, mark: WordMark) -> str:
    """Return one text of the two, what only it has marked: REMOVED for the text before, ADDED for after."""
    shown = [
        "".join(map(_piece, pieces))
        for line in list_diff_lines(found)
        if (pieces := [one for one in line.parts if one.mark in (mark, WordMark.KEPT, WordMark.OMITTED)])
    ]
    return "<br>".join(shown)


def heading(found: Comparison) -> str:
    """Return the sort of edit in words, or why it is none."""
    if not found.fields:
        return "nothing differs"
    told = evidence.kinds(found.edit_kinds) or evidence.kinds(one.field for one in found.fields)
    remarks = [
        "" if found.edited else "no edit of this story: our reading changed, or the whole site did",
        "compared coarsely, the text is too large" if found.coarse else "",
    ]
    return "; ".join(filter(None, [told, *remarks]))


def _body(found: Comparison) -> Iterator[str]:
    yield f"<h1>{_text(found.after.title)}</h1>"
    yield f'<p class="about">{_text(found.posting)}</p>'
    yield f'<p class="about">Release {found.release}. {_text(heading(found))}.</p>'
    yield f'<p class="about old">{_text(_side(found.before))}</p>'
    yield f'<p class="about new">{_text(_side(found.after))}</p>'
    for one in found.fields:
        yield f"<section>\n<h2>{_text(one.field)}</h2>\n{words(one)}\n</section>"


def _side(side: Side) -> str:
    return f"revision {side.seq}: {seen(side)}"


def seen(side: Side) -> str:
    """Return between which looks a revision stood."""
    last = f", last seen {evidence.instant(side.last_seen_at)}" if side.last_seen_at else ""
    return f"first seen {evidence.instant(side.observed_at)}{last}"


def _text(text: str) -> str:
    """Return text as HTML in which nothing can steer a browser, nor a terminal that prints the page."""
    return STEERING.sub(lambda found: _harmless(ord(found.group())), html.escape(text))


def _harmless(sign: int) -> str:
    return f"&#{sign};" if sign > LAST_CONTROL else "\N{REPLACEMENT CHARACTER}"


def _line(line: DiffLine) -> str:
    if line.kind is PassageKind.KEPT:
        many = "1 paragraph" if line.unchanged_paragraphs == 1 else f"{line.unchanged_paragraphs} paragraphs"
        return f'<span class="omitted">… {many} unchanged …</span>'
    remark = REMARKS.get(line.kind)
    start = f'<span class="remark">[{remark}]</span> ' if remark else ""
    return start + "".join(map(_piece, line.parts))


def _piece(piece: MarkedText) -> str:
    return ELEMENTS[piece.mark].format(_text(piece.text))
