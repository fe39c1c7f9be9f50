"""What a picture or a link is, apart from how its address is spelt this time. Pure.

Pages spell one address in many ways: the same asset in another size, a session or campaign in the query, an
e-mail address that a protection against spam scrambles anew for each visitor. None of these is an edit.
Addresses are compared so and stored as they are.
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

CACHED_ADDRESSES: Final = 4096
# media.defense.gov/2026/Mar/05/2003000001/825/780/0/NAME.JPG: day, asset, width, height (-1: all), crop.
SIZED_ASSET: Final = re.compile(
    r"(/\d{4}/[a-z]{3}/\d{1,2}/\d{6,})/-?\d+/-?\d+/-?\d+(/[^/]+\.(?:jpe?g|png|gif|webp|tiff?|bmp))$",
    re.IGNORECASE,
)
SIZED_THUMB: Final = re.compile(r"(/thumbs/photos/\d+/\d+)/\d+w_q\d+\.\w+$")  # DVIDS: 9000001/1000w_q95.jpg
ARMY_IMAGE: Final = re.compile(r"(/images/\d{4}/\d{2}/\d{2}/[0-9a-f]{6,})/[\w-]+\.\w+$")  # .../size0-full.jpg
SIZED_UPLOAD: Final = re.compile(r"-\d{2,5}x\d{2,5}(\.\w{3,4})$")  # WordPress: name-300x200.jpg
ESCAPE: Final = re.compile(r"%[0-9a-fA-F]{2}")
PLAIN_IN_PATH: Final = "/%:@!$&'()*+,;=~"
SIZED_HOSTS: Final = ("media.defense.gov", ".dvidshub.net", ".cloudfront.net")
SIZES: Final = frozenset(
    {
        "w",
        "h",
        "width",
        "height",
        "maxwidth",
        "maxheight",
        "quality",
        "resize",
        "fit",
        "scale",
        "dpr",
        "ver",
        "cdv",
        "itok",
        "imwidth",
        "crop",
        "format",
        "auto",
        "ssl",
        "rev",
        "v",
        "t",
        "ts",
        "q",
    }
)
SESSION_IN_PATH: Final = re.compile(
    r";(?:jsessionid|phpsessid|sid)=[^/;?]*|/\(S\([a-z0-9]+\)\)", re.IGNORECASE
)
NOISE_IN_QUERY: Final = re.compile(
    r"utm_.*|j?sessionid|phpsessid|aspsessionid.*|cfid|cftoken|fbclid|gclid|dclid|msclkid|yclid|igshid"
    r"|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|_ga|_gl|twclid|gad_source|gbraid|wbraid|__cf_.*"
    r"|_|cb|nocache|cachebuster|x-amz-.*|x-goog-.*|awsaccesskeyid|expires|signature|key-pair-id",
    re.IGNORECASE,
)
SCRAMBLED_MAIL: Final = re.compile(r"/cdn-cgi/l/email-protection#?([0-9a-f]*)", re.IGNORECASE)
EMBED_PATH: Final = re.compile(r"^/v/")  # of YouTube's older players
EMBED_NAME: Final = re.compile(
    r"href|url|src|v|q|pb|list|mid|(?:video|asset|document|playlist|media|clip|channel)?_?id", re.IGNORECASE
)
# Guards and counters that write their own address around a link: host, path, and where the link stands.
REWRITTEN_LINKS: Final = (
    (".safelinks.protection.outlook.com", "/", "url"),
    ("www.google.com", "/url", "q"),
    ("l.facebook.com", "/l.php", "u"),
)
DEFENDED_LINK: Final = re.compile(r"https://urldefense\.(?:com|us)/v3/__(.+?)__;", re.IGNORECASE)


@lru_cache(maxsize=CACHED_ADDRESSES)
def identify_address(url: str, *, is_image: bool = False) -> str:
    """Return what an address leads to; equal for spellings that differ in noise alone. Never raises.

    The result is for comparing only: it need not be an address.
    """
    plain = url.strip()
    try:
        parts = urlsplit(plain)
    except ValueError:
        return plain
    if found := SCRAMBLED_MAIL.search(plain):
        return f"mailto:{_unscramble_mail(found[1])}"
    query = parse_qsl(parts.query, keep_blank_values=True)
    host = parts.netloc.lower().removesuffix(":443" if parts.scheme.lower() == "https" else ":80")
    if target := _find_rewritten(plain, host, parts.path, dict(query)):
        return identify_address(target, is_image=is_image)
    if parts.scheme.lower() not in {"http", "https", ""}:
        return f"{parts.scheme.lower()}:{plain.partition(':')[2]}"
    path = quote(SESSION_IN_PATH.sub("", parts.path), PLAIN_IN_PATH, errors="replace")
    path = ESCAPE.sub(lambda found: found[0].upper(), path)
    if host.endswith(SIZED_HOSTS):
        path = SIZED_THUMB.sub(r"\1", SIZED_ASSET.sub(_drop_size, path))
    if is_image:
        path = ARMY_IMAGE.sub(r"\1", path) if host == "api.army.mil" else SIZED_UPLOAD.sub(r"\1", path)
    kept = sorted((name, value) for name, value in query if not _is_noise(name, value, is_image=is_image))
    return f"//{host}{path or '/'}?{urlencode(kept)}#{parts.fragment}"


def _find_rewritten(url: str, host: str, path: str, query: dict[str, str]) -> str:
    """Return the link that a guard or counter wrote its own address around; empty for any other address."""
    if found := DEFENDED_LINK.match(url):
        return found[1]
    names = (name for end, start, name in REWRITTEN_LINKS if host.endswith(end) and path.startswith(start))
    target = next((query.get(name, "") for name in names), "")
    return target if len(target) < len(url) else ""


def identify_embed(url: str) -> str:
    """Return what a player or frame shows, apart from how it is to play it. Never raises.

    Of the query only what names something counts: a player's `autoplay`, `origin` or token does not.
    """
    parts = urlsplit(identify_address(url))
    host = parts.netloc.replace("youtube-nocookie.com", "youtube.com").removeprefix("www.")
    path = EMBED_PATH.sub("/embed/", parts.path).rstrip("/")
    named = [(name, value) for name, value in parse_qsl(parts.query) if EMBED_NAME.fullmatch(name)]
    return f"//{host}{path}?{urlencode(named)}"


def _drop_size(found: re.Match[str]) -> str:
    return found[1] + found[2].lower()


def _is_noise(name: str, value: str, *, is_image: bool) -> bool:
    if name.lower() == "source" and value.lower() == "govdelivery":
        return True
    return NOISE_IN_QUERY.fullmatch(name) is not None or (is_image and name.lower() in SIZES)


def _unscramble_mail(code: str) -> str:
    """Return the e-mail address in a code of Cloudflare's, whose first byte is the key of the others, or `?`.

    Source: /cdn-cgi/scripts/5c5dd728/cloudflare-static/email-decode.min.js, as sites serve it.
    """
    try:
        key, *letters = bytes.fromhex(code)
        text = bytes(letter ^ key for letter in letters).decode("utf-8")
    except ValueError:
        return "?"
    return text if "@" in text and text.isprintable() else "?"


def is_home_url(url: str) -> bool:
    """Return whether an address is that of a site's home page, by its path alone."""
    return HOME_PATH.fullmatch(urlsplit(url).path) is not None


HOME_PATH: Final = re.compile(r"/*(?:(?:home|index|default|main)(?:/|\.[a-z]{2,5})?/?)?", re.IGNORECASE)
