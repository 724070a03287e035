"""A client's TLS certificate as the proxy that ends TLS hands it on: RFC 9440 (`Client-Cert`), or percent-encoded PEM.

Only peers in the networks that the operator names are believed, and one header alone is read. From everybody else the
header is nothing: anybody can write one.
"""

import ipaddress
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence
from urllib.parse import unquote

from starlette.requests import Request

CERTIFICATE = "authsvc.certificate"
"""Where the edge leaves the certificate (DER) in the scope; empty for none."""
LONGEST = 16_384
"""Characters of the header that are looked at: certificates with post-quantum keys have about 8,000."""
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


class CertificateProxies:
    """The networks whose word about a certificate is believed, and the header in which it comes."""

    def __init__(self, networks: Sequence[str], header: str) -> None:
        self._networks = tuple(ipaddress.ip_network(each) for each in networks)
        self._header = header.encode()

    def certificate_of(self, peer: str, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
        """The certificate that the sender showed in the TLS handshake, DER; empty where none is told, or believed."""
        if not self._networks:
            return b""
        values = [value for name, value in headers if name == self._header]
        if len(values) != 1 or len(values[0]) > LONGEST or not self._trusts(peer):
            return b""
        return _read(values[0].decode("latin-1").strip())

    def _trusts(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        told = mapped or address
        return any(told in network for network in self._networks if network.version == told.version)


def certificate_of(request: Request) -> bytes:
    """What the edge saw."""
    found: bytes = request.scope.get(CERTIFICATE, b"")
    return found


def _read(text: str) -> bytes:
    """RFC 9440 2.1: base64 between colons (RFC 8941 3.3.5); else PEM as proxies escape it, its first certificate."""
    if text.startswith(":") and text.endswith(":"):
        coded = text[1:-1]
    else:
        begun = unquote(text).partition(_BEGIN)[2]
        coded = "".join(begun.partition(_END)[0].split())
    try:
        return b64decode(coded, validate=True)
    except (Base64Error, ValueError):
        return b""
