"""Every table, index, full-text index and view of a milwire database, and how a file gets them.

Columns come in the order people read them; instants are ISO 8601 text in UTC (`2026-01-31T14:00:00Z`), days
`YYYY-MM-DD`, lists JSON text, yes and no 1 and 0. Text is kept once, in `revisions`: a release's current text
is the row that `releases.revision_id` names. `revisions_fts` (words) and `revisions_trigram` (any three
characters, so that Japanese and Korean are found) index that one table without a copy; their rowid is
`revisions.id`. Search current text by joining `releases.revision_id`, all text that ever was by not joining.
"""

from typing import Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

APPLICATION_ID: Final = 0x6D696C77  # "milw" in the file's header: this database is ours
SEARCHED: Final = "title, subtitle, body, byline, organization, dateline, tags"

TABLES = """
-- Newsrooms a user added, and the switches a user set on rows of the shipped catalogue (all else is null
-- there).
CREATE TABLE sources (
    id TEXT PRIMARY KEY, organization TEXT, branch TEXT, host TEXT, section TEXT, platform TEXT,
    listing_url TEXT, feed_url TEXT, article_url TEXT, confidence TEXT,
    enabled INTEGER NOT NULL, private INTEGER, origin TEXT NOT NULL, notes TEXT, changed_at TEXT NOT NULL
) STRICT;

-- How far the crawls of a source have come; `horizon_*` and `top_number` as in storage/tables/frontier.py.
CREATE TABLE source_progress (
    source_id TEXT PRIMARY KEY, last_complete_at TEXT, last_listed_at TEXT, horizon_on TEXT,
    horizon_number INTEGER,
    top_number INTEGER, usual_entries INTEGER, backfill_url TEXT
) STRICT;

-- One crawl or import; `state` is running, ok, failed, interrupted or limited; `failures` a JSON list of
-- lines.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, source_id TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT, complete INTEGER NOT NULL DEFAULT 0, found INTEGER NOT NULL DEFAULT 0,
    published INTEGER NOT NULL DEFAULT 0, edited INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    failures TEXT NOT NULL DEFAULT '[]', listed_at TEXT, listed INTEGER, pid INTEGER, boot_id TEXT
) STRICT;
CREATE INDEX runs_source ON runs(source_id, id);

-- Politeness that holds across processes: the request gate, the run lease, robots.txt and the cool-down
-- of a host.
CREATE TABLE hosts (
    host TEXT PRIMARY KEY, last_request_at TEXT, cooling_until TEXT, cooling_reason TEXT,
    robots_verdict TEXT, robots_status INTEGER, robots_fetched_at TEXT, robots_text TEXT,
    lease_pid INTEGER, lease_boot_id TEXT, lease_token TEXT, lease_expires_at TEXT,
    gate_pid INTEGER, gate_boot_id TEXT, gate_token TEXT, gate_since_at TEXT
) STRICT;

-- One story, however many postings carry it. Title, day and text are those of its first posting.
CREATE TABLE releases (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, published_on TEXT, organization TEXT,
    first_seen_at TEXT NOT NULL,
    content_hash TEXT NOT NULL, posting_id INTEGER REFERENCES postings(id),
    revision_id INTEGER REFERENCES revisions(id)
) STRICT;
CREATE INDEX releases_day ON releases(published_on);
CREATE INDEX releases_hash ON releases(content_hash);
CREATE INDEX releases_revision ON releases(revision_id);

-- A release on one site, named by (site, key): key is the article number, else the canonical address.
-- `published_at` is the page's own instant, else the feed's; `revision_id` what the posting says now.
CREATE TABLE postings (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, published_on TEXT, published_at TEXT,
    published_source TEXT,
    site TEXT NOT NULL, number TEXT, url TEXT NOT NULL, release_id INTEGER NOT NULL REFERENCES releases(id),
    state TEXT NOT NULL DEFAULT 'live', since_at TEXT NOT NULL, first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    next_look_at TEXT, revision_id INTEGER REFERENCES revisions(id), key TEXT NOT NULL, UNIQUE (site, key)
) STRICT;
CREATE INDEX postings_number ON postings(number);
CREATE INDEX postings_release ON postings(release_id);

-- Through which sources a posting was met.
CREATE TABLE posting_sources (
    posting_id INTEGER NOT NULL REFERENCES postings(id), source_id TEXT NOT NULL, first_at TEXT NOT NULL,
    PRIMARY KEY (posting_id, source_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX posting_sources_source ON posting_sources(source_id);

-- Every canonical address under which a posting was met.
CREATE TABLE addresses (
    posting_id INTEGER NOT NULL REFERENCES postings(id), url TEXT NOT NULL, first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (posting_id, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_url ON addresses(url);

-- What a posting said from `observed_at` on: as read, never folded, never changed. `seq` counts arrivals
-- from 1;
-- the order in time is (observed_at, seq). `body` is the paragraphs joined by a blank line. `digest`
-- covers the row.
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY, posting_id INTEGER NOT NULL REFERENCES postings(id), seq INTEGER NOT NULL,
    title TEXT NOT NULL, subtitle TEXT, published_on TEXT, published_raw TEXT, published_at TEXT,
    published_source TEXT,
    byline TEXT, organization TEXT, dateline TEXT, section TEXT, body TEXT NOT NULL, tags TEXT NOT NULL,
    images TEXT NOT NULL, links TEXT NOT NULL, observed_at TEXT NOT NULL, article_id TEXT,
    confidence TEXT NOT NULL,
    design TEXT NOT NULL, parser TEXT NOT NULL, capture_id INTEGER REFERENCES captures(id),
    content_hash TEXT NOT NULL,
    digest TEXT NOT NULL, UNIQUE (posting_id, seq)
) STRICT;
CREATE INDEX revisions_time ON revisions(posting_id, observed_at);
CREATE INDEX revisions_hash ON revisions(content_hash);

-- Where a response is kept as it came: `warc_file` in the folder `<database>.warc/`, `sha256` of the
-- body kept, `record_sha256` of the bytes in the file. `digest` covers the row.
CREATE TABLE captures (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL, status INTEGER NOT NULL, at TEXT NOT NULL,
    warc_file TEXT NOT NULL,
    offset INTEGER NOT NULL, length INTEGER NOT NULL, sha256 TEXT NOT NULL, record_sha256 TEXT NOT NULL,
    headers TEXT NOT NULL, digest TEXT NOT NULL, UNIQUE (warc_file, offset)
) STRICT;
CREATE INDEX captures_url ON captures(url, at);

-- Spans of equal looks at an address; `live` and `unchanged` are one outcome. A gap in our watching
-- starts a new one.
CREATE TABLE looks (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL, role TEXT NOT NULL, outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    first_at TEXT NOT NULL, last_at TEXT NOT NULL, looks INTEGER NOT NULL, source_id TEXT,
    posting_id INTEGER REFERENCES postings(id), revision_id INTEGER REFERENCES revisions(id),
    capture_id INTEGER REFERENCES captures(id), status INTEGER, length_bytes INTEGER, article_digest TEXT
) STRICT;
CREATE INDEX looks_address ON looks(url, role, first_at);
CREATE INDEX looks_posting ON looks(posting_id, first_at);
CREATE INDEX looks_source ON looks(source_id, first_at);

-- Articles that a listing or feed announced and that are not stored yet. `kind` (found, published) was
-- decided at that moment; `rank` is the place in that listing; `tries` counts looks that did not bring the
-- article, `absent` those that said it is not there.
CREATE TABLE pending (
    source_id TEXT NOT NULL, site TEXT NOT NULL, key TEXT NOT NULL, title TEXT NOT NULL, url TEXT NOT NULL,
    number TEXT, published_raw TEXT, published_on TEXT, published_at TEXT, published_source TEXT,
    summary TEXT, kind TEXT NOT NULL, discovered_at TEXT NOT NULL, last_before_at TEXT,
    rank INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, absent INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source_id, site, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_posting ON pending(site, key);

-- Every article that listings and feeds ever named, under each address; `known` once a run that
-- saw it was complete; `pinned` where it stood above newer ones.
CREATE TABLE listed (
    site TEXT NOT NULL, key TEXT NOT NULL, url TEXT NOT NULL, source_id TEXT NOT NULL, role TEXT NOT NULL,
    number INTEGER, published_on TEXT, pinned INTEGER NOT NULL, known INTEGER NOT NULL DEFAULT 0,
    first_at TEXT NOT NULL, PRIMARY KEY (site, key, source_id, role, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX listed_source ON listed(source_id, known);

-- Releases with the same text that are kept apart (other day, and too short to be sure); first_id <
-- second_id.
CREATE TABLE same_text (
    first_id INTEGER NOT NULL REFERENCES releases(id), second_id INTEGER NOT NULL REFERENCES releases(id),
    PRIMARY KEY (first_id, second_id)
) STRICT, WITHOUT ROWID;

-- What the looks of a run told about known postings, lists and controls: a queue that a judgement empties.
-- Rows are held while their source is in quarantine. `read` is a text that is no revision yet, `listed` a
-- list's entries.
CREATE TABLE findings (
    id INTEGER PRIMARY KEY, source_id TEXT NOT NULL, run_id INTEGER NOT NULL REFERENCES runs(id),
    role TEXT NOT NULL, url TEXT NOT NULL, at TEXT NOT NULL, verdict TEXT NOT NULL, status INTEGER,
    is_spoiled INTEGER NOT NULL, posting_id INTEGER REFERENCES postings(id),
    revision_id INTEGER REFERENCES revisions(id), capture_id INTEGER REFERENCES captures(id),
    found_site TEXT, found_number TEXT, found_url TEXT, read TEXT, listed TEXT,
    is_held INTEGER NOT NULL DEFAULT 0, UNIQUE (run_id, role, url, at)
) STRICT;
CREATE INDEX findings_source ON findings(source_id, run_id);
CREATE INDEX findings_posting ON findings(posting_id, at);

-- What we remember of postings between judgements (storage/detection/posting_state.py).
-- `postings` shows its state.
CREATE TABLE standings (
    posting_id INTEGER PRIMARY KEY REFERENCES postings(id), state TEXT NOT NULL, url TEXT NOT NULL,
    since_at TEXT NOT NULL, last_seen_at TEXT NOT NULL, last_look_at TEXT NOT NULL,
    is_readable INTEGER NOT NULL DEFAULT 1, absent_first_at TEXT, absent_last_at TEXT, absent_looks INTEGER,
    moved_to TEXT, last_listed_at TEXT, unlisted_first_at TEXT, unlisted_last_at TEXT, unlisted_looks INTEGER,
    unlisted_told INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Parts of texts that changed all over a site: met in a later run, they are no edit either. No text is kept.
CREATE TABLE site_pieces (
    site TEXT NOT NULL, digest TEXT NOT NULL, first_at TEXT NOT NULL, PRIMARY KEY (site, digest)
) STRICT, WITHOUT ROWID;

-- Parts of texts that were edited lately, where runs look at a few postings each:
-- storage/detection/gradual_changes.py.
CREATE TABLE edit_pieces (
    site TEXT NOT NULL, digest TEXT NOT NULL, posting_id INTEGER NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (site, digest, posting_id)
) STRICT, WITHOUT ROWID;

-- Sources whose readings may not become events before their parser is mended.
CREATE TABLE quarantines (
    source_id TEXT PRIMARY KEY, reason TEXT NOT NULL, since_at TEXT NOT NULL, run_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The ledger, append-only. `payload` is the canonical JSON that `hash` chains to `prev_hash`: see
-- storage/db/ledger.py.
CREATE TABLE events (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, title TEXT, at TEXT NOT NULL, last_before_at TEXT,
    first_after_at TEXT,
    url TEXT, source_id TEXT, posting_id INTEGER REFERENCES postings(id),
    release_id INTEGER REFERENCES releases(id),
    revision_id INTEGER REFERENCES revisions(id), capture_id INTEGER REFERENCES captures(id),
    detail TEXT NOT NULL DEFAULT '{}', payload TEXT NOT NULL, prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX events_kind ON events(kind, id);
CREATE INDEX events_posting ON events(posting_id, id);
CREATE INDEX events_release ON events(release_id, id);
CREATE INDEX events_revision ON events(revision_id, id);
CREATE INDEX events_capture ON events(capture_id, id);

-- The fields an event tells of: text as it is, lists as JSON; null is "nothing there".
CREATE TABLE changes (
    event_id INTEGER NOT NULL REFERENCES events(id), field TEXT NOT NULL, before TEXT, after TEXT,
    PRIMARY KEY (event_id, field)
) STRICT, WITHOUT ROWID;

-- A later parser that reads a revision's capture alike: the revision counts as read by it.
CREATE TABLE rereadings (
    revision_id INTEGER PRIMARY KEY REFERENCES revisions(id), parser TEXT NOT NULL
) STRICT;

-- Removals of content for safety (`purged` events); `done_at` once the bytes are gone from the files too.
CREATE TABLE purges (event_id INTEGER PRIMARY KEY REFERENCES events(id), done_at TEXT) STRICT;

-- The outbox: written in the transaction of the event, sent after.
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY, event_id INTEGER NOT NULL REFERENCES events(id), channel TEXT NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, next_try_at TEXT, reason TEXT, UNIQUE (event_id, channel)
) STRICT;
"""

