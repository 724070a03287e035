"""Time stamp tokens for the tests of `signatures.timestamp`, with every member to turn wrong."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from signatures import Evidence, TrustAnchors
from signatures.asn1 import GENERALIZED_TIME, OCTET_STRING, SEQUENCE
from signatures.der import encode
from signatures.timestamp import TST_INFO, Expected, TimeStampReport, verify_stamp
from tests.signatures.making import (
    AT,
    HASH_OIDS,
    NULL,
    Ca,
    algorithm,
    envelope,
    ess,
    essential,
    integer,
    make_key,
    oid,
    signer_info,
)

POLICY = "1.2.398.3.3.2.6.4"
NOTE = b"log.example.kz/2026\n12\nroot\n"
STAMPING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])


def write_info(
    data: bytes = NOTE,
    *,
    at: datetime = AT,
    digest: str = "sha512",
    time: bytes | None = None,
    accuracy: bytes = b"",
    nonce: int | None = None,
    policy: str = POLICY,
    version: int = 1,
    ordering: bytes = b"",
    tail: bytes = b"",
    imprint: bytes | None = None,
    imprint_oid: str | None = None,
) -> bytes:
    """TSTInfo."""
    hashed = hashlib.new(digest, data).digest() if imprint is None else imprint
    named = algorithm(imprint_oid or HASH_OIDS[digest], NULL)
    return encode(
        SEQUENCE,
        integer(version),
        oid(policy),
        encode(SEQUENCE, named, encode(OCTET_STRING, hashed)),
        integer(-7),  # the NCA's own numbers are negative at times
        encode(GENERALIZED_TIME, time or f"{at:%Y%m%d%H%M%SZ}".encode()),
        accuracy,
        ordering,
        b"" if nonce is None else integer(nonce),
        tail,
    )


def accuracy(seconds: int | None = None, millis: int | None = None, micros: int | None = None) -> bytes:
    """Accuracy of RFC 3161 section 2.4.2."""
    parts = [b"" if seconds is None else integer(seconds)]
    parts += [
        b"" if part is None else bytes((tag,)) + integer(part)[1:] for tag, part in ((0x80, millis), (0x81, micros))
    ]
    return encode(SEQUENCE, *parts)


def make_authority(issuing: Ca, common: str = "Test TSA", **options: object) -> Ca:
    """A time stamp authority under an issuing one, with the critical usage unless told otherwise."""
    options.setdefault("extensions", ((STAMPING, True),))
    options.setdefault("key", make_key("ec", 9))
    return issuing.issue(common, **options)  # type: ignore[arg-type]


def write_token(
    authority: Ca,
    info: bytes,
    *,
    reference: bytes | None = None,
    certificates: list[bytes] | None = None,
    **options: object,
) -> bytes:
    """The token over a TSTInfo; `reference=b""` leaves the signing-certificate attribute out."""
    named = ess(authority.der) if reference is None else reference
    options.setdefault("attributes", [*essential(info, "sha256", TST_INFO), *([named] if named else [])])
    signer = signer_info(authority, info, content_type=TST_INFO, **options)  # type: ignore[arg-type]
    held = [authority.der] if certificates is None else certificates
    return envelope(info, [signer], held, content_type=TST_INFO)


@dataclass
class Stamping:
    """A root, an issuing authority, a time stamp authority, and the CRLs of that time."""

    root: Ca
    issuing: Ca
    authority: Ca
    crls: list[bytes] = field(default_factory=list)

    @classmethod
    def make(cls, **options: object) -> Stamping:
        root = Ca.root()
        issuing = root.issue("Test Issuing", key=make_key("ec", 3), ca=True, path_length=0)
        return cls(root, issuing, make_authority(issuing, **options))

    @property
    def evidence(self) -> Evidence:
        return Evidence.of([self.issuing.der], self.crls or [self.root.crl(), self.issuing.crl()])

    def stamp(self, data: bytes = NOTE, **options: object) -> bytes:
        return write_token(self.authority, write_info(data, **options))  # type: ignore[arg-type]

    def verify(
        self, token: bytes, data: bytes = NOTE, *, evidence: Evidence | None = None, expected: Expected | None = None
    ) -> TimeStampReport:
        return verify_stamp(
            token,
            data,
            anchors=TrustAnchors.of(self.root.der),
            evidence=self.evidence if evidence is None else evidence,
            expected=expected or Expected(),
        )
