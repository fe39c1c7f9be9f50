"""The DGOV2 skin (2020 on): releases, contracts whose day stands in the headline alone, element lists."""

from collections.abc import Sequence
from html import escape

from simulator import chrome, stories
from simulator.chrome import PageRequest
from simulator.pages import markup
from simulator.truth import Kind, Post, Section, post_path
from storage.models import Fields

MODULE = 1665


def article(ask: PageRequest, section: Section, fields: Fields) -> str:
    """Return an article page."""
    contracts = section.kind is Kind.CONTRACTS
    body = _contract_body(fields) if contracts else markup.paragraphs(fields)
    # The title field of contract announcements is empty, so the page's title begins with nothing.
    title = f"{'' if contracts else fields.title} > {ask.site.title} > {section.kind} | {ask.site.title}"
    return _page(
        ask,
        title,
        f"""<div id="dnn_HeaderPane"><div class="DnnModule DnnModule-ArticleCSViewArticle DnnModule-{MODULE}">
<div id="dnn_ctr{MODULE}_ContentPane"><!-- Start_Module_{MODULE} -->
<div id="dnn_ctr{MODULE}_ModuleContent" class="DNNModuleContent ModArticleCSViewArticleC">
<div id="dnn_ctr{MODULE}_ViewArticle_UpdatePanel1" class="article-view">
<div class="adetail newsroom content-type-{section.content_type}" itemscope
 itemtype="http://schema.org/NewsArticle">
{_header(section, fields)}
<div class="content"><div class="content-wrap"><div class="inside ntext"><div class="body">
{body}
</div>{markup.gallery(fields.images)}{markup.tags(fields)}</div></div></div>
</div></div>
{markup.article_script(fields, MODULE)}
</div><!-- End_Module_{MODULE} --></div></div></div>
{markup.related(section, fields)}
<div class="bottomNavContainer">
<a class="article-navbtn prev" href="#"><span class="headline">PREVIOUS</span></a>
<a class="article-navbtn next" href="#"><span class="headline">NEXT</span></a></div>
<div class="subscribe"><h3>Subscribe</h3><p>Pick the products that should reach your inbox.</p></div>""",
        markup.metadata(ask, fields, _long_title(fields) if contracts else None),
    )


def listing(ask: PageRequest, section: Section, posts: Sequence[Post], pages: int) -> str:
    """Return one page of a section's list: elements whose attributes say everything, or what scripts made."""
    item = _drawn if section.drawn else _titles_only if section.kind is Kind.CONTRACTS else _preview
    rows = "\n".join(item(ask, section, post, i) for i, post in enumerate(posts, 1))
    return _page(
        ask,
        f"{section.name} | {ask.site.title}",
        f"""<div class="DNNModuleContent ModArticleCSC" id="dnn_ctr{MODULE + 1}_ModuleContent">
<h1 class="page-title">{escape(section.name)}</h1>
<div class="alist-inner alist-more-here"><feature-template :remove-grid="true" template-mode="story">
{rows}
</feature-template></div>
<span class="placeholder">{{{{ moreItems.label }}}}</span>
{markup.pager(ask, section, pages)}</div>""",
    )


def home(ask: PageRequest) -> str:
    """Return the front page."""
    return _page(ask, ask.site.title, f'<div class="ModArticleCSDashboardC">{markup.front(ask)}</div>')


def _page(ask: PageRequest, title: str, main: str, extra: str = "") -> str:
    name = ask.site.title
    return f"""{chrome.draw_head(ask, title, "DGOV2", extra)}
<body id="Body" class="press-page">
{chrome.draw_form(ask)}
<script type="application/ld+json">{{"@context":"http://schema.org","@type":"Organization","name":"{name}"}}</script>
{chrome.draw_top(ask)}
<main id="skip-target-main"><div id="dnn_ContentPane" class="pane">
{main}
</div></main>
{chrome.draw_footer(ask)}"""


def _header(section: Section, fields: Fields) -> str:
    contracts, release = section.kind is Kind.CONTRACTS, section.kind is Kind.RELEASE
    date = (
        f'<span class="date">{fields.published_raw}</span>' if fields.published_raw and not contracts else ""
    )
    author = (
        f'<span class="author-block"><a href="#">{escape(fields.byline)}</a></span>' if fields.byline else ""
    )
    subtitle = f'<h2 class="subtitle">{escape(fields.subtitle)}</h2>' if fields.subtitle else ""
    return f"""<header class="content-wrap"><div class="cont-type">
<a class="content-type-text" href="{section.path}">{section.kind}</a></div>
{'<div class="presenterinfoType">Immediate Release</div>' if release else ""}
<h1 class="maintitle">{escape(fields.title)}</h1>{subtitle}
<div class="date-line">{date}
{author} {chrome.draw_share_bar()}</div></header>"""


def _contract_body(fields: Fields) -> str:
    def row(paragraph: str) -> str:
        if paragraph.isupper():
            return f'<p style="text-align: center;"><strong>{escape(paragraph)}</strong></p>'
        return f"<p>{escape(paragraph, quote=False)}</p>"

    return "\n\n".join(row(paragraph) for paragraph in fields.paragraphs)


def _long_title(fields: Fields) -> str | None:
    on = fields.published_on
    return f"Contracts for {stories.long_date(on)}" if on else None


def _preview(ask: PageRequest, section: Section, post: Post, index: int) -> str:
    return _element("listing-with-preview", ask, section, post, index)


def _titles_only(ask: PageRequest, section: Section, post: Post, index: int) -> str:
    return _element("listing-titles-only", ask, section, post, index)


def _element(name: str, ask: PageRequest, section: Section, post: Post, index: int) -> str:
    link = ask.base_url + post_path(section, post)
    lead = post.fields.images[0].url if post.fields.images else ""
    values = {
        "article-id": post.number,
        "article-image-url": lead,
        "article-summary": post.summary,
        "article-title": post.fields.title,
        "article-url": link,
        "article-url-or-link": link,
        "article-url-or-link-absolute": link,
        "category": "",
        "content-type-name": str(section.kind),
        "content-type-val": str(section.content_type),
        "image-url": lead,
        "item-index": str(index),
        "open-in-new": "",
        "publish-date-ap": post.fields.published_raw or "",
        "publish-date-jss": markup.eastern(post.posted_at),
        "term-name": "",
        "term-url": "",
    }
    return f'<{name} :show-image="true" {" ".join(_attribute(*each) for each in values.items())}></{name}>'


def _attribute(name: str, value: str) -> str:
    # Real attributes hold bare apostrophes and ">"; only what would end them is escaped.
    return f'{name}="{value.replace("&", "&amp;").replace(chr(34), "&quot;")}"'


def _drawn(ask: PageRequest, section: Section, post: Post, index: int) -> str:
    link = escape(ask.base_url + post_path(section, post))
    raw, at = post.fields.published_raw or "", markup.eastern(post.posted_at)
    # The class holds a number of the list's own: only the link says which article it is.
    return f"""<div class="item item-{index} item-{int(post.number) + 11}"><figure><figcaption>
<span class="content-type">
<a class="content-type-text" href="{section.path}"><span>{section.kind}</span></a></span>
<h3 class="title"><a href="{link}">{escape(post.fields.title)}</a></h3>
<p class="summary">{escape(post.summary)}</p>
<div class="bar"><time data-dateap="{raw}" data-dateago="{at}">{raw}</time></div>
</figcaption></figure></div>"""
