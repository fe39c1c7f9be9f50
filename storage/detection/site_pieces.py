"""Parts of texts that many postings share, as digests: tables `site_pieces` and `edit_pieces`."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.db import timestamps
from storage.detection import gradual_changes
from storage.detection.gradual_changes import Digests, Lately
from storage.detection.inputs import Judgement

PART: Final = 2  # a run that looks at less than one of so many postings of its source sees a part of it


def known(db: Database, sites: Sequence[str]) -> Digests:
    """Return the pieces that are known as the sites' own doing."""
    rows = db.execute(KNOWN, [json.dumps(sites)])
    return Digests(frozenset(row[0] for row in rows))


KNOWN: Final = "SELECT digest FROM site_pieces WHERE site IN (SELECT value FROM json_each(?))"


def lately(db: Database, source_id: str, sites: Sequence[str], looks: int) -> Lately | None:
    """Return what was edited lately on the sites; None for a run that looks at most of its source."""
    every = db.execute("SELECT count(*) FROM posting_sources WHERE source_id = ?", [source_id]).fetchone()[0]
    if not looks or looks * PART >= every:
        return None
    edited: dict[str, set[int]] = defaultdict(set)
    newest = db.execute(NEWEST, [json.dumps(sites)]).fetchone()[0]
    since = timestamps.text(timestamps.instant(newest) - gradual_changes.WINDOW) if newest else ""
    for digest, posting_id in db.execute(EDITED, [json.dumps(sites), since]):
        edited[digest].add(posting_id)
    compared = db.execute(COMPARED, [json.dumps(sites), since]).fetchone()[0]
    return Lately({digest: frozenset(found) for digest, found in edited.items()}, max(compared, looks))


NEWEST: Final = """SELECT max(s.last_look_at) FROM standings s JOIN postings p ON p.id = s.posting_id
    WHERE p.site IN (SELECT value FROM json_each(?))"""
EDITED: Final = """SELECT digest, posting_id FROM edit_pieces
    WHERE site IN (SELECT value FROM json_each(?)) AND at >= ?"""
COMPARED: Final = """SELECT count(*) FROM standings s JOIN postings p ON p.id = s.posting_id
    WHERE p.site IN (SELECT value FROM json_each(?)) AND s.last_seen_at >= ?"""


def keep(db: Database, sites: Sequence[str], found: Judgement, at: datetime) -> None:
    """Keep what is the sites' doing from now on, and what was edited; forget what is no longer recent."""
    moment = timestamps.text(at)
    for site in sites:
        for piece in found.pieces:
            db.execute(
                "INSERT OR IGNORE INTO site_pieces VALUES (?, ?, ?)",
                [site, gradual_changes.digest(piece), moment],
            )
        for posting_id, pieces in found.edited.items():
            for piece in pieces:
                row = [site, gradual_changes.digest(piece), posting_id, moment]
                db.execute("INSERT OR REPLACE INTO edit_pieces VALUES (?, ?, ?, ?)", row)
    db.execute("DELETE FROM edit_pieces WHERE at < ?", [timestamps.text(at - gradual_changes.WINDOW)])
