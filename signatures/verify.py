"""ETSI EN 319 102-1 clause 5: the one story of a verification, in numbered steps, without I/O.

`verification` yields what it lacks and goes on without it when told that it is not to be had; `verify` drives it from
the evidence alone, a service from the network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO, Final

from signatures.asic import describe_container, judge_container, open_container
from signatures.content import HEAD_BYTES, Content, ContentSource, sources_of
from signatures.context import Context
from signatures.envelope import attached_content, open_signed_data, prepare_contents
from signatures.errors import (
    FormatNotRead,
    LimitExceeded,
    LoginChallengeIsNotADocument,
    Malformed,
    NotALoginChallenge,
    NotASignedDocument,
)
from signatures.jades import judge_jws
from signatures.judgement import Material
from signatures.jws import prepare as prepare_jws
from signatures.jws import read_jws
from signatures.longterm import judge_signature
from signatures.material import Cache, Evidence, TrustAnchors
from signatures.model import SignedData
from signatures.opening import (
    is_login_challenge,
    is_pdf,
    is_signed_data,
    is_text,
    is_xml,
    is_zip,
    open_envelope,
    read_all,
)
from signatures.pades import describe, judge_pdf, open_pdf
from signatures.policy import Policy, Purpose
from signatures.report import (
    Check,
    Found,
    Indication,
    Input,
    Report,
    SignatureReport,
    SubIndication,
    Want,
    failed,
    information,
    not_done,
    passed,
    warning,
    worst,
)
from signatures.xades import describe_xml, judge_xml, open_xml

_NO_EVIDENCE: Final = Evidence()
_DEFAULT: Final = Policy.default()


def verify(
    signed: bytes | BinaryIO,
    *,
    content: Content | Mapping[str, Content] | None = None,
    anchors: TrustAnchors,
    at: datetime,
    evidence: Evidence = _NO_EVIDENCE,
    policy: Policy = _DEFAULT,
    cache: Cache | None = None,
) -> Report:
    """Verify a signed document from the evidence alone.

    `signed`: CMS in BER, DER, PEM or base64. `content`: the document of a detached signature, or its digests; several
    by name. `at`: the validation time, with a time zone. Raises NotASignedDocument (by kind) and LimitExceeded; every
    other weakness of the input is in the report.
    """
    steps = verification(signed, content=content, anchors=anchors, at=at, evidence=evidence, policy=policy, cache=cache)
    try:
        while True:
            steps.send(None)
    except StopIteration as stop:
        report: Report = stop.value
        return report


def verification(
    signed: bytes | BinaryIO,
    *,
    content: Content | Mapping[str, Content] | None = None,
    anchors: TrustAnchors,
    at: datetime,
    evidence: Evidence = _NO_EVIDENCE,
    policy: Policy = _DEFAULT,
    cache: Cache | None = None,
) -> Generator[Want, Found | None, Report]:
    """The same as a generator: it yields a Want and is sent a Found, or None when it is not to be had."""
    context = Context(anchors, at, evidence, policy, cache)
    # 1. Open: what kind of thing is this?
    data = read_all(signed, policy.limits)
    document = Input("document", hashlib.sha256(data).hexdigest())
    contents = sources_of(content, policy.limits.slow_hash_bytes)
    if is_signed_data(data):  # nothing else begins so
        return (yield from _verify_cms(data, document, contents, context))
    if is_pdf(data):
        return (yield from _verify_pdf(data, document, contents, context))
    if is_xml(data):
        return (yield from _verify_xml(data, document, contents, context))
    if is_zip(data):
        return (yield from _verify_container(data, document, contents, context))
    if is_text(data):
        found = yield from _verify_jws(data, document, contents, context)
        if found is not None:
            return found
    return (yield from _verify_cms(data, document, contents, context))


def _verify_cms(
    data: bytes, document: Input, contents: Sequence[ContentSource], context: Context
) -> Generator[Want, Found | None, Report]:
    """CMS, attached or detached; what is none is refused by its kind."""
    policy = context.policy
    envelope = open_envelope(data)
    try:
        opened, signers = open_signed_data(envelope, policy.limits)
        # 2. Digest the content, once
        attached = attached_content(opened, policy.limits)
        prepare_contents(attached, contents, signers, policy.limits)
    except (Malformed, LimitExceeded) as error:
        return _unreadable(context, document, error)
    # 3. Refuse what is signed for another purpose, by its kind
    _check_kind(attached, contents, policy.purpose)
    # 4. Judge every signature
    checks = _gather(opened, context)
    material = Material(opened.content_type, attached, contents)
    reports: list[SignatureReport] = []
    for signer in signers:
        reports.append((yield from judge_signature(signer, opened, material, context)))
    # 5. Report
    return _conclude(context, document, contents, checks, tuple(reports))


def _verify_pdf(
    data: bytes, document: Input, contents: Sequence[ContentSource], context: Context
) -> Generator[Want, Found | None, Report]:
    """A PDF is its own content: what is given beside it is not looked at, and that is said."""
    if context.policy.purpose is Purpose.LOGIN:
        raise NotALoginChallenge
    try:
        parts = open_pdf(data, context.policy.limits)
    except (Malformed, LimitExceeded) as error:
        return _unreadable(context, document, error)
    checks = [*describe(parts), *_begin(context, len(parts.signatures))]
    if contents:
        checks.append(not_done("content.same"))
    reports = yield from judge_pdf(parts, context)
    return _conclude(context, document, (), checks, reports)


def _verify_container(
    data: bytes, document: Input, contents: Sequence[ContentSource], context: Context
) -> Generator[Want, Found | None, Report]:
    """A container is its own content: what is given beside it is not looked at, and that is said."""
    try:
        container = open_container(data, context.policy.limits)
    except Malformed as error:
        if b"META-INF/" not in data:
            raise FormatNotRead("ZIP") from error
        return _unreadable(context, document, error)
    except LimitExceeded as error:
        return _unreadable(context, document, error)
    if context.policy.purpose is Purpose.LOGIN:
        raise NotALoginChallenge
    checks = [*describe_container(container), *_begin(context, len(container.envelopes) + len(container.documents))]
    if contents:
        checks.append(not_done("content.same"))
    reports = yield from judge_container(container, context)
    return _conclude(context, document, (), checks, reports)


def _verify_jws(
    data: bytes, document: Input, contents: Sequence[ContentSource], context: Context
) -> Generator[Want, Found | None, Report | None]:
    """A JWS that names certificates; None for any other text."""
    try:
        tokens = read_jws(data, context.policy.limits)
    except (Malformed, LimitExceeded) as error:
        return _unreadable(context, document, error)
    if tokens is None:
        return None
    if context.policy.purpose is Purpose.LOGIN:
        raise NotALoginChallenge
    prepare_jws(tokens, contents)
    _check_kind(None, contents, context.policy.purpose)
    checks = [passed("format.recognised", format="JWS", version=""), *_begin(context, len(tokens))]
    reports = yield from judge_jws(tokens, contents, context)
    return _conclude(context, document, contents, checks, reports)


def _unreadable(context: Context, document: Input, error: Malformed | LimitExceeded) -> Report:
    """What cannot be read is not signed by anyone; what is over a limit was not read to its end."""
    if isinstance(error, Malformed):
        check = failed("format.malformed", detail=error.message)
        return _unread(context, document, check, Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE)
    check = failed("limit.exceeded", limit=error.limit)
    return _unread(context, document, check, Indication.INDETERMINATE, SubIndication.SIG_CONSTRAINTS_FAILURE)


def _begin(context: Context, found: int) -> list[Check]:
    """What every report begins with: the policy's rule, evidence that is not read, the number of signatures."""
    refused = _name_refused(context) if context.evidence.refused else ()
    return [_say_rule(context.policy), *refused, _count(found)]


