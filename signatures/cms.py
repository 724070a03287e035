"""RFC 5652 section 5.4 and 5.6, RFC 5035, RFC 6211: what one SignerInfo signs, and whether digest and value hold.

The rules on signed attributes: content-type and message-digest exactly once, content-type equal to the content's, none
twice, and none at all only for id-data by policy. The digest algorithm is the one of the signature.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from signatures import asn1, der
from signatures.algorithms import Hash, Scheme, UnknownAlgorithm, hash_of, read_scheme
from signatures.asn1 import Element, Members
from signatures.certificates import Certificate
from signatures.content import HEAD_BYTES, ContentSource
from signatures.context import Context
from signatures.draft import FAILED, UNSURE, Draft
from signatures.errors import LimitExceeded, Malformed
from signatures.model import ID_DATA, AlgorithmIdentifier, Attribute, SignerInfo, read_algorithm, single
from signatures.references import Reference, read_references
from signatures.report import (
    SubIndication,
    failed,
    information,
    not_done,
    passed,
    passed_by,
    rfc3339,
    warning,
)

CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
COUNTER_SIGNATURE: Final = "1.2.840.113549.1.9.6"
ALGORITHM_PROTECTION: Final = "1.2.840.113549.1.9.52"
TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.14"


class Signed(NamedTuple):
    """What the signed attributes say; `digest` is messageDigest."""

    digest: bytes | None
    claimed_time: datetime | None
    references: tuple[Reference, ...]


_RULES_HOLD: Final = passed("attributes.rules")
NOTHING_SIGNED: Final = Signed(None, None, ())


def read_signed(info: SignerInfo, content_type: str, bare_content: bool, draft: Draft) -> Signed:
    """Reads the signed attributes and holds them to the rules; what breaks one calls for FORMAT_FAILURE.

    No content type at all: the content is another signature's value, and names none (RFC 5652 section 11.4).
    """
    if info.signed is None:
        if (content_type == ID_DATA and bare_content) or not content_type:
            draft.add(information("attributes.none"))
        else:
            draft.call(failed("attributes.none", content_type=content_type), FAILED, SubIndication.FORMAT_FAILURE)
        return NOTHING_SIGNED
    try:
        by_oid = _unique(info.signed_attributes)
        kind = asn1.read_oid(single(by_oid, CONTENT_TYPE)) if content_type or CONTENT_TYPE in by_oid else ""
        digest = asn1.read_octets(single(by_oid, MESSAGE_DIGEST))
        references = tuple(read_references(by_oid))
    except Malformed as error:
        draft.call(failed("attributes.rules", detail=error.message), FAILED, SubIndication.FORMAT_FAILURE)
        return NOTHING_SIGNED
    if kind != content_type:
        detail = f"The content-type attribute says {kind}, the content is {content_type}."
        draft.call(failed("attributes.rules", detail=detail), FAILED, SubIndication.FORMAT_FAILURE)
    else:
        draft.checks.append(_RULES_HOLD)
    _check_protection(info, by_oid.get(ALGORITHM_PROTECTION), draft)
    return Signed(digest, _read_claimed_time(by_oid.get(SIGNING_TIME), draft), references)


def _unique(attributes: list[Attribute]) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for attribute in attributes:
        if attribute.oid in found:
            raise Malformed(f"The signed attribute {attribute.oid} stands twice.")
        found[attribute.oid] = attribute
    return found


def _read_claimed_time(attribute: Attribute | None, draft: Draft) -> datetime | None:
    if attribute is None:
        return None
    try:
        claimed = asn1.read_time(attribute.single())
    except Malformed:
        draft.add(warning("time.claimed_unreadable"))
        return None
    draft.add(information("time.claimed", time=rfc3339(claimed)))
    return claimed


def _check_protection(info: SignerInfo, attribute: Attribute | None, draft: Draft) -> None:
    """RFC 6211: the protected algorithms must be those of the SignerInfo, else somebody has exchanged them."""
    if attribute is None:
        return
    try:
        members = Members(attribute.single())
        digest, signature = read_algorithm(members.take()), members.maybe(0xA1)
        named = None if signature is None else _retag(signature)
    except Malformed:
        digest, named = AlgorithmIdentifier("", None), None
    if named is not None and digest.agrees(info.digest_algorithm) and named.agrees(info.signature_algorithm):
        draft.add(passed("attributes.protection"))
    else:
        draft.call(failed("attributes.protection"), FAILED, SubIndication.SIG_CRYPTO_FAILURE)


def _retag(element: Element) -> AlgorithmIdentifier:
    return read_algorithm(asn1.parse(der.encode(asn1.SEQUENCE, element.value), ber=True, elements=1_000))


def read_signature_scheme(info: SignerInfo, draft: Draft) -> tuple[Hash | None, Scheme | None]:
    """Digest and signature algorithm, known or not, and equal in their hash."""
    digest: Hash | None = None
    scheme: Scheme | None = None
    try:
        digest = hash_of(info.digest_algorithm)
        scheme = read_scheme(info.signature_algorithm, digest)
    except UnknownAlgorithm as error:
        draft.call(failed("algorithm.known", algorithm=error.name), UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
        return digest, None
    draft.add(passed_by("algorithm.known", scheme.name))
    if scheme.hash != digest:
        draft.call(
            failed("algorithm.agreement", digest=digest.name, signature=scheme.name),
            FAILED,
            SubIndication.FORMAT_FAILURE,
        )
        return digest, None
    draft.add(passed("algorithm.agreement"))
    return digest, scheme


def find_content(
    contents: Sequence[ContentSource], attached: ContentSource | None, algorithm: Hash | None, expected: bytes | None
) -> ContentSource | None:
    """The content that the signature is over: the attached one, or the one given whose digest fits, or the first."""
    if attached is not None:
        return attached
    if algorithm is not None and expected is not None:
        for content in contents:
            if content.digest(algorithm) == expected:
                return content
    return contents[0] if contents else None


def check_digest(content: ContentSource | None, algorithm: Hash | None, expected: bytes | None, draft: Draft) -> bool:
    """Whether the content is what was signed (messageDigest): True if so, False if not or if that can't be said."""
    if content is None:
        draft.call(failed("content.found"), UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
        return False
    if not content.seen:
        draft.add(warning("content.not_seen"))
    if algorithm is None or expected is None:
        return False
    digest = content.digest(algorithm)
    if digest is None:
        _say_missing(content, algorithm, draft)
        return False
    if digest != expected:
        draft.call(failed("content.digest", algorithm=algorithm.name), FAILED, SubIndication.HASH_FAILURE)
        return False
    draft.add(passed_by("content.digest", algorithm.name))
    return True


def _say_missing(content: ContentSource, algorithm: Hash, draft: Draft) -> None:
    if algorithm.name in content.too_long:
        draft.call(failed("limit.exceeded", limit="slow_hash_bytes"), UNSURE, SubIndication.SIG_CONSTRAINTS_FAILURE)
    else:
        draft.call(
            failed("content.digest_missing", algorithm=algorithm.name), UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND
        )


def check_bare(content: ContentSource | None, scheme: Scheme | None, draft: Draft) -> bool:
    """Whether a content that is signed without attributes can be judged by the signature value alone.

    It must be there, known by the digest that is needed, and no set of signed attributes: who leaves the attributes of
    a good signature out and hands them in as its content has a document that nobody signed.
    """
    if content is None:
        draft.call(failed("content.found"), UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
        return False
    if not content.seen:
        draft.add(warning("content.not_seen"), warning("attributes.unseen"))
    if _reads_as_attributes(content):
        draft.call(failed("attributes.as_content"), FAILED, SubIndication.FORMAT_FAILURE)
        return False
    if scheme is None:
        return False
    if content.digest(scheme.hash) is None or (scheme.whole and content.whole is None):
        _say_missing(content, scheme.hash, draft)
        return False
    return True


def _reads_as_attributes(content: ContentSource) -> bool:
    """A DER SET of attributes, messageDigest among them; one beyond what is kept of a stream is told by its length."""
    head, size = content.head, content.size
    if size is None or head[:1] != bytes((asn1.SET,)):
        return False
    if size > HEAD_BYTES:
        octets = head[1] & 0x7F
        return head[1] > 0x80 and octets <= 8 and int.from_bytes(head[2 : 2 + octets], "big") == size - 2 - octets
    try:
        pairs = [item.members() for item in asn1.parse(head, ber=True, elements=10_000).members(asn1.SET)]
        return any(len(pair) == 2 and asn1.read_oid(pair[0]) == MESSAGE_DIGEST for pair in pairs)
    except (Malformed, LimitExceeded):
        return False


def check_given(
    attached: ContentSource | None, contents: Sequence[ContentSource], algorithm: Hash | None, draft: Draft
) -> None:
    """A content given beside an attached one must be the same; else the caller's document is not what was signed."""
    if attached is None or not contents or algorithm is None:
        return
    own = attached.digest(algorithm)
    if own is None or all(content.digest(algorithm) is None for content in contents):
        draft.add(not_done("content.same"))
    elif any(content.digest(algorithm) == own for content in contents):
        draft.add(passed("content.same"))
    else:
        draft.call(failed("content.same"), FAILED, SubIndication.HASH_FAILURE)


def signed_forms(info: SignerInfo) -> Iterator[tuple[str, bytes]]:
    """The bytes that the signature may be over: the attributes as a DER SET first, then as they were found.

    RFC 5652 section 5.4 asks for the DER of a SET OF; some signers leave the order as it was, some wrap BER.
    """
    element = info.signed
    if element is None:
        return
    parts = [one.whole for one in info.signed_attributes]
    ordered = der.encode(asn1.SET, *sorted(parts))
    yield "der", ordered
    found = der.encode(asn1.SET, *parts)
    if found != ordered:
        yield "as_found", found
    try:
        normal = der.encode(asn1.SET, *sorted(der.normalise(child) for child in element.children()))
    except Malformed:
        return
    if normal not in (ordered, found):
        yield "der", normal


def check_value(
    info: SignerInfo,
    scheme: Scheme,
    certificate: Certificate,
    content: ContentSource | None,
    context: Context,
) -> str | None:
    """The form over which the signature value holds under the certificate's key: `der`, `as_found`, `content`; or None.

    UnknownAlgorithm if the key can't be used.
    """
    key = certificate.key
    if not key.allows(scheme):
        return None
    if info.signed is not None:
        for form, message in signed_forms(info):
            if context.verifies(key.key, scheme, info.signature, message, None):
                return form
        return None
    if content is None:
        return None
    message = content.whole or b""
    digest = content.digest(scheme.hash)
    if digest is None or (scheme.whole and content.whole is None):
        return None
    return "content" if context.verifies(key.key, scheme, info.signature, message, digest) else None
