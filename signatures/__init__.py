"""Verification of electronic signatures after ETSI EN 319 102-1: bytes in, a report out. Pure: no I/O, no clock.

    from signatures import Evidence, TrustAnchors, verify

    anchors = TrustAnchors.of(Path("issuing-ca.cer").read_bytes())
    evidence = Evidence.of(crls=[Path("issuing-ca.crl").read_bytes()])
    report = verify(Path("contract.p7s").read_bytes(), content=Path("contract.pdf").read_bytes(),
                    anchors=anchors, evidence=evidence, at=datetime(2026, 11, 24, tzinfo=UTC))
    print(report.indication, [signature.signer.name for signature in report.signatures if signature.signer])

Only the anchors are trusted; everything in the document and the evidence is a hint to be checked. A report's signer
counts only where the signature is TOTAL-PASSED: until then the names are what an unproven certificate says.
"""

from __future__ import annotations

from signatures.certificates import Certificate
from signatures.content import Content, Digests
from signatures.errors import (
    BadArgument,
    BadCertificate,
    ConfirmationIsNotASignature,
    FormatNotRead,
    LimitExceeded,
    LoginChallengeIsNotADocument,
    NotALoginChallenge,
    NotASignedDocument,
    SignaturesError,
)
from signatures.kazakhstan import Identity, InformationSystem, KeyPurpose, Person, Representative
from signatures.material import Cache, Evidence, TrustAnchors
from signatures.path import PathResult, validate_path
from signatures.policies import ANY
from signatures.policy import LOGIN_CHALLENGE_KIND, AlgorithmRule, Limits, Policy, Purpose, RevocationRule
from signatures.report import (
    Check,
    Coverage,
    Found,
    Indication,
    Input,
    Outcome,
    Report,
    RevocationStatus,
    SignatureReport,
    Signer,
    Status,
    SubIndication,
    Want,
    WantKind,
)
from signatures.verify import verification, verify

__all__ = [
    "ANY",
    "LOGIN_CHALLENGE_KIND",
    "AlgorithmRule",
    "BadArgument",
    "BadCertificate",
    "Cache",
    "Certificate",
    "Check",
    "ConfirmationIsNotASignature",
    "Content",
    "Coverage",
    "Digests",
    "Evidence",
    "FormatNotRead",
    "Found",
    "Identity",
    "Indication",
    "InformationSystem",
    "Input",
    "KeyPurpose",
    "LimitExceeded",
    "Limits",
    "LoginChallengeIsNotADocument",
    "NotALoginChallenge",
    "NotASignedDocument",
    "Outcome",
    "PathResult",
    "Person",
    "Policy",
    "Purpose",
    "Report",
    "Representative",
    "RevocationRule",
    "RevocationStatus",
    "SignatureReport",
    "SignaturesError",
    "Signer",
    "Status",
    "SubIndication",
    "TrustAnchors",
    "Want",
    "WantKind",
    "validate_path",
    "verification",
    "verify",
]