VIEWS = """
CREATE VIEW new_releases AS
SELECT r.id, r.title, r.published_on, r.organization, p.site, p.url, e.kind, e.at AS noticed_at,
    e.last_before_at, e.first_after_at, e.source_id,
    (SELECT count(*) FROM postings c WHERE c.release_id = r.id) AS copies, r.revision_id
FROM releases r JOIN postings p ON p.id = r.posting_id
JOIN events e ON e.id = (SELECT min(id) FROM events WHERE release_id = r.id
    AND kind IN ('found', 'published'))
ORDER BY e.id DESC;

CREATE VIEW edits AS
SELECT e.id AS event_id, p.title, c.field, c.before, c.after, e.last_before_at, e.first_after_at, p.site,
    p.url,
    e.source_id, e.posting_id, e.release_id
FROM events e JOIN changes c ON c.event_id = e.id JOIN postings p ON p.id = e.posting_id
WHERE e.kind = 'edited' ORDER BY e.id DESC, c.field;

CREATE VIEW takedowns AS
SELECT e.id AS event_id, p.title, p.published_on, e.last_before_at AS last_seen_at,
    e.first_after_at AS first_absent_at,
    e.detail AS evidence, p.state AS state_now, p.site, p.url, e.source_id, e.posting_id, e.release_id,
    (SELECT count(*) FROM postings c WHERE c.release_id = p.release_id AND c.state = 'live') AS live_copies
FROM events e JOIN postings p ON p.id = e.posting_id WHERE e.kind = 'removed' ORDER BY e.id DESC;

CREATE VIEW returns AS
SELECT e.id AS event_id, p.title, p.published_on, e.last_before_at AS last_absent_at,
    e.first_after_at AS back_at,
    (SELECT count(*) FROM changes c WHERE c.event_id = e.id) AS changed_fields, e.detail AS evidence,
    p.site, p.url, e.source_id, e.posting_id, e.release_id
FROM events e JOIN postings p ON p.id = e.posting_id WHERE e.kind = 'returned' ORDER BY e.id DESC;

CREATE VIEW newsroom_health AS
SELECT r.source_id, r.state AS last_run, r.started_at AS last_run_at, s.last_complete_at, r.failures,
    (SELECT count(*) FROM posting_sources x WHERE x.source_id = r.source_id) AS postings,
    (SELECT count(*) FROM pending x WHERE x.source_id = r.source_id) AS pending,
    (SELECT max(e.at) FROM events e WHERE e.source_id = r.source_id AND e.kind = 'published')
        AS last_new_at, r.id AS run_id
FROM runs r LEFT JOIN source_progress s ON s.source_id = r.source_id
WHERE r.id = (SELECT max(id) FROM runs WHERE source_id = r.source_id) ORDER BY r.source_id;
"""


