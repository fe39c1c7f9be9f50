"""The dod2 skin (2019 on): a combatant command's style and a unit's style of the same generation."""

from collections.abc import Sequence
from html import escape

from simulator import chrome
from simulator.chrome import Ask
from simulator.pages.markup import inline, photo_line
from simulator.truth import Kind, Post, Section, Template, path
from storage.records import Fields, Image

MODULE = 764


def article(ask: Ask, section: Section, fields: Fields) -> str:
    """Return an article page."""
    parts = [_head_unit, _head_command][ask.site.template is Template.COMMAND]
    return _page(
        ask,
        f"{fields.title} > {ask.site.title} > {section.name}",
        f"""{_crumbs(ask, section)}
<div id="dnn_ctr{MODULE}_ModuleContent" class="DNNModuleContent ModArticleCSViewArticleC">
<div id="dnn_ctr{MODULE}_ViewArticle_UpdatePanel1" class="article-view">
<div class="adetail content-type-{section.content_type}" itemscope itemtype="http://schema.org/NewsArticle"
 data-content-type="{section.kind}">
{parts(section, fields)}
{chrome.share()}
{_gallery(fields.images)}
<div class="body{"-text" if section.kind is Kind.MESSAGE else ""}" itemprop="articleBody">
{_body(fields)}
</div>
{_tags(fields)}
</div></div>
<script type="text/javascript">
    var displayNextPrevNav = false;
    var articleId = {fields.article_id};
    var moduleId = {MODULE};
</script>
</div>
{_related(ask, section, fields)}
{_tail(ask)}""",
        _meta(ask, fields),
    )


def listing(ask: Ask, section: Section, posts: Sequence[Post], pages: int) -> str:
    """Return one page of a section's list."""
    item = _message if section.kind is Kind.MESSAGE else _item
    rows = "\n".join(item(ask, section, post) for post in posts)
    return _page(
        ask,
        f"{section.name} > {ask.site.title}",
        f"""{_crumbs(ask, section)}
<div id="dnn_ctr{MODULE + 1}_ModuleContent" class="DNNModuleContent ModArticleCSC">
<div class="alist" id="dnn_ctr{MODULE + 1}_ArticleList"><div class="alist-inner alist-more-here">
{rows}
</div>
{_pager(section, ask.page, pages)}
</div></div>
{_tail(ask)}""",
    )


def home(ask: Ask) -> str:
    """Return the front page: the newest headlines of each section."""
    lists = "\n".join(
        f"<h2>{escape(section.name)}</h2><ul>"
        + "".join(
            f'<li><a href="{path(section, post)}">{escape(post.fields.title)}</a></li>'
            for post in section.posts[:4]
        )
        + "</ul>"
        for section in ask.site.sections
    )
    return _page(
        ask, f"{ask.site.title} > Home", f'<div class="DNNModuleContent ModArticleCSDashboardC">{lists}</div>'
    )


def _page(ask: Ask, title: str, main: str, extra: str = "") -> str:
    return f"""{chrome.head(ask, title, "dod2", extra)}
<body id="Body">
{chrome.form(ask)}
{chrome.top(ask)}
<main id="content" role="main"><div class="container"><div id="dnn_ContentPane">
{main}
</div></div></main>
{chrome.foot(ask)}"""


def _meta(ask: Ask, fields: Fields) -> str:
    return f"""<meta property="og:title" content="{escape(fields.title)}" />
<meta property="og:type" content="website" />
<meta property="og:site_name" content="{escape(ask.site.title)}" />
<meta property="og:url" content="{escape(ask.base_url + ask.path)}" />
"""


def _crumbs(ask: Ask, section: Section) -> str:
    steps = ["Home", *[step.replace("-", " ") for step in section.path.strip("/").split("/")]]
    trail = " : ".join(f'<a href="/">{escape(step)}</a>' for step in steps)
    blurb = f'<div class="section-blurb"><h2>{escape(section.name)}</h2><p>{escape(section.blurb)}</p></div>'
    return f'<div class="breadcrumb"><span>{trail}</span></div>{blurb if section.blurb else ""}'


def _head_command(section: Section, fields: Fields) -> str:
    line = " | ".join(part for part in (fields.section, fields.published_raw) if part)
    return f"""<div class="header"><div class="category-date">{escape(line)}</div>
<h1 class="maintitle">{escape(fields.title)}</h1>
{_subtitle(fields)}
{_credit_line(fields)}</div>"""


