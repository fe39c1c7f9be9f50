"""Guards the web server: its own names only, reading only, and headers that keep other sites out.

A page of another site can have its name resolve to this computer (DNS rebinding) and then read what is
served here. Its requests carry the foreign name as Host, and that is refused.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

METHODS: Final = ("GET", "HEAD")
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
ANY_ADDRESS: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  # compared, not listened on
QUERIES_AT_ONCE: Final = 2  # of a kind; the other threads stay free for pages
CHOSEN: Final = (
    "_where",
    "_facet",
    "_search",
    "_sort",
    "_through",
)  # how names of what a reader asks of a table begin
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SAFETY: Final[tuple[Header, ...]] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
)
REFUSED_SITES: Final = "Requests from other sites are refused."
OURS: Final = frozenset(name for name, _ in SAFETY) | {b"access-control-allow-origin"}


class BrowseGuard:
    """The application behind checks of Host, Origin and method; every answer gets the safety headers."""

    def __init__(self, app: Application, listening_on: str) -> None:
        self.app = app
        self.host = listening_on.lower().strip("[]")
        self._queries = {own: asyncio.Semaphore(QUERIES_AT_ONCE) for own in (True, False)}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # a web socket is never accepted

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": add_safety_headers(message.get("headers", ()))}
            await send(message)

        refusal = self.find_refusal(scope["method"], scope["headers"])
        if refusal is not None:
            await _send_refusal(send_safely, *refusal)
        elif _is_query(scope["path"]):
            async with self._queries[_is_chosen(scope)]:
                await self.app(scope, receive, send_safely)
        else:
            await self.app(scope, receive, send_safely)

    def find_refusal(self, method: str, headers: Collection[Header]) -> tuple[int, str] | None:
        """Return the status and the reason why a request is refused; None if it is answered."""
        hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
        if len(hosts) != 1 or not self.is_own_name(hosts[0]):
            return 400, "This server does not answer for that host name."
        for origin in (value.decode("latin-1") for name, value in headers if name == b"origin"):
            if origin.lower() != f"http://{hosts[0].lower()}":
                return 403, REFUSED_SITES
        if _is_fetched_by_other_site(headers):
            return 403, REFUSED_SITES
        if method not in METHODS:
            return 405, "The database is only read here."
        return None

    def is_own_name(self, netloc: str) -> bool:
        """Return whether a Host header names this server; its port may be one that is forwarded."""
        try:
            parts = urlsplit(f"//{netloc}")
            name, _ = parts.hostname or "", parts.port
        except ValueError:
            return False
        if not name or parts.netloc != netloc or "@" in netloc:
            return False
        if name in LOOPBACK or name == self.host:
            return True
        return self.host in ANY_ADDRESS and _is_literal(name)  # a literal cannot be rebound


def add_safety_headers(headers: Iterable[Header]) -> list[Header]:
    """Return the headers of an answer with ours in place of any of the same names."""
    return [(name, value) for name, value in headers if name.lower() not in OURS] + list(SAFETY)


async def _send_refusal(send: Send, status: int, reason: str) -> None:
    body = f"{reason}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    if status == 405:
        headers.append((b"allow", ", ".join(METHODS).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _is_fetched_by_other_site(headers: Iterable[Header]) -> bool:
    """Return whether a browser says that another site embeds this; a link may be followed."""
    said = {name: value for name, value in headers if name.startswith(b"sec-fetch-")}
    if said.get(b"sec-fetch-site", b"none") in (b"none", b"same-origin"):
        return False
    return (said.get(b"sec-fetch-mode"), said.get(b"sec-fetch-dest")) != (b"navigate", b"document")


def _is_query(path: str) -> bool:
    """Return whether a page is the answer to a query: own SQL, saved, a table or a feed, but not a row."""
    parts = path.strip("/").split("/")
    return parts[0] not in ("", "-", "assets") and (len(parts) <= 2 or parts[0] == "feeds")


def _is_chosen(scope: Message) -> bool:
    """Return whether a reader brings SQL, or chooses filters, facets or an order."""
    given = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    return any(name == "sql" or name.startswith(CHOSEN) or "__" in name for name, _ in given)


def _is_literal(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
