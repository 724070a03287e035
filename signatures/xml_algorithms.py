"""RFC 9231 and the national URIs: digest and signature algorithms of XML signatures by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from signatures.algorithms import Hash, Scheme
from signatures.digests import BY_NAME

DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007: Final = "http://www.w3.org/2007/05/xmldsig-more#"
_MORE_2021: Final = "http://www.w3.org/2021/04/xmldsig-more#"
_ENC: Final = "http://www.w3.org/2001/04/xmlenc#"
_KZ: Final = "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:"


DIGESTS: Final[Mapping[str, str]] = {
    DSIG + "sha1": "sha1",
    _MORE + "sha224": "sha224",
    _ENC + "sha256": "sha256",
    _MORE + "sha384": "sha384",
    _ENC + "sha512": "sha512",
    **{f"{_MORE_2007}sha3-{size}": f"sha3-{size}" for size in ("256", "384", "512")},
    _KZ + "gostr34112015-512": "gost-34.11-2015-512",
    _KZ + "gostr34112015-256": "gost-34.11-2015-256",
    _MORE + "gost34311": "gost-34.311-95",
}
_HASHES: Final = ("sha1", "sha224", "sha256", "sha384", "sha512")
_SCHEMES: Final[Mapping[str, tuple[str, str]]] = {
    DSIG + "rsa-sha1": ("rsa-pkcs1", "sha1"),
    **{f"{_MORE}rsa-{name}": ("rsa-pkcs1", name) for name in _HASHES[1:]},
    **{f"{_MORE}ecdsa-{name}": ("ecdsa", name) for name in _HASHES},
    **{f"{_MORE_2007}ecdsa-sha3-{size}": ("ecdsa", f"sha3-{size}") for size in ("256", "384", "512")},
    **{f"{_MORE_2007}{name}-rsa-MGF1": ("rsa-pss", name) for name in _HASHES},
    **{f"{_MORE_2007}sha3-{size}-rsa-MGF1": ("rsa-pss", f"sha3-{size}") for size in ("256", "384", "512")},
    _MORE_2021 + "eddsa-ed25519": ("ed25519", "sha512"),
    _MORE_2021 + "eddsa-ed448": ("ed448", "shake256"),
    _KZ + "gostr34102015-gostr34112015-512": ("gost-34.10-2015", "gost-34.11-2015-512"),
    _KZ + "gostr34102015-gostr34112015-256": ("gost-34.10-2015", "gost-34.11-2015-256"),
    _MORE + "gost34310-gost34311": ("gost-34.310-2004", "gost-34.311-95"),
}


class NotRead(Exception):
    """A transform or an algorithm of the document that is not read here; its URI."""


def digest_named(uri: str) -> Hash:
    """The hash of a DigestMethod; NotRead."""
    name = DIGESTS.get(uri)
    if name is None or name not in BY_NAME:
        raise NotRead(uri)
    return BY_NAME[name]


def scheme_named(uri: str) -> Scheme:
    """The scheme of a SignatureMethod; NotRead. RSASSA-PSS has the defaults of RFC 9231 section 2.3.10."""
    known = _SCHEMES.get(uri)
    if known is None or known[1] not in BY_NAME:
        raise NotRead(uri)
    family, digest = known[0], BY_NAME[known[1]]
    return Scheme(family, digest, digest.size, digest) if family == "rsa-pss" else Scheme(family, digest)


def value_for(scheme: Scheme, value: bytes) -> bytes:
    """The value as our schemes read it: ECDSA stands in XML as r and s side by side (RFC 6931 section 2.3.6)."""
    if scheme.family != "ecdsa" or not value or len(value) % 2:
        return value
    half = len(value) // 2
    return encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
