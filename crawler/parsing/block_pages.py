"""Pages that stand for a refusal: what a bot wall says, whatever status it says it with."""

import re
from html import unescape

from storage.models import Page

# Walls are short: Akamai's is about 490 bytes, Cloudflare's about 30 kB of script with hardly a word.
LONGEST_BYTES = 65_536
MOST_WORDS = 250
SILENT = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.DOTALL)
TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.DOTALL)

TITLES = frozenset(
    {"just a moment...", "attention required! | cloudflare", "pardon our interruption", "request rejected"}
)
# What must stand there together, in lower case. Akamai's page: seen on www.defense.gov, January 2021; its raw
# form has upper-case tags, and the address and the reference in numeric entities.
MARKS = {
    "Akamai: access denied": ("access denied", "you don't have permission to access", "reference #"),
    "Akamai: access denied (edgesuite)": ("access denied", "errors.edgesuite.net"),
    "Akamai: challenge": ("sec-if-cpt-container",),
    "Akamai: bot challenge": ("/_sec/cp_challenge",),
    "Cloudflare: challenge": ("enable javascript and cookies to continue",),
    "Cloudflare: checking": ("checking your browser before accessing",),
    "Imperva: challenge": ("_incapsula_resource", "incident id"),
    "F5: rejected": ("the requested url was rejected", "support id"),
    "AWS: challenge": ("awswafintegration", "challenge"),
    "captcha": ("verify you are human", "captcha"),
}


def identify_block_page(page: Page) -> str:
    """Return which wall the page is, in a few words, or an empty string where it is none; never raises."""
    if len(page.content) > LONGEST_BYTES:
        return ""
    said = unescape(page.content.decode("utf-8", errors="replace")).lower()
    named = _match_block_page(said.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return named if named and len(SILENT.sub(" ", said).split()) <= MOST_WORDS else ""


def _match_block_page(said: str) -> str:
    title = TITLE.search(said)
    if title and title[1].strip() in TITLES:
        return f"challenge page: {title[1].strip()}"
    return next((name for name, marks in MARKS.items() if all(mark in said for mark in marks)), "")