def spine(db: Database) -> None:
    """Create the tables, the full-text indexes and the views of the first version."""
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.executescript(TABLES)
    index_text(db, "revisions_fts", "unicode61 remove_diacritics 2")
    index_text(db, "revisions_trigram", "trigram")
    db.executescript(VIEWS)


def verified(db: Database) -> None:
    """Create the table of what was found to work at each newsroom."""
    db.execute("""CREATE TABLE verifications (
        source_id TEXT PRIMARY KEY, ok INTEGER NOT NULL, at TEXT NOT NULL, worked_at TEXT, platform TEXT,
        feed_url TEXT, site_id INTEGER, content_type INTEGER, parser TEXT, design TEXT,
        fields TEXT NOT NULL, sections TEXT NOT NULL, checks TEXT NOT NULL
    ) STRICT""")


def refused(db: Database) -> None:
    """Create the table of hosts that refuse us, one row as long as they do."""
    db.execute("""CREATE TABLE refusals (
        host TEXT PRIMARY KEY, since_at TEXT NOT NULL, last_at TEXT NOT NULL, times INTEGER NOT NULL,
        until_at TEXT NOT NULL, reason TEXT NOT NULL
    ) STRICT""")


def shared(db: Database) -> None:
    """Let a lease name the platform of its host, so that all processes together keep to its limit."""
    db.execute("ALTER TABLE hosts ADD COLUMN lease_platform TEXT")


