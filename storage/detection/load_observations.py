"""Read what detection needs from the database: the looks of a run, and what was known before them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from sqlite_utils import Database

from storage.db import timestamps
from storage.db.rows import Row
from storage.detection import copies
from storage.detection.inputs import PreviousPosting, RunObservations
from storage.detection.shared_passages import PassageDigests
from storage.detection.site_wide import RECENT, RecentEdits
from storage.detection.walls import WINDOW, RecentFailures
from storage.models import Address, EventKind, Fields, PostingFinding, RemovalPolicy, Role, Verdict
from storage.tables import (
    findings,
    looks,
    posting_addresses,
    posting_states,
    quarantines,
    revisions,
    runs,
    site_passages,
    source_progress,
)
from storage.tables.looks import NeighbourLooks

MOST_COUNTED: Final = 100  # postings looked at lately: more make no share of failing ones that matters
SMALL_PART: Final = 2  # a run that looks at less than one of so many postings of its source sees a part of it


@dataclass(frozen=True, slots=True)
class FindingBatch:
    """Looks of one run at one source: at most one at each posting, and all at its lists and controls."""

    source_id: str
    run_id: int
    rows: tuple[Row, ...]  # of `findings`
    looks: Mapping[int, Row]  # those at postings, by id, in the order of time
    postings: Mapping[int, Row]  # by id: those looked at, and all of the source where lists were read
    held: tuple[Row, ...] = ()  # looks at postings that wait for the quarantine to end
    late: Mapping[int, NeighbourLooks] = field(default_factory=dict)  # by posting: looks around this one

    @property
    def sites(self) -> list[str]:
        """The sites of the postings, sorted."""
        return sorted({row["site"] for row in self.postings.values()})

    def find_revision_before(self, posting_id: int) -> int | None:
        """Return the revision that a posting's look before this one showed."""
        around = self.late.get(posting_id)
        found: int | None = around.before if around else self.postings[posting_id]["revision_id"]
        return found


def _has_absence(looks: Iterable[Row]) -> bool:
    return any(Verdict(row["verdict"]).is_absent for row in looks)


def _count_open_postings(db: Database, batch: FindingBatch) -> int:
    """Return how many postings of the source are open; 0 where nothing is absent."""
    is_needed = _has_absence(batch.looks.values())
    return posting_states.count_open_postings(db, batch.source_id) if is_needed else 0


def split_looks(rows: Iterable[Row]) -> list[tuple[Row, ...]]:
    """Return a run's rows of `findings` with one look at each posting in each part.

    Looks at lists and controls are in each part. A run that looked at no posting is one part.
    """
    looks: dict[int, list[Row]] = defaultdict(list)
    others: list[Row] = []
    for row in rows:
        if row["role"] == Role.ARTICLE:
            looks[row["posting_id"]].append(row)
        else:
            others.append(row)
    most = max(map(len, looks.values()), default=1)
    parts = [[found[n] for found in looks.values() if len(found) > n] for n in range(most)]
    return [(*others, *sorted(part, key=lambda row: (row["at"], row["id"]))) for part in parts]


def load_batch(db: Database, source_id: str, run_id: int, rows: tuple[Row, ...]) -> FindingBatch:
    """Return rows of `findings` with the postings that they are about, as these are now."""
    waiting = findings.list_quarantined_findings(db, source_id)
    held = tuple(row for row in waiting if row["role"] == Role.ARTICLE)
    ids = json.dumps([row["posting_id"] for row in (*rows, *held) if row["posting_id"] is not None])
    is_listed = any(row["entries"] for row in rows)
    batch_looks = {row["id"]: row for row in rows if row["role"] == Role.ARTICLE}
    parameters = {
        "ids": ids,
        "source": source_id if is_listed else None,
        "suspects": source_id if _has_absence(batch_looks.values()) else None,
    }
    postings = db.query(POSTINGS, parameters)
    return FindingBatch(
        source_id=source_id,
        run_id=run_id,
        rows=rows,
        looks=batch_looks,
        postings={row["posting_id"]: row for row in postings},
        held=held,
        late=dict(_list_late_looks(db, batch_looks.values())),
    )


