"""RFC 6960: OCSP responses as they stand, and what one says of a certificate; RFC 9654: nonces.

The transport is no matter: a response counts if its signature is that of the certificate's issuer, of a responder that
the issuer itself has named, or of one that the caller trusts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from signatures import asn1
from signatures.algorithms import UnknownAlgorithm, hash_of
from signatures.asn1 import Element, Members
from signatures.certificates import Certificate
from signatures.cursor import Cursor
from signatures.der import encode
from signatures.errors import Malformed
from signatures.lazy import lazy
from signatures.model import AlgorithmIdentifier, Extension, read_algorithm, read_extensions
from signatures.names import Name, read_name

BASIC: Final = "1.3.6.1.5.5.7.48.1.1"
NONCE: Final = "1.3.6.1.5.5.7.48.1.2"
NO_CHECK: Final = "1.3.6.1.5.5.7.48.1.5"
ARCHIVE_CUTOFF: Final = "1.3.6.1.5.5.7.48.1.6"
OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"

_ELEMENTS: Final = 20_000  # of one response; real ones have about 100
_SUCCESSFUL: Final = 0
_SHA1: Final = bytes.fromhex("06052b0e03021a0500")
_KNOWN_CRITICAL: Final = frozenset({NONCE, ARCHIVE_CUTOFF})


class SingleResponse(NamedTuple):
    """What the responder says of one certificate. `state`: `good`, `revoked` or `unknown`."""

    algorithm: AlgorithmIdentifier
    name_hash: bytes
    key_hash: bytes
    serial: int
    state: str
    revoked_at: datetime | None
    reason: int
    this_update: datetime
    next_update: datetime | None
    cutoff: datetime | None
    plain: bool

    def names(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Whether certID is this certificate's: serial number, and the hashes of its issuer's name and key."""
        if self.serial != certificate.serial:
            return False
        try:
            digest = hash_of(self.algorithm)
        except UnknownAlgorithm:
            return False
        name_fits = (
            digest.of(issuer.subject.der) == self.name_hash or digest.of(certificate.issuer.der) == self.name_hash
        )
        return name_fits and digest.of(_key_bits(issuer)) == self.key_hash


@dataclass(frozen=True)
class OcspResponse:
    """One BasicOCSPResponse. The responder is named by its name or by the SHA-1 of its key."""

    der: bytes
    tbs: bytes = field(compare=False, repr=False)
    responder_name: Name | None = field(compare=False)
    responder_key: bytes | None = field(compare=False, repr=False)
    produced_at: datetime = field(compare=False)
    singles: tuple[SingleResponse, ...] = field(compare=False, repr=False)
    extensions: dict[str, Extension] = field(compare=False, repr=False)
    algorithm: AlgorithmIdentifier = field(compare=False, repr=False)
    signature: bytes = field(compare=False, repr=False)
    certificates: tuple[bytes, ...] = field(compare=False, repr=False)

    @classmethod
    def of(cls, der: bytes) -> OcspResponse:
        """Read an OCSPResponse, or a BasicOCSPResponse alone as signatures embed it; Malformed if it is no answer."""
        root = asn1.parse(der, elements=_ELEMENTS)
        members = root.members()
        if members and members[0].tag == asn1.ENUMERATED:
            root = _unwrap(members)
        outer = Members(root)
        data = outer.take(asn1.SEQUENCE)
        algorithm = read_algorithm(outer.take(asn1.SEQUENCE))
        signature = asn1.read_whole_bits(outer.take(asn1.BIT_STRING))
        held = outer.maybe(0xA0)
        outer.close()
        listed = held.only().members() if held else []
        return _read_data(der, data, algorithm, signature, tuple(item.raw for item in listed))

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        return OcspResponse.of, (self.der,)

    @lazy
    def sha256(self) -> str:
        """The digest, in hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def nonce(self) -> bytes | None:
        """The nonce: an OCTET STRING's contents, or the raw bytes that old responders write."""
        found = self.extensions.get(NONCE)
        if found is None:
            return None
        try:
            element = asn1.parse(found.value, elements=2)
        except Malformed:
            return found.value
        return element.value if element.tag == asn1.OCTET_STRING else found.value

    def is_by(self, certificate: Certificate) -> bool:
        """Whether the responder's identifier is this certificate's."""
        if self.responder_name is not None:
            return certificate.subject == self.responder_name
        return hashlib.sha1(_key_bits(certificate), usedforsecurity=False).digest() == self.responder_key


