"""The dod2 skin (2019 on): a combatant command's style and a unit's style of the same generation."""

from collections.abc import Sequence
from html import escape

from simulator import chrome
from simulator.chrome import PageRequest
from simulator.pages import markup
from simulator.truth import Kind, Post, Section, Template, post_path
from storage.models import Fields

MODULE = 764


def article(ask: PageRequest, section: Section, fields: Fields) -> str:
    """Return an article page."""
    header = _command_header if ask.site.template is Template.COMMAND else _unit_header
    return _page(
        ask,
        f"{fields.title} > {ask.site.title} > {section.name}",
        f"""{_crumbs(section)}
<div id="dnn_ctr{MODULE}_ModuleContent" class="DNNModuleContent ModArticleCSViewArticleC">
<div id="dnn_ctr{MODULE}_ViewArticle_UpdatePanel1" class="article-view">
<div class="adetail content-type-{section.content_type}" itemscope itemtype="http://schema.org/NewsArticle"
 data-content-type="{section.kind}">
{header(fields)}
{chrome.draw_share_bar()}
{markup.gallery(fields.images)}
<div class="body{"-text" if section.kind is Kind.MESSAGE else ""}" itemprop="articleBody">
{markup.paragraphs(fields)}
</div>
{markup.tags(fields)}
</div></div>
{markup.article_script(fields, MODULE)}
</div>
{markup.related(section, fields)}
{_tail(ask)}""",
        markup.metadata(ask, fields),
    )


def listing(ask: PageRequest, section: Section, posts: Sequence[Post], pages: int) -> str:
    """Return one page of a section's list."""
    item = _message if section.kind is Kind.MESSAGE else _item
    rows = "\n".join(item(ask, section, post) for post in posts)
    return _page(
        ask,
        f"{section.name} > {ask.site.title}",
        f"""{_crumbs(section)}
<div id="dnn_ctr{MODULE + 1}_ModuleContent" class="DNNModuleContent ModArticleCSC">
<div class="alist" id="dnn_ctr{MODULE + 1}_ArticleList"><div class="alist-inner alist-more-here">
{rows}
</div>
{markup.pager(ask, section, pages)}
</div></div>
{_tail(ask)}""",
    )


def home(ask: PageRequest) -> str:
    """Return the front page."""
    lists = markup.front(ask)
    return _page(ask, f"{ask.site.title} > Home", f'<div class="ModArticleCSDashboardC">{lists}</div>')


def _page(ask: PageRequest, title: str, main: str, extra: str = "") -> str:
    return f"""{chrome.draw_head(ask, title, "dod2", extra)}
<body id="Body">
{chrome.draw_form(ask)}
{chrome.draw_top(ask)}
<main id="content" role="main"><div class="container"><div id="dnn_ContentPane">
{main}
</div></div></main>
{chrome.draw_footer(ask)}"""


def _crumbs(section: Section) -> str:
    steps = ["Home", *[step.replace("-", " ") for step in section.path.strip("/").split("/")]]
    trail = " : ".join(f'<a href="/">{escape(step)}</a>' for step in steps)
    blurb = f'<div class="section-blurb"><h2>{escape(section.name)}</h2><p>{escape(section.blurb)}</p></div>'
    return f'<div class="breadcrumb"><span>{trail}</span></div>{blurb if section.blurb else ""}'


def _command_header(fields: Fields) -> str:
    line = " | ".join(part for part in (fields.section, fields.published_raw) if part)
    author = f'By <span class="author">{escape(fields.byline)}</span> ' if fields.byline else ""
    office = f'<span class="office">{escape(fields.organization)}</span>' if fields.organization else ""
    return f"""<div class="header"><div class="category-date">{escape(line)}</div>
<h1 class="maintitle">{escape(fields.title)}</h1>
{_subtitle(fields)}
{f'<p class="byline">{author}{office}</p>' if author or office else ""}</div>"""


def _unit_header(fields: Fields) -> str:
    rows = (
        f"Published {fields.published_raw}" if fields.published_raw else "",
        f"By {fields.byline}" if fields.byline else "",
        fields.organization or "",
    )
    items = "".join(f"<li>{escape(row)}</li>" for row in rows if row)
    return f"""<div class="header"><h1 class="maintitle">{escape(fields.title)}</h1>
{_subtitle(fields)}
<ul class="info">{items}</ul></div>"""


def _subtitle(fields: Fields) -> str:
    return f'<h2 class="subtitle">{escape(fields.subtitle)}</h2>' if fields.subtitle else ""


def _tail(ask: PageRequest) -> str:
    topics = "".join(
        f'<a href="/News/Tag/{i}/">{escape(name)}</a> ' for i, name in enumerate(ask.site.topics)
    )
    return f"""<div class="DnnModule-ArticleSearch"><h2>Search News</h2><input type="text" name="q" /></div>
<div class="DnnModule-ArticleArchive"><h2>Archive</h2></div>
<div class="DnnModule-ArticleTopics"><h2>Topics</h2><div class="topic-cloud">{topics}</div></div>"""


def _item(ask: PageRequest, section: Section, post: Post) -> str:
    dated = ask.site.template is Template.COMMAND and post.fields.published_raw
    date = f"<time>{escape(post.fields.published_raw or '')}</time>" if dated else ""
    link = escape(ask.base_url + post_path(section, post))
    return f"""<div class="item item-{post.number}">{date}
<h3 class="title"><a href="{link}">{escape(post.fields.title)}</a></h3>
<p class="summary">{escape(post.summary)}</p></div>"""


def _message(ask: PageRequest, section: Section, post: Post) -> str:
    on = post.fields.published_on
    return f"""<div class="item"><div class="msg-num msg-col">{escape(post.label or "")}</div>
<div class="msg-title msg-col"><a href="{post_path(section, post)}">{escape(post.fields.title)}</a></div>
<div class="msg-pub-date msg-col">{on.strftime("%m/%d/%Y") if on else ""}</div>
<div class="msg-status msg-col">Active</div></div>"""
