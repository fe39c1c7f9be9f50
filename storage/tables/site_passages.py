"""Passages that changed all over a site or were edited lately, as digests, and which events report them.

Tables `site_wide_passages` and `recent_edit_passages`, which hold digests alone so that no text of a release
stays behind in them, and `site_change_parts`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.db import timestamps


def list_site_wide_digests(db: Database, sites: Sequence[str]) -> frozenset[str]:
    """Return the digests of passages that are known to have changed all over these sites."""
    return frozenset(row[0] for row in db.execute(SITE_WIDE, [json.dumps(sites)]))


SITE_WIDE: Final = """SELECT digest FROM site_wide_passages
    WHERE site IN (SELECT value FROM json_each(?))"""


def find_last_look_at(db: Database, sites: Sequence[str]) -> datetime | None:
    """Return when a posting of these sites was looked at last; None if none ever was."""
    return timestamps.parse_optional_timestamp(db.execute(LAST_LOOK, [json.dumps(sites)]).fetchone()[0])


LAST_LOOK: Final = """SELECT max(at) FROM (SELECT (
        SELECT max(last_look_at) FROM posting_states WHERE site = k.value) AS at FROM json_each(?) k)"""


def list_recent_edits(
    db: Database, sites: Sequence[str], since: datetime | None
) -> dict[str, frozenset[int]]:
    """Return the postings whose edits since an instant had a passage, by its digest; None means all."""
    found: dict[str, set[int]] = defaultdict(set)
    values = [json.dumps(sites), timestamps.format_timestamp(since) if since else ""]
    for digest, posting_id in db.execute(RECENT, values):
        found[digest].add(posting_id)
    return {digest: frozenset(postings) for digest, postings in found.items()}


RECENT: Final = """SELECT digest, posting_id FROM recent_edit_passages
    WHERE site IN (SELECT value FROM json_each(?)) AND at >= ?"""


def count_seen_since(db: Database, sites: Sequence[str], since: datetime | None) -> int:
    """Return how many postings of these sites were seen since an instant; None means ever."""
    values = [json.dumps(sites), timestamps.format_timestamp(since) if since else ""]
    return int(db.execute(SEEN_SINCE, values).fetchone()[0])


SEEN_SINCE: Final = """SELECT count(*) FROM posting_states
    WHERE site IN (SELECT value FROM json_each(?)) AND last_seen_at >= ?"""


def find_site_change(db: Database, sites: Sequence[str], digests: Iterable[str]) -> int | None:
    """Return the latest event that reports one of these passages; None where there is none."""
    found = db.execute(SITE_CHANGE, [json.dumps(sites), json.dumps(list(digests))]).fetchone()
    return int(found[0]) if found[0] is not None else None


SITE_CHANGE: Final = """SELECT max(event_id) FROM site_wide_passages
    WHERE site IN (SELECT value FROM json_each(?)) AND digest IN (SELECT value FROM json_each(?))"""


def record_site_change_part(db: Database, event_id: int, site_change_id: int) -> None:
    """Note that an event has what a site's change was at one posting: they are shown together."""
    db.execute("INSERT INTO site_change_parts VALUES (?, ?)", [event_id, site_change_id])


def record_site_wide(
    db: Database, sites: Sequence[str], digests: Iterable[str], reported: tuple[datetime, int | None]
) -> None:
    """Remember passages as site-wide on each of these sites; `reported` is when, and in which event."""
    at, event_id = timestamps.format_timestamp(reported[0]), reported[1]
    for row in [[site, digest, at, event_id] for digest in digests for site in sites]:
        db.execute("INSERT OR IGNORE INTO site_wide_passages VALUES (?, ?, ?, ?)", row)


def record_recent_edits(
    db: Database, sites: Sequence[str], edits: Mapping[int, Iterable[str]], at: datetime
) -> None:
    """Remember the digests of the passages that postings were edited in, by posting."""
    for posting_id, digests in edits.items():
        for digest in digests:
            for site in sites:
                row = [site, digest, posting_id, timestamps.format_timestamp(at)]
                db.execute("INSERT OR REPLACE INTO recent_edit_passages VALUES (?, ?, ?, ?)", row)


def delete_recent_edits(db: Database, before: datetime) -> None:
    """Forget edits that are no longer recent."""
    db.execute("DELETE FROM recent_edit_passages WHERE at < ?", [timestamps.format_timestamp(before)])
