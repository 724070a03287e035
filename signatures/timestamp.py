"""RFC 3161, with RFC 5816: a time stamp token read, and judged at its own time from evidence of that time.

A token is SignedData over a TSTInfo. It proves that the stamped data existed at its time if the imprint is theirs, the
one signature holds, its certificate is a time stamp authority's and named in the signature, and the path to an anchor
and every status were good then. A revocation that came later leaves it standing for the reasons that section 4 of the
RFC allows; for any other reason something must prove that the token is older than the revocation.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from signatures import asn1
from signatures.algorithms import Hash, UnknownAlgorithm, hash_of, name_of, read_scheme
from signatures.asn1 import Element, Members
from signatures.content import Content, ContentSource, sources_of
from signatures.context import Context
from signatures.draft import FAILED, UNSURE, Draft
from signatures.errors import LimitExceeded, Malformed
from signatures.judgement import Material, judge
from signatures.material import Cache, Evidence, TrustAnchors
from signatures.model import (
    AlgorithmIdentifier,
    SignedData,
    SignerInfo,
    read_algorithm,
    read_signed_data,
    read_signer_info,
)
from signatures.opening import parse_envelope
from signatures.policy import Limits, Policy, Use
from signatures.report import (
    Found,
    Indication,
    SignatureReport,
    SubIndication,
    TimeStampReport,
    Token,
    Want,
    failed,
    information,
    passed,
    rfc3339,
)

TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"

_DEFAULT: Final = Policy.default()
_NO_EVIDENCE: Final = Evidence()
_LONGEST_TOKEN: Final = 1 << 20  # bytes; with certificates and CRLs inside a token has some KiB
_MOST_DIGITS: Final = 9  # of a second's fraction; what is below a microsecond is left out
_MILLION: Final = 1_000_000

# Section 4 of RFC 3161: after a revocation for one of these reasons the tokens made before remain valid. A CRL that
# names no reason says `unspecified` here, and the RFC takes that for a compromise.
_HARMLESS: Final = frozenset({"affiliationChanged", "superseded", "cessationOfOperation"})


@dataclass(frozen=True)
class Stamp:
    """A token as it stands, nothing of it verified: the members of TSTInfo, and the SignedData around it.

    `accuracy` is in microseconds, None where the token names none; `resolution` is how fine `time` is written, and
    nobody knows whether the authority rounds or cuts. `signed` are the bytes of TSTInfo.
    """

    policy: str
    imprint_algorithm: AlgorithmIdentifier
    imprint: bytes
    serial: int
    time: datetime
    resolution: int
    accuracy: int | None
    ordering: bool
    nonce: int | None
    signed: bytes
    envelope: SignedData
    signer: SignerInfo
    token: bytes = b""

    @property
    def imprint_name(self) -> str:
        """The imprint's hash as a person calls it."""
        return name_of(self.imprint_algorithm.oid)


def read_stamp(token: bytes, limits: Limits | None = None) -> Stamp:
    """Read a TimeStampToken, in DER or BER; Malformed or LimitExceeded if it is none."""
    if len(token) > _LONGEST_TOKEN:
        raise LimitExceeded("signed_bytes")
    limits = limits or _DEFAULT.limits
    envelope = read_signed_data(parse_envelope(token, limits))
    if envelope.content_type != TST_INFO or envelope.content is None:
        raise Malformed("The signed data hold no time stamp.")
    if len(envelope.signers) != 1:
        raise Malformed("A time stamp token has exactly one signature.")
    if max(len(envelope.certificates), len(envelope.crls)) > limits.certificates:
        raise LimitExceeded("certificates")
    if envelope.content.tag & ~asn1.CONSTRUCTED != asn1.OCTET_STRING:
        raise Malformed("The content is no octet string.")
    signed = asn1.read_octets(envelope.content)
    return replace(_read_info(signed, envelope, read_signer_info(envelope.signers[0])), token=token)


