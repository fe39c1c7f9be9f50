"""Everything around an article: what no reader of a stored release may ever see.

Wordings follow the anatomy of real pages (government banner, skip link, WebForms fields, tails); `Ask.noise`
feeds all that changes from one response to the next.
"""

import base64
import random
from dataclasses import dataclass
from datetime import datetime
from html import escape

from simulator.truth import Banner, Site

LOCK = (
    '<span class="header_banner_icon_lock"><svg xmlns="http://www.w3.org/2000/svg" width="52" height="64" '
    'viewBox="0 0 52 64"><title>lock</title><path d="M26 0c10 0 19 8 19 19v9h3z"></path></svg></span>'
)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One request as the pages see it."""

    site: Site
    base_url: str
    path: str  # as asked for, without the query
    at: datetime  # the newsroom's clock
    noise: int  # differs from response to response
    page: int = 1  # of a listing

    @property
    def cdv(self) -> int:
        """Return the cache number of assets."""
        return 1000 + self.noise % 4000


def draw_view_state(ask: PageRequest, name: str = "__VIEWSTATE", size: int = 180) -> str:
    """Return a hidden WebForms field that is never twice the same."""
    value = base64.b64encode(random.Random(f"{name}{ask.noise}").randbytes(size)).decode()
    return f'<input type="hidden" name="{name}" id="{name}" value="{value}" />'


def draw_form(ask: PageRequest) -> str:
    """Return the opening of the page-wide form with its hidden fields and script."""
    return f"""<form method="post" action="{escape(ask.path)}" id="Form" enctype="multipart/form-data">
<div class="aspNetHidden">
<input type="hidden" name="__EVENTTARGET" id="__EVENTTARGET" value="" />
<input type="hidden" name="__EVENTARGUMENT" id="__EVENTARGUMENT" value="" />
{draw_view_state(ask)}
{draw_view_state(ask, "__VIEWSTATEGENERATOR", 6)}
</div>
<script type="text/javascript">
//<![CDATA[
var theForm = document.forms['Form'];
function __doPostBack(eventTarget, eventArgument) {{
    if (!theForm.onsubmit || (theForm.onsubmit() != false)) {{
        theForm.__EVENTTARGET.value = eventTarget;
        theForm.submit();
    }}
}}
//]]>
</script>"""


def draw_head(ask: PageRequest, title: str, skin: str, extra: str = "") -> str:
    """Return the head element of the modern skins."""
    cdv, plugins = ask.cdv, "/Desktopmodules/SharedLibrary/Plugins"
    shared = "/Resources/Shared/stylesheets/dnndefault/7.0.0"
    return f"""<!DOCTYPE html>
<html lang="en-US">
<head id="Head"><meta content="text/html; charset=UTF-8" http-equiv="Content-Type" /><title>
	{escape(title)}
