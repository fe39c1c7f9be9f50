"""Stories that took another address with another headline, where the address carries no number.

The old address leads to the new one, or is gone, and the text is the same: then both are one posting. Digits
of an address, a day or a page number prove nothing. A match is only a question; the old address answers it.
"""

import re
from collections import Counter
from typing import Final

from sqlite_utils import Database

from storage.diff import changes
from storage.models import Address, Fields
from storage.tables import revisions

PROBE_WORDS: Final = 8  # of the longest paragraph, by which a text is searched for
FEWEST_WORDS: Final = 20  # of a body, below which an equal one may be a coincidence
SHARE: Final = 0.8  # of the words of each body that stand in paragraphs of both, where a redirect joins them
MOST_COMPARED: Final = 20
WORD: Final = re.compile(r"\w+")

CANDIDATES: Final = """SELECT p.site, p.number, p.url, p.revision_id FROM revisions_fts f
    JOIN postings p ON p.revision_id = f.rowid
    WHERE revisions_fts MATCH ? AND p.site = ? AND p.number IS NULL AND p.url <> ?
    AND p.state IN ('live', 'suspect', 'unlisted') ORDER BY p.id DESC LIMIT ?"""


def list_postings_with_text(db: Database, address: Address, read: Fields) -> list[tuple[Address, Fields]]:
    """Return the postings of a site, but that of an address, whose text is mostly what was read."""
    words = WORD.findall(max(read.paragraphs, key=len, default=""))[:PROBE_WORDS]
    if address.number is not None or len(words) < PROBE_WORDS:
        return []
    probe = f'body : "{" ".join(words)}"'
    rows = list(db.query(CANDIDATES, [probe, address.site, address.url, MOST_COMPARED]))
    found = []
    for row in rows:
        known = revisions.find_revision(db, row["revision_id"])
        if known and share_most_text(known.fields, read):
            found.append((Address(row["site"], row["number"], row["url"]), known.fields))
    return found


def share_most_text(one: Fields, other: Fields) -> bool:
    """Return whether most of two bodies stands in paragraphs that both have."""
    counts = [_count_words(each) for each in (one, other)]
    shared = (counts[0] & counts[1]).total()
    return shared >= FEWEST_WORDS and shared >= SHARE * max(count.total() for count in counts)


def have_one_story(one: Fields, other: Fields) -> bool:
    """Return whether two texts are one story though no redirect says so: the whole body, and its day.

    "AF Week in Photos" comes back every week with the same words, so the day counts, or much text.
    """
    bodies = [changes.normalize_text(changes.format_body(each)) for each in (one, other)]
    return bodies[0] == bodies[1] and changes.is_same_release(one, other) and share_most_text(one, other)


def _count_words(read: Fields) -> Counter[str]:
    """Return by paragraph, as a reader sees it, how many words it has in all."""
    counted: Counter[str] = Counter()
    for paragraph in read.paragraphs:
        counted[changes.normalize_text(paragraph)] += len(WORD.findall(paragraph))
    return counted