def _read_info(signed: bytes, envelope: SignedData, signer: SignerInfo) -> Stamp:
    """TSTInfo of section 2.4.2; extensions may be there, a critical one must be understood, and none is."""
    members = Members(asn1.parse(signed, elements=4096))
    if asn1.read_integer(members.take()) != 1:
        raise Malformed("The time stamp has an unknown version.")
    policy = asn1.read_oid(members.take())
    imprint = Members(members.take(asn1.SEQUENCE))
    algorithm, digest = read_algorithm(imprint.take()), asn1.read_octets(imprint.take(asn1.OCTET_STRING))
    imprint.close()
    serial = asn1.read_integer(members.take())
    time, resolution = _read_time(members.take(asn1.GENERALIZED_TIME))
    accuracy = members.maybe(asn1.SEQUENCE)
    ordering = members.maybe(asn1.BOOLEAN)
    nonce = members.maybe(asn1.INTEGER)
    members.maybe(0xA0)  # the authority's name: a hint, the certificate counts
    if (extensions := members.maybe(0xA1)) is not None:
        _check_extensions(extensions)
    members.close()
    return Stamp(
        policy=policy,
        imprint_algorithm=algorithm,
        imprint=digest,
        serial=serial,
        time=time,
        resolution=resolution,
        accuracy=None if accuracy is None else _read_accuracy(accuracy),
        ordering=ordering is not None and asn1.read_boolean(ordering),
        nonce=None if nonce is None else asn1.read_integer(nonce),
        signed=signed,
        envelope=envelope,
        signer=signer,
    )


