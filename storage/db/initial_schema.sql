-- Every table, index, full-text index and view of a milwire database.
--
-- Instants are ISO 8601 text in UTC (2026-01-31T14:00:00.000000Z) in columns named *_at, days are YYYY-MM-DD in
-- columns named *_on, lists and objects are JSON text, yes and no are 1 and 0. Columns stand in the order in which
-- people read them. A new column or table also needs a line in the module of storage/tables that writes it.


-- Newsrooms that a user added, and what a user switched on or off in the shipped catalogue.
-- A row for the catalogue holds only id, enabled, origin and changed_at: the rest comes from the catalogue.
CREATE TABLE sources (
    id TEXT PRIMARY KEY,
    organization TEXT,
    branch TEXT,
    host TEXT,
    section TEXT,
    platform TEXT,
    listing_url TEXT,
    feed_url TEXT,
    article_url TEXT,                   -- an example
    confidence TEXT,
    enabled INTEGER NOT NULL,
    private INTEGER,                    -- 1: loopback and private addresses are allowed for this source
    origin TEXT NOT NULL,               -- user, or catalogue
    notes TEXT,
    changed_at TEXT NOT NULL
) STRICT;

-- What worked at each newsroom when it was last verified.
CREATE TABLE source_checks (
    source_id TEXT PRIMARY KEY,
    ok INTEGER NOT NULL,                -- 1: all that a crawl needs works
    at TEXT NOT NULL,
    worked_at TEXT,                     -- when all of it last worked; the columns up to sections are from then
    platform TEXT,
    feed_url TEXT,
    site_id INTEGER,                    -- the Site number of an AFPIMS feed
    content_type INTEGER,               -- its ContentType number
    parser TEXT,
    design TEXT,                        -- which markup the article had: g1, g2, ...
    fields TEXT NOT NULL,               -- names of the fields that the article had, a list
    sections TEXT NOT NULL,             -- listing pages that the home page links, a list
    checks TEXT NOT NULL                -- each thing that was tried, a list of objects
) STRICT;

-- How far the crawls of a source have come: see storage/models/known_articles.py for the horizon.
CREATE TABLE source_progress (
    source_id TEXT PRIMARY KEY,
    last_complete_at TEXT,              -- end of the last complete crawl
    last_listed_at TEXT,                -- when a complete crawl last looked at the listing
    last_feed_at TEXT,                  -- when a complete crawl last looked at the feed
    horizon_on TEXT,                    -- day of the oldest entry that the first complete crawl met
    horizon_number INTEGER,             -- article number of that entry
    top_number INTEGER,                 -- largest article number that the first complete crawl met
    usual_entries INTEGER,              -- entries on the first listing page of the last complete crawl
    backfill_url TEXT                   -- listing page where an unfinished back-fill goes on
) STRICT;

-- One crawl or import of one source.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL,
    kind TEXT NOT NULL,                 -- crawl, backfill, since, looks (known postings only), sitemap or import
    state TEXT NOT NULL,                -- running, ok, failed, interrupted or limited
    started_at TEXT NOT NULL,
    finished_at TEXT,
    complete INTEGER NOT NULL DEFAULT 0,  -- 1: feed and listing were walked, and all that was wanted was fetched
    found INTEGER NOT NULL DEFAULT 0,
    published INTEGER NOT NULL DEFAULT 0,
    edited INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    failures TEXT NOT NULL DEFAULT '[]',  -- a list of lines
    verdicts TEXT NOT NULL DEFAULT '{}',  -- how many looks had each verdict
    listed_at TEXT,                     -- when it first looked at a listing or feed
    listed_entries INTEGER,             -- entries on the first listing page
    pid INTEGER,
    boot_id TEXT                        -- start of the machine in which pid counts
) STRICT;
CREATE INDEX runs_source ON runs(source_id, id);
CREATE INDEX runs_source_started ON runs(source_id, started_at);
CREATE INDEX runs_running ON runs(source_id) WHERE state = 'running';

-- What old runs did, one row a source and day (UTC); the rows in runs are gone.
CREATE TABLE run_days (
    source_id TEXT NOT NULL,
    day TEXT NOT NULL,
    runs INTEGER NOT NULL,
    failed INTEGER NOT NULL,            -- runs that met a failure or did not come to their end
    requests INTEGER NOT NULL,
    found INTEGER NOT NULL,
    published INTEGER NOT NULL,
    edited INTEGER NOT NULL,
    verdicts TEXT NOT NULL,             -- how many looks had each verdict
    PRIMARY KEY (source_id, day)
) STRICT, WITHOUT ROWID;