@lru_cache(maxsize=16)
def _say_rule(policy: Policy) -> Check:
    return information("policy.status", **policy.status_words)


def _verify_xml(
    data: bytes, document: Input, contents: Sequence[ContentSource], context: Context
) -> Generator[Want, Found | None, Report]:
    """An XML document; `contents` are what its references outside the document lead to, by name."""
    if context.policy.purpose is Purpose.LOGIN:
        raise NotALoginChallenge
    try:
        parts = open_xml(data, contents, context.policy.limits)
    except Malformed as error:
        if b"Signature" not in data:
            raise NotASignedDocument from error
        return _unreadable(context, document, error)
    except LimitExceeded as error:
        return _unreadable(context, document, error)
    _check_kind(None, contents, context.policy.purpose)
    checks = [*describe_xml(parts), *_begin(context, len(parts.nodes))]
    reports = yield from judge_xml(parts, context)
    return _conclude(context, document, contents, checks, reports)


def _check_kind(attached: ContentSource | None, contents: Sequence[ContentSource], purpose: Purpose) -> None:
    """A login challenge is never a document, and for a login nothing else will do."""
    signed = [attached] if attached is not None else contents
    challenges = [
        source.size is not None and source.size <= HEAD_BYTES and is_login_challenge(source.head) for source in signed
    ]
    if purpose is Purpose.DOCUMENT and any(challenges):
        raise LoginChallengeIsNotADocument
    if purpose is Purpose.LOGIN and not (challenges and all(challenges)):
        raise NotALoginChallenge


