"""From what came over the wire to one look: pages, readings, verdicts. No Scrapy beyond the response."""

from dataclasses import dataclass, replace
from http import HTTPStatus

from scrapy.http import Response

from crawler.crawl import conditional, redirects
from crawler.parsing import reader, urls, verdicts
from crawler.parsing.html import ChallengeError, ParseError
from crawler.parsing.platforms import Reading
from storage.models import Address, Look, Page, Role, Verdict
from storage.tables.conditional import Held

RECEIVED = "milwire_received_headers"  # request.meta: the headers before decompression changed them
ASK = "milwire_ask"  # request.meta: what the request is for


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request is for; it survives redirects."""

    role: Role
    address: Address
    hops: int = 0
    again: bool = False  # a posting that is stored already
    held: Held | None = None  # what the answer may be recognised by; nothing once the address led elsewhere


def page_of(response: Response) -> Page:
    """Return a response as a page: the body decoded, the headers as they came."""
    received = response.meta.get(RECEIVED)
    return Page(response.url, response.status, received or headers_of(response), response.body)


def headers_of(response: Response) -> tuple[tuple[str, str], ...]:
    """Return the headers of a response, in order, names in lower case; bytes that are no UTF-8 as Latin-1."""
    return tuple(
        (_text(name).lower(), _text(value))
        for name, values in response.headers.items()
        for value in (values if isinstance(values, list) else [values])
    )


def judged(look: Look, page: Page, platform: str | None, held: Held | None = None) -> Look:
    """Return the look completed by reading its page, as far as it is not what we hold.

    A page that is a redirect is not read.
    """
    if page.status == HTTPStatus.NOT_MODIFIED:
        return _unmodified(replace(look, page=page), held)
    read: Reading | None = None
    problem = ""
    try:
        read = None if page.status in redirects.REDIRECTS else reader.read(page, platform, held)
    except ChallengeError as error:
        return replace(look, page=page, verdict=Verdict.BLOCKED, reason=str(error))
    except ParseError as error:
        problem = str(error)
    verdict, reason = verdicts.verdict(page, read, look.address, problem, role=look.role)
    spoiled = verdict is Verdict.UNREADABLE and verdicts.is_spoiled(page)
    look = replace(look, page=page, verdict=verdict, reason=reason, spoiled=spoiled)
    if verdict is not Verdict.LIVE or read is None:
        return look
    if read.listing is not None:
        look = replace(look, reason=read.reason)  # "nothing listed": its span is not that of a filled list
    found = verdicts.stated(page, look.address) if look.role is Role.ARTICLE else None
    is_known = read.digest is not None and read.fields is None
    return replace(
        look,
        fields=read.fields,
        listing=read.listing,
        found=found,
        article_digest=read.digest,
        page_digest=read.page_digest,
        revision_id=held.revision_id if held and is_known else None,
    )


def asked_by(look: Look) -> Look:
    """Return a look that came straight from its address with what its server gave to ask by the next time."""
    lists = look.listing is not None and look.listing.entries
    if look.verdict is not Verdict.LIVE or look.page is None or not (lists or look.role is Role.ARTICLE):
        return look
    return replace(look, validators=conditional.given(look.page))


def _unmodified(look: Look, held: Held | None) -> Look:
    """Return the look at a page that is as it was; such an answer that nobody asked for tells nothing."""
    if held is None or held.validators is None:
        told = "status 304 to a request that did not ask for it"
        return replace(look, verdict=Verdict.UNREADABLE, reason=told, spoiled=True)
    return replace(look, verdict=Verdict.UNCHANGED, listing=held.listing, revision_id=held.revision_id)


def led(look: Look, page: Page, platform: str | None) -> Look:
    """Return a look whose address redirected to this page of the same site: what stands there, and where.

    Another article there may be the same story; storage compares them before it says that the posting moved.
    """
    look = judged(look, page, platform)
    where = urls.address(page.url)
    if look.verdict is Verdict.LIVE and (look.address.number or _is_spelling(where, look.address)):
        return replace(look, found=where)
    if look.verdict is Verdict.LIVE:
        told = f"redirected to {where.url}"
        return replace(look, verdict=Verdict.REDIRECTED, reason=told, redirect_url=where.url, found=where)
    if look.verdict is not Verdict.SOFT_GONE or where.number in {None, look.address.number}:
        return look
    there = judged(replace(look, address=where), page, platform)
    if there.verdict is not Verdict.LIVE:
        return look
    told = f"redirected to article {where.number}"
    return replace(
        there,
        address=look.address,
        verdict=Verdict.REDIRECTED,
        reason=told,
        redirect_url=where.url,
        found=where,
    )


def control(look: Look, page: Page, platform: str | None) -> Look:
    """Return the look at an address where nothing can ever have been: live if any article is shown there."""
    anything = replace(look, role=Role.ARTICLE, address=replace(look.address, number=None))
    asked = judged(anything, page, platform)
    return replace(asked, role=Role.CONTROL, address=look.address, fields=None, found=None)


def _is_spelling(one: Address, other: Address) -> bool:
    """Tell whether two addresses differ by letter case or the last slash alone."""
    return one.url.rstrip("/").lower() == other.url.rstrip("/").lower()


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