def _list_late_looks(db: Database, rows: Iterable[Row]) -> Iterator[tuple[int, NeighbourLooks]]:
    """Yield postings and the looks around theirs, where a later one showed a text: of an import, or a run."""
    for row in rows:
        around = looks.find_looks_around(db, row["posting_id"], timestamps.parse_timestamp(row["at"]))
        if around is not None and around.before is not None:
            yield row["posting_id"], around


POSTINGS: Final = """SELECT s.*, p.site, p.number, p.release_id, p.revision_id, p.published_on,
    p.first_seen_at
    FROM posting_states s JOIN postings p ON p.id = s.posting_id
    WHERE p.id IN (SELECT value FROM json_each(:ids))
    OR p.id IN (SELECT posting_id FROM posting_sources WHERE source_id = :source)
    OR p.id IN (SELECT x.posting_id FROM posting_sources x JOIN posting_states o USING (posting_id)
        WHERE x.source_id = :suspects AND o.state = 'suspect')"""


def load_observations(db: Database, batch: FindingBatch, policy: RemovalPolicy) -> RunObservations:
    """Return a batch and all that was known before it, as detection takes it."""
    later = findings.list_later_looks(db, batch.source_id, batch.run_id) if batch.held else []
    rows = (*batch.looks.values(), *batch.held)
    texts = {row["id"]: _load_text(db, batch, row) for row in rows}
    compared = {row["posting_id"] for row in rows if texts[row["id"]]}
    return RunObservations(
        findings=tuple(_load_finding(db, batch, row, texts[row["id"]]) for row in batch.looks.values()),
        site_findings=tuple(
            findings.read_site_finding(row) for row in batch.rows if row["role"] != Role.ARTICLE
        ),
        postings={
            key: _load_posting(db, batch, row, is_compared=key in compared)
            for key, row in batch.postings.items()
        },
        policy=policy,
        known_passages=PassageDigests(site_passages.list_site_wide_digests(db, batch.sites)),
        recent_edits=_load_recent_edits(db, batch),
        reported_host_moves=_load_host_moves(db),
        recent_failures=_load_recent_failures(db, batch),
        mass_absence=quarantines.find_mass_absence(db, batch.source_id),
        open_postings=_count_open_postings(db, batch),
        is_quarantined=quarantines.find_quarantine(db, batch.source_id) is not None,
        is_feed_only=_is_feed_only(db, batch),
        held=tuple(findings.read_posting_finding(row, texts[row["id"]]) for row in batch.held),
        later=tuple(findings.read_posting_finding(row, _read_waiting_text(row)) for row in later),
    )


def _load_text(db: Database, batch: FindingBatch, row: Row) -> Fields | None:
    """Return the text that a look brought; None where it is what the posting says already."""
    if row["fields"]:
        return findings.load_fields(row["fields"])
    if row["revision_id"] is not None:
        is_new = row["revision_id"] != batch.find_revision_before(row["posting_id"])
        return _load_revision(db, row["revision_id"]) if is_new else None
    if row["verdict"] == Verdict.REDIRECTED and row["found_url"]:
        return _load_target(db, Address(row["found_site"], row["found_number"], row["found_url"]))
    return None


def _read_waiting_text(row: Row) -> Fields | None:
    return findings.load_fields(row["fields"]) if row["fields"] else None


def _load_target(db: Database, where: Address) -> Fields | None:
    """Return what the posting says that a redirect leads to, if we have it."""
    posting_id = posting_addresses.find_posting_id(db, where)
    row = db.execute("SELECT revision_id FROM postings WHERE id = ?", [posting_id]).fetchone()
    return _load_revision(db, row[0]) if row else None


def _load_revision(db: Database, revision_id: int) -> Fields | None:
    revision = revisions.find_revision(db, revision_id)
    return revision.fields if revision else None


