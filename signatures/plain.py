"""ETSI EN 319 102-1 clause 5.3 for formats other than CMS: a signature whose signed bytes are known.

XML and JSON signatures are found and digested by their own modules; who signed, whether the value holds, and whether
the certificate was good, is one question for all.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from signatures.algorithms import Scheme, UnknownAlgorithm
from signatures.certificates import Certificate
from signatures.cms import Signed
from signatures.context import Context
from signatures.draft import FAILED, UNSURE, Draft
from signatures.errors import LimitExceeded, Malformed
from signatures.gost import backend
from signatures.judgement import Judgement, check_allowed, seek_path, take_path
from signatures.profile import check_profile
from signatures.references import Reference, check_references, matches
from signatures.report import (
    Coverage,
    Found,
    SignatureReport,
    SubIndication,
    Want,
    WantKind,
    failed,
    information,
    passed,
)

_MOST_CANDIDATES: Final = 16


@dataclass(slots=True)
class Opened:
    """One signature as its format's module has opened it.

    `message`: the exact bytes under the signature value, None where they are not known. `draft`: what was found out
    already, digests of the content among it; `whole`: whether all of them hold. `certificates`: what the signature
    names as its own, the likeliest first. `references`: signed references to the signer's certificate. `format` as in
    reports; `baseline`: whether it is of an AdES baseline when its reference holds.
    """

    format: str
    container: str
    signature: bytes = b""
    message: bytes | None = None
    scheme: Scheme | None = None
    algorithm: str = ""
    digest_algorithm: str = ""
    certificates: Sequence[Certificate] = ()
    references: tuple[Reference, ...] = ()
    claimed_time: datetime | None = None
    coverage: Coverage | None = None
    whole: bool = False
    baseline: bool = False
    draft: Draft = field(default_factory=Draft)


def judge_opened(opened: Opened, context: Context) -> Generator[Want, Found | None, SignatureReport]:
    """Judges it at the moment of the context. Whatever is in it, the end is a report."""
    judgement = Judgement(context.at, opened.format)
    judgement.draft = draft = Draft(list(opened.draft.checks), list(opened.draft.verdicts))
    judgement.signature, judgement.coverage = opened.signature, opened.coverage
    judgement.signature_algorithm = opened.scheme.name if opened.scheme else opened.algorithm
    judgement.digest_algorithm = opened.digest_algorithm
    judgement.signed = Signed(None, opened.claimed_time, opened.references)
    try:
        yield from _steps(opened, context, judgement)
    except LimitExceeded as error:
        draft.call(failed("limit.exceeded", limit=error.limit), UNSURE, SubIndication.SIG_CONSTRAINTS_FAILURE)
    except Malformed as error:
        draft.call(
            failed("signer.malformed", detail=error.message), UNSURE, SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE
        )
    report = judgement.report()
    return replace(report, container=opened.container, level=report.level if opened.baseline else None)


def _steps(opened: Opened, context: Context, judgement: Judgement) -> Generator[Want, Found | None, None]:
    draft = judgement.draft
    if opened.scheme is not None and opened.scheme.hash.heavy:
        draft.add(information("algorithm.backend", backend=backend.active().name))
    candidates = _candidates(opened, context)
    if not candidates:
        context.miss(Want(WantKind.SIGNER, ""))
        draft.call(
            failed("signer.certificate", issuer="", serial=""), UNSURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND
        )
    genuine = _check_value(opened, candidates, context, judgement)
    if draft.broken:
        judgement.intact = False
    elif opened.whole and genuine:
        judgement.intact = True
    if judgement.certificate is None:
        return
    judgement.referenced = check_references(opened.references, judgement.certificate, context, draft)
    if opened.scheme is not None:
        check_allowed(opened.scheme, judgement.certificate, context, draft)
    result = yield from seek_path(judgement.certificate, context, quiet=draft.broken)
    take_path(result, context, judgement)
    judgement.signer = check_profile(judgement.certificate, context.policy.purpose, draft)


def _candidates(opened: Opened, context: Context) -> list[Certificate]:
    """Those that a signed reference names first, then the others that the signature carries; else what is at hand."""
    named = [
        one for one in context.certificates if any(matches(reference, one, context) for reference in opened.references)
    ]
    listed = list(dict.fromkeys((*named, *opened.certificates)))
    return listed[:_MOST_CANDIDATES]


def _check_value(opened: Opened, candidates: Sequence[Certificate], context: Context, judgement: Judgement) -> bool:
    """The first candidate whose key the value holds under is the signer."""
    draft, scheme = judgement.draft, opened.scheme
    if not candidates:
        return False
    judgement.certificate = candidates[0]
    draft.add(passed("signer.certificate", subject=candidates[0].subject.text))
    if scheme is None or opened.message is None:
        return False
    unknown = ""
    for certificate in candidates:
        try:
            key = certificate.key
        except UnknownAlgorithm as error:
            unknown = unknown or error.name
            continue
        if key.allows(scheme) and context.verifies(key.key, scheme, opened.signature, opened.message, None):
            judgement.certificate = certificate
            draft.add(passed("signature.value", algorithm=scheme.name))
            return True
    if unknown:
        draft.call(failed("algorithm.known", algorithm=unknown), UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
    else:
        draft.call(failed("signature.value", algorithm=scheme.name), FAILED, SubIndication.SIG_CRYPTO_FAILURE)
    return False
