"""Conditional requests: how a site names the state of its pages, and when it answers 304. Pure.

No real newsroom was seen to give validators, so a practice site gives none unless a test asks for them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum

from simulator.responses import Answer

TEMPLATE_DAY = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


class Validation(StrEnum):
    """What a site does about conditional requests."""

    NONE = "none"  # gives no validators and answers in full
    HONEST = "honest"  # a 304 where what it shows is the same, view state and the like left out
    LYING = "lying"  # validators of the template: a 304 to whoever has asked before
    UNASKED = "unasked"  # a 304 to everybody


@dataclass(frozen=True, slots=True)
class PageState:
    """What a server names a page by."""

    etag: str
    modified_at: datetime


def compute_state(manner: Validation, steady: bytes, first_at: datetime) -> PageState:
    """Return the state of a page: of what it shows without noise, or of its template where the site lies."""
    if manner is not Validation.HONEST:
        return PageState('W/"template"', TEMPLATE_DAY)
    return PageState(f'"{hashlib.sha256(steady).hexdigest()[:32]}"', first_at)


def add_validators(answer: Answer, manner: Validation, now: PageState, headers: Mapping[str, str]) -> Answer:
    """Return what is sent: the answer with validators, or a 304 without a body; headers in lower case."""
    if manner is Validation.NONE or answer.status != 200:
        return answer
    given = (("ETag", now.etag), ("Last-Modified", format_datetime(now.modified_at, usegmt=True)))
    if manner is Validation.UNASKED or _is_unmodified(now, headers):
        return replace(answer, status=304, body=b"", headers=given)
    return replace(answer, headers=(*answer.headers, *given))


def _is_unmodified(now: PageState, headers: Mapping[str, str]) -> bool:
    """Tell whether a request names the state that is (RFC 9110, section 13.2.2: an entity tag goes first)."""
    if "if-none-match" in headers:
        tags = [tag.strip().removeprefix("W/") for tag in headers["if-none-match"].split(",")]
        return now.etag.removeprefix("W/") in tags
    try:
        since = parsedate_to_datetime(headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return now.modified_at.replace(microsecond=0) <= since
