"""The parts that several templates draw alike: paragraphs with links, pictures, tags, pagers, metadata."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from html import escape

from simulator import routing
from simulator.chrome import PageRequest
from simulator.truth import Post, Section, post_path
from storage.models import Fields, Image, Link

PLACEHOLDER_IMAGE = "https://media.defense.gov/2021/Sep/30/2002865254/1088/820/0/210930-D-D0439-101.PNG"
HEADING_LENGTH = 60
PLAYER = '<div class="media-inline-video"></div>'  # filled by a script: a page as it comes names no video


def inline(paragraph: str, fields: Fields) -> str:
    """Return a paragraph as markup; each link stands where its text first occurs."""
    marked = escape(paragraph, quote=False)
    for link in fields.links:
        text = escape(link.text, quote=False)
        if text in marked:
            marked = marked.replace(text, _anchor(link), 1)
    return marked


def rows(fields: Fields, dash: str = "--") -> list[str]:
    """Return the body's paragraphs as markup, sub-headings bold, the dateline at the head of the first."""
    marked = [_row(paragraph, fields) for paragraph in fields.paragraphs]
    if fields.dateline and marked:
        marked[0] = f"<strong>{escape(fields.dateline, quote=False)}</strong> {dash} {marked[0]}"
    return marked


def paragraphs(fields: Fields) -> str:
    """Return the body of a modern page, in one of the forms editors leave behind: it goes by the number.

    The dateline may stand alone in a paragraph of its own; blocks may be `div`s; the place of a video or
    empty paragraphs may stand between.
    """
    form = int(fields.article_id or 0) % 4
    if form == 1 and fields.dateline:
        alone = f"<p>{escape(fields.dateline, quote=False)} –</p>"
        return "\n".join([alone, *(f"<p>{_row(each, fields)}</p>" for each in fields.paragraphs)])
    if form == 2:
        return "\n".join(f"<div>{row}</div>" for row in rows(fields, "–"))
    if form == 3:
        first, *others = (f"<p>{row}&nbsp;</p>\n<p>&nbsp;</p>" for row in rows(fields))
        return "\n".join([first, PLAYER, *others])
    return "\n".join(f"<p>{row}</p>" for row in rows(fields))


def is_heading(paragraph: str) -> bool:
    """Return whether a paragraph stands as a bold line of its own."""
    return len(paragraph) < HEADING_LENGTH and paragraph[-1].isalnum() and "/" not in paragraph


def figure(image: Image) -> str:
    """Return a picture of a gallery with caption, credit and buttons."""
    line = " | ".join(
        part
        for part in (
            f"Photo by: {image.credit}" if image.credit else "",
            f"VIRIN: {image.virin}" if image.virin else "",
        )
        if part
    )
    asset = image.url.split("/")[6]
    return f"""<figure class="item"><img src="{escape(image.url)}" alt="{escape(image.caption or "")}" />
<figcaption><p class="caption">{escape(image.caption or "", quote=False)}</p>
{f'<p class="credit">{escape(line, quote=False)}</p>' if line else ""}
<a class="details" href="/News/Photos/igphoto/{asset}/">PHOTO DETAILS</a>
<a class="download" href="{escape(image.url)}">DOWNLOAD HI-RES</a></figcaption></figure>"""


def gallery(images: Sequence[Image]) -> str:
    """Return the pictures of an article; nothing where there are none."""
    items = "\n".join(figure(image) for image in images)
    return f'<div class="gallery carousel media-gallery">{items}</div>' if items else ""


def tags(fields: Fields) -> str:
    """Return the release's own tags; nothing where there are none."""
    links = "".join(f'<a href="/News/Tag/{100 + i}/">{escape(tag)}</a> ' for i, tag in enumerate(fields.tags))
    return f'<div class="tags">{links}</div>' if links else ""


def related(section: Section, fields: Fields) -> str:
    """Return links to other posts of the section."""
    others = [post for post in section.posts if post.number != fields.article_id][:3]
    items = "".join(
        f'<li><a href="{post_path(section, post)}">{escape(post.fields.title)}</a></li>' for post in others
    )
    return f'<div class="related"><h3>Related Stories</h3><ul>{items}</ul></div>'


def article_script(fields: Fields, module: int) -> str:
    """Return the script that names the article; it is the same on every response."""
    return f"""<script type="text/javascript">
    var displayNextPrevNav = false;
    var articleId = {fields.article_id};
    var moduleId = {module};
</script>"""


def metadata(ask: PageRequest, fields: Fields, title: str | None = None) -> str:
    """Return the page's social metadata; there is no date in it, and the picture is a placeholder."""
    return f"""<meta property="og:title" content="{escape(title or fields.title)}" />
<meta property="og:description" content="{escape("".join(fields.paragraphs)[:150])}" />
<meta property="og:type" content="website" />
<meta property="og:site_name" content="{escape(ask.site.title)}" />
<meta property="og:image" content="{PLACEHOLDER_IMAGE}" />
<meta property="og:url" content="{escape(ask.base_url + ask.path)}" />
"""


def pager(ask: PageRequest, section: Section, pages: int) -> str:
    """Return what stands below a list: the links to its other pages, and its feed behind an icon."""
    page = ask.page
    numbers = "".join(
        f'<li><a class="page" href="{section.path}?Page={n}"><span class="pages">{n}</span></a></li>'
        for n in range(max(1, page - 5), min(pages, page + 5) + 1)
    )
    onward = f'<li><a class="da_next_pager" href="{section.path}?Page={page + 1}">Next</a></li>'
    feed = escape(routing.feed_path(ask.site, section))
    return f"""<ul class="pagination">{numbers}{onward if page < pages else ""}</ul>
<a target="_blank" href="{feed}"><img title="RSS" src="/Images/action_rss.gif" alt="RSS" /></a>"""


def front(ask: PageRequest) -> str:
    """Return the newest headlines of each section, as front pages and dashboards show them."""
    return "\n".join(_headlines(ask, section) for section in ask.site.sections)


def eastern(at: datetime) -> str:
    """Return an instant as the lists print it: Eastern wall time without an offset.

    The rule of the United States since 2007 (second Sunday of March to first Sunday of November), by day.
    """
    march, november = date(at.year, 3, 8), date(at.year, 11, 1)
    spring = march + timedelta(days=(6 - march.weekday()) % 7)
    autumn = november + timedelta(days=(6 - november.weekday()) % 7)
    hours = 4 if spring <= at.date() < autumn else 5
    return (at - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S")


def _row(paragraph: str, fields: Fields) -> str:
    heading, line_break, text = paragraph.partition("\n")
    if line_break:
        return f"<strong>{escape(heading)}</strong><br />\n{inline(text, fields)}"
    return (
        f"<strong>{inline(paragraph, fields)}</strong>"
        if is_heading(paragraph)
        else inline(paragraph, fields)
    )


def _anchor(link: Link) -> str:
    return f'<a href="{escape(link.url)}" target="_blank">{escape(link.text, quote=False)}</a>'


def _headlines(ask: PageRequest, section: Section) -> str:
    posts = [post for post in section.posts if post.absence is None and post.posted_at <= ask.at][:4]
    items = "".join(_headline(section, post) for post in posts)
    return f'<div class="NewsFeedCell"><h3 class="NewsFeedTitle">{section.name}</h3><ul>{items}</ul></div>'


def _headline(section: Section, post: Post) -> str:
    return (
        f'<li><a href="{post_path(section, post)}" class="da_news_link">{escape(post.fields.title)}</a></li>'
    )
