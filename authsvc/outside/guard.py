"""The guard before addresses that strangers chose (OWASP ASVS 5.0 1.3.6 and 13.2.5): no private network is reached.

A name is resolved once, every address that it has must be public, and the exchange goes to the address that was looked
at, so that a second answer of the name server changes nothing.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from authsvc.outside.http import Unreachable

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Guard:
    """`sandbox`: loopback is reached too, and by plain http, as everything in a sandbox lives there. `inside`: hosts
    that the operator's settings name as lying in a private network of their own."""

    sandbox: bool = False
    inside: frozenset[str] = frozenset()

    async def resolve(self, url: str, *, plain: bool = False) -> str:
        """The IP address to which this https address may go; with `plain` an http address too. Raises Unreachable."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise Unreachable("no address") from error
        if self.sandbox and host in LOOPBACK and parts.scheme in ("http", "https"):
            return "127.0.0.1"
        if parts.scheme not in ("https", "http" if plain else "https") or not host or "@" in parts.netloc:
            raise Unreachable("only https to a public host is reached")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Unreachable("no such host") from error
        addresses = [str(sockaddr[0]) for *_, sockaddr in found]
        if not addresses or not (host in self.inside or all(_is_public(address) for address in addresses)):
            raise Unreachable("a host inside a private network")
        return addresses[0]


def _is_public(address: str) -> bool:
    known = ipaddress.ip_address(address)
    mapped = getattr(known, "ipv4_mapped", None)
    return (mapped or known).is_global and not (mapped or known).is_multicast
