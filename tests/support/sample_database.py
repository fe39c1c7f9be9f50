"""A small database with a bit of everything, filled by the store as crawls fill it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from storage.db.timestamps import format_timestamp
from storage.models import Address, Confidence, Entry, Fields, Image, Link, Listing, Look, Page, Role, Verdict
from storage.store import RunOutcome, Store

FIRST = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
SECOND = FIRST + timedelta(hours=4)
KOREA, JAPAN, BROKEN = "korea-news", "japan-news", "broken-news"
HOSTILE = "<script>alert(1)</script>"

TROOPS = "The exercise ended on Friday with 1,200 troops & partners. " + "They trained for days. " * 30


def address(number: int, site: str = "www.korea.mil") -> Address:
    return Address(site, str(number), f"https://{site}/News/Article/{number}/made-up/")


def fields(title: str, *paragraphs: str, on: date = date(2026, 1, 30), **more: object) -> Fields:
    known: dict[str, object] = {
        "byline": "Staff Sgt. A. Maker",
        "organization": "Example Wing",
        "dateline": "CAMP PRACTICE, South Korea",
        "tags": ("exercise",),
        "images": (Image("https://media.example.mil/a.jpg", f"A caption {HOSTILE}", "Photo by A. Maker"),),
        "links": (
            Link("https://www.example.mil/a.pdf", "Annex", attachment=True),
            Link("javascript:alert(2)", "x"),
        ),
    }
    return Fields(
        title=title,
        paragraphs=paragraphs,
        parser="afpims:1",
        confidence=Confidence.HIGH,
        design="g4",
        published_raw=f"{on:%B} {on.day}, {on.year}",
        published_on=on,
        **(known | more),  # type: ignore[arg-type]  # one value a field, by name
    )


def article(at: datetime, where: Address, read: Fields, source: str, run: int) -> Look:
    page = Page(where.url, 200, (("content-type", "text/html"),), repr(read).encode())
    return Look(Role.ARTICLE, where, at, Verdict.LIVE, source, run, page, read)


def listing(at: datetime, source: str, run: int, *entries: tuple[Address, str]) -> Look:
    where = Address(entries[0][0].site, None, f"https://{entries[0][0].site}/News/")
    found = Listing(tuple(Entry(one, title) for one, title in entries), "afpims:1")
    page = Page(where.url, 200, (), repr(found).encode())
    return Look(Role.LISTING, where, at, Verdict.LIVE, source, run, page, listing=found)


def crawl(
    store: Store, source: str, at: datetime, *read: tuple[Address, Fields], failures: tuple[str, ...] = ()
) -> None:
    """Crawl a newsroom whose first page lists these releases."""
    run = store.start_run(source, "crawl", at)
    store.save_look(listing(at, source, run, *((where, one.title) for where, one in read)))
    for minute, (where, one) in enumerate(read, 1):
        store.save_look(article(at + timedelta(minutes=minute), where, one, source, run))
    for failure in failures:
        store.record_run_failure(run, failure)
    store.detect_changes(source)
    state = "failed" if failures else "ok"
    store.finish_run(run, RunOutcome(not failures, len(read), 0, 0, len(read) + 1, failures, state))


def make_sample(path: Path) -> Store:
    """Return a store after two crawls of one newsroom, one of another and a failed one of a third.

    Release 1 is posted on two sites and was edited on one; one release is Korean, one Japanese; one was
    published between the two crawls.
    """
    store = Store.open(path, clock=lambda: SECOND)
    exercise = fields(f"Exercise {HOSTILE} ends", TROOPS, "=1+1 is in the second paragraph.")
    korean = fields(
        "주한미군, 연합훈련 실시", "평택 캠프험프리스에서 한미 연합훈련이 실시되었다.", on=date(2026, 1, 28)
    )
    japanese = fields(
        "在日米軍、共同訓練", "横田基地で日米共同訓練が行われました。", on=date(2025, 12, 20), tags=("訓練",)
    )
    plain = fields(
        "=Range hours change", "The range opens at eight.", on=date(2026, 1, 31), organization="-Range"
    )
    both = ((address(101), exercise), (address(102), korean))
    crawl(store, KOREA, FIRST, *both)
    crawl(
        store,
        JAPAN,
        FIRST,
        (address(101, "www.japan.mil"), exercise),
        (address(201, "www.japan.mil"), japanese),
    )
    edited = fields("Exercise ends", TROOPS.replace("1,200", "1,250"), "=1+1 is in the second paragraph.")
    crawl(store, KOREA, SECOND, (address(103), plain), (address(101), edited), (address(102), korean))
    crawl(
        store,
        BROKEN,
        FIRST,
        (address(301, "www.broken.mil"), plain),
        failures=("listing: 403 from www.broken.mil",),
    )
    return store


def add_pending(store: Store, number: int, tries: int, absent_looks: int) -> None:
    """Let a release of KOREA wait in the table `pending` since FIRST, after so many looks without success."""
    where = address(number)
    row = {
        "source_id": KOREA,
        "site": where.site,
        "key": str(number),
        "number": str(number),
        "title": "Not fetched yet",
        "url": where.url,
        "kind": "published",
        "discovered_at": format_timestamp(FIRST),
        "rank": 0,
        "tries": tries,
        "absent_looks": absent_looks,
    }
    with store.writing() as db:
        db.table("pending").insert(row)
