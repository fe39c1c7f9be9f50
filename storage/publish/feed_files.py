"""Writes feeds as files, for any web server: whole files only, and only those that changed.

A feed has its newest entries. What falls out of it goes to archives (RFC 5005, 4), which stay as they are:
when a feed holds twice as many entries as it should, the older half becomes an archive. milwire-feeds.json in
the folder says where each archive begins and ends. The first time, a feed begins with its newest entries.

Archives are written again where what they say may not stay: after a purge, which removes content for safety;
after an event that was noticed before others already there, by a clock that was set back; and for other
addresses. Feeds that are no longer asked for are removed from the folder.
"""

import os
import posixpath
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.models import StoreError
from storage.publish import feed_events, feed_state
from storage.publish.feed import Feed, FeedEntry, FeedLinks, make_feed_tag
from storage.publish.feed_events import START, FeedPlace
from storage.publish.feed_list import ENTRIES, FORMATS, FeedSpec, render_feed_page
from storage.publish.feed_state import FeedFolderState, WrittenFeed
from storage.publish.opml import FeedOutline, render_opml
from storage.queries.events import find_last_event

MODE: Final = 0o666  # of new files, before the umask
MOST_KEPT: Final = 2000  # entries in memory for the next feed
LARGEST: Final = 10_000  # entries of an archive that events of a clock set back made larger
DISTURBED: Final = """SELECT EXISTS (SELECT 1 FROM events
    WHERE id > :last AND id <= :now AND (kind = 'purged' OR at < :last_at)) AS is_so"""


@dataclass(frozen=True, slots=True)
class FeedAddresses:
    """Where the files and the browser are served; None where that is not known."""

    base_url: str | None = None
    browse_url: str | None = None


NOWHERE: Final = FeedAddresses()


@dataclass(frozen=True, slots=True)
class FeedCounts:
    """What a run did."""

    written: int
    unchanged: int
    removed: int


def write_feeds(
    store: Readable,
    folder: Path,
    specs: Sequence[FeedSpec],
    addresses: FeedAddresses = NOWHERE,
    size: int = ENTRIES,
) -> FeedCounts:
    """Write feeds into a folder and return how many files changed. StoreError, one line, where that fails."""
    try:
        return _write_folder(store, folder, specs, addresses, size)
    except OSError as error:
        raise StoreError(f"{error.filename or folder}: {error.strerror or error}") from error


def replace_file(path: Path, content: bytes) -> bool:
    """Write a file whole or not at all; return False where it already has this content, and leave it so."""
    try:
        if path.read_bytes() == content:
            return False
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        part.chmod(MODE & ~_read_umask())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return True


def name_archive(name: str, number: int) -> str:
    """Return the name of a feed's archive; numbers begin at 0, names at 1."""
    return f"{name}-archive-{number + 1:04}"


def _write_folder(
    store: Readable, folder: Path, specs: Sequence[FeedSpec], addresses: FeedAddresses, size: int
) -> FeedCounts:
    ledger, last = feed_events.read_ledger_name(store), find_last_event(store)
    known = feed_state.read_feed_state(folder, ledger)
    folder.mkdir(parents=True, exist_ok=True)
    form = feed_state.make_form(addresses.base_url, addresses.browse_url)
    is_disturbed = known.form != form or _is_disturbed(store, known, last)
    counts = Counter[bool]()
    feeds: dict[str, WrittenFeed] = {}
    kept: dict[int, FeedEntry] = {}
    for spec in specs:
        before = known.feeds.get(spec.name) or _start_feed(store, spec, size)
        after, current = _cut_archives(store, spec, before, size)
        feeds[spec.name] = after
        if after == before and not is_disturbed and _has_files(folder, spec.name):
            counts[False] += len(FORMATS)
            continue
        archives = _list_archives(store, spec, after, 0 if is_disturbed else len(before.archives))
        for document in chain(archives, [_make_current(spec, after, current)]):
            counts.update(
                _write_document(
                    folder, document, ledger, addresses, _read_entries(store, document, addresses, kept)
                )
            )
    counts.update(replace_file(folder / name, content) for name, content in _list_contents(specs, addresses))
    # The state comes last: a run that is killed before it is made again, and writes the same.
    place = feed_events.find_feed_place(store, last) or START
    state = FeedFolderState(ledger, form, last, max(place.at, known.last_at), feeds)
    replace_file(folder / feed_state.NAME, feed_state.render_feed_state(state))
    removed = sum(_remove_feed(folder, name, known.feeds[name]) for name in known.feeds.keys() - feeds.keys())
    return FeedCounts(counts[True], counts[False], removed)


@dataclass(frozen=True, slots=True)
class _Document:
    """A feed or an archive, before it is read and written."""

    spec: FeedSpec
    name: str
    positions: Sequence[FeedPlace]
    older: str | None = None  # the name of the archive before
    current: str | None = None  # of an archive: the name of its feed


