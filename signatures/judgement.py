"""ETSI EN 319 102-1 clause 5.3: one signature of a CMS, from its signer to its verdict, every check kept.

The order of the steps is the order of precedence among the reasons for INDETERMINATE. A revoked signer without proof of
an earlier existence is INDETERMINATE / REVOKED_NO_POE (clause 5.2.6; TOTAL-FAILED / REVOKED needs a content time stamp
that proves a later signing), one on hold INDETERMINATE / TRY_LATER, and so is one whose status is not known.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from signatures import cms
from signatures.algorithms import Hash, Scheme, UnknownAlgorithm, name_of
from signatures.certificates import Certificate
from signatures.cms import NOTHING_SIGNED, Signed
from signatures.content import ContentSource
from signatures.context import Context
from signatures.draft import FAILED, UNSURE, Draft
from signatures.errors import LimitExceeded, Malformed
from signatures.gost import backend
from signatures.model import SignerInfo
from signatures.path import PathResult, find_path
from signatures.profile import recall_profile
from signatures.recall import keep, recall
from signatures.references import check_references, matches
from signatures.report import (
    Coverage,
    Found,
    RevocationStatus,
    SignatureReport,
    Signer,
    Status,
    SubIndication,
    Want,
    WantKind,
    failed,
    information,
    passed,
    passed_by,
    warning,
)

_MOST_CANDIDATES: Final = 16  # certificates with one issuer and serial number; two are a curiosity already

# A proof of an earlier time may mend an algorithm that was good once; for one that nobody ever allowed there is none.
_CRYPTO: Final = (SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)

_PATH_FAILURES: Final = {
    "path.found": SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    "path.validity": SubIndication.OUT_OF_BOUNDS_NO_POE,
    "revocation.on_hold": SubIndication.TRY_LATER,
    "revocation.unknown": SubIndication.TRY_LATER,
}


@dataclass(slots=True)
class Material:
    """What all signatures of one document share."""

    content_type: str
    attached: ContentSource | None
    contents: Sequence[ContentSource]
    scope: str = "whole_content"
    format: str = ""


@dataclass(slots=True)
class Judgement:
    """One signature while it is judged; `report` is what has become of it, however far it came."""

    at: datetime
    format: str = ""
    draft: Draft = field(default_factory=Draft)
    intact: bool | None = None
    referenced: bool = False
    certificate: Certificate | None = None
    signer: Signer | None = None
    path: tuple[Certificate, ...] = ()
    revocation: tuple[RevocationStatus, ...] = ()
    signed: Signed = NOTHING_SIGNED
    coverage: Coverage | None = None
    digest_algorithm: str = ""
    signature_algorithm: str = ""
    signature: bytes = b""

    def report(self) -> SignatureReport:
        """The report on this signature."""
        indication, sub_indication = self.draft.conclude()
        dated = self.signed.claimed_time is not None or self.format == "PAdES"  # a PDF has its claimed time outside
        baseline = self.referenced and self.intact is True and dated
        return SignatureReport(
            indication=indication,
            sub_indication=sub_indication,
            intact=self.intact,
            format=self.format or ("CAdES" if self.signed.references else "CMS"),
            level="B-B" if baseline and self.format != "PDF" else None,
            signer=self.signer,
            path=self.path,
            revocation=self.revocation,
            best_signature_time=self.at,
            best_signature_time_source="validation_time",
            claimed_time=self.signed.claimed_time,
            coverage=self.coverage,
            checks=tuple(self.draft.checks),
            digest_algorithm=self.digest_algorithm,
            signature_algorithm=self.signature_algorithm,
            signature=self.signature,
        )


def judge(
    info: SignerInfo | Malformed, material: Material, context: Context
) -> Generator[Want, Found | None, SignatureReport]:
    """Judges one SignerInfo. Whatever is in it, the end is a report."""
    judgement = Judgement(context.at, material.format)
    draft = judgement.draft
    try:
        if isinstance(info, Malformed):
            draft.call(failed("format.signer_info", detail=info.message), FAILED, SubIndication.FORMAT_FAILURE)
        else:
            yield from _steps(info, material, context, judgement)
    except LimitExceeded as error:
        draft.call(failed("limit.exceeded", limit=error.limit), UNSURE, SubIndication.SIG_CONSTRAINTS_FAILURE)
    except Malformed as error:
        draft.call(
            failed("signer.malformed", detail=error.message), UNSURE, SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE
        )
    return judgement.report()


def _steps(
    info: SignerInfo, material: Material, context: Context, judgement: Judgement
) -> Generator[Want, Found | None, None]:
    draft = judgement.draft
    judgement.signature = info.signature
    # 1. Format and algorithms
    judgement.signed = cms.read_signed(info, material.content_type, context.policy.bare_content, draft)
    digest, scheme = cms.read_signature_scheme(info, draft)
    if scheme is not None and scheme.hash.heavy:
        draft.add(information("algorithm.backend", backend=backend.active().name))
    judgement.digest_algorithm = digest.name if digest else name_of(info.digest_algorithm.oid)
    judgement.signature_algorithm = scheme.name if scheme else name_of(info.signature_algorithm.oid)
    # 2. Who signed
    candidates = yield from _find_signers(info, judgement.signed, context, draft)
    # 3. Integrity: content, digest, signature value
    _check_integrity(info, material, context, judgement, digest, scheme, candidates)
    if judgement.certificate is None:
        return
    if info.signed is not None:
        judgement.referenced = check_references(judgement.signed.references, judgement.certificate, context, draft)
    # 4. Algorithms by date
    if scheme is not None:
        check_allowed(scheme, judgement.certificate, context, draft)
    # 5. Path and revocation
    result = yield from seek_path(judgement.certificate, context, quiet=draft.broken)
    take_path(result, context, judgement)
    # 6. The profile: who is that, and is the key for this purpose
    judgement.signer = recall_profile(judgement.certificate, context, draft)


def _find_signers(
    info: SignerInfo, signed: Signed, context: Context, draft: Draft
) -> Generator[Want, Found | None, list[Certificate]]:
    """Every certificate that the SignerInfo may mean, those that its signed reference names first."""
    identifier = info.identifier
    while True:
        found = [certificate for certificate in context.certificates if _is_meant(certificate, info)]
        if found:
            del found[_MOST_CANDIDATES:]
            if len(found) > 1:
                found.sort(key=lambda item: not any(matches(one, item, context) for one in signed.references))
            return found
        want = Want(
            WantKind.SIGNER,
            identifier.issuer.text if identifier.issuer else "",
            serial="" if identifier.serial is None else format(identifier.serial, "x"),
            key_id="" if identifier.key_id is None else identifier.key_id.hex(),
        )
        if not (context.may_ask(want) and context.take((yield want))):
            context.miss(want)
            draft.call(
                failed("signer.certificate", issuer=want.issuer, serial=want.serial or want.key_id),
                UNSURE,
                SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
            )
            return []


def _is_meant(certificate: Certificate, info: SignerInfo) -> bool:
    identifier = info.identifier
    if identifier.issuer is None:
        return identifier.key_id is not None and certificate.subject_key_id == identifier.key_id
    return certificate.serial == identifier.serial and certificate.issuer == identifier.issuer


def _check_integrity(
    info: SignerInfo,
    material: Material,
    context: Context,
    judgement: Judgement,
    digest: Hash | None,
    scheme: Scheme | None,
    candidates: list[Certificate],
) -> None:
    draft = judgement.draft
    content = cms.find_content(material.contents, material.attached, digest, judgement.signed.digest)
    if info.signed is None and material.attached is None and len(material.contents) > 1:
        content = _find_bare(info, material.contents, scheme, candidates, context)
    judgement.coverage = _cover(content, material, digest, judgement)
    if info.signed is None:
        whole = cms.check_bare(content, scheme, draft)
    else:
        whole = cms.check_digest(content, digest, judgement.signed.digest, draft)
    cms.check_given(material.attached, material.contents, digest, draft)
    usable = scheme if whole or info.signed is not None else None
    genuine = _check_value(info, context, judgement, usable, candidates, content)
    if draft.broken:
        judgement.intact = False
    elif whole and genuine:
        judgement.intact = True


def _find_bare(
    info: SignerInfo,
    contents: Sequence[ContentSource],
    scheme: Scheme | None,
    candidates: list[Certificate],
    context: Context,
) -> ContentSource:
    """Of several contents the one that a signature without attributes is over: only its value tells. Else the first."""
    for content in contents:
        for certificate in candidates:
            with suppress(UnknownAlgorithm):
                if scheme and cms.check_value(info, scheme, certificate, content, context):
                    return content
    return contents[0]


def _check_value(
    info: SignerInfo,
    context: Context,
    judgement: Judgement,
    scheme: Scheme | None,
    candidates: list[Certificate],
    content: ContentSource | None,
) -> bool:
    """Tries every candidate; the first whose key the signature value holds under is the signer."""
    draft = judgement.draft
    if not candidates:
        return False
    judgement.certificate = candidates[0]
    draft.add(passed("signer.certificate", subject=candidates[0].subject.text))
    if scheme is None:
        return False
    unknown = ""
    for certificate in candidates:
        try:
            form = cms.check_value(info, scheme, certificate, content, context)
        except UnknownAlgorithm as error:
            unknown = unknown or error.name
            continue
        if form is not None:
            judgement.certificate = certificate
            draft.add(passed_by("signature.value", scheme.name))
            if form == "as_found" and context.policy.order_as_found:
                draft.add(warning("attributes.order"))
            elif form == "as_found":
                draft.call(failed("attributes.order"), UNSURE, SubIndication.SIG_CONSTRAINTS_FAILURE)
            return True
    if unknown:  # it may be this key's signature after all
        draft.call(failed("algorithm.known", algorithm=unknown), UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
    else:
        draft.call(failed("signature.value", algorithm=scheme.name), FAILED, SubIndication.SIG_CRYPTO_FAILURE)
    return False


def _cover(
    content: ContentSource | None, material: Material, digest: Hash | None, judgement: Judgement
) -> Coverage | None:
    if content is None:
        return None
    return Coverage(
        scope=material.scope,
        attached=material.attached is not None,
        content_type=material.content_type,
        digest_algorithm=judgement.digest_algorithm,
        digest=content.digest(digest) if digest else None,
        seen=content.seen,
        size=content.size,
        name=content.name,
    )


def check_allowed(scheme: Scheme, certificate: Certificate, context: Context, draft: Draft) -> None:
    """Whether the policy allows scheme, hash and key at the moment."""
    try:
        bits = certificate.key.bits
    except UnknownAlgorithm:
        return
    why, weak = context.judges(scheme, bits, context.use)
    if why is None:
        draft.add(passed_by("algorithm.allowed", scheme.name))
        if weak:
            draft.add(warning("algorithm.weak", algorithm=scheme.name))
    else:
        never = why in ("unknown", "other_use")
        draft.call(failed("algorithm.allowed", algorithm=scheme.name, why=why), UNSURE, _CRYPTO[never])


def seek_path(certificate: Certificate, context: Context, *, quiet: bool) -> Generator[Want, Found | None, PathResult]:
    """The path. For a signature that has failed already nothing is asked for: the report says what is at hand."""
    kept = recall(certificate, context)
    if kept is not None:
        return kept
    if not quiet:
        result = yield from find_path(certificate, context)
        keep(certificate, result, context)
        return result
    wants = list(context.wants)
    search = find_path(certificate, context)
    try:
        while True:
            search.send(None)
    except StopIteration as stop:
        context.wants = wants
        stopped: PathResult = stop.value
        return stopped


def take_path(result: PathResult, context: Context, judgement: Judgement) -> None:
    """What the search for a path has found, into the judgement."""
    draft = judgement.draft
    judgement.revocation = result.statuses
    if len(result.path) > 1 or result.valid:
        judgement.path = result.path
    if result.failure is None:
        draft.add(*result.checks)
        return
    rest = [check for check in result.checks if check is not result.failure]
    draft.add(*rest)
    draft.call(result.failure, UNSURE, _sub_indication(result, context))


def _sub_indication(result: PathResult, context: Context) -> SubIndication:
    failure, leaf = result.failure, result.path[0]
    code = "" if failure is None else failure.code
    if code == "revocation.revoked":
        own = bool(result.statuses) and result.statuses[0].status is Status.REVOKED
        return SubIndication.REVOKED_NO_POE if own else SubIndication.REVOKED_CA_NO_POE
    if code == "path.algorithm":
        return _CRYPTO[failure is not None and failure.param("why") in ("unknown", "other_use")]
    if code == "path.ca_validity" and not leaf.not_before <= context.at <= leaf.not_after:
        return SubIndication.OUT_OF_BOUNDS_NO_POE
    return _PATH_FAILURES.get(code, SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE)