def counted(db: Database) -> None:
    """Create what the health of a newsroom is read from: verdicts of runs, what first readings held, alarms.

    `runs.verdicts` counts the looks of a run as a JSON object; `first_readings.filled` names the fields that
    the first revision of a posting has. An alarm stands while `ended_at` is null.
    """
    db.execute("ALTER TABLE runs ADD COLUMN verdicts TEXT NOT NULL DEFAULT '{}'")
    db.execute("CREATE INDEX runs_time ON runs(source_id, started_at)")
    db.execute("CREATE INDEX looks_lists ON looks(source_id, first_at) WHERE role IN ('feed', 'listing')")
    db.execute("""CREATE TABLE first_readings (
        posting_id INTEGER PRIMARY KEY REFERENCES postings(id), at TEXT NOT NULL, filled TEXT NOT NULL,
        body_characters INTEGER NOT NULL, confidence TEXT NOT NULL
    ) STRICT""")
    db.execute(f"INSERT INTO first_readings SELECT {read('r')} FROM revisions r WHERE r.seq = 1")  # noqa: S608  # ours
    put = f"INSERT INTO first_readings VALUES ({read('new')});"  # noqa: S608  # the same
    db.execute(f"""CREATE TRIGGER first_readings_insert AFTER INSERT ON revisions WHEN new.seq = 1
        BEGIN {put} END""")
    db.execute("""CREATE TABLE alarms (
        id INTEGER PRIMARY KEY, source_id TEXT NOT NULL, kind TEXT NOT NULL, line TEXT NOT NULL,
        advice TEXT NOT NULL, since_at TEXT NOT NULL, began_at TEXT NOT NULL, ended_at TEXT
    ) STRICT""")
    db.execute("CREATE UNIQUE INDEX alarms_standing ON alarms(source_id, kind) WHERE ended_at IS NULL")


