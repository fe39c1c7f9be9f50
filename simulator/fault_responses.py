"""Spoiling answers: what a rule makes of a request, apart from how bytes travel (see `wire`)."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from simulator import faults, responses, routing
from simulator.chrome import PageRequest
from simulator.faults import Fault, Trouble
from simulator.pages import plain
from simulator.responses import Answer, Request
from simulator.truth import Newsroom, Section

PRIVATE_URL = "http://10.11.12.13/News/"


@dataclass(slots=True)
class Rule:
    """A fault in force, with what it has to remember."""

    fault: Fault
    newsroom: Newsroom  # when it was laid
    laid_at: datetime
    met: int = 0

    def applies_to(self, site: str, target: str) -> bool:
        """Return whether this request meets the rule, and count it."""
        if not faults.matches(self.fault, site, target):
            return False
        self.met += 1
        spent = self.met - self.fault.skip
        return spent > 0 and (self.fault.times is None or spent <= self.fault.times)


def apply_fault(rule: Rule, newsroom: Newsroom, request: Request, base_urls: Mapping[str, str]) -> Answer:
    """Return what goes out instead of the answer."""
    fault, site = rule.fault, newsroom.site(request.site)
    path = request.target.split("?", 1)[0]
    ask = PageRequest(site, base_urls[site.name], path, request.at, request.noise)
    fixed = FIXED.get(fault.trouble)
    if fixed is not None:
        return fixed(ask, fault)
    if fault.trouble is Trouble.STALE_FEED:
        return responses.answer_request(rule.newsroom, replace(request, at=rule.laid_at), base_urls)
    if routing.find_article(site, path, request.at):
        return responses.answer_request(newsroom, request, base_urls)
    endless = fault.trouble is Trouble.ENDLESS
    return responses.answer_request(
        _shorten_lists(newsroom, fault), replace(request, endless=endless), base_urls
    )


def _shorten_lists(newsroom: Newsroom, fault: Fault) -> Newsroom:
    """Return the newsroom with its lists as short as the fault wants them."""
    lengths = {Trouble.NO_ITEMS: 0, Trouble.FEW_ITEMS: fault.keep}
    keep = lengths.get(fault.trouble)

    def cut(section: Section) -> Section:
        return replace(section, posts=section.posts[:keep])

    sites = (replace(site, sections=tuple(cut(each) for each in site.sections)) for site in newsroom.sites)
    return Newsroom(tuple(sites))


def _blocked(ask: PageRequest, fault: Fault) -> Answer:
    headers = (("Server", "AkamaiGHost"), ("Mime-Version", "1.0"))
    return Answer(403, plain.refusal(ask).encode(), "text/html", headers)


def _throttled(ask: PageRequest, fault: Fault) -> Answer:
    return Answer(429, b"Too Many Requests", "text/plain", _later(fault))


def _later(fault: Fault) -> tuple[tuple[str, str], ...]:
    return (("Retry-After", fault.retry_after or str(fault.retry_after_s)),)


def _challenge(ask: PageRequest, fault: Fault) -> Answer:
    script = "/_sec/cp_challenge/crypto_message-4-3.htm"
    return Answer(200, f'<html><body><iframe src="{script}?{ask.noise}"></iframe></body></html>'.encode())


def _broken(ask: PageRequest, fault: Fault) -> Answer:
    return Answer(500, b"<html><head><title>Runtime Error</title></head><body>Runtime Error</body></html>")


def _unavailable(ask: PageRequest, fault: Fault) -> Answer:
    return Answer(
        503,
        b"<html><body>Service Unavailable</body></html>",
        responses.HTML,
        _later(fault),
    )


def _huge(ask: PageRequest, fault: Fault) -> Answer:
    return Answer(
        200, b"<html><body>" + b"<p>more of the same</p>\n" * (fault.size_bytes // 24) + b"</body></html>"
    )


def _loop(ask: PageRequest, fault: Fault) -> Answer:
    return responses.redirect(f"{ask.path}?again={ask.noise}")


def _garbage(ask: PageRequest, fault: Fault) -> Answer:
    return Answer(200, random.Random(ask.noise).randbytes(4000))


def _first_list(ask: PageRequest, fault: Fault) -> Answer:
    return responses.first_list(ask, ask.site.sections[0])


FIXED: Mapping[Trouble, Callable[[PageRequest, Fault], Answer]] = {
    Trouble.BLOCKED: _blocked,
    Trouble.THROTTLED: _throttled,
    Trouble.CHALLENGE: _challenge,
    Trouble.BROKEN: _broken,
    Trouble.UNAVAILABLE: _unavailable,
    Trouble.NOT_FOUND: lambda ask, _: responses.not_found(ask),
    Trouble.GONE: lambda ask, _: responses.not_found(ask, 410),
    Trouble.EMPTY: lambda ask, _: Answer(200, b""),
    Trouble.HUGE: _huge,
    Trouble.BOMB: _huge,
    Trouble.LOOP: _loop,
    Trouble.AWAY: lambda _, fault: responses.redirect(fault.elsewhere_url),
    Trouble.PRIVATE: lambda ask, _: responses.redirect(PRIVATE_URL),
    Trouble.HOME: lambda ask, _: responses.draw_home(ask),
    Trouble.LISTING: _first_list,
    Trouble.GARBAGE: _garbage,
    Trouble.ROBOTS_AS_HTML: lambda ask, _: responses.draw_home(ask),
}
