"""What a folder of feeds holds: milwire-feeds.json, which says where each archive begins and ends."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from storage.models import StoreError
from storage.publish.feed import SCHEMA
from storage.publish.feed_events import START, FeedPlace

NAME: Final = "milwire-feeds.json"


@dataclass(frozen=True, slots=True)
class WrittenFeed:
    """Where a feed begins, and the last place of each of its archives, the oldest first."""

    start: FeedPlace  # just before its first entry
    archives: tuple[FeedPlace, ...] = ()
    newest: FeedPlace = START  # of its entries

    @property
    def end(self) -> FeedPlace:
        """Return the place after which the entries of the feed itself begin."""
        return self.archives[-1] if self.archives else self.start


@dataclass(frozen=True, slots=True)
class FeedFolderState:
    """What was written the last time."""

    ledger: str  # hash of its first event
    form: tuple[object, ...] = ()  # what all files depend on
    last: int = 0  # the newest event
    last_at: str = ""
    feeds: Mapping[str, WrittenFeed] = field(default_factory=dict)


def make_form(base_url: str | None, browse_url: str | None) -> tuple[object, ...]:
    """Return what all files of a folder depend on beside the ledger."""
    return SCHEMA, base_url, browse_url


def read_feed_state(folder: Path, ledger: str) -> FeedFolderState:
    """Return what a folder holds; StoreError, one line, if it is unreadable or of another database."""
    path = folder / NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        state = _to_state(found)
    except FileNotFoundError:
        return FeedFolderState(ledger)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{path}: not as milwire writes it; choose an empty folder") from error
    if state.feeds and state.last and state.ledger != ledger:
        raise StoreError(f"{folder}: has the feeds of another database; choose an empty folder")
    return state


def render_feed_state(state: FeedFolderState) -> bytes:
    """Return the state as it is written."""
    feeds = {
        name: {
            "start": _to_pair(one.start),
            "archives": [_to_pair(each) for each in one.archives],
            "newest": _to_pair(one.newest),
        }
        for name, one in state.feeds.items()
    }
    made = {
        "ledger": state.ledger,
        "form": state.form,
        "last": state.last,
        "last_at": state.last_at,
        "feeds": feeds,
    }
    return (json.dumps(made, indent=1) + "\n").encode()


def _to_state(found: Any) -> FeedFolderState:
    feeds = {
        str(name): WrittenFeed(
            _to_place(one["start"]), tuple(map(_to_place, one["archives"])), _to_place(one["newest"])
        )
        for name, one in found["feeds"].items()
    }
    return FeedFolderState(
        str(found["ledger"]), tuple(found["form"]), int(found["last"]), str(found["last_at"]), feeds
    )


def _to_place(pair: Any) -> FeedPlace:
    at, number = pair
    return FeedPlace(str(at), int(number)) if at else START


def _to_pair(place: FeedPlace) -> list[object]:
    return [place.at, place.number]
