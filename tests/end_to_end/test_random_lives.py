"""Random lives of a newsroom: whatever happens, the database verifies, and each text has its own time.

Stories are edited, go and come back while the site breaks and is mended; runs are killed, captures imported,
stories purged, and a newer parser reads everything again.
"""

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings, stateful
from hypothesis import strategies as st

from crawler.parsing import reader
from crawler.reparse import SourceReparse
from storage.archive.writer import get_archive_folder
from storage.db.timestamps import format_timestamp
from storage.integrity.verify import verify_database
from storage.models import Fields, Look, Page, RemovalPolicy, Role, Verdict
from storage.store import Store
from tests.support.make_looks import SOURCE, address, after, entry, listed, outcome

OLD = "generic:0+trafilatura-1.0"
NUMBERS = [str(number) for number in range(100, 112)]
TEXT = "Crews of three ships trained on Friday off the coast and came home late in the evening. " * 3
BAD = [Verdict.UNREADABLE, Verdict.SOFT_GONE, Verdict.GONE, Verdict.REDIRECTED, Verdict.BLOCKED]
number = st.sampled_from(NUMBERS)
numbers = st.lists(number, min_size=1, unique=True)
many = st.lists(number, min_size=7, unique=True)


@dataclass(frozen=True)
class Story:
    """What a story's address answers."""

    version: int = 0
    is_cut: bool = False  # most of the text is missing
    verdict: Verdict = Verdict.LIVE
    design: str = "one"


@cache
def shown(story_number: str, story: Story) -> Page:
    text = "Only this is left." if story.is_cut else f"{TEXT} Version {story.version} of {story_number}."
    facts = {
        "@type": "NewsArticle",
        "headline": f"Story {story_number} of the wing",
        "datePublished": "2026-03-01",
        "articleBody": text,
    }
    ld = f'<script type="application/ld+json">{json.dumps(facts)}</script>'
    body = f"<article><h1>{facts['headline']}</h1><p>{text}</p></article>"
    html = f"<!DOCTYPE html><html><head><title>x</title>{ld}</head><body>{body}</body></html>"
    status = 404 if story.verdict is Verdict.GONE else 200
    return Page(address(story_number).url, status, (("content-type", "text/html"),), html.encode())


@cache
def read(story_number: str, story: Story) -> Fields:
    fields = reader.read_page(shown(story_number, story), "generic").fields
    assert fields
    return fields


