"""From what came over the wire to one look: pages, readings, verdicts. No Scrapy beyond the response."""

from dataclasses import dataclass, replace

from scrapy.http import Response

from crawler import reading, redirects, verdicts
from crawler.html import ChallengeError, ParseError
from crawler.platforms import Reading
from storage.records import Address, Look, Page, Role, Verdict

RECEIVED = "milwire_received_headers"  # request.meta: the headers before decompression changed them
ASK = "milwire_ask"  # request.meta: what the request is for


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request is for; it survives redirects."""

    role: Role
    address: Address
    hops: int = 0


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


def judged(look: Look, page: Page, platform: str | None) -> Look:
    """Return the look completed by reading its page; a page that is a redirect is not read."""
    read: Reading | None = None
    problem = ""
    try:
        read = None if page.status in redirects.REDIRECTS else reading.read(page, platform)
    except ChallengeError as error:
        return replace(look, page=page, verdict=Verdict.BLOCKED, reason=str(error))
    except ParseError as error:
        problem = str(error)
    verdict, reason = verdicts.verdict(page, read, look.address, problem, role=look.role)
    look = replace(look, page=page, verdict=verdict, reason=reason)
    if verdict is not Verdict.LIVE or read is None:
        return look
    return replace(look, fields=read.fields, listing=read.listing)


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