def _start_feed(store: Readable, spec: FeedSpec, size: int) -> WrittenFeed:
    """Return a feed that begins with its newest entries."""
    positions = feed_events.find_feed_places(store, spec.selection, size)
    if len(positions) < size:
        return WrittenFeed(START)
    return WrittenFeed(replace(positions[-1], number=positions[-1].number - 1))


def _cut_archives(
    store: Readable, spec: FeedSpec, known: WrittenFeed, size: int
) -> tuple[WrittenFeed, list[FeedPlace]]:
    """Return a feed with the archives that are now due, and the places of what stays in it."""
    start, archives = known.end, list(known.archives)
    while True:
        positions = feed_events.find_feed_places(
            store, spec.selection, 2 * size, after=start, is_oldest_first=True
        )
        if len(positions) < 2 * size:
            newest = positions[-1] if positions else start
            return replace(known, archives=tuple(archives), newest=newest), positions[::-1]
        start = positions[size - 1]
        archives.append(start)


def _list_archives(store: Readable, spec: FeedSpec, known: WrittenFeed, first: int) -> Iterator[_Document]:
    """Yield the archives of a feed from one on."""
    starts = (known.start, *known.archives)
    for number in range(first, len(known.archives)):
        end = starts[number + 1]
        positions = feed_events.find_feed_places(
            store,
            spec.selection,
            LARGEST,
            after=starts[number],
            before=replace(end, number=end.number + 1),
        )
        older = name_archive(spec.name, number - 1) if number else None
        yield _Document(spec, name_archive(spec.name, number), positions, older, spec.name)


def _make_current(spec: FeedSpec, known: WrittenFeed, positions: Sequence[FeedPlace]) -> _Document:
    older = name_archive(spec.name, len(known.archives) - 1) if known.archives else None
    return _Document(spec, spec.name, positions, older)


def _read_entries(
    store: Readable, one: _Document, addresses: FeedAddresses, kept: dict[int, FeedEntry]
) -> tuple[FeedEntry, ...]:
    """Return the entries of a document; `kept` has those that were made for other feeds."""
    if len(kept) > MOST_KEPT:
        kept.clear()
    missing = [place for place in one.positions if place.number not in kept]
    made = feed_events.list_feed_entries(store, missing, addresses.browse_url)
    kept.update((entry.number, entry) for entry in made)
    return tuple(kept[place.number] for place in one.positions)


def _write_document(
    folder: Path, one: _Document, ledger: str, addresses: FeedAddresses, entries: tuple[FeedEntry, ...]
) -> Iterator[bool]:
    """Write a document in each format, and yield whether the file changed."""
    tag = make_feed_tag(ledger, one.spec.name)
    for ending, (_, render) in FORMATS.items():
        here, older, current = (
            _make_url(addresses.base_url, one.name, name and f"{name}.{ending}")
            for name in (one.name, one.older, one.current)
        )
        links = FeedLinks(
            self_url=here or "",
            archive_url=older,
            current_url=current,
            home_url=_make_url(addresses.base_url, one.name, "index.html"),
        )
        content = render(Feed(tag, one.spec.title, links, entries))
        yield replace_file(folder / f"{one.name}.{ending}", content)


def _has_files(folder: Path, name: str) -> bool:
    return all((folder / f"{name}.{ending}").exists() for ending in FORMATS)


def _make_url(base_url: str | None, here: str, name: str | None) -> str | None:
    """Return the address of a file; without a base, relative to the document that has the link."""
    if name is None:
        return None
    return f"{base_url}/{name}" if base_url else posixpath.relpath(name, posixpath.dirname(here) or ".")


def _list_contents(specs: Sequence[FeedSpec], addresses: FeedAddresses) -> Iterator[tuple[str, bytes]]:
    """Yield the files that list the feeds."""
    outlines = [
        FeedOutline(one.title, _make_url(addresses.base_url, "", f"{one.name}.atom") or "") for one in specs
    ]
    yield "index.html", render_feed_page(specs)
    yield "feeds.opml", render_opml("Feeds of milwire", outlines)


def _is_disturbed(store: Readable, known: FeedFolderState, last: int) -> bool:
    """Return whether what archives say may not stay."""
    if not known.last:
        return False
    values = {"last": known.last, "now": last, "last_at": known.last_at}
    return bool(query_rows(store, DISTURBED, values)[0]["is_so"])


def _remove_feed(folder: Path, name: str, known: WrittenFeed) -> int:
    """Remove the files of a feed that is no longer asked for, and return how many there were."""
    names = [name, *(name_archive(name, number) for number in range(len(known.archives)))]
    paths = [
        path
        for one in names
        for ending in FORMATS
        if (path := folder / f"{one}.{ending}").resolve().is_relative_to(folder.resolve()) and path.exists()
    ]
    for path in paths:
        path.unlink()
    return len(paths)


def _read_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