def _credit_line(fields: Fields) -> str:
    if not fields.byline and not fields.organization:
        return ""
    author = f'By <span class="author">{escape(fields.byline)}</span> ' if fields.byline else ""
    office = f'<span class="office">{escape(fields.organization)}</span>' if fields.organization else ""
    return f'<p class="byline">{author}{office}</p>'


def _head_unit(section: Section, fields: Fields) -> str:
    rows = [
        f"Published {fields.published_raw}" if fields.published_raw else "",
        f"By {fields.byline}" if fields.byline else "",
        fields.organization or "",
    ]
    items = "".join(f"<li>{escape(row)}</li>" for row in rows if row)
    return f"""<div class="header"><h1 class="maintitle">{escape(fields.title)}</h1>
{_subtitle(fields)}
<ul class="info">{items}</ul></div>"""


def _subtitle(fields: Fields) -> str:
    return f'<h2 class="subtitle">{escape(fields.subtitle)}</h2>' if fields.subtitle else ""


def _gallery(images: Sequence[Image]) -> str:
    items = "\n".join(_figure(image) for image in images)
    return f'<div class="gallery carousel media-gallery">{items}</div>' if items else ""


def _figure(image: Image) -> str:
    line = photo_line(image)
    return f"""<figure class="item"><img src="{escape(image.url)}" alt="{escape(image.caption or "")}" />
<figcaption><p class="caption">{escape(image.caption or "")}</p>
{f'<p class="credit">{line}</p>' if line else ""}
<a class="details" href="/News/Photos/igphoto/{image.url.split("/")[6]}/">PHOTO DETAILS</a>
<a class="download" href="{escape(image.url)}">DOWNLOAD HI-RES</a></figcaption></figure>"""


def _body(fields: Fields) -> str:
    rows = [inline(paragraph, fields) for paragraph in fields.paragraphs]
    if fields.dateline and rows:
        rows[0] = f"<strong>{escape(fields.dateline, quote=False)}</strong> -- {rows[0]}"
    return "\n".join(f"<p>{row}</p>" for row in rows)


def _tags(fields: Fields) -> str:
    tags = "".join(f'<a href="/News/Tag/{100 + i}/">{escape(tag)}</a> ' for i, tag in enumerate(fields.tags))
    return f'<div class="tags">{tags}</div>' if tags else ""


def _related(ask: Ask, section: Section, fields: Fields) -> str:
    others = [post for post in section.posts if post.number != fields.article_id][:3]
    items = "".join(
        f'<li><a href="{path(section, post)}">{escape(post.fields.title)}</a></li>' for post in others
    )
    return f'<div class="related"><h3>More News/Articles</h3><ul>{items}</ul></div>'


def _tail(ask: Ask) -> str:
    topics = "".join(
        f'<a href="/News/Tag/{i}/">{escape(topic)}</a> ' for i, topic in enumerate(ask.site.topics)
    )
    return f"""<div class="DnnModule-ArticleSearch"><h2>Search News</h2><input type="text" name="q" /></div>
<div class="DnnModule-ArticleArchive"><h2>Archive</h2></div>
<div class="DnnModule-ArticleTopics"><h2>Topics</h2><div class="topic-cloud">{topics}</div></div>"""


def _item(ask: Ask, section: Section, post: Post) -> str:
    dated = ask.site.template is Template.COMMAND and post.fields.published_raw
    date = f"<time>{escape(post.fields.published_raw or '')}</time>" if dated else ""
    return f"""<div class="item item-{post.number}">{date}
<h3 class="title"><a href="{escape(ask.base_url + path(section, post))}">{escape(post.fields.title)}</a></h3>
<p class="summary">{escape(post.summary)}</p></div>"""


def _message(ask: Ask, section: Section, post: Post) -> str:
    number, title = post.fields.title.split(" - ", 1)
    on = post.fields.published_on
    return f"""<div class="item"><div class="msg-num msg-col">{escape(number)}</div>
<div class="msg-title msg-col"><a href="{path(section, post)}">{escape(title)}</a></div>
<div class="msg-pub-date msg-col">{on.strftime("%m/%d/%Y") if on else ""}</div>
<div class="msg-status msg-col">Active</div></div>"""


def _pager(section: Section, page: int, pages: int) -> str:
    numbers = "".join(
        f'<li><a class="page" href="{section.path}?Page={n}"><span class="pages">{n}</span></a></li>'
        for n in range(1, pages + 1)
        if abs(n - page) <= 5
    )
    following = (
        f'<li><a class="da_next_pager" href="{section.path}?Page={page + 1}">Next</a></li>'
        if page < pages
        else ""
    )
    return f'<ul class="pagination">{numbers}{following}</ul>'