</title><meta id="MetaDescription" name="description" content="{escape(ask.site.title)}" />
<meta id="MetaRobots" name="robots" content="INDEX, FOLLOW" />
<link href="{shared}/default.css?cdv={cdv}" type="text/css" rel="stylesheet"/>
<link href="/DesktopModules/ArticleCSViewArticle/module.css?cdv={cdv}" type="text/css" rel="stylesheet"/>
<link href="/Portals/_default/skins/{skin}/skin.css?cdv={cdv}" type="text/css" rel="stylesheet"/>
<link href="{plugins}/slimbox/slimbox2.css?cdv={cdv}" type="text/css" rel="stylesheet"/>
<script src="/Resources/libraries/jQuery/03_07_01/jquery.js?cdv={cdv}" type="text/javascript"></script>
<link rel="icon" href="/Portals/9/favicon.ico?ver={ask.noise:x}%3d%3d" type="image/x-icon" />
<meta name="host" content="DMA Public Web" /><meta name="contact" content="dma.WebSD@mail.mil" />
{extra}<style type="text/css">.skin-header-background {{ background-color: #091e42; }}</style></head>"""


def draw_banner(form: Banner | None) -> str:
    """Return the government banner in a site's wording; nothing for pages from before there was one."""
    if form is None:
        return ""
    invite = (
        '<div class="header_banner_accordion" tabindex="0"><u>Here\'s how you know</u>'
        '<i class="fa fa-chevron-down expand-more-container"></i></div>'
    )
    return f"""<div class="header_banner_container" id="dnn_HeaderBanner_header_banner_container">
<div class="header_banner_inner"><div class="header_banner_flag">
    An official website of the United States {form.government}&nbsp;{invite if form.invites else ""}
</div><div class="header_banner_panel"><div class="header_banner_panel_item">
    <span class="header_banner_dotgov"></span>
    <div class="header_banner_content banner-contentLeft-text">
    <p><strong>Official websites use {form.domain}</strong></p>
    A <strong>{form.domain}</strong> website belongs to {form.owner}</div></div>
<div class="header_banner_panel_item https"><span class="header_banner_https"></span>
    <div class="header_banner_content banner-contentRight-text">
    <p><strong>Secure {form.domain} websites use HTTPS</strong></p>
    <div>A <strong>lock ({LOCK})</strong> or <strong>https://</strong> means you’ve safely connected to the
    {form.domain} website. Share sensitive information only on official, secure websites.</div></div></div>
</div></div></div><style> .header_banner_container{{ background: #f0f0f0; }} </style>"""


def draw_top(ask: PageRequest) -> str:
    """Return skip link, banner, header, search box and menu of the modern skins."""
    site = ask.site
    items = "".join(
        f'<li class="top-level"><a href="{escape(section.path)}">{escape(section.name)}</a></li>'
        for section in site.sections
    )
    notice = f'<div class="site-notice alert"><p>{escape(site.notice)}</p></div>' if site.notice else ""
    seal = f"/Portals/9/Images/seal.png?ver={ask.noise:x}%3d%3d"
    return f"""<div id="skip-link-holder">
<a id="skip-link" href="#skip-target">Skip to main content (Press Enter).</a></div>
<header id="main-header" role="banner">{draw_banner(site.banner)}
<div class="skin-header skin-header-background"><div class="skin-logo"><a href="/">
<img src="{seal}" alt="Home Logo: {escape(site.title)}" /></a></div>
<div class="skin-title"><span class="title-text">{escape(site.title)}</span></div>
<div class="skin-search">
<label for="desktopSearch" class="visuallyhidden">Search {escape(site.title)}:</label>
<input type="text" name="desktopSearch" class="skin-search-input" maxlength="255" />
<a class="skin-search-go" href="#" title="Search"><span class="sr-only">Search</span></a></div></div>
<nav class="nav-main" role="application"><ul class="nav nav-main" id="main-nav">
<li class="top-level"><a href="/">Home</a></li>{items}
<li class="top-level"><a href="/About/">About</a></li>
<li class="top-level"><a href="/Contact/">Contact</a></li>
</ul></nav></header>
{notice}<p><a id="skip-target" name="skip-target" tabindex="-1"></a></p>"""


def draw_share_bar() -> str:
    """Return the share and print bar."""
    return """<div class="share-block social-block a2a_kit a2a_kit_size_24">
<a class="a2a_dd print" href="#">SHARE</a>
<a class="a2a_button_facebook" href="#">Facebook</a> <a class="a2a_button_x" href="#">X</a>
<a class="a2a_button_copy_link" href="#">Copy Link</a> <a class="print-link" href="#">PRINT</a>
<script type="text/javascript">
var a2a_config = a2a_config || {}; a2a_config.num_services = 4;</script></div>"""


def draw_footer(ask: PageRequest) -> str:
    """Return footer and end of page."""
    title = escape(ask.site.title)
    return f"""<footer id="footer" class="footer-centerstacked"><div class="skin-footer-background">
<h2>{title}</h2><ul><li><a href="/Privacy/">Privacy &amp; Security</a></li><li><a href="/FOIA/">FOIA</a></li>
<li><a href="/Accessibility/">Accessibility</a></li><li><a href="/No-FEAR/">No FEAR Act</a></li></ul>
<p>Hosted by Defense Media Activity - WEB.mil</p></div></footer>
{draw_view_state(ask, "__dnnVariable", 24)}
<script src="/js/dnn.js?cdv={ask.cdv}" type="text/javascript"></script>
</form>
<!--CDF(Javascript|/js/dnncore.js?cdv={ask.cdv}|DnnBodyProvider|100)-->
</body>
</html>
"""