-- What was wrong with newsrooms, as the watch reported it. An alarm stands while ended_at is null.
CREATE TABLE alarms (
    id INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    line TEXT NOT NULL,                 -- what is wrong
    advice TEXT NOT NULL,               -- what to do
    since_at TEXT NOT NULL,             -- when it went wrong, as far as known
    began_at TEXT NOT NULL,             -- when the watch noticed
    ended_at TEXT
) STRICT;
CREATE UNIQUE INDEX alarms_standing ON alarms(source_id, kind) WHERE ended_at IS NULL;

-- Politeness that holds across processes. Lease: who crawls the host. Gate: whose request is under way.
CREATE TABLE hosts (
    host TEXT PRIMARY KEY,
    last_request_at TEXT,
    cooling_until TEXT,                 -- no request before
    cooling_reason TEXT,
    robots_verdict TEXT,                -- rules, none or unknown
    robots_status INTEGER,
    robots_fetched_at TEXT,
    robots_text TEXT,
    lease_pid INTEGER,
    lease_boot_id TEXT,
    lease_token TEXT,
    lease_expires_at TEXT,
    lease_platform TEXT,                -- crawls of one platform share a limit
    gate_pid INTEGER,
    gate_boot_id TEXT,
    gate_token TEXT,
    gate_since_at TEXT
) STRICT;

-- Hosts that refuse us, for as long as they do.
CREATE TABLE refusals (
    host TEXT PRIMARY KEY,
    since_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    times INTEGER NOT NULL,             -- in a row
    until_at TEXT NOT NULL,             -- left alone until then
    reason TEXT NOT NULL
) STRICT;

-- One story, however many postings carry it. Title, day and text are those of its first posting.
CREATE TABLE releases (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    published_on TEXT,
    organization TEXT,
    first_seen_at TEXT NOT NULL,
    content_hash TEXT NOT NULL,         -- of title and text: equal where a reader would see no difference
    posting_id INTEGER REFERENCES postings(id),
    revision_id INTEGER REFERENCES revisions(id)  -- its current text
) STRICT;
CREATE INDEX releases_day ON releases(published_on);
CREATE INDEX releases_hash ON releases(content_hash);
CREATE INDEX releases_revision ON releases(revision_id);
CREATE INDEX releases_posting ON releases(posting_id);

-- One copy of a release on one site.
CREATE TABLE postings (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    published_on TEXT,
    published_at TEXT,                  -- from the page, else from a feed
    published_source TEXT,
    site TEXT NOT NULL,
    number TEXT,                        -- article number
    url TEXT NOT NULL,
    release_id INTEGER NOT NULL REFERENCES releases(id),
    state TEXT NOT NULL DEFAULT 'live',  -- live, suspect, removed, moved or unlisted
    since_at TEXT NOT NULL,             -- of this state
    first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    next_look_at TEXT,
    revision_id INTEGER REFERENCES revisions(id),  -- what it says now
    key TEXT NOT NULL,                  -- its identity on the site: the article number, else the address
    UNIQUE (site, key)
) STRICT;
CREATE INDEX postings_number ON postings(number);
CREATE INDEX postings_release ON postings(release_id);
CREATE INDEX postings_due ON postings(site, next_look_at);
CREATE INDEX postings_suspect ON postings(since_at) WHERE state = 'suspect';

