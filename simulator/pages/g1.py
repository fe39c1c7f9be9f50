"""The "da_" templates (2013 to 2016): XHTML, tabid addresses, text cut by line breaks."""

from collections.abc import Sequence
from html import escape

from simulator.chrome import PageRequest, draw_view_state
from simulator.pages import markup
from simulator.truth import Kind, Post, Section, post_path
from storage.models import Fields, Image

MODULE = 850
BREAK = "<br />\n<br />\n"
STYLES = "/DesktopModules/ArticleCS/Styles/NorthAir"
OLD_TAIL = """<br />
<br />
<a target="_blank" href="http://www.af.mil/letters/letter_submit.asp">Comment on this story</a>
<em>(comments may be published on Air Force Link) <br />
</em><br />
<a target="_blank" href="http://www.af.mil/letters">Click here to view the comments/letters page</a>"""


def article(ask: PageRequest, section: Section, fields: Fields) -> str:
    """Return an article page."""
    tail = f"""<div class="SearchCell"><h3>Search</h3><input type="text" /></div>
{markup.related(section, fields)}<div class="ad">Place Holder</div>"""
    return _page(
        ask, fields.title, f"{_article(section, fields)}{markup.article_script(fields, MODULE)}{tail}"
    )


def printout(ask: PageRequest, section: Section, fields: Fields) -> str:
    """Return what Print.aspx answers; its title is empty. robots.txt asks crawlers to stay away."""
    action = f"Print.aspx?PortalId=1&amp;ModuleId={MODULE}&amp;Article={fields.article_id}"
    return f"""{_head(ask, "")}
<body><form method="post" action="{action}">
<div class="aspNetHidden">{draw_view_state(ask)}</div><div class="da_print_body">
{_article(section, fields)}
</div></form></body>
</html>
"""


def listing(ask: PageRequest, section: Section, posts: Sequence[Post], pages: int) -> str:
    """Return one page of a section's list: a dashboard with titles alone."""
    rows = "\n".join(_item(section, post) for post in posts)
    return _page(
        ask,
        section.name,
        f"""<div class="DnnModule DnnModule-ArticleCSDashboard DnnModule-846"><a name="846"></a>
<h2 class="Title"><span id="dnn_ctr846_dnnTitle_titleLabel" class="tt">{section.name}</span></h2>
<div id="dnn_ctr846_ModuleContent" class="DNNModuleContent ModArticleCSDashboardC">
<div class="NewsFeedCell"><h3 class="NewsFeedTitle">{section.name}</h3><div class="content"><ul>
{rows}
</ul></div></div></div></div>
{markup.pager(ask, section, pages)}""",
    )


def home(ask: PageRequest) -> str:
    """Return the front page: dashboards."""
    lists = markup.front(ask)
    return _page(ask, "Home", f'<div class="DnnModule DnnModule-ArticleCSDashboard">{lists}</div>')


def _item(section: Section, post: Post) -> str:
    title = escape(post.fields.title, quote=False)
    return f"<li><a href='{post_path(section, post)}' class=\"da_news_link\">{title}</a></li>"


def _head(ask: PageRequest, title: str) -> str:
    cdv, plugins = ask.cdv, "/Desktopmodules/SharedLibrary/Plugins"
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
 "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">

<html xmlns="http://www.w3.org/1999/xhtml" >
<head id="Head"><meta id="MetaDescription" name="DESCRIPTION" /><title>
	{escape(title)}
</title><link rel="stylesheet" type="text/css" href="/DesktopModules/ArticleCS/module.css?cdv={cdv}" />
<link rel="stylesheet" type="text/css" href="{plugins}/slimbox/slimbox2.css?cdv={cdv}" />
</head>"""


def _page(ask: PageRequest, title: str, main: str) -> str:
    items = "".join(f'<li><a href="{each.path}">{escape(each.name)}</a></li>' for each in ask.site.sections)
    return f"""{_head(ask, f"{title} - {ask.site.title}")}