def folded(db: Database) -> None:
    """Create the table of what old runs did, one row a source and day (UTC): storage/tables/run_days.py."""
    db.execute("""CREATE TABLE run_days (
        source_id TEXT NOT NULL, day TEXT NOT NULL, runs INTEGER NOT NULL, failed INTEGER NOT NULL,
        requests INTEGER NOT NULL, found INTEGER NOT NULL, published INTEGER NOT NULL,
        edited INTEGER NOT NULL, verdicts TEXT NOT NULL, PRIMARY KEY (source_id, day)
    ) STRICT, WITHOUT ROWID""")


def read(row: str) -> str:
    """Return what a row of `revisions` puts into `first_readings`, as SQL."""
    words = (f"iif(coalesce({row}.{name}, '') IN ('', '[]'), '', '{name} ')" for name in READ)
    filled = f"rtrim({' || '.join(words)})"
    return f"{row}.posting_id, {row}.observed_at, {filled}, length({row}.body), {row}.confidence"


READ: Final = (
    *("subtitle", "published_on", "byline", "organization", "dateline", "section"),
    *("body", "tags", "images", "links"),
)


def retried(db: Database) -> None:
    """Let a pending article say when it is tried again."""
    db.execute("ALTER TABLE pending ADD COLUMN next_try_at TEXT")


