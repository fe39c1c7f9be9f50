"""Known stories that an archive shows at another address, under another headline.

A crawl asks the old address. An archive has its answers among its captures, so a new address with the text of
a known story waits until all captures were met. Two stories that one list names at once are never one.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from crawler.crawl.renamed_stories import FindText, KnownText, ListSameText
from storage.detection import renames
from storage.models import Address, Look, Role, Verdict

MOST_HELD = 200  # looks kept in memory

FindLastSeen = Callable[[Address], datetime | None]  # when an address last showed its story


@dataclass(slots=True)
class HeldAddress:
    """The looks at a new address, and the story that it may be."""

    known: KnownText
    looks: list[Look] = field(default_factory=list)


class ArchivedRenames:
    """The looks of one import at addresses without a number."""

    def __init__(
        self, list_same_text: ListSameText, find_text: FindText, find_last_seen: FindLastSeen
    ) -> None:
        self._list_same_text = list_same_text
        self._find_text = find_text
        self._find_last_seen = find_last_seen
        self._lists: list[frozenset[str]] = []  # addresses that a list named at once
        self._answers: dict[str, list[Look]] = defaultdict(list)  # of addresses that show no story any more
        self._held: dict[str, HeldAddress] = {}

    def sort_look(self, look: Look) -> tuple[Look, ...]:
        """Return what can be saved now: the look, unless it must wait."""
        if look.listing is not None:
            self._lists.append(frozenset(one.address.url for one in look.listing.entries))
        if look.role is not Role.ARTICLE or look.address.number is not None:
            return (look,)
        url = look.address.url
        if look.verdict is Verdict.REDIRECTED or look.verdict is Verdict.GONE:
            self._answers[url].append(replace(look, page=None))
        if url in self._held:
            self._held[url].looks.append(look)
            return ()
        known = self._find_namesake(look)
        if known is None or sum(len(one.looks) for one in self._held.values()) >= MOST_HELD:
            return (look,)
        self._held[url] = HeldAddress(known, [look])
        return ()

    def release_rest(self) -> tuple[Look, ...]:
        """Return the looks that waited, as looks at the story that each is, where the old address says so."""
        held, self._held = self._held, {}
        return tuple(look for one in held.values() for look in self._settle(one))

    def _find_namesake(self, look: Look) -> KnownText | None:
        """Return the one story that a new address may be; None where there is none, or more than one."""
        if look.verdict is not Verdict.LIVE or look.fields is None or self._find_text(look) is not None:
            return None
        found = self._list_same_text(look.address, look.fields)
        return found[0] if len(found) == 1 else None

    def _settle(self, held: HeldAddress) -> list[Look]:
        looks = sorted(held.looks, key=lambda look: look.at)
        first, *rest = looks
        return [replace(first, renamed_from=held.known[0]), *rest] if self._is_renamed(held, first) else looks

    def _is_renamed(self, held: HeldAddress, first: Look) -> bool:
        old, known = held.known
        new = first.address.url
        seen_at = self._find_last_seen(old)
        if first.fields is None or seen_at is None or seen_at >= first.at:
            return False
        if any({old.url, new} <= named for named in self._lists):
            return False
        later = [answer for answer in self._answers[old.url] if answer.at > seen_at]
        if any(answer.redirect_url == new for answer in later):
            return True
        is_gone = any(answer.verdict is Verdict.GONE for answer in later)
        return is_gone and renames.have_one_story(known, first.fields)