<body id="Body">
<form method="post" action="{escape(ask.path)}" id="Form">
<div class="aspNetHidden">
<input type="hidden" name="StylesheetManager_TSSM" id="StylesheetManager_TSSM" value="" />
{draw_view_state(ask)}
{draw_view_state(ask, "__EVENTVALIDATION", 40)}
</div>
<div id="skip-link-holder"><a id="skip-link" href="#content">Skip to main content (Press Enter).</a></div>
<div id="header"><a href="/">{escape(ask.site.title)}</a><ul class="menu">{items}</ul></div>
<div id="content"><div id="dnn_ctr{MODULE}_ContentPane">
{main}
</div></div>
<div id="footer"><a href="/Privacy.aspx">Privacy</a> | <a href="/FOIA.aspx">FOIA</a>
Hosted by Defense Media Activity</div>
</form></body>
</html>
"""


def _article(section: Section, fields: Fields) -> str:
    name = "biotitleprint" if section.kind is Kind.BIOGRAPHY else "title"
    return f"""<div id="dnn_ctr{MODULE}_ModuleContent" class="DNNModuleContent ModArticleCSViewArticleC">
<h1 class="{name}">{escape(fields.title)}</h1>
{f"<p>{fields.section}</p>" if fields.section else ""}
<p class="da_story_info">
    {_info(section, fields)}
</p>
<div class="da_print">
<a href="/DesktopModules/ArticleCS/Print.aspx?Article={fields.article_id}">PRINT</a>&nbsp;|&nbsp;
<a href="mailto:?Subject=story">E-MAIL</a><br /></div>
<div class="da_related_item"><h2>Related Links</h2>
<ul><li><a href="/News.aspx">All stories</a></li></ul></div>
<div class="da_black">
{_body(section, fields)}
</div>
{_media(fields.images)}
<div class="da_body_center"><div class="inner"><div class="da_body_end"></div></div></div>
<div class="da_body_center"><div class="inner">{_tags(fields)}</div></div>
</div>"""


def _info(section: Section, fields: Fields) -> str:
    if section.kind is Kind.FACT_SHEET:
        return f"Published {fields.published_raw}"
    if section.kind is Kind.BIOGRAPHY:
        return "&nbsp;&nbsp;&nbsp;&nbsp;"
    if section.kind is Kind.SPEECH:
        return escape(fields.subtitle or "")
    author = f"By {escape(fields.byline)}" if fields.byline else ""
    names = ",   ".join(part for part in (author, escape(fields.organization or "")) if part)
    return f"{names} <span>/ Published {fields.published_raw}</span>"


def _body(section: Section, fields: Fields) -> str:
    tail = OLD_TAIL if section.kind is Kind.COMMENTARY else ""
    rows = markup.rows(fields)
    if not fields.dateline:
        return BREAK.join(rows) + tail
    plain = [markup.inline(row, fields) for row in fields.paragraphs]
    dateline = escape(fields.dateline, quote=False)
    style = int(fields.article_id or 0) % 3
    if style == 0:
        return f"<strong>{dateline} -- </strong>\n{BREAK.join(plain)}{tail}"
    if style == 1:
        return f"<strong>{dateline}</strong> -- {BREAK.join(plain)}{tail}"
    first = f'<p style="margin: 0in 0in 8pt;">{dateline} – {plain[0]}</p>'
    return "\n".join([first, *(f'<p style="margin: 0in 0in 8pt;">{row}</p>' for row in plain[1:])]) + tail


def _media(images: Sequence[Image]) -> str:
    items = "\n".join(_medium(image) for image in images)
    return f'<div class="gallery" id="da_Large_Gallery"><div id="dam">{items}</div></div>' if items else ""


def _medium(image: Image) -> str:
    caption = escape(image.caption or "", quote=False)
    details = f"/News/Photos/tabid/129/igphoto/{image.url.split('/')[6]}/Default.aspx"
    buttons = f"""<p style="font-size: 9px;">
<strong><a class="da_news_link_Red" href="{image.url}" target="_blank">DOWNLOAD HI-RES</a>
<span class="g_link_box">&nbsp;/ &nbsp;</span>
<a class="da_news_link_Red" href="{details}">PHOTO DETAILS</a></strong>
</p><br />
<p>{caption}</p>"""
    return f"""<div class="da_media_item"><div>
<img class="da_img" src="{image.url}" alt="{caption}" itemprop="image" /></div>
{buttons if caption else "<p></p>"}</div>"""


def _tags(fields: Fields) -> str:
    return "\n".join(
        f'<a href=\'/News/tabid/124/Tag/{300 + i}/tag.aspx\'><img src="{STYLES}/tag.png" alt="Tag" />'
        f"{escape(tag)}</a>"
        for i, tag in enumerate(fields.tags)
    )
