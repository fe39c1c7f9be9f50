"""From a response to one look: page, reading, verdict. Uses nothing of Scrapy but the response."""

import zlib
from dataclasses import dataclass, replace
from http import HTTPStatus

from scrapy.http import Response

from crawler.crawl import conditional
from crawler.parsing import page_ends, reader, sitemaps, urls, verdicts
from crawler.parsing.answer_digest import digest_answer
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import Reading, entries
from storage.models import Address, Hop, Look, Page, PreviousRead, Role, Verdict

RECEIVED_HEADERS_KEY = "milwire_received_headers"  # request.meta: headers before decompression
TARGET_KEY = "milwire_target"  # request.meta: what the request is for
WHOLE_STREAM_KEY = "milwire_whole_stream"  # request.meta: a body that came short is whole by its checksum
GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = 31  # zlib: a gzip header, and the largest window
STREAM_STEP_BYTES = 1 << 20  # unpacked at once, and thrown away


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is for. Role and address stay the same through redirects, `url` does not."""

    role: Role
    address: Address
    url: str  # where to ask now, as it was written
    hops: tuple[Hop, ...] = ()  # redirects followed so far
    is_known: bool = False  # a posting that is stored already
    previous: PreviousRead | None = None  # by which an unchanged answer is recognised; None after a redirect


def make_target(role: Role, url: str) -> Target:
    """Return the target for an address as it was written. ValueError where it is no web address."""
    return Target(role, urls.parse_address(url), url)


def build_page(response: Response) -> Page:
    """Return a response as a page: the body decoded, the headers as they came."""
    received = response.meta.get(RECEIVED_HEADERS_KEY)
    return Page(response.url, response.status, received or decode_headers(response), response.body)


def breaks_off(response: Response, page: Page) -> bool:
    """Return whether an answer ended too soon by the length announced, and nothing shows that it is whole.

    Servers announce the length of the page before it was packed. A stream that ends with its own checksum is
    whole, and so is a page that closes what it opened. A redirect needs no body.
    """
    if "dataloss" not in response.flags or page.status in verdicts.REDIRECT_STATUSES:
        return False
    return not (response.meta.get(WHOLE_STREAM_KEY) or page_ends.shows_own_end(page.content))


def is_whole_stream(response: Response) -> bool:
    """Return whether a packed body, as received, is one whole gzip stream by its own checksum."""
    if "dataloss" not in response.flags or not response.body.startswith(GZIP_MAGIC):
        return False
    stream, rest = zlib.decompressobj(GZIP_WINDOW), response.body
    try:
        while rest and not stream.eof:
            stream.decompress(rest, STREAM_STEP_BYTES)
            rest = stream.unconsumed_tail
    except zlib.error:
        return False
    return stream.eof and not stream.unused_data


def decode_headers(response: Response) -> tuple[tuple[str, str], ...]:
    """Return the headers of a response, in order, names in lower case; others than UTF-8 as Latin-1."""
    return tuple(
        (_decode_text(name).lower(), _decode_text(value))
        for name, values in response.headers.items()
        for value in (values if isinstance(values, list) else [values])
    )


def judge_answer(look: Look, page: Page, target: Target, platform: str | None) -> Look:
    """Return the look completed by the page that answered its target; an unfollowed redirect is not read.

    Whatever exception a page brings about makes its look unreadable, with the page and the exception's name.
    """
    try:
        return _judge_by_role(look, page, target, platform)
    except Exception as error:  # every byte is hostile: no page may stop a crawl
        return _mark_unread(look, page, error)


def _judge_by_role(look: Look, page: Page, target: Target, platform: str | None) -> Look:
    if target.role is Role.CONTROL:
        return judge_control(look, page, platform)
    if target.role is Role.SITEMAP:
        return judge_site_map(look, page)
    if target.role is Role.ARTICLE and target.hops and page.status not in verdicts.REDIRECT_STATUSES:
        return judge_redirect_target(look, page, platform)
    return judge_page(look, page, platform, target.previous)


def judge_page(look: Look, page: Page, platform: str | None, previous: PreviousRead | None = None) -> Look:
    """Return the look completed by reading its page, or by recognising it as `previous`.

    A page that is a redirect is not read. An exception makes the look unreadable, as in `judge_answer`.
    """
    try:
        return _judge_read_page(look, page, platform, previous)
    except Exception as error:  # as above
        return _mark_unread(look, page, error)


def _judge_read_page(look: Look, page: Page, platform: str | None, previous: PreviousRead | None) -> Look:
    if page.status == HTTPStatus.NOT_MODIFIED:
        return _judge_not_modified(replace(look, page=page), previous)
    read: Reading | None = None
    problem = ""
    try:
        read = (
            None if page.status in verdicts.REDIRECT_STATUSES else reader.read_page(page, platform, previous)
        )
    except ParseError as error:
        problem = str(error)
    verdict, reason = verdicts.decide_verdict(page, read, look.address, problem, role=look.role)
    spoiled = verdict is Verdict.UNREADABLE and verdicts.is_damaged(page)
    look = replace(look, page=page, verdict=verdict, reason=reason, is_damaged=spoiled)
    if verdict.is_gone and look.role is Role.ARTICLE:
        look = replace(look, answer_digest=digest_answer(page))
    if verdict is not Verdict.LIVE or read is None:
        return look
    if read.listing is not None:
        look = replace(look, reason=read.reason)  # an empty list says so: it starts a span of its own
    found = verdicts.find_stated_address(page, look.address) if look.role is Role.ARTICLE else None
    is_known = read.digest is not None and read.fields is None
    is_whole = read.fields is None or read.fields.has_end  # half a page is not what to recognise others by
    return replace(
        look,
        fields=read.fields,
        listing=entries.adopt_listing_site(read.listing, look.address.site) if read.listing else None,
        found_address=found,
        article_digest=read.digest if is_whole else None,
        page_digest=read.page_digest if is_whole else None,
        revision_id=previous.revision_id if previous and is_known else None,
    )


def attach_validators(look: Look) -> Look:
    """Return a look with the validators of its answer, by which the next request can be conditional.

    Only for an answer that came from the address itself, not through a redirect.
    """
    if look.fields is not None and not look.fields.has_end:
        return look
    lists = look.listing is not None and look.listing.entries
    if look.verdict is not Verdict.LIVE or look.page is None or not (lists or look.role is Role.ARTICLE):
        return look
    return replace(look, validators=conditional.find_validators(look.page))


def is_failed_look(look: Look) -> bool:
    """Return whether a look is a failure of the crawl; a release that is gone is an answer."""
    return not (look.verdict.is_present if look.role.is_list else look.verdict.is_answer)


def format_failed_look(look: Look) -> str:
    """Return a failed look as the one line that a run records of it."""
    verdict = look.verdict.value.replace("_", " ")
    return f"{look.role.value} {look.address.url}: {verdict}" + (f": {look.reason}" if look.reason else "")


def _judge_not_modified(look: Look, previous: PreviousRead | None) -> Look:
    """Return the look at an unchanged page; a 304 to an unconditional request is an unreadable answer."""
    if previous is None or previous.validators is None:
        reason = "status 304 to a request that did not ask for it"
        return replace(look, verdict=Verdict.UNREADABLE, reason=reason, is_damaged=True)
    return replace(
        look, verdict=Verdict.UNCHANGED, listing=previous.listing, revision_id=previous.revision_id
    )


def judge_redirect_target(look: Look, page: Page, platform: str | None) -> Look:
    """Return a look whose address redirected to this page of the same site: what is there, and where.

    Another article there may be the same story; detection compares them before it reports a move.
    """
    look = judge_page(look, page, platform)
    target = urls.adopt_site(urls.parse_address(page.url), look.address.site)
    if look.verdict is Verdict.LIVE and (look.address.number or _is_same_spelling(target, look.address)):
        return replace(look, found_address=target)
    if look.verdict is Verdict.LIVE:
        return _mark_redirected(look, target, f"redirected to {target.url}")
    if look.verdict is not Verdict.SOFT_GONE or target.number in {None, look.address.number}:
        return look
    there = judge_page(replace(look, address=target), page, platform)
    if there.verdict is not Verdict.LIVE:
        return look
    return _mark_redirected(
        replace(there, address=look.address), target, f"redirected to article {target.number}"
    )


def judge_control(look: Look, page: Page, platform: str | None) -> Look:
    """Return the look at a made-up address: live if any article is shown there."""
    any_article = replace(look, role=Role.ARTICLE, address=replace(look.address, number=None))
    judged = judge_page(any_article, page, platform)
    return replace(judged, role=Role.CONTROL, address=look.address, fields=None, found_address=None)


def judge_site_map(look: Look, page: Page) -> Look:
    """Return the look at a file of a site map: live if it can be read as one."""
    problem = ""
    mapped: tuple[Address, ...] = ()
    try:
        mapped = sitemaps.read_sitemap(page).pages
    except ParseError as error:
        problem = str(error)
    verdict, reason = verdicts.decide_verdict(page, None, look.address, problem, role=Role.SITEMAP)
    if verdict is Verdict.UNREADABLE and not problem:
        verdict, reason = Verdict.LIVE, ""
    is_read = verdict is Verdict.LIVE
    return replace(look, page=page, verdict=verdict, reason=reason, mapped=mapped if is_read else ())


def _mark_unread(look: Look, page: Page, error: Exception) -> Look:
    reason = reader.explain_reader_error(error)
    return replace(look, page=page, verdict=Verdict.UNREADABLE, reason=reason)


def _mark_redirected(look: Look, target: Address, reason: str) -> Look:
    return replace(
        look, verdict=Verdict.REDIRECTED, reason=reason, redirect_url=target.url, found_address=target
    )


def _is_same_spelling(one: Address, other: Address) -> bool:
    """Return whether two addresses differ at most by letter case or the last slash."""
    return one.url.rstrip("/").lower() == other.url.rstrip("/").lower()


def _decode_text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