def _load_finding(db: Database, batch: FindingBatch, row: Row, text: Fields | None) -> PostingFinding:
    finding = findings.read_posting_finding(row, text)
    if not finding.verdict.is_present:
        return finding
    posting = batch.postings[finding.posting_id]
    return replace(finding, found_address=_find_new_address(db, posting, finding))


def _find_new_address(db: Database, posting: Row, finding: PostingFinding) -> Address | None:
    """Return the address under which a posting answered or was listed for the first time since."""
    found = finding.found_address
    if found and found.site == posting["site"] and _host_of(found.url) != _host_of(posting["url"]):
        return found
    values = [finding.posting_id, posting["last_look_at"], timestamps.format_timestamp(finding.at)]
    new = db.execute(NEW_ADDRESS, values).fetchone()
    return Address(posting["site"], posting["number"], new[0]) if new else None


NEW_ADDRESS: Final = """SELECT url FROM addresses WHERE posting_id = ? AND first_at > ? AND first_at <= ?
    ORDER BY last_at DESC, first_at DESC LIMIT 1"""


def _host_of(url: str) -> str:
    return urlsplit(url).netloc


def _load_posting(db: Database, batch: FindingBatch, row: Row, *, is_compared: bool) -> PreviousPosting:
    is_looked_at = any(look["posting_id"] == row["posting_id"] for look in batch.looks.values())
    before, around = batch.find_revision_before(row["posting_id"]), batch.late.get(row["posting_id"])
    return PreviousPosting(
        status=posting_states.read_posting_status(row),
        published_on=timestamps.parse_stored_day(row["published_on"]),
        first_seen_at=timestamps.parse_timestamp(row["first_seen_at"]),
        fields=_load_revision(db, before) if is_compared and before is not None else None,
        later_fields=_load_revision(db, around.after) if is_compared and around and around.after else None,
        is_readable=bool(row["is_readable"]),
        reposted_address=copies.find_repost(db, row) if is_looked_at else None,
    )


def _load_recent_edits(db: Database, batch: FindingBatch) -> RecentEdits | None:
    """Return what was edited lately on the sites; None for a run that looks at most of its source."""
    looks = len(batch.looks)
    row = db.execute("SELECT n FROM counts WHERE name = 'source:' || ?", [batch.source_id]).fetchone()
    if not looks or looks * SMALL_PART >= (row[0] if row else 0):
        return None
    last_at = site_passages.find_last_look_at(db, batch.sites)
    since = last_at - RECENT if last_at else None
    compared = site_passages.count_seen_since(db, batch.sites, since)
    return RecentEdits(site_passages.list_recent_edits(db, batch.sites, since), max(compared, looks))


def _load_recent_failures(db: Database, batch: FindingBatch) -> RecentFailures:
    """Return what refused us or failed lately; nothing where no look of the batch needs it."""
    absent = [row for row in batch.looks.values() if Verdict(row["verdict"]).is_absent]
    if not absent:
        return RecentFailures()
    since = timestamps.parse_timestamp(absent[-1]["at"]) - WINDOW
    looked_at, failing = looks.count_failing_postings(db, batch.source_id, since, MOST_COUNTED)
    now = sum(row["verdict"] in runs.FAILING_VERDICTS for row in batch.looks.values())
    by_run = runs.list_failures_by_run(db, batch.source_id, batch.run_id, since)
    return RecentFailures(looked_at, failing, (*by_run, now))


def _load_host_moves(db: Database) -> frozenset[tuple[str, str]]:
    rows = db.execute("SELECT detail FROM events WHERE kind = ?", [str(EventKind.SITE_MOVED)])
    details = [json.loads(row[0]) for row in rows]
    return frozenset((detail["from_host"], detail["to_host"]) for detail in details)


def _is_feed_only(db: Database, batch: FindingBatch) -> bool:
    """Return whether this run did not look at the listing that the source has."""
    roles = {row["role"] for row in batch.rows}
    if Role.FEED not in roles or Role.LISTING in roles:
        return False
    return source_progress.has_listing(db, batch.source_id)
