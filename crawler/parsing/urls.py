"""Web addresses: their canonical form, the site they belong to, and the article number they carry."""

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

import ada_url

from crawler.parsing import ip_addresses, path_shapes, site_names
from storage.models import Address


@dataclass(frozen=True, slots=True)
class HostAlias:
    """A former or internal name of a host."""

    name: str
    host: str  # the name in use today
    since_on: date | None = None  # the day on which today's name came into use, where known
    is_staging: bool = False  # unreachable from outside, so its links are rewritten


# defense.gov became war.gov in September 2025 with the same article numbers; dod.defense.gov was the "Legacy
# Homepage" of 2016 to 2018. The staging names were met in public links; other scrapers rewrite saj too.
HOST_ALIASES = (
    HostAlias("defense.gov", "www.war.gov", date(2025, 9, 1)),
    HostAlias("www.defense.gov", "www.war.gov", date(2025, 9, 1)),
    HostAlias("dod.defense.gov", "www.war.gov"),
    HostAlias("war.gov", "www.war.gov"),
    HostAlias("dvidshub.net", "www.dvidshub.net"),
    HostAlias("api.dvidshub.net", "www.dvidshub.net"),  # the API of that site
    HostAlias("saj.usace.afpims.mil", "www.saj.usace.army.mil", is_staging=True),
    HostAlias("aviano.usaf.afpims.mil", "www.aviano.af.mil", is_staging=True),
    HostAlias("mynavyhr.navy.afpims.mil", "www.mynavyhr.navy.mil", is_staging=True),
)

SITES = {alias.name: alias.host for alias in HOST_ALIASES}
STAGING_HOSTS = {alias.name: alias.host for alias in HOST_ALIASES if alias.is_staging}

WANTED = "wanted http:// or https:// and a host"
DEFAULT_PORTS = {"http": 80, "https": 443}
SECURE_ZONES = (".mil", ".defense.gov", ".war.gov")  # all answer on https; links of 2016 still say http
PRIVATE_ZONES = (".localhost", ".local", ".internal", ".home.arpa", ".lan")

HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")
NUMBER_IN_QUERY = re.compile(r"(?:^|&)article=([0-9]+)(?:&|$)", re.IGNORECASE)
PHOTO_PAGE = re.compile(r"(?:^|[/&?])igp(?:hoto|age)[/=]", re.IGNORECASE)
TRACKING = re.compile(
    r"(?:utm_[^=]*|fbclid|gclid|mc_cid|mc_eid|source(?==govdelivery))(?:=.*)?", re.IGNORECASE
)
# An address that urllib and browsers take apart alike; others are kept in the browsers' spelling.
PLAIN_URL = re.compile(r"https?://[^\\/?#]+(?:/[^\\?#]*)?(?:[?#].*)?", re.IGNORECASE | re.DOTALL)
ESCAPED_DOTS = re.compile(r"/(?:%2e|\.%2e|%2e\.|%2e%2e)(?=[/?#]|$)", re.IGNORECASE)
LINE_ENDS = re.compile(r"[\t\r\n]+")  # browsers leave them out of an address
SURROGATE = re.compile("[\ud800-\udfff]")
LONGEST_URL = 8192  # bytes; servers refuse longer ones (RFC 9110, 4.1), and an archive cannot hold 70,000
CACHED_URLS = 2048  # a crawl asks about each of its twenty or so addresses a dozen times
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def resolve_url(link: str, base: str | None = None) -> str:
    """Return a link on a page at `base` as an absolute address, as browsers read it (url.spec.whatwg.org).

    `///host/path`, backslashes and line ends mean what they mean there. The spelling stays as it is where
    urllib reads the same from it. ValueError, of one line, where it is not a web address.
    """
    _check_length(link)
    bare = SURROGATE.sub("\ufffd", LINE_ENDS.sub("", link.strip()))
    try:
        read = ada_url.URL(bare, base or None)
    except ValueError:
        raise ValueError(f"not a web address: {_shorten_url(link)} ({WANTED})") from None
    if read.protocol not in {"http:", "https:"} or not read.hostname:
        raise ValueError(f"not a web address: {_shorten_url(link)} ({WANTED})")
    spelled = bare if PLAIN_URL.fullmatch(bare) else _join_plainly(bare, base)
    is_alike = PLAIN_URL.fullmatch(spelled) and not ESCAPED_DOTS.search(spelled)
    resolved = spelled if is_alike and _normalize_url(spelled) == read.href else read.href
    _check_length(resolved)
    return resolved


@lru_cache(maxsize=CACHED_URLS)
def canonicalize_url(url: str, base: str | None = None) -> str:
    """Return the address in the form we store: absolute, host in lower case, no fragment, no tracking.

    http becomes https on .mil hosts, and a staging host becomes the public one. The query is dropped where
    the path has an article number (`?source=GovDelivery` was seen on articles). The path keeps its case and
    its slashes, since an empty slug is written `/Article/4319114//`. ValueError, of one line, where it is not
    a web address.
    """
    parts = _split_url(url, base)
    name = _read_host_name(parts)
    name = STAGING_HOSTS.get(name, name)
    port = parts.port if parts.port != DEFAULT_PORTS[parts.scheme] else None
    secure = port is None and f".{name}".endswith(SECURE_ZONES)
    scheme = "https" if secure else parts.scheme
    path = _canonicalize_path(parts.path)
    query = "" if _find_number_in_path(name, path, parts.query) else _canonicalize_query(parts.query)
    canonical = f"{scheme}://{_format_netloc(name, port)}{path}" + (f"?{query}" if query else "")
    _check_length(canonical)
    return canonical