def validated(db: Database) -> None:
    """Create the table of what answers may be recognised by, and note when a feed alone was complete."""
    db.execute("""CREATE TABLE validators (
        url TEXT NOT NULL, role TEXT NOT NULL, etag TEXT, last_modified TEXT, article_digest TEXT,
        parser TEXT, revision_id INTEGER REFERENCES revisions(id), listing TEXT, at TEXT NOT NULL,
        times INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (url, role)
    ) STRICT""")
    db.execute("ALTER TABLE source_progress ADD COLUMN last_fed_at TEXT")


def resumed(db: Database) -> None:
    """Find what runs of a source go on without going through all that it ever had."""
    db.execute("CREATE INDEX runs_running ON runs(source_id) WHERE state = 'running'")


def recognised(db: Database) -> None:
    """Let what answers may be recognised by hold the digest of a whole page."""
    db.execute("ALTER TABLE validators ADD COLUMN page_digest TEXT")


def index_text(db: Database, name: str, tokenizer: str) -> None:
    """Create a full-text index over `revisions` that holds no text of its own,
    and the triggers that feed it."""
    new, old = (", ".join(f"{row}.{column}" for column in SEARCHED.split(", ")) for row in ("new", "old"))
    put = f"INTO {name}(rowid, {SEARCHED}) VALUES (new.id, {new});"
    drop = f"INTO {name}({name}, rowid, {SEARCHED}) VALUES ('delete', old.id, {old});"
    options = f"content='revisions', content_rowid='id', tokenize='{tokenizer}'"
    db.executescript(f"""
        CREATE VIRTUAL TABLE {name} USING fts5({SEARCHED}, {options});
        CREATE TRIGGER {name}_insert AFTER INSERT ON revisions BEGIN INSERT {put} END;
        CREATE TRIGGER {name}_delete AFTER DELETE ON revisions BEGIN INSERT {drop} END;
        CREATE TRIGGER {name}_update AFTER UPDATE ON revisions BEGIN INSERT {drop} INSERT {put} END;
    """)


# In order, never edited after a release: a change of the tables is a new step.
STEPS: Final = (spine, verified, refused, shared, counted, folded, retried, validated, resumed, recognised)
MIGRATIONS: Final = Migrations("milwire")
for step in STEPS:
    MIGRATIONS()(step)


def is_current(db: Database) -> bool:
    """Tell whether every migration has been applied."""
    return not MIGRATIONS.pending(db)


def newer_steps(db: Database) -> list[str]:
    """Return the steps of a newer milwire that this file has been through; empty for files we can use."""
    ours = {step.__name__ for step in STEPS}
    return [step.name for step in MIGRATIONS.applied(db) if step.name not in ours]


def migrate(db: Database) -> None:
    """Bring the file to the current version, in the transaction that the caller has begun."""
    MIGRATIONS.apply(db)
