"""Page furniture: lines of text that belong to the site and never to a release.

Only whole lines match, so a sentence of a release that mentions such words stays. Each text was seen on a
.mil site; department names and domains vary.
"""

import re
from collections.abc import Sequence

from crawler.parsing import text

ZONE = r"\.(?:mil|gov)"
SAFELY = rf"means\ you[’'‘]ve\ safely\ connected\ to\ the\ {ZONE}\ website\.?"
BANNER = re.compile(
    rf"""(?:(?:
    An\ official\ website\ of\ the\ (?:United\ States|U\.S\.)\ (?:government|Department\ of\ \w+(?:\ \w+)?)\.?
    | Here[’'‘]s\ how\ you\ know\.?
    | Official\ websites\ use\ {ZONE}\.?
    | An?\ {ZONE}\ website\ belongs\ to\ an\ official\ [^.]*(?:U\.S\.[^.]*)?\ in\ the\ United\ States\.?
    | Secure\ {ZONE}\ websites\ use\ HTTPS\.?
    | A\ lock\ ?\([^()]{{0,20}}\)\ or\ https://\ {SAFELY}
    | Share\ sensitive\ information\ only\ on\ official,?\ secure\ websites\.?
    | The\ {ZONE}\ means\ it[’'‘]s\ official\.
    | The\ site\ is\ secure\.
    )\s*)+""",
    re.VERBOSE | re.IGNORECASE,
)
NETWORK = r"(?:facebook|twitter|tweet|x|linkedin|whatsapp|instagram)"
BUTTON = rf"(?:print|e-?mail|share|copy\ link|copied!?|download|{NETWORK})"
FURNITURE = re.compile(
    rf"""
    skip\ to\ (?:the\ )?(?:main\ )?(?:content|navigation)(?:\ \(press\ enter\))?\.? | start\ of\ main\ content
    | place\ ?holder | \{{\{{.*\}}\}}
    | copy\ link | {BUTTON}(?:[\s|/·•:,]+{BUTTON})+
    | content\ on\ this\ (?:web)?site\ has\ been\ reviewed\ and\ removed\ to\ align\ with\ .*
      (?:more\ details\ here|instruction\ [\d.]+\d)\.?
    | (?:due\ to|during)\ (?:the|a)\ (?:current\ )?(?:lapse\ (?:in|of)\ [\w ]{{3,40}}|government\ shutdown)\b
      [^.]*\b(?:this|our)\ (?:web\ ?site|web\ ?page|page|social\ media)\b.*
    | this\ information\ is\ provided\ for\ historical\ purposes\ only\b.*
    | comment\ on\ this\ story(?:\ \(comments\ may\ be\ published\ on\ [\w .]+\))?
    | click\ here\ to\ (?:view|read)\ the\ comments/letters\ page\.?
    | no\ camera\ details\ available\.? | image\ is\ public\ domain\.?
    | this\ photograph\ is\ considered\ public\ domain\b.*
    | virin:\ ?\d{{6}}-[\w-]+(?:\.\w{{3,4}})? | photo\ by:\ [^|]*\|\ *virin:.*
    | (?:download\ )?hi-res | (?:download\ hi-res[\s/|]*)?photo\ details(?:[\s/|]*download\ hi-res)?
    | google\ translation\ disclaimer | powered\ by\ google(?:\ translate)? | select\ language\W*
    | subscribe\ to\ [\w. ]{{3,40}}\ products
    | choose\ which\ [\w. ]{{3,40}}\ products\ you\ want\ delivered\ to\ your\ inbox\.
    | hosted\ by\ [\w ]+\ -\ web\.mil
    | (?:var\ )?theform\b[ .=].* | __(?:viewstate|event|requestverif)\w*.*
    """,
    re.VERBOSE | re.IGNORECASE,
)  # fmt: skip
SCRIPT = re.compile(r'\bpluginpath: ?"/desktopmodules/', re.IGNORECASE)
BREADCRUMB = re.compile(r"Home(?:(?: [:/|] | ?[>»›] ?)[\w&'’(][\w .,&'’()-]{0,60}){1,8}(?<![.!?])")
# A release may have such headings too, so they are furniture only before its first or after its last block.
EDGE = re.compile(
    r"""menu | search(?:\ (?:news|articles|stories|releases|this\ site|[\w.]+\ news))? | news\ search
    | archives? | topics | tags:? | tag\ cloud | categories | share(?:\ this)? | print | e-?mail
    | more\ (?:news|articles|stories|news/articles) | latest\ news
    | related\ (?:stories|links|biographies|commentaries|news|articles|content|fact\ sheets)
    | (?:previous|next)\ (?:story|article|release) | (?:back|return)\ to\ (?:top|news) | lock | read\ more
    # Section blurbs that follow the stories of navy.mil.
    | updates\ on\ sailors\ from\ around\ the\ fleet | events\ or\ announcements\ of\ note\ for\ the\ media
    | official\ navy\ statements | given\ by\ navy\ leadership | hasc,\ sasc\ and\ congressional\ testimony
    """,
    re.VERBOSE | re.IGNORECASE,
)
# The search box, the archive and the site's own tag cloud close many pages, in this order.
TAIL_HEADINGS = re.compile(r"search(?: [\w.]+){0,3}|archives?|topics|tags|categories", re.IGNORECASE)
MAX_NOTICE_LENGTH = 900  # characters; a longer line is prose


def is_furniture(line: str) -> bool:
    """Return whether a line is page furniture wherever it stands."""
    if len(line) > MAX_NOTICE_LENGTH:
        return False
    if BANNER.fullmatch(line) or FURNITURE.fullmatch(line) or BREADCRUMB.fullmatch(line):
        return True
    return "desktopmodules" in line.lower() and SCRIPT.search(line) is not None


def strip_furniture(blocks: Sequence[str]) -> tuple[str, ...]:
    """Return the blocks of a release in order, without the furniture between and around them."""
    lines = [
        "\n".join(line for line in block.split("\n") if line != "lock" and not is_furniture(line))
        for block in blocks
    ]
    remaining = [block for block in lines if block]
    remaining = remaining[: _find_tail(remaining)]
    while remaining and _is_edge(remaining[-1]):
        remaining.pop()
    while remaining and _is_edge(remaining[0]):
        remaining.pop(0)
    return tuple(remaining)


def _is_edge(block: str) -> bool:
    return all(EDGE.fullmatch(line) for line in block.split("\n"))


def _find_tail(blocks: Sequence[str]) -> int:
    """Return the index where the closing search, archive and topics boxes begin; else the number of blocks.

    At least two of their headings must be there, and no sentence may follow the first.
    """
    headings: set[str] = set()
    cut = len(blocks)
    for i in range(len(blocks) - 1, -1, -1):
        lines = blocks[i].split("\n")
        if any(map(text.is_sentence, lines)):
            break
        headings |= {line.lower() for line in lines if TAIL_HEADINGS.fullmatch(line)}
        if len(headings) >= 2 and TAIL_HEADINGS.fullmatch(lines[0]):
            cut = i
    return cut
