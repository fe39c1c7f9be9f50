"""The practice site map: an index, with one list of articles a section and one of all other pages."""

from collections.abc import Mapping
from datetime import datetime
from html import escape

from simulator import routing, truth
from simulator.truth import Post, Section, Site

PATH = "/DesktopModules/SiteData/SiteMap.ashx"
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def draw_sitemap(site: Site, query: Mapping[str, str], at: datetime, base_url: str) -> str | None:
    """Return the index, the list that `?section=N` asks for (0: other pages), or None where there is none."""
    asked = query.get("section")
    if asked is None:
        named = [f"{base_url}{PATH}?section={number}" for number in range(len(site.sections) + 1)]
        return _xml("sitemapindex", "sitemap", named)
    if not asked.isdecimal() or int(asked) > len(site.sections):
        return None
    if asked == "0":
        return _xml("urlset", "url", [base_url + path for path in ("/", "/About/", *_lists(site))])
    section = site.sections[int(asked) - 1]
    shown = [post for post in section.posts if _is_there(post, at)]
    return _xml("urlset", "url", [_address(section, post, base_url) for post in shown])


def _lists(site: Site) -> tuple[str, ...]:
    return tuple(section.path for section in site.sections)


def _is_there(post: Post, at: datetime) -> bool:
    """Return whether a page stands; what is off the lists only is still on the map."""
    return post.absence in routing.STANDING and post.posted_at <= at


def _address(section: Section, post: Post, base_url: str) -> str:
    return truth.post_address(section, post, base_url).url


def _xml(root: str, item: str, addresses: list[str]) -> str:
    rows = "\n".join(f"<{item}><loc>{escape(each)}</loc></{item}>" for each in addresses)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<{root} {SPACE}>\n{rows}\n</{root}>\n'