def _unwrap(members: list[Element]) -> Element:
    if asn1.read_integer(members[0], asn1.ENUMERATED) != _SUCCESSFUL:
        raise Malformed("The responder gives no answer.")
    if len(members) != 2 or members[1].tag != 0xA0:
        raise Malformed("An OCSP answer can't be read.")
    wrapped = Members(members[1].only())
    if asn1.read_oid(wrapped.take()) != BASIC:
        raise Malformed("An OCSP answer is of an unknown kind.")
    return asn1.parse(wrapped.take(asn1.OCTET_STRING).value, elements=_ELEMENTS)


def _read_data(
    der: bytes, data: Element, algorithm: AlgorithmIdentifier, signature: bytes, certificates: tuple[bytes, ...]
) -> OcspResponse:
    members = Members(data)
    if (version := members.maybe(0xA0)) is not None and asn1.read_integer(version.only()) != 0:
        raise Malformed("The OCSP answer has an unknown version.")
    responder = members.take(0xA1, 0xA2).only()
    produced_at = asn1.read_time(members.take(asn1.GENERALIZED_TIME))
    singles = tuple(_read_single(item) for item in members.take(asn1.SEQUENCE).children())
    wrapped = members.maybe(0xA1)
    members.close()
    by_name = responder.tag == asn1.SEQUENCE
    return OcspResponse(
        der=der,
        tbs=data.raw,
        responder_name=read_name(responder) if by_name else None,
        responder_key=None if by_name else asn1.read_octets(responder),
        produced_at=produced_at,
        singles=singles,
        extensions=read_extensions(Cursor.over(wrapped.only())) if wrapped else {},
        algorithm=algorithm,
        signature=signature,
        certificates=certificates,
    )


def _read_single(element: Element) -> SingleResponse:
    members = Members(element)
    named = Members(members.take(asn1.SEQUENCE))
    algorithm = read_algorithm(named.take(asn1.SEQUENCE))
    name_hash, key_hash = (named.take(asn1.OCTET_STRING).value for _ in range(2))
    serial = asn1.read_integer(named.take())
    named.close()
    status = members.take(0x80, 0xA1, 0x82)
    this_update = asn1.read_time(members.take(asn1.GENERALIZED_TIME))
    ends = members.maybe(0xA0)
    wrapped = members.maybe(0xA1)
    members.close()
    extensions = read_extensions(Cursor.over(wrapped.only())) if wrapped else {}
    revoked_at, reason = _read_revoked(status) if status.tag == 0xA1 else (None, 0)
    cutoff = extensions.get(ARCHIVE_CUTOFF)
    return SingleResponse(
        algorithm,
        name_hash,
        key_hash,
        serial,
        {0x80: "good", 0xA1: "revoked", 0x82: "unknown"}[status.tag],
        revoked_at,
        reason,
        this_update,
        asn1.read_time(ends.only()) if ends else None,
        asn1.read_time(asn1.parse(cutoff.value)) if cutoff else None,
        not any(extension.critical and oid not in _KNOWN_CRITICAL for oid, extension in extensions.items()),
    )


def _read_revoked(element: Element) -> tuple[datetime, int]:
    children = element.children()
    if not children:
        raise Malformed("A revocation has no time.")
    reason = asn1.read_integer(children[1].only(), asn1.ENUMERATED) if len(children) > 1 else 0
    return asn1.read_time(children[0]), reason


def _key_bits(certificate: Certificate) -> bytes:
    """The contents of the BIT STRING of the public key, as certID and the responder's identifier hash them."""
    members = Members(asn1.parse(certificate.spki, elements=64))
    members.take()
    return asn1.read_whole_bits(members.take(asn1.BIT_STRING))


def write_request(certificate: Certificate, issuer: Certificate, nonce: bytes | None = None) -> bytes:
    """An OCSPRequest (DER) about one certificate, certID by SHA-1 as every responder takes it; the nonce is given."""
    hashed = [hashlib.sha1(part, usedforsecurity=False).digest() for part in (issuer.subject.der, _key_bits(issuer))]
    size = (certificate.serial + (certificate.serial < 0)).bit_length() // 8 + 1
    serial = encode(asn1.INTEGER, certificate.serial.to_bytes(size, "big", signed=True))
    named = encode(
        asn1.SEQUENCE, encode(asn1.SEQUENCE, _SHA1), *(encode(asn1.OCTET_STRING, part) for part in hashed), serial
    )
    listed = encode(asn1.SEQUENCE, encode(asn1.SEQUENCE, named))
    if nonce is None:
        return encode(asn1.SEQUENCE, encode(asn1.SEQUENCE, listed))
    oid = bytes.fromhex("06092b0601050507300102")
    extension = encode(asn1.SEQUENCE, oid, encode(asn1.OCTET_STRING, encode(asn1.OCTET_STRING, nonce)))
    wrapped = encode(0xA2, encode(asn1.SEQUENCE, extension))
    return encode(asn1.SEQUENCE, encode(asn1.SEQUENCE, listed, wrapped))
