"""End tags that a pasted document left in the middle of a text, where they cut off the rest of it.

Browsers ignore the end of the page, and so does this: what follows is text as before. A `</div>` too many
ends the element that holds the text. It is known as stray where the page has more ends than starts, the
element that it ends is marked as a body, and text goes on behind it.
"""

import re
from collections import Counter
from typing import Final

# A pasted document leaves them in the middle of a text. Browsers go on, and what is open ends with the page.
END_OF_PAGE: Final = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
NAMES: Final = "div|section|article"
ROUGH_TAG: Final = re.compile(f"</?(?:{NAMES}|{NAMES.upper()})")
TAG: Final = re.compile(
    rf"<!--.*?(?:-->|\Z)|<(?:script|style|textarea)\b.*?(?:</(?:script|style|textarea)|\Z)"
    rf"|<(?P<end>/?)(?P<name>{NAMES})(?=[\s/>])(?P<rest>[^<>]*+)>",
    re.IGNORECASE | re.DOTALL,
)
# As `layout.BODIES` of AFPIMS, and the text of DVIDS.
BODY: Final = re.compile(
    r"""\bitemprop\s*=\s*["']?articleBody
    | \bclass\s*=\s*+["']?(?:[^"'<>]{0,400}\s)?
    (?:body|body-text|article-body|da_black|ntext|news-body)(?=["'\s]|$)""",
    re.VERBOSE | re.IGNORECASE,
)
# Text, or an element of text that nobody gave a name; word processors name theirs so.
TEXT_FOLLOWS: Final = re.compile(
    r"""(?:\s++|&nbsp;|<br\b[^<>]*>|</(?:p|span|font|div)\s*>){0,100}+(?:
    [^\s<] | <(?:p|h[2-6]|ul|ol|blockquote|table|strong|b|em|i|u|span|font)
    (?:\s+class\s*=\s*["']?(?:Mso|xmso|x_mso)[^<>]*|(?![^<>]*\b(?:class|id)\s*=)[^<>]*)>
    | <(?:div|section|article)>\s*(?:[^\s<]|<p>))""",
    re.VERBOSE | re.IGNORECASE,
)


def remove_stray_ends(markup: str) -> str:
    """Return a page without end tags that cut off the rest of its text."""
    markup = END_OF_PAGE.sub("", markup)
    if not _has_surplus(markup):
        return markup
    found = _find_stray_ends(markup)
    parts, position = [], 0
    for start, end in found:
        parts.append(markup[position:start])
        position = end
    return "".join(parts) + markup[position:]


def _has_surplus(markup: str) -> bool:
    """Return whether an element has more ends than starts, about; quick, since most pages have none."""
    counts = Counter(ROUGH_TAG.findall(markup))
    return any(count > counts[tag.replace("/", "")] for tag, count in counts.items() if "/" in tag)


def _find_stray_ends(markup: str) -> list[tuple[int, int]]:
    """Return where the stray ends of a marked body are, at most as many as the page has too many."""
    tags = [tag for tag in TAG.finditer(markup) if tag["name"]]
    surplus = Counter[str]()
    for tag in tags:
        surplus[tag["name"].lower()] += 1 if tag["end"] else -1
    found: list[tuple[int, int]] = []
    opened: dict[str, list[bool]] = {name: [] for name in NAMES.split("|")}
    for tag in tags:
        name = tag["name"].lower()
        if not tag["end"]:
            opened[name].append(BODY.search(tag["rest"]) is not None)
        elif opened[name]:
            if surplus[name] > 0 and opened[name][-1] and TEXT_FOLLOWS.match(markup, tag.end()):
                surplus[name] -= 1
                found.append(tag.span())
            else:
                opened[name].pop()
    return found
