"""An EDS judged again from packaged material alone (evidence format, section 12; law, the check at each export).

At the export its report goes into the package beside the recorded one; whoever checks the package does the same again.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from authsvc.evidence.canonical import dumps
from authsvc.evidence.check_eds import EdsCase, EdsResult
from signatures import Digests, Evidence, Policy, TrustAnchors, verify
from signatures.errors import SignaturesError
from signatures.report import Report


def judge_eds(case: EdsCase) -> Report | None:
    """The report on one packaged document; None when it can't be judged at all."""
    content = Digests(case.digests) if case.digests else case.content
    try:
        return verify(
            case.signed,
            content=content,
            anchors=TrustAnchors.of(*case.anchors),
            evidence=Evidence.of(certificates=case.certificates, crls=case.crls, ocsp=case.ocsp),
            at=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=case.at),
            policy=Policy.named(case.policy) if case.policy else Policy.default(),
        )
    except (SignaturesError, OverflowError):
        return None


def verify_eds(case: EdsCase) -> Sequence[EdsResult]:
    """What each signature of one packaged document is worth."""
    report = judge_eds(case)
    return [
        EdsResult(
            each.indication.value,
            each.sub_indication.value if each.sub_indication else "",
            hashlib.sha256(each.signature or b"").digest(),
            each.signer.name if each.signer else "",
            len(each.time_stamps),
        )
        for each in (report.signatures if report is not None else ())
    ]


def report_again(case: EdsCase) -> bytes:
    """The report as a package carries it, with the verdict on each signature; empty when the document can't be judged
    at all."""
    report = judge_eds(case)
    if report is None:
        return b""
    verdicts = [
        {
            "indication": each.indication.value,
            "sub_indication": each.sub_indication.value if each.sub_indication else "",
        }
        for each in report.signatures
    ]
    return dumps({"report": report.to_json(), "signatures": verdicts})