-- The sources through which a posting was met.
CREATE TABLE posting_sources (
    posting_id INTEGER NOT NULL REFERENCES postings(id),
    source_id TEXT NOT NULL,
    first_at TEXT NOT NULL,
    appeared_at TEXT,                   -- first seen, or as published where that is earlier; kept by triggers
    PRIMARY KEY (posting_id, source_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX posting_sources_source ON posting_sources(source_id, appeared_at);
CREATE TRIGGER posting_sources_appeared AFTER INSERT ON posting_sources
BEGIN
    UPDATE posting_sources SET appeared_at = (
        SELECT min(first_seen_at, coalesce(published_at, published_on || 'T12:00:00.000000Z', first_seen_at))
        FROM postings WHERE id = new.posting_id)
    WHERE posting_id = new.posting_id AND source_id = new.source_id;
END;
CREATE TRIGGER postings_appeared AFTER UPDATE OF first_seen_at, published_at, published_on ON postings
WHEN (new.first_seen_at, new.published_at, new.published_on)
    IS NOT (old.first_seen_at, old.published_at, old.published_on)
BEGIN
    UPDATE posting_sources SET appeared_at = min(
        new.first_seen_at,
        coalesce(new.published_at, new.published_on || 'T12:00:00.000000Z', new.first_seen_at))
    WHERE posting_id = new.id;
END;

-- Every address under which a posting was met.
CREATE TABLE addresses (
    posting_id INTEGER NOT NULL REFERENCES postings(id),
    url TEXT NOT NULL,
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (posting_id, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_url ON addresses(url);

-- What a posting said from observed_at on, as read; never changed afterwards. This table holds all text, once.
-- Order in time is (observed_at, seq): an import may bring an older revision later.
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY,
    posting_id INTEGER NOT NULL REFERENCES postings(id),
    seq INTEGER NOT NULL,               -- 1, 2, ... in the order in which they came to us
    title TEXT NOT NULL,
    subtitle TEXT,
    published_on TEXT,
    published_raw TEXT,                 -- the day as printed
    published_at TEXT,
    published_source TEXT,
    byline TEXT,
    organization TEXT,
    dateline TEXT,
    section TEXT,
    body TEXT NOT NULL,                 -- paragraphs, a blank line between two
    tags TEXT NOT NULL,
    images TEXT NOT NULL,
    links TEXT NOT NULL,
    observed_at TEXT NOT NULL,          -- the look that first showed it
    article_id TEXT,
    confidence TEXT NOT NULL,
    has_end INTEGER NOT NULL,           -- 0: the page did not close what it opened; the next whole one replaces it
    design TEXT NOT NULL,               -- which markup was read: g1, g2, json-ld, ...
    parser TEXT NOT NULL,               -- platform and version
    capture_id INTEGER REFERENCES captures(id),
    content_hash TEXT NOT NULL,
    digest TEXT NOT NULL,               -- of all fields that were read; the ledger holds it
    has_unspaced INTEGER NOT NULL DEFAULT 1,  -- 1: a part is in a script without spaces between words, as Korean
    -- Place in the full-text indexes: the day, then the id, as 202601310000000123; the newest text has the largest.
    search_key INTEGER GENERATED ALWAYS AS (
        replace(min(coalesce(published_on, substr(observed_at, 1, 10)), substr(observed_at, 1, 10)), '-', '')
        * 10000000000 + id
    ) VIRTUAL,
    UNIQUE (posting_id, seq)
) STRICT;
CREATE INDEX revisions_time ON revisions(posting_id, observed_at);
CREATE INDEX revisions_hash ON revisions(content_hash);
CREATE UNIQUE INDEX revisions_search ON revisions(search_key, posting_id);

-- A newer parser read the capture of a revision and found the same: the revision counts as read by it.
CREATE TABLE reparses (
    revision_id INTEGER PRIMARY KEY REFERENCES revisions(id),
    parser TEXT NOT NULL
) STRICT;

-- Which fields the first revision of each posting had: shows when a parser stops finding one.
CREATE TABLE field_coverage (
    posting_id INTEGER PRIMARY KEY REFERENCES postings(id),
    at TEXT NOT NULL,
    filled_fields TEXT NOT NULL,        -- their names, with spaces between
    body_characters INTEGER NOT NULL,
    confidence TEXT NOT NULL
) STRICT;
CREATE TRIGGER field_coverage_insert AFTER INSERT ON revisions WHEN new.seq = 1
BEGIN
    INSERT INTO field_coverage VALUES (
        new.posting_id,
        new.observed_at,
        rtrim(
            iif(coalesce(new.subtitle, '') = '', '', 'subtitle ')
            || iif(coalesce(new.published_on, '') = '', '', 'published_on ')
            || iif(coalesce(new.byline, '') = '', '', 'byline ')
            || iif(coalesce(new.organization, '') = '', '', 'organization ')
            || iif(coalesce(new.dateline, '') = '', '', 'dateline ')
            || iif(coalesce(new.section, '') = '', '', 'section ')
            || iif(new.body = '', '', 'body ')
            || iif(new.tags = '[]', '', 'tags ')
            || iif(new.images = '[]', '', 'images ')
            || iif(new.links = '[]', '', 'links ')
        ),
        length(new.body),
        new.confidence
    );
END;

-- Responses stored as they came, in WARC files in the folder <database>.warc/.
CREATE TABLE captures (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    status INTEGER NOT NULL,
    at TEXT NOT NULL,
    warc_file TEXT NOT NULL,
    offset INTEGER NOT NULL,            -- of the record in the file, in bytes
    length INTEGER NOT NULL,            -- of the record in the file, in bytes
    sha256 TEXT NOT NULL,               -- of the decoded body
    record_sha256 TEXT NOT NULL,        -- of the bytes in the file
    headers TEXT NOT NULL,              -- a list of pairs
    digest TEXT NOT NULL,               -- of this row; the ledger holds it
    UNIQUE (warc_file, offset)
) STRICT;
CREATE INDEX captures_url ON captures(url, at);

-- Spans of equal looks at an address. A gap in our own watching starts a new span.
CREATE TABLE looks (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    role TEXT NOT NULL,                 -- article, listing, feed, robots, control or sitemap
    outcome TEXT NOT NULL,              -- the verdict; unchanged counts as live
    reason TEXT NOT NULL,               -- what is wrong, empty where nothing is
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    looks INTEGER NOT NULL,             -- how many
    is_empty_list INTEGER NOT NULL DEFAULT 0,  -- 1: a listing or feed without entries
    source_id TEXT,
    posting_id INTEGER REFERENCES postings(id),
    revision_id INTEGER REFERENCES revisions(id),
    capture_id INTEGER REFERENCES captures(id),
    status INTEGER,
    length_bytes INTEGER,
    article_digest TEXT                 -- of the article node as it came
) STRICT;
CREATE INDEX looks_address ON looks(url, role, first_at);
CREATE INDEX looks_posting ON looks(posting_id, first_at);
CREATE INDEX looks_source ON looks(source_id, first_at);
CREATE INDEX looks_lists ON looks(source_id, first_at) WHERE role IN ('feed', 'listing');

-- Redirects that looks met: which address led where, and by which status. Equal ones in a row are one row.
CREATE TABLE redirects (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    to_url TEXT NOT NULL,
    status INTEGER NOT NULL,
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    looks INTEGER NOT NULL,
    asked_url TEXT NOT NULL,            -- the address that was looked at when it was met first
    place INTEGER NOT NULL,             -- in the chain that began there, from 1
    posting_id INTEGER REFERENCES postings(id),
    capture_id INTEGER REFERENCES captures(id)  -- the response of the first one
) STRICT;
CREATE INDEX redirects_url ON redirects(url, first_at);
CREATE INDEX redirects_posting ON redirects(posting_id);

-- How to ask for an address again, and how to recognise an answer that brings nothing new. May be lost: the next
-- look is in full then.
CREATE TABLE validators (
    url TEXT NOT NULL,
    role TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    article_digest TEXT,
    page_digest TEXT,
    parser TEXT,
    revision_id INTEGER REFERENCES revisions(id),  -- what the article says
    listing TEXT,                       -- the entries of a listing or feed
    at TEXT NOT NULL,                   -- when it was last read in full
    times_confirmed INTEGER NOT NULL DEFAULT 0,  -- in a row, since then
    PRIMARY KEY (url, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX validators_revision ON validators(revision_id);

-- From when the newest answers of an article's address were that were judged: older ones tell nothing
-- (storage/models/answer_ages.py).
CREATE TABLE judged_answers (
    url TEXT PRIMARY KEY,
    modified_at TEXT,                   -- as its Last-Modified says
    made_at TEXT,                       -- as its Date and Age say
    older_looks INTEGER NOT NULL,       -- older answers since, in a row
    older_first_at TEXT
) STRICT, WITHOUT ROWID;

-- Articles that a listing or feed named and that are not stored yet.
CREATE TABLE pending (
    source_id TEXT NOT NULL,
    site TEXT NOT NULL,
    key TEXT NOT NULL,                  -- as postings.key
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    number TEXT,
    published_raw TEXT,
    published_on TEXT,
    published_at TEXT,
    published_source TEXT,
    summary TEXT,
    kind TEXT NOT NULL,                 -- found or published, decided when it was first named
    discovered_at TEXT NOT NULL,
    last_before_at TEXT,                -- the last look at the list that did not name it
    rank INTEGER NOT NULL,              -- its position in the list
    tries INTEGER NOT NULL DEFAULT 0,   -- looks that did not bring it
    absent_looks INTEGER NOT NULL DEFAULT 0,  -- those of them that said it is not there
    next_try_at TEXT,
    PRIMARY KEY (source_id, site, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_posting ON pending(site, key);

-- Every article that listings and feeds ever named, under each address.
CREATE TABLE listed_articles (
    site TEXT NOT NULL,
    key TEXT NOT NULL,                  -- as postings.key
    url TEXT NOT NULL,
    source_id TEXT NOT NULL,
    role TEXT NOT NULL,                 -- listing or feed
    number INTEGER,
    published_on TEXT,
    pinned INTEGER NOT NULL,            -- 1: stood above newer ones
    known INTEGER NOT NULL DEFAULT 0,   -- 1: a run that saw it was complete
    first_at TEXT NOT NULL,
    PRIMARY KEY (site, key, source_id, role, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX listed_articles_source ON listed_articles(source_id, role, first_at);
CREATE INDEX listed_articles_unknown ON listed_articles(source_id) WHERE known = 0;

-- Pairs of releases with the same text that were not joined: their days differ, and the text is too short to be sure.
CREATE TABLE same_text (
    first_id INTEGER NOT NULL REFERENCES releases(id),  -- the smaller id
    second_id INTEGER NOT NULL REFERENCES releases(id),
    PRIMARY KEY (first_id, second_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX same_text_second ON same_text(second_id);

-- What the looks of a run found, until detection takes it at the end of the run.
CREATE TABLE findings (
    id INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES runs(id),
    role TEXT NOT NULL,
    url TEXT NOT NULL,
    at TEXT NOT NULL,
    verdict TEXT NOT NULL,
    status INTEGER,
    is_damaged INTEGER NOT NULL,        -- 1: the answer was empty, cut off or contradicts itself
    is_refused_alone INTEGER NOT NULL DEFAULT 0,  -- 1: blocked, while the host showed us its other addresses
    led_to TEXT,                        -- where redirects led
    answer_digest TEXT,                 -- of the words of an answer without the article
    posting_id INTEGER REFERENCES postings(id),
    revision_id INTEGER REFERENCES revisions(id),
    capture_id INTEGER REFERENCES captures(id),
    found_site TEXT,                    -- found_*: where the answer came from, or leads to
    found_number TEXT,
    found_url TEXT,
    fields TEXT,                        -- an article's fields that are no revision yet
    entries TEXT,                       -- the entries of a listing or feed
    is_quarantined INTEGER NOT NULL DEFAULT 0,  -- 1: waits until the source leaves quarantine
    UNIQUE (run_id, role, url, at)
) STRICT;
CREATE INDEX findings_source ON findings(source_id, run_id);
CREATE INDEX findings_posting ON findings(posting_id, at);

-- What detection remembers of a posting from one run to the next (storage/detection/posting_state.py).
CREATE TABLE posting_states (
    posting_id INTEGER PRIMARY KEY REFERENCES postings(id),
    state TEXT NOT NULL,                -- live, suspect, removed or moved
    url TEXT NOT NULL,
    since_at TEXT NOT NULL,             -- of this state
    last_seen_at TEXT NOT NULL,
    last_look_at TEXT NOT NULL,
    is_readable INTEGER NOT NULL DEFAULT 1,  -- 0: the last answer could not be read
    absent_first_at TEXT,               -- absent_*: the looks in a row that did not find it
    absent_last_at TEXT,
    absent_looks INTEGER,
    is_in_mass_absence INTEGER NOT NULL DEFAULT 0,  -- 1: suspected with many others at once
    moved_to TEXT,
    last_listed_at TEXT,
    unlisted_first_at TEXT,             -- unlisted_*: the looks in a row whose lists did not name it
    unlisted_last_at TEXT,
    unlisted_looks INTEGER,
    unlisting_reported INTEGER NOT NULL DEFAULT 0,  -- 1: an event said that it was unlisted
    site TEXT NOT NULL                  -- of the posting
) STRICT;
CREATE INDEX posting_states_looked ON posting_states(site, last_look_at);
CREATE INDEX posting_states_seen ON posting_states(site, last_seen_at);

-- Digests of passages that changed all over a site: such a change is no edit in a later run either.
CREATE TABLE site_wide_passages (
    site TEXT NOT NULL,
    digest TEXT NOT NULL,
    first_at TEXT NOT NULL,
    event_id INTEGER REFERENCES events(id),  -- the site_changed event that tells of it
    PRIMARY KEY (site, digest)
) STRICT, WITHOUT ROWID;

-- Digests of passages that were edited lately: finds a change that goes through a site over several runs
-- (storage/detection/site_wide.py).
CREATE TABLE recent_edit_passages (
    site TEXT NOT NULL,
    digest TEXT NOT NULL,
    posting_id INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (site, digest, posting_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX recent_edit_passages_at ON recent_edit_passages(at);

-- Sources whose looks may not become events until their parser is repaired.
CREATE TABLE quarantines (
    source_id TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    since_at TEXT NOT NULL,
    run_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Sources of which many postings are absent at once; none is removed before lists and siblings bear it out.
CREATE TABLE mass_absences (
    source_id TEXT PRIMARY KEY,
    since_at TEXT NOT NULL,
    absent INTEGER NOT NULL,
    known INTEGER NOT NULL,
    reason TEXT NOT NULL,               -- why they are suspected and not removed
    counted_looks INTEGER NOT NULL,     -- counted_*: the runs that bear out that they are gone
    counted_first_at TEXT,
    counted_last_at TEXT,
    is_removal_reported INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The ledger. Rows are only added; each is chained to the one before (storage/db/ledger.py).
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    title TEXT,
    at TEXT NOT NULL,                   -- when we noticed
    last_before_at TEXT,                -- the last look that showed the state before
    first_after_at TEXT,                -- the first look that showed the state after
    url TEXT,
    source_id TEXT,
    posting_id INTEGER REFERENCES postings(id),
    release_id INTEGER REFERENCES releases(id),
    revision_id INTEGER REFERENCES revisions(id),
    capture_id INTEGER REFERENCES captures(id),
    detail TEXT NOT NULL DEFAULT '{}',  -- what the kind needs beyond these columns
    payload TEXT NOT NULL,              -- the canonical JSON that hash covers
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX events_at ON events(at, kind);
CREATE INDEX events_kind ON events(kind, at);
CREATE INDEX events_source ON events(source_id, at, kind);
CREATE INDEX events_posting ON events(posting_id, id);
CREATE INDEX events_release ON events(release_id, id);
CREATE INDEX events_revision ON events(revision_id, id);
CREATE INDEX events_capture ON events(capture_id, id);

-- The hidden events that hold what a site's change was at each posting. Their detail, and so the chain, says the same.
CREATE TABLE site_change_parts (
    event_id INTEGER PRIMARY KEY REFERENCES events(id),
    site_change_id INTEGER NOT NULL REFERENCES events(id)
) STRICT;
CREATE INDEX site_change_parts_of ON site_change_parts(site_change_id);

-- The fields that an event changed. Lists are JSON; null means that there was nothing.
CREATE TABLE changes (
    event_id INTEGER NOT NULL REFERENCES events(id),
    field TEXT NOT NULL,
    before TEXT,
    after TEXT,
    before_id INTEGER REFERENCES revisions(id),  -- in place of a text: the revision whose body it is
    after_id INTEGER REFERENCES revisions(id),
    PRIMARY KEY (event_id, field)
) STRICT, WITHOUT ROWID;
CREATE VIEW told_changes AS
SELECT
    event_id,
    field,
    iif(before_id IS NULL, before, (SELECT body FROM revisions WHERE id = before_id)) AS before,
    iif(after_id IS NULL, after, (SELECT body FROM revisions WHERE id = after_id)) AS after
FROM changes;

-- Content removed for safety, by its purged event.
CREATE TABLE purges (
    event_id INTEGER PRIMARY KEY REFERENCES events(id),
    done_at TEXT                        -- when the bytes were gone from all files too
) STRICT;


-- How many rows there are: `releases`, `postings`, for the postings of a source `source:<id>`, and on a site
-- `site:<id>:<site>`, and for the events of a kind `kind:<kind>`. Kept by triggers.
CREATE TABLE counts (
    name TEXT PRIMARY KEY,
    n INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER counts_releases_insert AFTER INSERT ON releases
BEGIN
    INSERT INTO counts VALUES ('releases', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER counts_releases_delete AFTER DELETE ON releases
BEGIN
    UPDATE counts SET n = n - 1 WHERE name = 'releases';
END;
CREATE TRIGGER counts_postings_insert AFTER INSERT ON postings
BEGIN
    INSERT INTO counts VALUES ('postings', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER counts_postings_delete AFTER DELETE ON postings
BEGIN
    UPDATE counts SET n = n - 1 WHERE name = 'postings';
END;
CREATE TRIGGER counts_events_insert AFTER INSERT ON events
BEGIN
    INSERT INTO counts VALUES ('kind:' || new.kind, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER counts_posting_sources_insert AFTER INSERT ON posting_sources
BEGIN
    INSERT INTO counts
    SELECT 'site:' || new.source_id || ':' || site, 1 FROM postings WHERE id = new.posting_id
    ON CONFLICT DO UPDATE SET n = n + 1;
    INSERT INTO counts VALUES ('source:' || new.source_id, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER counts_posting_sources_delete AFTER DELETE ON posting_sources
BEGIN
    UPDATE counts SET n = n - 1
    WHERE name = (SELECT 'site:' || old.source_id || ':' || site FROM postings WHERE id = old.posting_id);
    UPDATE counts SET n = n - 1 WHERE name = 'source:' || old.source_id;
END;


-- Full-text indexes over revisions, without a copy of the text. Their rowid is revisions.search_key, so that the
-- newest texts are read first, whenever they came to us. They find past text too: join releases.revision_id for
-- current text only.

-- By words. The column `site` is one word: it limits a search to the newsrooms of a site.
CREATE VIEW searchable_texts AS
SELECT
    v.search_key,
    v.title,
    v.subtitle,
    v.body,
    v.byline,
    v.organization,
    v.dateline,
    v.tags,
    replace(replace(replace(p.site, '.', ''), '-', ''), ':', '') AS site
FROM revisions v
JOIN postings p ON p.id = v.posting_id
ORDER BY v.search_key;
CREATE VIRTUAL TABLE revisions_fts USING fts5(
    title, subtitle, body, byline, organization, dateline, tags, site,
    content="searchable_texts",
    content_rowid="search_key",
    tokenize="unicode61 remove_diacritics 2"
);
-- Each place of each word, in the order of the alphabet: of a word only the first is asked for.
CREATE VIRTUAL TABLE word_places USING fts5vocab(revisions_fts, instance);
CREATE TRIGGER revisions_fts_insert AFTER INSERT ON revisions
BEGIN
    INSERT INTO revisions_fts(rowid, title, subtitle, body, byline, organization, dateline, tags, site)
    VALUES (new.search_key, new.title, new.subtitle, new.body, new.byline, new.organization,
        new.dateline, new.tags, (SELECT replace(replace(replace(site, '.', ''), '-', ''), ':', '') FROM postings WHERE id = new.posting_id));
END;
CREATE TRIGGER revisions_fts_delete AFTER DELETE ON revisions
BEGIN
    INSERT INTO revisions_fts(revisions_fts, rowid, title, subtitle, body, byline, organization, dateline, tags, site)
    VALUES ('delete', old.search_key, old.title, old.subtitle, old.body, old.byline, old.organization,
        old.dateline, old.tags, (SELECT replace(replace(replace(site, '.', ''), '-', ''), ':', '') FROM postings WHERE id = old.posting_id));
END;
CREATE TRIGGER revisions_fts_update AFTER UPDATE OF
    title, subtitle, body, byline, organization, dateline, tags, published_on, observed_at ON revisions
BEGIN
    INSERT INTO revisions_fts(revisions_fts, rowid, title, subtitle, body, byline, organization, dateline, tags, site)
    VALUES ('delete', old.search_key, old.title, old.subtitle, old.body, old.byline, old.organization,
        old.dateline, old.tags, (SELECT replace(replace(replace(site, '.', ''), '-', ''), ':', '') FROM postings WHERE id = old.posting_id));
    INSERT INTO revisions_fts(rowid, title, subtitle, body, byline, organization, dateline, tags, site)
    VALUES (new.search_key, new.title, new.subtitle, new.body, new.byline, new.organization,
        new.dateline, new.tags, (SELECT replace(replace(replace(site, '.', ''), '-', ''), ':', '') FROM postings WHERE id = new.posting_id));
END;

-- By any three characters, so that Japanese and Korean words are found inside others: texts in such scripts only.
-- With two spaces at its end, a column's last characters begin runs of three too (table trigram_terms).
CREATE VIEW unspaced_texts AS
SELECT
    search_key,
    title || '  ' AS title,
    subtitle || '  ' AS subtitle,
    body || '  ' AS body,
    byline || '  ' AS byline,
    organization || '  ' AS organization,
    dateline || '  ' AS dateline,
    tags || '  ' AS tags
FROM revisions
WHERE has_unspaced
ORDER BY search_key;
CREATE VIRTUAL TABLE revisions_trigram USING fts5(
    title, subtitle, body, byline, organization, dateline, tags,
    content="unspaced_texts",
    content_rowid="search_key",
    tokenize="trigram"
);
CREATE VIRTUAL TABLE trigram_terms USING fts5vocab(revisions_trigram, row);
CREATE INDEX revisions_unspaced ON revisions(search_key) WHERE has_unspaced;
CREATE TRIGGER revisions_trigram_insert AFTER INSERT ON revisions WHEN new.has_unspaced
BEGIN
    INSERT INTO revisions_trigram(rowid, title, subtitle, body, byline, organization, dateline, tags)
    VALUES (new.search_key, new.title || '  ', new.subtitle || '  ', new.body || '  ', new.byline || '  ', new.organization || '  ',
        new.dateline || '  ', new.tags || '  ');
END;
CREATE TRIGGER revisions_trigram_delete AFTER DELETE ON revisions WHEN old.has_unspaced
BEGIN
    INSERT INTO revisions_trigram(
        revisions_trigram, rowid, title, subtitle, body, byline, organization, dateline, tags)
    VALUES ('delete', old.search_key, old.title || '  ', old.subtitle || '  ', old.body || '  ', old.byline || '  ', old.organization || '  ',
        old.dateline || '  ', old.tags || '  ');
END;
CREATE TRIGGER revisions_trigram_update AFTER UPDATE OF
    title, subtitle, body, byline, organization, dateline, tags, published_on, observed_at ON revisions
WHEN old.has_unspaced OR new.has_unspaced
BEGIN
    INSERT INTO revisions_trigram(
        revisions_trigram, rowid, title, subtitle, body, byline, organization, dateline, tags)
    SELECT 'delete', old.search_key, old.title || '  ', old.subtitle || '  ', old.body || '  ', old.byline || '  ', old.organization || '  ',
        old.dateline || '  ', old.tags || '  '
    WHERE old.has_unspaced;
    INSERT INTO revisions_trigram(rowid, title, subtitle, body, byline, organization, dateline, tags)
    SELECT new.search_key, new.title || '  ', new.subtitle || '  ', new.body || '  ', new.byline || '  ', new.organization || '  ', new.dateline || '  ', new.tags || '  '
    WHERE new.has_unspaced;
END;


-- Views for people.

-- One row a release, as it stands now. Address, state and last_seen_at are those of its first posting.
CREATE VIEW current_releases AS
SELECT
    r.id AS release_id,
    r.title,
    v.subtitle,
    r.published_on,
    r.organization,
    p.state,
    p.url,
    v.body,
    (SELECT group_concat(source_id, ', ')
        FROM (SELECT DISTINCT s.source_id
            FROM postings c JOIN posting_sources s ON s.posting_id = c.id
            WHERE c.release_id = r.id
            ORDER BY s.source_id)) AS newsrooms,
    r.first_seen_at,
    p.last_seen_at,
    v.observed_at AS text_since_at,
    (SELECT count(*) FROM postings c WHERE c.release_id = r.id) AS copies,
    p.site,
    p.id AS posting_id,
    v.id AS revision_id
FROM releases r
JOIN postings p ON p.id = r.posting_id
JOIN revisions v ON v.id = r.revision_id
ORDER BY r.id DESC;

-- One row a release, with the event that first met it; what came to us last first.
CREATE VIEW new_releases AS
SELECT
    r.id,
    r.title,
    r.published_on,
    r.organization,
    p.site,
    p.url,
    e.kind,
    e.at AS noticed_at,
    e.last_before_at,
    e.first_after_at,
    e.source_id,
    (SELECT count(*) FROM postings c WHERE c.release_id = r.id) AS copies,
    r.revision_id
FROM releases r
JOIN postings p ON p.id = r.posting_id
JOIN events e ON e.id = (SELECT min(id) FROM events WHERE release_id = r.id AND kind IN ('found', 'published'))
ORDER BY r.id DESC;

-- One row a changed field.
CREATE VIEW edits AS
SELECT
    e.id AS event_id,
    p.title,
    c.field,
    c.before,
    c.after,
    e.last_before_at,
    e.first_after_at,
    p.site,
    p.url,
    e.source_id,
    e.posting_id,
    e.release_id
FROM events e
JOIN told_changes c ON c.event_id = e.id
JOIN postings p ON p.id = e.posting_id
WHERE e.kind = 'edited'
ORDER BY e.at DESC, e.id DESC, c.field;

-- One row a removal; state_now shows whether the posting came back.
CREATE VIEW takedowns AS
SELECT
    e.id AS event_id,
    p.title,
    p.published_on,
    e.last_before_at AS last_seen_at,
    e.first_after_at AS first_absent_at,
    e.detail AS evidence,
    p.state AS state_now,
    p.site,
    p.url,
    e.source_id,
    e.posting_id,
    e.release_id,
    (SELECT count(*) FROM postings c WHERE c.release_id = p.release_id AND c.state = 'live') AS live_copies
FROM events e
JOIN postings p ON p.id = e.posting_id
WHERE e.kind = 'removed'
ORDER BY e.at DESC, e.id DESC;

-- One row a posting that came back after its removal.
CREATE VIEW returns AS
SELECT
    e.id AS event_id,
    p.title,
    p.published_on,
    e.last_before_at AS last_absent_at,
    e.first_after_at AS back_at,
    (SELECT count(*) FROM changes c WHERE c.event_id = e.id) AS changed_fields,
    e.detail AS evidence,
    p.site,
    p.url,
    e.source_id,
    e.posting_id,
    e.release_id
FROM events e
JOIN postings p ON p.id = e.posting_id
WHERE e.kind = 'returned'
ORDER BY e.at DESC, e.id DESC;

-- One row a newsroom that was ever crawled, with its last run.
CREATE VIEW newsroom_health AS
SELECT
    r.source_id,
    r.state AS last_run,
    r.started_at AS last_run_at,
    s.last_complete_at,
    r.failures,
    coalesce((SELECT n FROM counts WHERE name = 'source:' || r.source_id), 0) AS postings,
    (SELECT count(*) FROM pending x WHERE x.source_id = r.source_id) AS pending,
    (SELECT max(e.at) FROM events e WHERE e.source_id = r.source_id AND e.kind = 'published') AS last_new_at,
    r.id AS run_id
FROM runs r
LEFT JOIN source_progress s ON s.source_id = r.source_id
WHERE r.id = (SELECT max(id) FROM runs WHERE source_id = r.source_id)
ORDER BY r.source_id;
