"""What follows a refusal: we leave the host alone, longer each time, until it lets us look again."""

import re
from datetime import datetime, timedelta

from crawler.clock import parse_http_date
from crawler.config import PUBLIC_COOL_DOWN_S, Config
from crawler.crawl.response import Target
from crawler.crawl.run import CrawlRun
from crawler.parsing import urls
from storage.models import Look, Page, Role, Verdict
from storage.tables import hosts, refusals
from storage.tables.hosts import CoolDown

LONGEST = timedelta(hours=24)  # of a cool-down, and the longest Retry-After that is taken at its word
MOST_DOUBLINGS = 20  # beyond these every first pause is above the longest
MAX_REFUSED_URLS = 3  # addresses that one run may be refused while their host lets us look at others
MAY_BE_FEED = 6  # refusals in a row after which the feed alone may be refused; the pause is eight hours then
FORBIDDEN = frozenset({401, 403})


def back_off(run: CrawlRun, look: Look) -> None:
    """Leave the host of a look alone where it refused us, or is in trouble and says for how long."""
    if look.verdict.is_present and look.role is not Role.ROBOTS:
        run.note_answer()
    asked, status = parse_retry_after(look.page, look.at), look.page.status if look.page else None
    reason = look.reason or f"HTTP {status}"
    if asked:
        reason = f"{reason}, Retry-After {asked.total_seconds():.0f} s"
    if look.verdict.is_refusal and look.address.url not in run.refused_urls:
        run.note_refusal()
        _record_refusal(run, look, asked, reason)
    elif _is_single_failure(run, look):
        run.add_refused_url(look.address.url)
    elif look.verdict is Verdict.SERVER_ERROR and asked:
        run.stop_requests()
        with run.store.writing() as db:
            hosts.start_cool_down(db, _find_site(look), CoolDown(look.at + asked, reason), run.store.clock())


def _record_refusal(run: CrawlRun, look: Look, asked: timedelta, reason: str) -> None:
    """Count a refusal, and leave the host alone for the pause that follows or the one it asks for."""
    host, first = _find_site(look), get_first_pause(run.config, is_private=run.source.private)
    with run.store.writing() as db:
        before = refusals.find_refusal(db, host)
        until = look.at + max(compute_pause(before.times + 1 if before else 1, first), asked)
        refusals.record_refusal(db, host, look.at, until, reason)
        hosts.start_cool_down(db, host, CoolDown(until, reason), run.store.clock())


def reset_backoff(run: CrawlRun) -> None:
    """Count refusals from zero again after a run to which the host answered and refused nothing."""
    store = run.store
    if run.has_answered and not run.has_refused and refusals.find_refusal(store.db, run.host):
        with store.writing() as db:
            refusals.clear_refusals(db, run.host)


def is_single_refusal(run: CrawlRun, ask: Target, status: int) -> bool:
    """Return whether an answer refuses one address, and not us.

    That is so when the address was refused before, and the host let us look at something else since. A run
    asks for the feed first: after many refusals in a row it may be the feed alone, so the listing is tried.
    """
    if ask.role is Role.ROBOTS or status not in FORBIDDEN or len(run.refused_urls) >= MAX_REFUSED_URLS:
        return False
    db = run.store.db
    refused_at = refusals.find_last_look_with_verdict(db, ask.role, ask.address, Verdict.BLOCKED)
    if refused_at is None:
        return False
    if run.has_answered or refusals.has_answered_since(db, run.source.id, refused_at):
        return True
    refusal = refusals.find_refusal(db, run.host) if ask.role is Role.FEED else None
    return refusal is not None and refusal.times >= MAY_BE_FEED


def _is_single_failure(run: CrawlRun, look: Look) -> bool:
    """Return whether a release alone fails, however long its answer asks us to wait: it did so before.

    The host showed us something else since, so it is not the host that is in trouble.
    """
    if look.role is not Role.ARTICLE or look.verdict is not Verdict.SERVER_ERROR:
        return False
    if len(run.refused_urls) >= MAX_REFUSED_URLS:
        return False
    db = run.store.db
    failed_at = refusals.find_last_look_with_verdict(db, look.role, look.address, Verdict.SERVER_ERROR)
    if failed_at is None:
        return False
    return run.has_answered or refusals.has_answered_since(db, run.source.id, failed_at)


def compute_pause(times: int, first: timedelta) -> timedelta:
    """Return how long a host is left alone after so many refusals in a row."""
    return min(first * (1 << min(times - 1, MOST_DOUBLINGS)), LONGEST)


def get_first_pause(config: Config, *, is_private: bool) -> timedelta:
    """Return how long a host is left alone after a first refusal; a public one at least five minutes."""
    least_s = 0.0 if is_private else PUBLIC_COOL_DOWN_S
    return timedelta(seconds=max(config.cool_down_s, least_s))


def parse_retry_after(page: Page | None, at: datetime) -> timedelta:
    """Return how long an answer that came at `at` asks us to wait, at most a day; nothing for nonsense.

    The header gives seconds, or a date by the host's own clock, which its header `Date` shows.

    Source: RFC 9110, section 10.2.3.
    """
    value = _find_header(page, "retry-after")
    if re.fullmatch("[0-9]+", value):
        return min(timedelta(seconds=int(value[:9])), LONGEST)
    until = parse_http_date(value)
    since = parse_http_date(_find_header(page, "date")) or at
    return min(max(until - since, timedelta(0)), LONGEST) if until else timedelta(0)


def _find_header(page: Page | None, name: str) -> str:
    headers = page.headers if page else ()
    return next((value.strip() for key, value in headers if key == name), "")


def _find_site(look: Look) -> str:
    """Return the host that answered a look, one name for all names of a site."""
    return urls.find_site(look.page.url if look.page else look.address.url)
