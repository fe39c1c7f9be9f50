"""New addresses that may be known stories under another headline: held until the old address has answered.

Where an address carries no number, a new headline with a new slug looks like one story published and another
removed. So a new page with the text of a known one waits, and the old address is asked: if it leads here, or
is gone, both are one posting. Two stories that one list names at once are never one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from storage.detection import renames
from storage.models import Address, Fields, Look, Role, Verdict

KnownText = tuple[Address, Fields]
ListSameText = Callable[[Address, Fields], list[KnownText]]  # known postings with mostly this text
FindText = Callable[[Look], Fields | None]  # what the posting of a look said before; None for none

MOST_HELD = 50  # new pages that wait, in memory


@dataclass(frozen=True, slots=True)
class HeldStory:
    """A look at a new address, and the posting that it may be."""

    look: Look
    known: KnownText


class RenamedStories:
    """The looks of one run at addresses without a number."""

    def __init__(self, list_same_text: ListSameText, find_text: FindText) -> None:
        self._list_same_text = list_same_text
        self._find_text = find_text
        self._named: dict[Role, set[str]] = {}  # by kind of list: addresses that this run's lists name
        self._answers: dict[str, Look] = {}  # of known postings that were asked in this run
        self._held: list[HeldStory] = []

    def sort_look(self, look: Look, *, is_known: bool) -> tuple[tuple[Look, ...], Address | None]:
        """Return what can be saved now, in this order, and an old address that is to be asked first."""
        if look.listing is not None:
            self._named.setdefault(look.role, set()).update(one.address.url for one in look.listing.entries)
        if look.role is not Role.ARTICLE or look.address.number is not None:
            return (look,), None
        if is_known:
            return self._settle_known(look), None
        return self._settle_new(look)

    def release_rest(self) -> tuple[Look, ...]:
        """Return the looks whose old address never answered: nothing joins them to a known posting."""
        held, self._held = self._held, []
        return tuple(one.look for one in held)

    def _settle_new(self, look: Look) -> tuple[tuple[Look, ...], Address | None]:
        known = self._find_namesake(look)
        if known is None:
            return (look,), None
        one = HeldStory(look, known)
        answer = self._answers.get(known[0].url)
        if answer is not None:
            return (_join(one, answer) or look,), None
        if len(self._held) >= MOST_HELD:
            return (look,), None
        is_asked = any(each.known[0] == known[0] for each in self._held)
        self._held.append(one)
        return (), None if is_asked else known[0]

    def _find_namesake(self, look: Look) -> KnownText | None:
        """Return the one posting that a new address may be; None where there is none, or more than one."""
        if look.verdict is not Verdict.LIVE or look.fields is None or self._find_text(look) is not None:
            return None
        found = self._list_same_text(look.address, look.fields)
        found = [one for one in found if not self._are_listed_at_once(look.address, one[0])]
        return found[0] if len(found) == 1 else None

    def _settle_known(self, look: Look) -> tuple[Look, ...]:
        bare = replace(look, page=None, fields=None, listing=None, hops=())  # a run may ask thousands
        self._answers.setdefault(look.address.url, bare)
        waiting = [one for one in self._held if one.known[0].url == look.address.url]
        self._held = [one for one in self._held if one not in waiting]
        if not waiting:
            return (self._follow_redirect(look),)
        joined = [_join(one, look) for one in waiting]
        if sum(one is not None for one in joined) != 1:
            return (*(one.look for one in waiting), look)
        new = tuple(each or one.look for each, one in zip(joined, waiting, strict=True))
        return (*new, look)

    def _follow_redirect(self, look: Look) -> Look:
        """Return a look that led to the same text at a new address as a look at the posting there."""
        found, known = look.found_address, self._find_text(look)
        if look.verdict is not Verdict.REDIRECTED or found is None or look.fields is None or known is None:
            return look
        is_elsewhere = found.number is not None or found.site != look.address.site
        if is_elsewhere or self._are_listed_at_once(found, look.address):
            return look
        there = replace(look, address=found, renamed_from=look.address, found_address=None)
        if self._find_text(there) is not None or not renames.share_most_text(known, look.fields):
            return look
        return replace(there, verdict=Verdict.LIVE, reason="", redirect_url=None)

    def _are_listed_at_once(self, one: Address, other: Address) -> bool:
        return any({one.url, other.url} <= named for named in self._named.values())


def _join(held: HeldStory, answer: Look) -> Look | None:
    """Return a look as one at the posting that it may be, if the old address's answer says so; else None."""
    address, known = held.known
    read = held.look.fields
    leads_here = answer.verdict is Verdict.REDIRECTED and answer.found_address == held.look.address
    is_gone = answer.verdict is Verdict.GONE and read is not None and renames.have_one_story(known, read)
    return replace(held.look, renamed_from=address) if leads_here or is_gone else None
