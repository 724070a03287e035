"""RFC 5652 section 5.1: the SignedData of one envelope, held to the limits, and its content digested once.

Shared by every format that carries CMS.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from signatures import asn1
from signatures.algorithms import HASHES, WHOLE, Hash, known_hash
from signatures.asn1 import Element
from signatures.cades import needed_hashes
from signatures.content import ContentSource
from signatures.errors import LimitExceeded, Malformed
from signatures.model import SignedData, SignerInfo, read_signed_data, read_signer_info
from signatures.opening import parse_envelope
from signatures.policy import Limits

_SHA256: Final = HASHES["2.16.840.1.101.3.4.2.1"]


def open_signed_data(envelope: bytes, limits: Limits) -> tuple[SignedData, list[SignerInfo | Malformed]]:
    """The SignedData and its SignerInfos; a SignerInfo that can't be read spoils only itself. Malformed or
    LimitExceeded for the envelope."""
    opened = read_signed_data(parse_envelope(envelope, limits))
    if len(opened.signers) > limits.signatures:
        raise LimitExceeded("signatures")
    if len(opened.certificates) > limits.certificates or len(opened.crls) > limits.certificates:
        raise LimitExceeded("certificates")
    return opened, [_read_signer(element) for element in opened.signers]


def _read_signer(element: Element) -> SignerInfo | Malformed:
    try:
        return read_signer_info(element)
    except Malformed as error:
        return error


def attached_content(opened: SignedData, limits: Limits) -> ContentSource | None:
    """The attached content: an OCTET STRING (RFC 5652 section 5.2), whatever PKCS #7 1.5 once allowed."""
    element = opened.content
    if element is None:
        return None
    if element.tag & ~asn1.CONSTRUCTED != asn1.OCTET_STRING:
        raise Malformed("The content is no octet string.")
    whole = asn1.split_octets(element) if element.tag & asn1.CONSTRUCTED else element.value
    return ContentSource("", whole, limits.slow_hash_bytes)


def prepare_contents(
    attached: ContentSource | None,
    contents: Sequence[ContentSource],
    signers: Sequence[SignerInfo | Malformed],
    limits: Limits,
) -> None:
    """Read each content once, with every hash that a signature or a time stamp needs of it."""
    read = [signer for signer in signers if isinstance(signer, SignerInfo)]
    needed: dict[str, Hash] = {}
    for signer in read:
        for found in (known_hash(signer.digest_algorithm), *needed_hashes(signer, limits)):
            if found is not None:
                needed[found.name] = found
    keep = any(signer.signed is None and signer.signature_algorithm.oid in WHOLE for signer in read)
    if attached is not None:
        attached.prepare(needed.values(), keep=keep)
    for content in contents:
        content.prepare([*needed.values(), _SHA256], keep=keep)
