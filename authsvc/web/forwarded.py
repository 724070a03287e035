"""Who stands behind a reverse proxy: `X-Forwarded-For`, or `Forwarded` (RFC 7239), believed from trusted peers alone.

A header is read from its right end, where the nearest proxy wrote, over the proxies that are trusted, to the first
address that is not: that one a trusted proxy saw itself. What stands left of it anybody could have written.
"""

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

FORWARDED = "forwarded"
LONGEST = 2_048
"""Characters of the header that are looked at; a longer one is no proxy's word."""
MOST = 32
"""Proxies in a row."""


class TrustedProxies:
    """The networks whose word about an address is believed, and the header in which it comes."""

    def __init__(self, networks: Sequence[str], header: str) -> None:
        self._networks = tuple(ipaddress.ip_network(each) for each in networks)
        self._header = header.encode()
        self._hops = _hops if header == FORWARDED else _words

    def client_of(self, peer: str, headers: Sequence[tuple[bytes, bytes]]) -> str:
        """The address of who asks: the peer's own, or what trusted proxies say; never a name or a port."""
        if not self._networks:
            return peer
        told = _address(peer)
        if told is None or not self._trusts(told):
            return peer
        values = [value.decode("latin-1") for name, value in headers if name == self._header]
        text = ",".join(values)
        if len(text) > LONGEST:
            return peer
        for hop in self._hops(text)[::-1][:MOST]:
            address = _address(hop)
            if address is None:
                break
            told = address
            if not self._trusts(address):
                break
        return str(told)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks if network.version == address.version)


@lru_cache(maxsize=4_096)
def _address(text: str) -> Address | None:
    """An address, with or without a port or brackets; an IPv4 address inside an IPv6 one is that IPv4 address."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].split("]", 1)[0]
    elif bare.count(":") == 1:
        bare = bare.split(":", 1)[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _words(text: str) -> list[str]:
    return text.split(",")


_PAIR = re.compile(r'\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)=("(?:[^"\\]|\\.)*"|[^;,"\s]*)\s*')


def _hops(text: str) -> list[str]:
    """The `for` of each element (RFC 7239 section 4), "" where it has none; [] for what is not well formed."""
    hops: list[str] = []
    element: dict[str, str] = {}
    at = 0
    while at < len(text):
        found = _PAIR.match(text, at)
        if found is None:
            return []
        element[found[1].lower()] = _unquoted(found[2])
        at = found.end()
        if at < len(text) and text[at] not in ";,":
            return []
        if at == len(text) or text[at] == ",":
            hops.append(element.get("for", ""))
            element = {}
        at += 1
    return hops


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
