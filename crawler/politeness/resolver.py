"""Resolves host names to public addresses only: a name that leads into a private network does not resolve.

Connections go to the addresses that were checked here, so a name that changes its answer between check and
connection (DNS rebinding) gains nothing.

Each name is looked up in a thread of its own: in a pool, a few names with name servers that do not answer
would hold up all others, and the end of the process too.
"""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, Protocol

from scrapy.crawler import Crawler
from scrapy.resolver import HostResolution
from twisted.internet import address, interfaces
from zope.interface import implementer  # type: ignore[import-untyped]  # ships no types

from crawler.parsing import ip_addresses

TIMEOUT_S = 20.0
ResolvedAddresses = list[tuple[int, str]]  # family and literal of each address


def is_public(literal: str) -> bool:
    """Return whether an IP address is one of the public internet; an embedded IPv4 address decides."""
    return ip_addresses.is_public_address(ip_address(literal.partition("%")[0]))


class ResolutionReceiver(Protocol):
    """Twisted's IResolutionReceiver, in a form that can be checked."""

    def resolutionBegan(self, resolution: HostResolution) -> None: ...  # noqa: N802  # Twisted's names

    def addressResolved(self, address: address.IPv4Address | address.IPv6Address) -> None: ...  # noqa: N802

    def resolutionComplete(self) -> None: ...  # noqa: N802


@implementer(interfaces.IHostnameResolver)
class PublicResolver:
    """The reactor's resolver: asks the system; gives public addresses only, unless a host may be private."""

    def __init__(self, reactor: Any) -> None:  # Twisted's reactor has many interfaces and no type
        self.reactor = reactor
        self.look_up: Callable[[str, int], ResolvedAddresses] = (
            look_up  # may take its time, and may be another one
        )
        self._lookups: dict[tuple[str, int], asyncio.Future[ResolvedAddresses]] = {}
        self._allowed: Counter[str] = Counter()
        self._refused: dict[str, str] = {}
        self._running: set[asyncio.Task[None]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> "PublicResolver":
        """Return the resolver, as Scrapy's setting TWISTED_DNS_RESOLVER expects."""
        return cls(reactor)

    def install_on_reactor(self) -> None:
        """Become the reactor's resolver."""
        self.reactor.installNameResolver(self)

    def allow_private(self, host: str) -> None:
        """Let this host have a private address for one crawl, until `forbid_private`."""
        self._allowed[_normalize_name(host)] += 1

    def forbid_private(self, host: str) -> None:
        """Take back the permission of one crawl."""
        self._allowed[_normalize_name(host)] -= 1

    def find_refused_address(self, host: str) -> str | None:
        """Return the private address because of which a host did not resolve, or None."""
        return self._refused.get(_normalize_name(host))

    def resolveHostName(  # noqa: N802  # Twisted's name
        self,
        resolutionReceiver: ResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[interfaces.IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> HostResolution:
        """Give the receiver the addresses of a host; none where it has none that are allowed."""
        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        task = asyncio.ensure_future(self._resolve_host(resolutionReceiver, hostName, portNumber))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return resolution

    async def _resolve_host(self, receiver: ResolutionReceiver, host: str, port: int) -> None:
        try:
            for family, literal in self._drop_private(host, await self._look_up_addresses(host, port)):
                kind = address.IPv6Address if family == socket.AF_INET6 else address.IPv4Address
                receiver.addressResolved(kind("TCP", literal, port))
        finally:
            receiver.resolutionComplete()

    async def _look_up_addresses(self, host: str, port: int) -> ResolvedAddresses:
        """Return the addresses of a name; none where it does not resolve, or not in time."""
        key = (host, port)
        if key not in self._lookups:
            loop = asyncio.get_running_loop()
            self._lookups[key] = loop.create_future()
            arguments = (loop, key, self._lookups[key])
            name = f"look up {host}"
            threading.Thread(target=self._run_look_up, args=arguments, name=name, daemon=True).start()
        try:
            return await asyncio.wait_for(asyncio.shield(self._lookups[key]), TIMEOUT_S)
        except TimeoutError:
            return []
        finally:
            self._lookups.pop(key, None)  # a later request looks the name up again

    def _run_look_up(
        self,
        loop: asyncio.AbstractEventLoop,
        key: tuple[str, int],
        result: asyncio.Future[ResolvedAddresses],
    ) -> None:
        try:
            found = self.look_up(*key)
        except (OSError, UnicodeError):
            found = []
        with suppress(RuntimeError):  # the loop is closed: nothing waits any more
            loop.call_soon_threadsafe(result.set_result, found)

    def _drop_private(self, host: str, found: Sequence[tuple[int, str]]) -> Sequence[tuple[int, str]]:
        self._refused.pop(_normalize_name(host), None)
        if self._allowed[_normalize_name(host)] > 0:
            return found
        private = [literal for _, literal in found if not is_public(literal)]
        if private:  # a name with both kinds does not resolve at all: no newsroom is set up that way
            self._refused[_normalize_name(host)] = private[0]
            return []
        return found


def install_resolver(reactor: Any) -> PublicResolver:
    """Return the reactor's resolver; installs ours first where it is another one."""
    if not isinstance(reactor.nameResolver, PublicResolver):
        PublicResolver(reactor).install_on_reactor()
    resolver = reactor.nameResolver
    assert isinstance(resolver, PublicResolver)
    return resolver


def look_up(host: str, port: int) -> ResolvedAddresses:
    """Return family and literal of each address of a name, without repeats; OSError where it has none."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((family, str(where[0])) for family, *_, where in answers))


def _normalize_name(host: str) -> str:
    """Return the name without port and brackets, as the reactor asks for it."""
    bare = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() and host.count(":") == 1 else host
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    return bare.lower().rstrip(".")