class RandomLife(stateful.RuleBasedStateMachine):
    """A newsroom, its database, and what was seen of it."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self.hour = 0.0
        self.store = Store.open(Path(self._folder.name) / "milwire.db", clock=lambda: after(self.hour))
        self.stories = dict.fromkeys(NUMBERS, Story())
        self.is_old_parser = True
        self.well: list[tuple[str, str, int]] = []  # looks that read well: story, time, version
        self.imported: set[str] = set()  # a late look cuts a span, of which only the ends are known
        self.visit(NUMBERS, is_killed=False)

    def teardown(self) -> None:
        try:
            self.check_end()
        finally:
            self.store.close()
            self._folder.cleanup()

    @stateful.rule(chosen=many, verdict=st.sampled_from(BAD))
    def break_many(self, chosen: list[str], verdict: Verdict) -> None:
        self.change(chosen, verdict=verdict)

    @stateful.rule(chosen=many, edited=many, version=st.integers(0, 3), is_cut=st.booleans())
    def relaunch(self, chosen: list[str], edited: list[str], version: int, is_cut: bool) -> None:  # a value
        """Break most of the site; what can be read is in other markup, and partly edited."""
        self.change(NUMBERS, design="two")
        self.change(edited, version=version)
        self.change(chosen, is_cut=is_cut, verdict=Verdict.LIVE if is_cut else Verdict.UNREADABLE)
        self.visit(NUMBERS, is_killed=False)

    @stateful.rule(is_killed=st.booleans())
    def go_back(self, is_killed: bool) -> None:  # a value, not a mode
        """Repair the site and look at it."""
        self.change(NUMBERS, design="one", verdict=Verdict.LIVE, is_cut=False)
        self.visit(NUMBERS, is_killed=is_killed)

    @stateful.rule(one=number, verdict=st.sampled_from(BAD))
    def break_one(self, one: str, verdict: Verdict) -> None:
        self.change([one], verdict=verdict)

    @stateful.rule(chosen=many, design=st.sampled_from(["one", "two"]))
    def redesign(self, chosen: list[str], design: str) -> None:
        self.change(chosen, design=design)

    @stateful.rule(one=number, version=st.integers(0, 3))
    def edit(self, one: str, version: int) -> None:
        self.change([one], version=version)

    @stateful.rule(chosen=numbers)
    def mend(self, chosen: list[str]) -> None:
        self.change(chosen, verdict=Verdict.LIVE, is_cut=False)

    @stateful.rule(chosen=numbers, is_killed=st.booleans())
    def visit_some(self, chosen: list[str], is_killed: bool) -> None:  # a value, not a mode
        self.visit(chosen, is_killed=is_killed)

    @stateful.rule(is_killed=st.booleans())
    def visit_all(self, is_killed: bool) -> None:  # a value, not a mode
        self.visit(NUMBERS, is_killed=is_killed)

    @stateful.rule(one=number, version=st.integers(0, 3), back=st.floats(-2, 9))
    def import_capture(self, one: str, version: int, back: float) -> None:
        hour = max(self.hour - back, 0.01)
        self.imported.add(one)
        run = self.store.start_run(SOURCE.id, "import", after(self.hour))
        self.store.save_look(self.look_at(one, Story(version), hour, run))
        self.store.finish_run(run, outcome(complete=True))

    @stateful.rule(one=number)
    def purge(self, one: str) -> None:
        row = self.store.db.execute("SELECT id FROM postings WHERE number = ?", [one]).fetchone()
        self.store.purge_posting(row[0], "a test")
        self.store.finish_purges()

    @stateful.rule()
    def reparse(self) -> None:
        self.is_old_parser = False
        self.store.db.execute("UPDATE runs SET state = 'interrupted' WHERE state = 'running'")
        self.store.db.commit() if self.store.db.conn.in_transaction else None
        SourceReparse(self.store, SOURCE, RemovalPolicy(), lambda done, rows: None).reparse_source()

    @stateful.invariant()
    def check_database(self) -> None:
        report = verify_database(self.store.db, get_archive_folder(self.store.path))
        assert report.problem is None, report.problem

    def change(self, chosen: list[str], **changes: object) -> None:
        for one in chosen:
            self.stories[one] = replace(self.stories[one], **changes)  # type: ignore[arg-type]  # by name

    def visit(self, chosen: list[str], *, is_killed: bool) -> None:
        self.hour += 3
        run = self.store.start_run(SOURCE.id, "crawl", after(self.hour))
        self.store.save_look(listed(after(self.hour), *map(entry, reversed(NUMBERS)), run=run))
        for place, one in enumerate(chosen, 1):
            self.store.save_look(self.look_at(one, self.stories[one], self.hour + place / 100, run))
        if not is_killed:
            self.store.detect_changes(SOURCE.id)
            self.store.finish_run(run, outcome(complete=True))

    def look_at(self, one: str, story: Story, hour: float, run: int) -> Look:
        page = shown(one, story)
        look = Look(Role.ARTICLE, address(one), after(hour), story.verdict, SOURCE.id, run, page)
        if story.verdict is Verdict.LIVE and not story.is_cut:
            self.well.append((one, format_timestamp(look.at), story.version))
        if story.verdict is not Verdict.LIVE:
            return replace(look, reason="it reads badly")
        fields = replace(read(one, story), design=story.design)
        return replace(look, fields=replace(fields, parser=OLD) if self.is_old_parser else fields)

    def check_end(self) -> None:
        """Repair the site and look twice: nothing waits, and each posting says what it shows."""
        for _ in range(2):
            self.go_back(is_killed=False)
            self.check_database()
        assert self.store.db.execute("SELECT count(*) FROM findings").fetchone() == (0,)
        assert self.store.db.execute("SELECT count(*) FROM quarantines").fetchone() == (0,)
        rows = self.store.db.execute(
            "SELECT p.number, p.state, v.body FROM postings p JOIN revisions v ON v.id = p.revision_id"
            " WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = 'purged')"
        )
        for one, state, body in rows.fetchall():
            assert state == "live"
            assert f"Version {self.stories[one].version} of {one}." in body
            well = [] if one in self.imported else [(at, n) for story, at, n in self.well if story == one]
            for at, version in well:
                assert f"Version {version} of {one}." in self.find_text(one, at), (one, at, version)

    def find_text(self, one: str, at: str) -> str:
        """Return what a story said at a time."""
        row = self.store.db.execute(
            "SELECT v.body FROM revisions v JOIN postings p ON p.id = v.posting_id"
            " WHERE p.number = ? AND v.observed_at <= ? ORDER BY v.observed_at DESC, v.seq DESC LIMIT 1",
            [one, at],
        )
        return str(row.fetchone()[0])


RandomLife.TestCase.settings = settings(max_examples=8, stateful_step_count=10, deadline=None)
TestRandomLives = RandomLife.TestCase
