"""What is known of a posting between looks, and how much absence makes a removal."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from storage.models.release import Address


class PostingState(StrEnum):
    """The state of a posting; `unlisted` is a live one that listing and feed dropped."""

    LIVE = "live"
    SUSPECT = "suspect"
    REMOVED = "removed"
    MOVED = "moved"
    UNLISTED = "unlisted"

    @property
    def is_online(self) -> bool:
        """The posting answers at its address: live or unlisted."""
        return self is PostingState.LIVE or self is PostingState.UNLISTED

    @property
    def is_closed(self) -> bool:
        """We have reported that the address no longer shows the posting: removed or moved."""
        return self is PostingState.REMOVED or self is PostingState.MOVED


@dataclass(frozen=True, slots=True)
class RemovalPolicy:
    """How much absence makes a removal; the same holds for dropping out of the listing."""

    looks: int = 3  # absent looks, at least
    span: timedelta = timedelta(hours=6)  # between the first absent look and the one that confirms, at least


@dataclass(frozen=True, slots=True)
class Absence:
    """Consecutive looks that did not find the posting."""

    first_at: datetime
    last_at: datetime
    looks: int


@dataclass(frozen=True, slots=True)
class PostingStatus:
    """All that is known of a posting between looks."""

    state: PostingState  # live, suspect, removed or moved
    since: datetime  # of the look that gave this state
    address: Address
    last_seen_at: datetime  # the last look that showed the posting
    last_look_at: datetime  # the last look that counted, whatever its verdict
    absence: Absence | None = None  # of a suspect or removed posting
    moved_to: str | None = None  # address, of a moved posting
    last_listed_at: datetime | None = None  # None: never met in a listing or feed
    unlisting: Absence | None = None  # from the listing and the feed
    is_in_mass_absence: bool = False  # suspected with many others at once
    unlisting_reported: bool = False  # dropped from listing and feed, and an event has said so

    @property
    def shown_state(self) -> PostingState:
        """The state to show people: `unlisted` for a live posting that listing and feed dropped."""
        is_unlisted = self.state is PostingState.LIVE and self.unlisting_reported
        return PostingState.UNLISTED if is_unlisted else self.state


def start_posting_status(address: Address, at: datetime) -> PostingStatus:
    """Return the status of a posting that was read for the first time."""
    return PostingStatus(PostingState.LIVE, at, address, last_seen_at=at, last_look_at=at)
