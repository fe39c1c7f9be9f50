"""Pages without a newsroom's skin: robots.txt, the 404 page, the refusal of the network in front."""

from html import escape

from simulator.chrome import PageRequest, draw_view_state

ROBOTS = """Sitemap: /DesktopModules/SiteData/SiteMap.ashx
User-agent: *
Disallow: *captcha*
Disallow: /*Print.aspx
Disallow: /*.axd$
Disallow: /bin/
Disallow: /Error/
Disallow: /Admin/
Disallow: /App_Data/
Disallow: /Install/
Disallow: /Providers/
"""


def not_found(ask: PageRequest) -> str:
    """Return the page for an address where nothing is."""
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head><title>
	404 Error
</title><link rel="shortcut icon" href="/Error/images/favicon.ico" /></head>
<body><form method="post" action="404.aspx?404%3b{escape(ask.path)}" id="form1">
{draw_view_state(ask)}
<div id="contentPane"><h1>404 - Page not found!</h1>
<p>Nothing lives at this address. Try the search box, or begin again at the front page.</p>
<ul><li><a href="/">Front page</a></li><li><a href="/News/">News</a></li></ul></div>
</form></body>
</html>
"""


def refusal(ask: PageRequest) -> str:
    """Return the refusal of the content network, tags in capitals and signs as numbers, as it sends them."""
    url = (ask.base_url + ask.path).replace(":", "&#58;").replace("/", "&#47;").replace(".", "&#46;")
    reference = f"18&#46;9d37d517&#46;{1_611_332_498 + ask.noise}&#46;{ask.noise:x}"
    return f"""<HTML><HEAD>
<TITLE>Access Denied</TITLE>
</HEAD><BODY>
<H1>Access Denied</H1>

You don't have permission to access "{url}" on this server.<P>
Reference&#32;&#35;{reference}
<P>https&#58;&#47;&#47;errors&#46;edgesuite&#46;net&#47;{reference}</P>
</BODY>
</HTML>
"""
