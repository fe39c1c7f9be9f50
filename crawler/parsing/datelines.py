"""Datelines: the place (and wire service) a story is filed from, before its first sentence."""

import re
from collections.abc import Sequence

from crawler.parsing import text

# AP style shortens the names of states; the services write them out as often.
STATES = """
Ala. Alabama Alaska Ariz. Arizona Ark. Arkansas Calif. California Colo. Colorado Conn. Connecticut
Del. Delaware Fla. Florida Ga. Georgia Hawaii Idaho Ill. Illinois Ind. Indiana Iowa Kan. Kansas Ky.
Kentucky La. Louisiana Maine Md. Maryland Mass. Massachusetts Mich. Michigan Minn. Minnesota Miss.
Mississippi Mo. Missouri Mont. Montana Neb. Nebraska Nev. Nevada N.H. New_Hampshire N.J. New_Jersey
N.M. New_Mexico N.Y. New_York N.C. North_Carolina N.D. North_Dakota Ohio Okla. Oklahoma Ore. Oregon
Pa. Pennsylvania R.I. Rhode_Island S.C. South_Carolina S.D. South_Dakota Tenn. Tennessee Texas Utah
Vt. Vermont Va. Virginia Wash. Washington W.Va. West_Virginia Wis. Wisconsin Wyo. Wyoming D.C. Guam
Puerto_Rico P.R.
"""
COUNTRIES = """
Afghanistan Albania Australia Bahrain Belgium Bulgaria Cambodia Canada Chile Colombia Cuba Cyprus
Denmark Diego_Garcia Djibouti Egypt El_Salvador England Estonia Finland France Germany Greece
Greenland Honduras Iceland India Indonesia Iraq Israel Italy Japan Jordan Kenya Korea Kosovo Kuwait
Latvia Lebanon Lithuania Malaysia Mongolia Morocco Nepal Netherlands New_Zealand Niger Norway
Okinawa Oman Pakistan Palau Panama Peru Philippines Poland Portugal Qatar Republic_of_Korea
Republic_of_the_Philippines Romania Saudi_Arabia Scotland Senegal Singapore Slovakia Somalia
South_Korea Spain Sri_Lanka Sweden Syria Taiwan Thailand Turkey Türkiye Ukraine United_Arab_Emirates
UAE United_Kingdom U.K. Uzbekistan Vietnam At_Sea
"""
REGION = re.compile(
    r",\s*(?:"
    + "|".join(re.escape(name).replace("_", r"\s+") for name in f"{STATES} {COUNTRIES}".split())
    + r")$",
    re.IGNORECASE,
)

DASHES = r"(?:\s*(?:--+|[–—―])|\s+-(?=\s|$))+"
LEAD = re.compile(rf"(?P<place>[^\n–—―]{{2,120}}?){DASHES}(?:\s+|$)(?P<rest>.*)", re.DOTALL)
WIRE = re.compile(r"\s*\([^()]{2,60}\)$")  # (AFNS), (NNS), (March 5, 2020)
# "CITY", "FORT CITY", "JOINT BASE CITY-OTHER": capitals up to the first comma.
CITY = re.compile(r"[^\W\d_][^\d,;:/]*")
NOTICE = re.compile(r"\b(?:RELEASE|NEWS|UPDATED?|NOTE|ALERT|CORRECTION|ADVISORY|STATEMENT|READOUT)\b")
MIN_CITY_LETTERS = 5  # shorter words in capitals before a dash are usually acronyms
SENTENCE_START = re.compile(r"[^\w\s]*(?:[A-Z0-9À-ÖØ-Þ]|[^\x00-\u024f])")
LEADING_BLOCKS = 3  # notices may stand before the text: a dateline is looked for behind two of them
# Within a text, capitals before a dash are as often the heading of a passage as a city.
HEADING = re.compile(
    r"\b(?:WHO|WHAT|WHEN|WHERE|WHY|HOW|BACKGROUND|SUMMARY|OVERVIEW|MISSION|PURPOSE|HIGHLIGHTS?|DETAILS"
    r"|CONTACTS?|QUESTIONS?|ANSWERS?|MEDIA|ABOUT|HISTORY|BOTTOM LINE|EDITORS?|WARNING|REMINDER|IMPORTANT"
    r"|PHOTOS?|VIDEOS?)\b"
)


def split_dateline(paragraphs: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """Return the dateline without its dashes, or None, and the paragraphs without the dateline.

    A dateline begins the first paragraph, or stands alone in a paragraph or line before it (marines.mil,
    navy.mil). It is found behind a notice too, which may be two paragraphs or lines long; but in a text with
    several datelines, none behind its first words is that of the whole.
    """
    for i, block in enumerate(paragraphs[:LEADING_BLOCKS]):
        lines = block.split("\n")
        for j in range(min(len(lines), LEADING_BLOCKS)):
            found = LEAD.match("\n".join(lines[j:]))
            is_behind = bool(i or j)
            if found is None or not _is_place(found["place"].strip(), found["rest"]):
                continue
            if is_behind and not _is_dateline_behind(found, paragraphs[i + 1 :]):
                return None, tuple(paragraphs)
            rest = "\n".join(filter(None, (*lines[:j], found["rest"].strip())))
            others = (*((rest,) if rest else ()), *paragraphs[i + 1 :])
            return text.join_lines(found["place"].strip()), (*paragraphs[:i], *others)
    return None, tuple(paragraphs)


def is_dateline(line: str) -> bool:
    """Return whether a line is a dateline and nothing else."""
    found = LEAD.match(line)
    return bool(found and not found["rest"].strip() and _is_place(found["place"].strip(), ""))


def _is_dateline_behind(found: re.Match[str], following: Sequence[str]) -> bool:
    """Return whether what looks like a dateline behind other words is the only one, and before a text."""
    if HEADING.search(WIRE.sub("", found["place"])):
        return False
    if not found["rest"].strip() and not following:
        return False
    matches = (LEAD.match(block) for block in following)
    return not any(other and _is_place(other["place"].strip(), other["rest"]) for other in matches)


def _is_place(place: str, rest: str) -> bool:
    if rest and not SENTENCE_START.match(rest):
        return False
    bare = WIRE.sub("", place)
    if REGION.search(bare) and place[:1].isupper() and not text.is_sentence(bare.partition(",")[0]):
        return len(bare.split()) <= 10
    city, comma, _ = bare.partition(",")
    if not CITY.fullmatch(city) or not city.isupper() or NOTICE.search(city):
        return False
    named = bool(comma) or bare != place
    return named or sum(map(str.isalpha, city)) >= MIN_CITY_LETTERS
