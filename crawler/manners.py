"""What a refusal means to us: the host is left alone, longer each time, until it lets us look again."""

from datetime import timedelta

from crawler import urls
from crawler.config import PUBLIC_COOL_DOWN_S, Config
from crawler.run import REFUSALS, Run
from storage import refusals
from storage.records import Look, Page, Role, Verdict

LONGEST = timedelta(hours=24)  # of a cool-down, and the longest Retry-After that is taken at its word
MOST_DOUBLINGS = 20  # beyond these every first pause is above the longest
LETS_US = frozenset({Verdict.LIVE, Verdict.UNCHANGED})


def heed(run: Run, look: Look) -> None:
    """Leave the host of a look alone where it refused us; count no more where it lets us look again."""
    host = urls.host(look.page.url if look.page else look.address.url)
    if look.verdict in LETS_US and look.role is not Role.ROBOTS:
        refusals.forget(run.store, host)
    if look.verdict not in REFUSALS:
        return
    first = first_pause(run.config, is_private=run.source.private)
    asked, status = retry_after(look.page), look.page.status if look.page else None
    reason = look.reason or f"HTTP {status}"
    if asked:
        reason = f"{reason}, Retry-After {asked.total_seconds():.0f} s"
    refusals.refuse(run.store, host, look.at, reason, lambda times: max(pause(times, first), asked))


def pause(times: int, first: timedelta) -> timedelta:
    """Return how long a host is left alone after so many refusals in a row."""
    return min(first * (1 << min(times - 1, MOST_DOUBLINGS)), LONGEST)


def first_pause(config: Config, *, is_private: bool) -> timedelta:
    """Return how long a host is left alone at first; public ones never too shortly."""
    least_s = 0.0 if is_private else PUBLIC_COOL_DOWN_S
    return timedelta(seconds=max(config.cool_down_s, least_s))


def retry_after(page: Page | None) -> timedelta:
    """Return how long an answer asks us to wait, at most a day; nothing where it does not say in seconds."""
    headers = page.headers if page else ()
    told = next((value for name, value in headers if name == "retry-after"), "")
    return min(timedelta(seconds=int(told[:9])), LONGEST) if told.isdecimal() else timedelta(0)
