"""The dgov-card templates (2015 to 2018)."""

from collections.abc import Sequence
from html import escape

from simulator import chrome
from simulator.chrome import PageRequest
from simulator.pages import markup
from simulator.truth import Post, Section, post_path
from storage.models import Fields

MODULE = 14315


def article(ask: PageRequest, section: Section, fields: Fields) -> str:
    """Return an article page; the disclaimer stands inside the article, and `datetime` is not ISO."""
    number = int(fields.article_id or 0) % 900
    return _page(
        ask,
        f"{fields.title} > {ask.site.title} > {section.name}",
        f"""<div id="dnn_ctr{MODULE}_ModuleContent" class="DNNModuleContent ModArticleCSViewArticleC">
<div id="dnn_ctr{MODULE}_ViewArticle_UpdatePanel1">
<article class="dgov-card article-detail adetail" itemscope itemtype="http://schema.org/NewsArticle">
<div class="disclaimer">This information is provided for historical purposes only. It may hold dated material
and links that lead nowhere.</div>
<aside class="meta"><ul>
<li>News Release</li>
<li>{escape(fields.organization or "")}</li>
<li>Release No: NR-{number:03}-16</li>
<li><time pubdate datetime="{fields.published_raw}">{fields.published_raw}</time></li>
</ul></aside>
<h1 class="title" itemprop="headline">{escape(fields.title)}</h1>
{f'<h2 class="subtitle">{escape(fields.subtitle)}</h2>' if fields.subtitle else ""}
{f'<p class="byline">By <span class="author">{escape(fields.byline)}</span></p>' if fields.byline else ""}
{chrome.draw_share_bar()}
{markup.gallery(fields.images)}
<div class="body" itemprop="articleBody">
{markup.paragraphs(fields)}
</div>
{markup.tags(fields)}
</article></div>
{markup.article_script(fields, MODULE)}
</div>
{markup.related(section, fields)}""",
        markup.metadata(ask, fields),
    )


def listing(ask: PageRequest, section: Section, posts: Sequence[Post], pages: int) -> str:
    """Return one page of a section's list: day, title, summary."""
    rows = "\n".join(_item(ask, section, post) for post in posts)
    return _page(
        ask,
        f"{section.name} > {ask.site.title}",
        f"""<div class="DNNModuleContent ModArticleCSC" id="dnn_ctr{MODULE + 1}_ModuleContent">
<h1>{escape(section.name)}</h1><div class="alist-inner alist-more-here">
{rows}
</div>{markup.pager(ask, section, pages)}</div>""",
    )


def home(ask: PageRequest) -> str:
    """Return the front page."""
    return _page(ask, ask.site.title, f'<div class="ModArticleCSDashboardC">{markup.front(ask)}</div>')


def _page(ask: PageRequest, title: str, main: str, extra: str = "") -> str:
    return f"""{chrome.draw_head(ask, title, "DGOV", extra)}
<body id="Body">
{chrome.draw_form(ask)}
{chrome.draw_top(ask)}
<div id="dnn_ContentPane" class="content-wrap">
{main}
</div>
{chrome.draw_footer(ask)}"""


def _item(ask: PageRequest, section: Section, post: Post) -> str:
    raw = escape(post.fields.published_raw or "")
    url = escape(ask.base_url + post_path(section, post))
    return f"""<div class="item"><time datetime="{raw}">{raw}</time>
<h3 class="title"><a href="{url}">{escape(post.fields.title)}</a></h3>
<p class="summary">{escape(post.summary)}</p></div>"""
