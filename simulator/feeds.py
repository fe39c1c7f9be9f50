"""The RSS feed of a section, in the form of the module that serves it on real sites."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape

from simulator.chrome import PageRequest
from simulator.truth import Post, Section, post_path


def draw_rss(ask: PageRequest, section: Section, posts: Sequence[Post]) -> str:
    """Return posts as RSS 2.0; the channel's dates are those of the request."""
    now = gmt(ask.at)
    items = "\n".join(_item(ask, section, post) for post in posts)
    title = escape(f"{ask.site.title} {section.name}", quote=False)
    # The self link has lost its path on real feeds since 2021: nobody should follow it.
    broken = (
        f"{ask.base_url.split('//', 1)[1]}?ContentType={section.content_type}&amp;Site={ask.site.site_id}"
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel>
<title>{title}</title>
<link>{ask.base_url}</link>
<description>{title} RSS Feed</description>
<language>en-us</language>
<pubDate>{now}</pubDate>
<lastBuildDate>{now}</lastBuildDate>
<atom:link href="{broken}" rel="self" type="application/rss+xml" />
{items}
</channel>
</rss>
"""


def gmt(at: datetime) -> str:
    """Return an instant as RFC 822 writes it."""
    return format_datetime(at, usegmt=True)


def _item(ask: PageRequest, section: Section, post: Post) -> str:
    link = escape(ask.base_url + post_path(section, post))
    lead = post.fields.images[0].url if post.fields.images else None
    markup = f"{escape(post.summary, quote=False)}<br/>\n" + (f"<img src='{lead}' /> <br />" if lead else "")
    creator = f"<dc:creator>{escape(post.author, quote=False)}</dc:creator>\n" if post.author else ""
    enclosure = f'<enclosure url="{lead}" length="62914" type="image/jpeg" />\n' if lead else ""
    return f"""<item>
<title>{escape(post.fields.title, quote=False)}</title>
<link>{link}</link>
<description>{escape(markup)}</description>
<pubDate>{gmt(post.posted_at)}</pubDate>
{creator}<guid isPermaLink="false">{link}</guid>
{enclosure}</item>"""
