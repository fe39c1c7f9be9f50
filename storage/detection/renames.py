"""Stories that took another address with another headline, where the address carries no number.

The old address leads to the new one, or is gone, and the text is the same: then both are one posting. Digits
of an address, a day or a page number prove nothing. A match is only a question; the old address answers it.
"""

import re
from collections import Counter
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.db import ledger, timestamps
from storage.db.ledger import EventContext
from storage.diff import changes
from storage.models import Address, DetectedEvent, Event, EventKind, Fields, Look
from storage.tables import posting_addresses, revisions

PROBE_WORDS: Final = 8  # of the longest paragraph, by which a text is searched for
FEWEST_WORDS: Final = 20  # of a body, below which an equal one may be a coincidence
SHARE: Final = 0.8  # of the words of each body that stand in paragraphs of both, where a redirect joins them
MOST_COMPARED: Final = 20
WORD: Final = re.compile(r"\w+")

CANDIDATES: Final = """SELECT p.site, p.number, p.url, p.revision_id FROM revisions_fts f
    JOIN revisions v ON v.search_key = f.rowid JOIN postings p ON p.id = v.posting_id AND p.revision_id = v.id
    WHERE revisions_fts MATCH ? AND p.site = ? AND p.number IS NULL AND p.url <> ?
    AND p.state IN ('live', 'suspect', 'unlisted') ORDER BY f.rowid DESC LIMIT ?"""


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


def report_rename(db: Database, look: Look, seen_at: datetime | None, at: datetime) -> Event | None:
    """Append the event of a story that a look showed at its new address, in the caller's transaction.

    `seen_at` is when the old address last showed it. None where the look did not rename its posting.
    """
    former = look.renamed_from
    posting_id = posting_addresses.find_posting_id(db, look.address)
    if former is None or posting_id is None or posting_addresses.find_posting_id(db, former) != posting_id:
        return None
    release_id, title = db.execute(
        "SELECT release_id, title FROM postings WHERE id = ?", [posting_id]
    ).fetchone()
    detail = {"from_url": former.url, "to_url": look.address.url}
    shown_at = timestamps.format_timestamp(look.at)
    db.execute(SHOWN_AT, {"url": look.address.url, "at": shown_at, "posting": posting_id})
    event = DetectedEvent(EventKind.RENAMED, at, seen_at, look.at, posting_id, detail=detail)
    return ledger.append_event(db, event, EventContext(look.source_id, look.address, release_id, title))


SHOWN_AT: Final = """UPDATE posting_states SET url = :url, last_seen_at = max(last_seen_at, :at),
    last_look_at = max(last_look_at, :at) WHERE posting_id = :posting"""


def _count_words(read: Fields) -> Counter[str]:
    """Return by paragraph, as a reader sees it, how many words it has in all."""
    counted: Counter[str] = Counter()
    for paragraph in read.paragraphs:
        counted[changes.normalize_text(paragraph)] += len(WORD.findall(paragraph))
    return counted