@lru_cache(maxsize=CACHED_URLS)
def find_host(url: str) -> str:
    """Return the host in lower case, with `:port` where it is not 80 or 443. ValueError as above."""
    parts = urlsplit(canonicalize_url(url))
    return _format_netloc(parts.hostname or "", None if parts.port in DEFAULT_PORTS.values() else parts.port)


def find_site(url: str) -> str:
    """Return the site of an address: its host after the alias table. ValueError as above.

    A bare name is that of its www name, and the other way round, where the catalogue knows the other alone.
    """
    name, colon, port = find_host(url).partition(":")
    if colon or name in SITES:
        return SITES.get(name, name) + colon + port
    return site_names.find_catalogued_name(name)


def adopt_site(address: Address, site: str) -> Address:
    """Return an address as one of `site` where its own site is the bare or the www name of that one."""
    return replace(address, site=site) if site_names.is_twin(address.site, site) else address


def find_article_number(url: str) -> str | None:
    """Return the number in a known shape of path or in `Print.aspx?Article=`; None for photo pages."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    if found := _find_number_in_path(parts.hostname or "", parts.path, parts.query):
        return found
    if not parts.path.lower().endswith("print.aspx"):
        return None
    match = NUMBER_IN_QUERY.search(parts.query)
    return match[1] if match else None


def parse_address(url: str, base: str | None = None) -> Address:
    """Return a link as the address of a posting. ValueError as above."""
    where = canonicalize_url(url, base)
    found = Address(find_site(where), find_article_number(where), where)
    return adopt_site(found, find_site(base)) if base else found


def is_private_name(name: str) -> bool:
    """Return whether a host (`name`, `name:port`) is loopback, link-local or private; resolves nothing."""
    bare = unquote(_drop_port(name.strip())).lower().rstrip(".\u3002\uff0e\uff61")
    if bare == "localhost" or bare.endswith(PRIVATE_ZONES):
        return True
    literal = ip_addresses.parse_host(bare)
    return literal is not None and not ip_addresses.is_public_address(literal)


def _join_plainly(link: str, base: str | None) -> str:
    try:
        return urljoin(base or "", link)
    except ValueError:
        return ""


def _normalize_url(url: str) -> str:
    try:
        return ada_url.URL(url).href
    except ValueError:
        return ""


def _check_length(url: str) -> None:
    if len(url.encode("utf-8", "replace")) > LONGEST_URL:
        raise ValueError(f"not a web address: {_shorten_url(url)} (longer than {LONGEST_URL} bytes)")


def _split_url(url: str, base: str | None) -> SplitResult:
    try:
        parts = urlsplit(resolve_url(url, base))
        _ = parts.port  # raises where the port is not a number
    except ValueError as error:
        if str(error).startswith("not a web address"):
            raise
        raise ValueError(f"not a web address: {_shorten_url(url)} ({WANTED})") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"not a web address: {_shorten_url(url)} ({WANTED})")
    return parts


def _read_host_name(parts: SplitResult) -> str:
    name = unquote(parts.hostname or "").lower().rstrip(".")
    literal = ip_addresses.parse_host(name) if ":" in name else None
    if literal is not None:
        return f"[{literal}]"
    try:
        ascii_name = name if name.isascii() else name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_name = ""
    if not HOST_NAME.fullmatch(ascii_name):
        raise ValueError(f"not a web address: {_shorten_url(parts.geturl())} (the host cannot be a name)")
    return ascii_name


def _format_netloc(name: str, port: int | None) -> str:
    bracketed = f"[{name}]" if ":" in name and not name.startswith("[") else name
    return bracketed if port is None else f"{bracketed}:{port}"


def _canonicalize_path(path: str) -> str:
    resolved: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del resolved[-1:]
        elif segment != ".":
            resolved.append(segment)
    if segments and segments[-1] in {".", ".."}:
        resolved.append("")
    return "/" + _escape_once("/".join(resolved), safe="/%:@!$&'()*+,;=~")


def _canonicalize_query(query: str) -> str:
    pairs = [pair for pair in query.split("&") if pair and not TRACKING.fullmatch(pair)]
    return _escape_once("&".join(pairs), safe="/%:?@!$&'()*+,;=~")


def _escape_once(text: str, safe: str) -> str:
    whole = BARE_PERCENT.sub("%25", text)
    return ESCAPE.sub(lambda match: match[0].upper(), quote(whole, safe=safe, errors="replace"))


def _find_number_in_path(host: str, path: str, query: str) -> str | None:
    if PHOTO_PAGE.search(path) or PHOTO_PAGE.search(query):
        return None
    return path_shapes.find_story_number(host, path)


def _drop_port(name: str) -> str:
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name if name.count(":") > 1 else name.partition(":")[0]


def _shorten_url(url: str) -> str:
    shown = "".join(each if each.isprintable() else "\ufffd" for each in url[:118])
    return f'"{shown if len(url) <= 120 else shown[:117] + "..."}"'
