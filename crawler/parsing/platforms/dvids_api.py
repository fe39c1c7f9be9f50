"""Answers of the public API of DVIDS (api.dvidshub.net): lists of assets, and single pictures and videos.

As its documentation describes them (api.dvidshub.net/docs, 2024 and 2025); no answer of our own was seen. A
list is `/search` with the parameters of its address and `page`. A story leads to its page on dvidshub.net,
whose markup is known; other assets lead to `/asset`, since their pages were not seen. The key is added where
the request is sent (`crawler.politeness.api_keys`): no address here has it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from lxml import etree
from lxml.html import fragment_fromstring

from crawler.parsing import dates, html, text, urls
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import entries
from storage.models import Confidence, Entry, Fields, Image, Link, Listing, Page

ANSWER: Final = re.compile(rb"\s*+(?:\xef\xbb\xbf\s*+)?\{")
LIST_PATH: Final = re.compile(r"/search/?$", re.IGNORECASE)
ASSET_PATH: Final = re.compile(r"/asset/?$", re.IGNORECASE)
ASSET_ID: Final = re.compile(r"[a-z_]+:[0-9]+")
STORY_TYPE: Final = "news"
SOURCE: Final = "dvids-api"  # of `published_at`

Answer = Mapping[str, Any]  # free-form JSON


def is_list(page: Page) -> bool:
    """Return whether a page is an answer to `/search`; never raises."""
    return ANSWER.match(page.content) is not None and LIST_PATH.search(urlsplit(page.url).path) is not None


def is_asset(page: Page) -> bool:
    """Return whether a page is an answer to `/asset`; never raises."""
    return ANSWER.match(page.content) is not None and ASSET_PATH.search(urlsplit(page.url).path) is not None


def read_list(page: Page, parser: str) -> Listing:
    """Return the assets of a list in its order, and its next page. ParseError where it is no such answer."""
    answer = _parse_answer(page)
    results = answer["results"]
    if not isinstance(results, list):
        raise ParseError(page.url, "API: `results` is no list")
    found = [entry for item in results if isinstance(item, dict) and (entry := _read_item(item, page))]
    return entries.build_listing(found, parser, _find_next_page(answer, len(results), page))


def read_asset(page: Page, parser: str) -> Fields:
    """Return a picture, a video or another asset. ParseError where it is another one, or a part is missing.

    `date` is the day on which it was taken; the day that counts is that of `date_published`, in its own zone.
    """
    asset = _parse_answer(page)["results"]
    wanted = parse_qs(urlsplit(page.url).query).get("id", [""])[0]
    if not isinstance(asset, dict) or asset.get("id") != wanted:
        raise ParseError(page.url, f"API: not the asset {wanted}")
    title, raw = _read_line(asset, "title"), _read_line(asset, "date_published", "publishdate")
    paragraphs = _read_paragraphs(asset, page)
    on = dates.parse_metadata_day(raw) if raw else None
    at = dates.parse_instant(raw)
    missing = [name for name, part in (("title", title), ("text", paragraphs), ("date", raw)) if not part]
    if missing:
        raise ParseError(page.url, f"API: without {' and '.join(missing)}")
    return Fields(
        title=title,
        paragraphs=paragraphs,
        parser=parser,
        confidence=Confidence.MEDIUM,
        design="dvids-api",
        published_raw=raw,
        published_on=on,
        published_at=at,
        published_source=SOURCE if at else None,
        byline=_read_credit(asset) or None,
        organization=_read_line(asset, "unit_name") or None,
        section=_read_line(asset, "category") or None,
        tags=_read_tags(asset),
        images=_read_images(asset, page),
        links=_read_links(asset, page),
    )


def _parse_answer(page: Page) -> Answer:
    try:
        answer = json.loads(html.decode_page(page).lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise ParseError(page.url, f"API: not JSON ({text.clean_line(str(error))[:80]})") from None
    if not isinstance(answer, dict) or "results" not in answer:
        errors = answer.get("errors") if isinstance(answer, dict) else None
        shown = f": {text.clean_line(str(errors))[:120]}" if errors else ""
        raise ParseError(page.url, f"API: an answer without results{shown}")
    return answer


def _read_item(item: Answer, page: Page) -> Entry | None:
    identifier, title = str(item.get("id") or ""), _read_line(item, "title")
    if identifier.partition(":")[0] == STORY_TYPE:
        where = entries.parse_link(_read_line(item, "url"), page.url)
    elif ASSET_ID.fullmatch(identifier):
        where = urls.parse_address(f"asset?id={identifier}", page.url)
    else:
        where = None
    if where is None or not title:
        return None
    raw = _read_line(item, "date_published", "publishdate")
    at = dates.parse_instant(raw)
    return Entry(
        where,
        title,
        published_raw=raw or None,
        published_at=at,
        published_source=SOURCE if at else None,
        summary=_read_line(item, "short_description") or None,
    )


def _find_next_page(answer: Answer, count: int, page: Page) -> str | None:
    """Return the address of the next page while results are left; the API gives 1,000 at most."""
    info = answer.get("page_info")
    if not count or not isinstance(info, dict):
        return None
    total, size = info.get("total_results"), info.get("results_per_page")
    if not isinstance(total, int) or not isinstance(size, int):
        return None
    parts = urlsplit(urls.canonicalize_url(page.url))
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    here = next((int(value) for name, value in pairs if name == "page" and value.isdecimal()), 1)
    if here * size >= total:
        return None
    others = [(name, value) for name, value in pairs if name != "page"]
    query = urlencode([*others, ("page", str(here + 1))], safe="[]:")
    return urls.canonicalize_url(parts._replace(query=query).geturl())


def _read_line(item: Answer, *names: str) -> str:
    """Return the first of these values that is text and not empty, as one line."""
    values = (item.get(name) for name in names)
    lines = (text.clean_line(value) for value in values if isinstance(value, str))
    return next((line for line in lines if line), "")


def _read_paragraphs(asset: Answer, page: Page) -> tuple[str, ...]:
    texts = (asset.get(name) for name in ("body", "description"))
    raw = next((value for value in texts if isinstance(value, str) and value), "")
    if "<" not in raw:
        return tuple(line for part in raw.splitlines() if (line := text.clean_line(part)))
    try:
        node = fragment_fromstring(raw, create_parent="div", base_url=page.url)
    except (etree.ParserError, ValueError) as error:
        raise ParseError(page.url, f"API: a text that is no markup ({text.clean_line(str(error))})") from None
    return html.read_paragraphs(node)


def _read_credit(asset: Answer) -> str:
    """Return who made an asset: documented as text, and as a list of people with rank and name."""
    credit = asset.get("credit")
    people = credit if isinstance(credit, list) else [credit]
    names = [_read_line({"name": one}, "name") for one in people if isinstance(one, str)]
    names += [
        " ".join(filter(None, (_read_line(one, "rank"), _read_line(one, "name"))))
        for one in people
        if isinstance(one, dict)
    ]
    return ", ".join(filter(None, names))


def _read_tags(asset: Answer) -> tuple[str, ...]:
    words = asset.get("keywords") or ""
    parts = words.split(",") if isinstance(words, str) else words if isinstance(words, list) else []
    tags = (text.clean_line(word) for word in parts if isinstance(word, str))
    return tuple(dict.fromkeys(filter(None, tags)))


def _read_images(asset: Answer, page: Page) -> tuple[Image, ...]:
    url = html.resolve_link(_read_line(asset, "image"), page.url)
    return (Image(url, None, _read_credit(asset) or None, _read_line(asset, "virin") or None),) if url else ()


def _read_links(asset: Answer, page: Page) -> tuple[Link, ...]:
    """Return the asset's page on dvidshub.net, for people."""
    url = html.resolve_link(_read_line(asset, "url"), page.url)
    return (Link(url, "DVIDS"),) if url else ()
