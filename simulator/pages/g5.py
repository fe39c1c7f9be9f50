"""A redesign that no parser of ours has met: other elements, other classes, no script that names the article.

What an address names stays: `og:url` and the number in it, so that a monitor can tell "cannot be read" from
"is gone".
"""

from collections.abc import Sequence
from html import escape

from simulator.chrome import PageRequest
from simulator.pages import markup
from simulator.truth import Post, Section, post_path
from storage.models import Fields


def article(ask: PageRequest, section: Section, fields: Fields) -> str:
    """Return an article page."""
    author = f'<b class="story-author">{escape(fields.byline, quote=False)}</b>' if fields.byline else ""
    office = (
        f'<b class="story-office">{escape(fields.organization, quote=False)}</b>'
        if fields.organization
        else ""
    )
    place = f'<b class="story-place">{escape(fields.dateline)}</b> ' if fields.dateline else ""
    rows = [markup.inline(row, fields) for row in fields.paragraphs]
    rows[0] = place + rows[0]
    text = "\n".join(f'<div class="story-row">{row}</div>' for row in rows)
    shots = "".join(f'<img class="story-shot" src="{escape(shot.url)}" />' for shot in fields.images)
    topics = "".join(f'<i class="story-topic">{escape(tag)}</i>' for tag in fields.tags)
    second = f'<p class="story-second">{escape(fields.subtitle)}</p>' if fields.subtitle else ""
    return _page(
        ask,
        fields.title,
        f"""<section class="story" data-number="{fields.article_id}">
<p class="story-head">{escape(fields.title, quote=False)}</p>{second}
<p class="story-day">{escape(fields.published_raw or "")}</p>
<p class="story-who">{author} {office}</p>
<div class="story-text">
{text}
</div>{shots}{topics}</section>""",
        markup.metadata(ask, fields),
    )


def listing(ask: PageRequest, section: Section, posts: Sequence[Post], pages: int) -> str:
    """Return one page of a section's list."""
    rows = "\n".join(_card(ask, section, post) for post in posts)
    return _page(ask, section.name, f'<div class="story-cards">{rows}</div>')


def home(ask: PageRequest) -> str:
    """Return the front page."""
    return _page(ask, ask.site.title, '<div class="story-cards">Welcome</div>')


def _card(ask: PageRequest, section: Section, post: Post) -> str:
    link = escape(ask.base_url + post_path(section, post))
    return f'<div class="story-card" data-href="{link}">{escape(post.fields.title)}</div>'


def _page(ask: PageRequest, title: str, main: str, extra: str = "") -> str:
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>{extra}
<link rel="stylesheet" href="/assets/app.{ask.noise:x}.css"></head>
<body><div id="app" data-build="{ask.noise:x}"><header class="bar">{escape(ask.site.title)}</header>
{main}
<footer class="bar">{escape(ask.site.title)}</footer></div></body></html>
"""