def _read_time(element: Element) -> tuple[datetime, int]:
    """GeneralizedTime with an optional fraction: `YYYYMMDDhhmmss[.s…]Z`; and how fine it is, in microseconds."""
    whole, dot, fraction = element.value.removesuffix(b"Z").partition(b".")
    fits = element.value.endswith(b"Z") and len(whole) == 14 and whole.isdigit()
    if not fits or (dot and not (fraction.isdigit() and len(fraction) <= _MOST_DIGITS)):
        raise Malformed("The time of the time stamp can't be read.")
    try:
        moment = datetime.strptime(whole.decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise Malformed("A time names a moment that does not exist.") from error
    return moment.replace(microsecond=int(fraction[:6].ljust(6, b"0"))), _MILLION // 10 ** min(len(fraction), 6)


def _read_accuracy(element: Element) -> int:
    """Accuracy in microseconds: seconds, [0] milliseconds, [1] microseconds, each left out for none."""
    members, total = Members(element), 0
    for tag, unit, most in ((asn1.INTEGER, _MILLION, 1 << 32), (0x80, 1000, 999), (0x81, 1, 999)):
        if (part := members.maybe(tag)) is not None:
            number = asn1.read_integer(part, tag)
            if not 0 <= number <= most:
                raise Malformed("The accuracy of the time stamp can't be read.")
            total += number * unit
    members.close()
    return total


def _check_extensions(element: Element) -> None:
    for child in element.children():
        members = Members(child)
        oid, flag = asn1.read_oid(members.take()), members.maybe(asn1.BOOLEAN)
        if flag is not None and asn1.read_boolean(flag):
            raise Malformed(f"The time stamp has a critical extension that is not understood: {oid}.")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say beside its imprint, where the caller knows it.

    `nonce` of the request; `policies` of the authority (none named: any). `not_after`: the moment of judging, after
    which no token can be yet. `known_by`: a moment at which the token itself is proven to have existed, by a later
    token over it (RFC 4998).
    """

    nonce: int | None = None
    policies: frozenset[str] = frozenset()
    not_after: datetime | None = None
    known_by: datetime | None = None


ANYTHING: Final = Expected()


def verify_stamp(
    token: bytes,
    content: Content,
    *,
    anchors: TrustAnchors,
    evidence: Evidence = _NO_EVIDENCE,
    policy: Policy = _DEFAULT,
    expected: Expected = ANYTHING,
    cache: Cache | None = None,
) -> TimeStampReport:
    """Verify a token over a content (or digests of it) from the evidence alone, at the token's own time.

    `policy`: as for documents. No time is asked for: what is judged is whether all was well when the token was made.
    Whatever the token is, the end is a report.
    """
    (source,) = sources_of(content, policy.limits.slow_hash_bytes)
    try:
        stamp = read_stamp(token, policy.limits)
    except (Malformed, LimitExceeded) as error:
        return unread(error)
    context = Context(anchors, stamp.time, evidence, policy, cache)
    steps = judge_stamp(stamp, source, context, expected)
    try:
        while True:
            steps.send(None)
    except StopIteration as stop:
        report: TimeStampReport = stop.value
    if not context.differences:
        return report
    checks = [failed("engine.differs", algorithm=scheme, engine=engine) for scheme, engine in context.differences]
    return replace(
        report,
        indication=Indication.INDETERMINATE,
        sub_indication=SubIndication.SIG_CONSTRAINTS_FAILURE,
        checks=(*report.checks, *checks),
    )


def algorithms_of(stamp: Stamp, key_bits: int) -> tuple[tuple[str, int | None], ...]:
    """What a token leans on: hash and family of its signature, the latter with the key's bits, and its imprint's hash.
    Empty where one is not known here."""
    try:
        scheme = read_scheme(stamp.signer.signature_algorithm, hash_of(stamp.signer.digest_algorithm))
        return (scheme.hash.name, None), (scheme.family, key_bits), (hash_of(stamp.imprint_algorithm).name, None)
    except UnknownAlgorithm:
        return ()


def find_weak(stamp: Stamp, key_bits: int, policy: Policy, at: datetime) -> str | None:
    """The first algorithm of a token that the policy refuses at this moment; None while all of them will do."""
    weak = (name for name, bits in algorithms_of(stamp, key_bits) if policy.refuses(name, bits, at, Use.TSA))
    return next(weak, None)


def unread(error: Malformed | LimitExceeded) -> TimeStampReport:
    """The report on bytes that are no token, or one beyond the limits."""
    draft = Draft()
    if isinstance(error, LimitExceeded):
        draft.call(failed("limit.exceeded", limit=error.limit), UNSURE, SubIndication.SIG_CONSTRAINTS_FAILURE)
    else:
        draft.call(failed("stamp.format", detail=error.message), FAILED, SubIndication.FORMAT_FAILURE)
    indication, sub_indication = draft.conclude()
    checks = tuple(draft.checks)
    return TimeStampReport(indication, sub_indication, None, None, "", "", None, "", b"", None, (), (), checks)


def judge_stamp(
    stamp: Stamp, content: ContentSource, context: Context, expected: Expected = ANYTHING
) -> Generator[Want, Found | None, TimeStampReport]:
    """The same as a generator, inside another verification: its pool and its budget are used, not its moment."""
    draft = Draft()
    draft.add(passed("stamp.format", time=rfc3339(stamp.time), accuracy=_say(stamp.accuracy)))
    _check_imprint(stamp, content, context.policy, draft)
    _check_expected(stamp, expected, context.policy, draft)
    for der in stamp.envelope.certificates:
        context.read_certificate(der)
    for der in stamp.envelope.crls:
        context.read_crl(der)
    own = context.moved(stamp.time, context.policy.for_time_stamp())
    attached = ContentSource("", (stamp.signed,), own.policy.limits.slow_hash_bytes)
    attached.prepare(_hashes_of(stamp.signer))
    signature = yield from judge(stamp.signer, Material(TST_INFO, attached, ()), own)
    return _conclude(stamp, signature, draft, expected)


def _hashes_of(signer: SignerInfo) -> list[Hash]:
    try:
        return [hash_of(signer.digest_algorithm)]
    except UnknownAlgorithm:
        return []


def _say(accuracy: int | None) -> str:
    return "—" if accuracy is None else f"{timedelta(microseconds=accuracy).total_seconds():g}"


def _check_imprint(stamp: Stamp, content: ContentSource, policy: Policy, draft: Draft) -> None:
    """The imprint must be the content's digest, by a hash that was allowed at the token's time."""
    try:
        algorithm = hash_of(stamp.imprint_algorithm)
    except UnknownAlgorithm as error:
        check = failed("algorithm.known", algorithm=error.name)
        draft.call(check, UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
        return
    content.prepare([algorithm])
    digest = content.digest(algorithm)
    if digest is None and algorithm.name in content.too_long:
        check = failed("limit.exceeded", limit="slow_hash_bytes")
        draft.call(check, UNSURE, SubIndication.SIG_CONSTRAINTS_FAILURE)
    elif digest is None:
        check = failed("content.digest_missing", algorithm=algorithm.name)
        draft.call(check, UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
    elif digest != stamp.imprint:
        draft.call(failed("stamp.imprint", algorithm=algorithm.name), FAILED, SubIndication.HASH_FAILURE)
    else:
        draft.add(passed("stamp.imprint", algorithm=algorithm.name))
    if (why := policy.refuses(algorithm.name, None, stamp.time, Use.TSA)) is not None:
        check = failed("algorithm.allowed", algorithm=algorithm.name, why=why)
        draft.call(check, UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)


def _check_expected(stamp: Stamp, expected: Expected, policy: Policy, draft: Draft) -> None:
    constraints = SubIndication.SIG_CONSTRAINTS_FAILURE
    if expected.nonce is not None and stamp.nonce != expected.nonce:
        draft.call(failed("stamp.nonce"), UNSURE, constraints)
    if expected.policies and stamp.policy not in expected.policies:
        draft.call(failed("stamp.policy", policy=stamp.policy), UNSURE, constraints)
    else:
        draft.add(information("stamp.policy", policy=stamp.policy))
    if expected.not_after is not None and stamp.time > expected.not_after + policy.skew:
        check = failed("stamp.future", time=rfc3339(stamp.time), at=rfc3339(expected.not_after))
        draft.call(check, UNSURE, SubIndication.TIMESTAMP_ORDER_FAILURE)


def _check_later(signature: SignatureReport, expected: Expected, draft: Draft) -> None:
    """A later revocation for a reason that throws doubt back on what was made before."""
    for check in signature.checks:
        if check.code != "revocation.later" or check.param("reason") in _HARMLESS:
            continue
        revoked_at = check.param("revoked_at") or ""
        if expected.known_by is None or expected.known_by >= datetime.fromisoformat(revoked_at):
            doubt = failed("stamp.revoked_later", revoked_at=revoked_at, reason=check.param("reason") or "")
            draft.call(doubt, UNSURE, SubIndication.REVOKED_NO_POE)


def _conclude(stamp: Stamp, signature: SignatureReport, draft: Draft, expected: Expected) -> TimeStampReport:
    draft.add(*signature.checks)
    if signature.sub_indication is not None:
        draft.verdicts.append((signature.indication, signature.sub_indication))
    _check_later(signature, expected, draft)
    indication, sub_indication = draft.conclude()
    return TimeStampReport(
        indication=indication,
        sub_indication=sub_indication,
        time=stamp.time,
        accuracy=stamp.accuracy,
        policy=stamp.policy,
        serial=format(stamp.serial, "x"),
        nonce=None if stamp.nonce is None else format(stamp.nonce, "x"),
        imprint_algorithm=stamp.imprint_name,
        imprint=stamp.imprint,
        authority=signature.signer.certificate if signature.signer else None,
        path=signature.path,
        revocation=signature.revocation,
        checks=tuple(draft.checks),
        signature_algorithm=signature.signature_algorithm,
        resolution=stamp.resolution,
        token=Token(stamp.token),
    )
