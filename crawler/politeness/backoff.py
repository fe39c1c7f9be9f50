"""What a refusal means to us: the host is left alone, longer each time, until it lets us look again."""

import re
from datetime import datetime, timedelta

from crawler.clock import http_date
from crawler.config import PUBLIC_COOL_DOWN_S, Config
from crawler.crawl.response import Ask
from crawler.crawl.run import Run
from crawler.parsing import urls
from storage.models import Look, Page, Role, Verdict
from storage.tables import hosts, refusals

LONGEST = timedelta(hours=24)  # of a cool-down, and the longest Retry-After that is taken at its word
MOST_DOUBLINGS = 20  # beyond these every first pause is above the longest
MOST_ALONE = 3  # addresses of one run that may be refused while their host lets us look at others
MAY_BE_FEED = 6  # refusals in a row; the pause is eight hours then
FORBIDDEN = frozenset({401, 403})


def heed(run: Run, look: Look) -> None:
    """Leave the host of a look alone where it refused us, or is away and says for how long."""
    if look.verdict.is_present and look.role is not Role.ROBOTS:
        run.answered = True
    asked, status = retry_after(look.page, look.at), look.page.status if look.page else None
    reason = look.reason or f"HTTP {status}"
    if asked:
        reason = f"{reason}, Retry-After {asked.total_seconds():.0f} s"
    if look.verdict.is_refusal and look.address.url not in run.alone:
        run.refused = True
        first = first_pause(run.config, is_private=run.source.private)
        refusals.refuse(
            run.store, _site(look), look.at, reason, lambda times: max(pause(times, first), asked)
        )
    elif look.verdict is Verdict.SERVER_ERROR and asked:
        run.stop()
        hosts.cool_down(run.store, _site(look), look.at + asked, reason)


def conclude(run: Run) -> None:
    """Count refusals from nothing again after a run to which the host answered, and refused nothing."""
    if run.answered and not run.refused:
        refusals.forget(run.store, run.host)


def is_alone(run: Run, ask: Ask, status: int) -> bool:
    """Tell whether an answer refuses one address and not us.

    So it is when that address was refused before, and the host let us look at something else since. A feed is
    asked for first: after many refusals in a row it may be the feed alone, and the listing is asked as well.
    """
    if ask.role is Role.ROBOTS or status not in FORBIDDEN or len(run.alone) >= MOST_ALONE:
        return False
    refused_at = refusals.refused_at(run.store, ask.role, ask.address)
    if refused_at is None:
        return False
    if run.answered or refusals.answered_since(run.store, run.source.id, refused_at):
        return True
    return ask.role is Role.FEED and refusals.times(run.store, run.host) >= MAY_BE_FEED


def pause(times: int, first: timedelta) -> timedelta:
    """Return how long a host is left alone after so many refusals in a row."""
    return min(first * (1 << min(times - 1, MOST_DOUBLINGS)), LONGEST)


def first_pause(config: Config, *, is_private: bool) -> timedelta:
    """Return how long a host is left alone at first; public ones never too shortly."""
    least_s = 0.0 if is_private else PUBLIC_COOL_DOWN_S
    return timedelta(seconds=max(config.cool_down_s, least_s))


def retry_after(page: Page | None, at: datetime) -> timedelta:
    """Return how long an answer that came at `at` asks us to wait, at most a day; nothing for nonsense.

    It is said in seconds, or as a date by the host's own clock, of which its header `Date` tells.

    Source: RFC 9110, section 10.2.3.
    """
    told = _header(page, "retry-after")
    if re.fullmatch("[0-9]+", told):
        return min(timedelta(seconds=int(told[:9])), LONGEST)
    until = http_date(told)
    since = http_date(_header(page, "date")) or at
    return min(max(until - since, timedelta(0)), LONGEST) if until else timedelta(0)


def _header(page: Page | None, name: str) -> str:
    headers = page.headers if page else ()
    return next((value.strip() for key, value in headers if key == name), "")


def _site(look: Look) -> str:
    """Return the host whose door a look was at: one for all names of a site."""
    return urls.site(look.page.url if look.page else look.address.url)