def _gather(opened: SignedData, context: Context) -> list[Check]:
    """Takes the certificates and CRLs of the document as hints, and says what can't be read or is not used."""
    checks = [passed("format.recognised", format="CMS", version=str(opened.version))]
    unread = [der for der in opened.certificates if context.read_certificate(der) is None]
    unread += [der for der in opened.crls if context.read_crl(der) is None]
    if unread:
        checks.append(warning("material.unreadable", count=str(len(unread))))
    return checks + _begin(context, len(opened.signers))


def _name_refused(context: Context) -> list[Check]:
    return [warning("evidence.unreadable", kind=one.kind, digest=one.sha256) for one in context.evidence.refused]


@lru_cache(maxsize=256)
def _count(found: int) -> Check:
    count = str(found)
    return information("signatures.count", count=count) if found else failed("signatures.present", count=count)


def _unread(
    context: Context, document: Input, check: Check, indication: Indication, sub_indication: SubIndication
) -> Report:
    return Report(
        indication=indication,
        sub_indication=sub_indication,
        signatures=(),
        wants=(),
        checks=(check,),
        inputs=(document, *context.inputs()),
        validation_time=context.at,
        policy=context.policy.name,
    )


def _conclude(
    context: Context,
    document: Input,
    contents: Sequence[ContentSource],
    checks: list[Check],
    reports: tuple[SignatureReport, ...],
) -> Report:
    if context.differences:
        reports = tuple(_leave_open(one, context) for one in reports)
    indication, sub_indication = worst(reports)
    digests: list[Input] = []
    for content in contents:
        known = content.known
        names = known if len(known) == 1 else sorted(known)
        digests += [Input("content", known[name].hex(), content.name, name) for name in names]
    return Report(
        indication=indication,
        sub_indication=sub_indication,
        signatures=reports,
        wants=tuple(context.wants),
        checks=tuple(checks),
        inputs=(document, *digests, *context.inputs()),
        validation_time=context.at,
        policy=context.policy.name,
    )


def _leave_open(one: SignatureReport, context: Context) -> SignatureReport:
    """Nothing is decided about a signature where two engines differ about anything in its document."""
    checks = [failed("engine.differs", algorithm=scheme, engine=engine) for scheme, engine in context.differences]
    return replace(
        one,
        indication=Indication.INDETERMINATE,
        sub_indication=SubIndication.SIG_CONSTRAINTS_FAILURE,
        intact=None,
        checks=(*one.checks, *checks),
        counter_signatures=tuple(_leave_open(each, context) for each in one.counter_signatures),
    )
