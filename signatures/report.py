"""ETSI EN 319 102-1 clause 5.1.3: indications, sub-indications and the report, as frozen values with stable JSON.

Codes are stable; sentences for them stand in `words`. Several signatures are never reduced to one truth value.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from signatures.certificates import Certificate
from signatures.kazakhstan import Identity, InformationSystem, KeyPurpose, Person, Representative


class Indication(StrEnum):
    """The three verdicts of EN 319 102-1 clause 5.1.3."""

    TOTAL_PASSED = "TOTAL-PASSED"
    TOTAL_FAILED = "TOTAL-FAILED"
    INDETERMINATE = "INDETERMINATE"


class SubIndication(StrEnum):
    """The closed list of EN 319 102-1 tables 2 and 3, in its order."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    POLICY_PROCESSING_ERROR = "POLICY_PROCESSING_ERROR"
    SIGNATURE_POLICY_NOT_AVAILABLE = "SIGNATURE_POLICY_NOT_AVAILABLE"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND_NO_POE = "NO_CERTIFICATE_CHAIN_FOUND_NO_POE"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    OUT_OF_BOUNDS_NOT_REVOKED = "OUT_OF_BOUNDS_NOT_REVOKED"
    REVOCATION_OUT_OF_BOUNDS_NO_POE = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    NO_POE = "NO_POE"
    TRY_LATER = "TRY_LATER"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"


class Outcome(StrEnum):
    """What became of one check. WARNING and INFORMATION never change a verdict; NOT_DONE: nothing was judged."""

    PASSED = "passed"
    FAILED = "failed"
    WARNING = "warning"
    INFORMATION = "information"
    NOT_DONE = "not_done"


class Check(NamedTuple):
    """One check: its stable code, what became of it, and the parameters of its sentence."""

    code: str
    outcome: Outcome
    params: tuple[tuple[str, str], ...] = ()

    def param(self, name: str) -> str | None:
        """One parameter by its name."""
        return dict(self.params).get(name)


# Members of an enumeration and the constructor of a named tuple cost several times a plain name and a plain tuple;
# a report has dozens of checks.
_PASSED: Final = Outcome.PASSED
_FAILED: Final = Outcome.FAILED
_WARNING: Final = Outcome.WARNING
_INFORMATION: Final = Outcome.INFORMATION
_NOT_DONE: Final = Outcome.NOT_DONE


def passed(code: str, **params: str) -> Check:
    """A check that holds."""
    return tuple.__new__(Check, (code, _PASSED, tuple(params.items())))


@lru_cache(maxsize=256)
def passed_by(code: str, algorithm: str) -> Check:
    """A check of an algorithm that holds: there are few that can, and each stands in every report."""
    return passed(code, algorithm=algorithm)


def failed(code: str, **params: str) -> Check:
    """A check that does not hold."""
    return tuple.__new__(Check, (code, _FAILED, tuple(params.items())))


def warning(code: str, **params: str) -> Check:
    """Something that a reader should know and that changes no verdict."""
    return tuple.__new__(Check, (code, _WARNING, tuple(params.items())))


def information(code: str, **params: str) -> Check:
    """A fact, without judgement."""
    return tuple.__new__(Check, (code, _INFORMATION, tuple(params.items())))


def not_done(code: str, **params: str) -> Check:
    """A check that could not be made or is not made here."""
    return tuple.__new__(Check, (code, _NOT_DONE, tuple(params.items())))


class WantKind(StrEnum):
    """What can be missing."""

    SIGNER = "signer_certificate"
    ISSUER = "issuer_certificate"
    CRL = "crl"
    OCSP = "ocsp"


class Want(NamedTuple):
    """Something that the document and the evidence lack. `urls` are hints from an unchecked file.

    CRL: `issuer` issues it, `subject` and `serial` name the certificate whose status is sought. ISSUER: `issuer` is the
    name whose certificate is sought, `subject` what it issued. SIGNER: `issuer` and `serial`, or `key_id`. OCSP: as
    CRL, and `request` is an OCSPRequest without a nonce. Numbers, key identifiers and the request are hexadecimal.
    """

    kind: WantKind
    issuer: str
    subject: str = ""
    serial: str = ""
    key_id: str = ""
    urls: tuple[str, ...] = ()
    request: str = ""


class Found(NamedTuple):
    """What was found for a Want: bytes, no more trusted than any evidence.

    `nonce`: what the OCSP request had; an answer that came for it must have the same, or none.
    """

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsp: tuple[bytes, ...] = ()
    nonce: bytes | None = None


class Status(StrEnum):
    """The revocation status of one certificate at the validation time."""

    GOOD = "good"
    REVOKED = "revoked"
    ON_HOLD = "on_hold"
    UNKNOWN = "unknown"


class RevocationStatus(NamedTuple):
    """What is known of one certificate's status, from which CRL or OCSP answer (its SHA-256 in `material`).

    `revoked_later`: a revocation after the moment that is judged.
    """

    certificate: Certificate
    status: Status
    material: str | None = None
    this_update: datetime | None = None
    next_update: datetime | None = None
    revoked_at: datetime | None = None
    reason: str | None = None
    source: str = ""
    produced_at: datetime | None = None
    revoked_later: datetime | None = None


class Input(NamedTuple):
    """The digest of one input (document, content, policy, anchors, certificate, crl, ocsp) in hexadecimal."""

    kind: str
    digest: str
    name: str = ""
    algorithm: str = "sha256"


class Coverage(NamedTuple):
    """What exactly is signed. `seen` is false when only its digest was given; `size` is in bytes, None if unknown."""

    scope: str
    attached: bool
    content_type: str
    digest_algorithm: str
    digest: bytes | None
    seen: bool
    size: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed: the certificate, and what the national profile makes of it (None under any other profile)."""

    certificate: Certificate
    identity: Identity | None
    purpose: KeyPurpose | None

    @property
    def name(self) -> str:
        """The common name, or the whole distinguished name."""
        return self.certificate.subject.first("2.5.4.3") or self.certificate.subject.text

    @property
    def iin(self) -> str | None:
        """The individual identification number of the natural person."""
        return self.identity.iin if isinstance(self.identity, Person | Representative) else None

    @property
    def bin(self) -> str | None:
        """The business identification number of the legal entity."""
        return self.identity.bin if isinstance(self.identity, Representative | InformationSystem) else None


@dataclass(frozen=True, slots=True)
class Token:
    """A time stamp token as it stands in the document, DER or BER; a report in JSON names it by its SHA-256."""

    raw: bytes

    @property
    def sha256(self) -> str:
        """In hexadecimal."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class TimeStampReport:
    """The report on one RFC 3161 token, judged at its own time.

    `kind`: what it stamps (`signature`, `archive`, `content`). `time` is exact to `resolution` (how fine it is written)
    and `accuracy` (if the token names one), in microseconds. What could not be read is None or empty. `serial` and
    `nonce` are hexadecimal; `path` leads to an anchor.
    """

    indication: Indication
    sub_indication: SubIndication | None
    time: datetime | None
    accuracy: int | None
    policy: str
    serial: str
    nonce: str | None
    imprint_algorithm: str
    imprint: bytes
    authority: Certificate | None
    path: tuple[Certificate, ...]
    revocation: tuple[RevocationStatus, ...]
    checks: tuple[Check, ...]
    signature_algorithm: str = ""
    resolution: int = 0
    kind: str = ""
    token: Token | None = None

    @property
    def valid(self) -> bool:
        """Every check holds: the data existed before `latest`."""
        return self.indication is Indication.TOTAL_PASSED

    @property
    def earliest(self) -> datetime | None:
        """The first moment that the token may mean; None without a time."""
        return self.time and self.time - timedelta(microseconds=(self.accuracy or 0) + self.resolution)

    @property
    def latest(self) -> datetime | None:
        """The last moment that the token may mean; None without a time."""
        return self.time and self.time + timedelta(microseconds=(self.accuracy or 0) + self.resolution)


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """The report on one signature. `intact`: digest and signature value hold; None when that could not be judged.

    `best_signature_time` is the earliest proven time; its source is `validation_time` when nothing proves more.
    `signature` is the signature value; `claimed_time` is the signer's own word and proves nothing.
    """

    indication: Indication
    sub_indication: SubIndication | None
    intact: bool | None
    format: str
    level: str | None
    signer: Signer | None
    path: tuple[Certificate, ...]
    revocation: tuple[RevocationStatus, ...]
    best_signature_time: datetime
    best_signature_time_source: str
    claimed_time: datetime | None
    coverage: Coverage | None
    checks: tuple[Check, ...]
    digest_algorithm: str = ""
    signature_algorithm: str = ""
    signature: bytes = b""
    container: str | None = None
    counter_signatures: tuple[SignatureReport, ...] = ()
    time_stamps: tuple[TimeStampReport, ...] = ()

    def check(self, code: str) -> Check | None:
        """The first check with this code."""
        return next((check for check in self.checks if check.code == code), None)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed or could not be made, in their order."""
        return tuple(check for check in self.checks if check.outcome is Outcome.FAILED)


@dataclass(frozen=True, slots=True)
class Report:
    """The report on one signed document: a report for each signature, what was missing, and digests of all inputs."""

    indication: Indication
    sub_indication: SubIndication | None
    signatures: tuple[SignatureReport, ...]
    wants: tuple[Want, ...]
    checks: tuple[Check, ...]
    inputs: tuple[Input, ...]
    validation_time: datetime
    policy: str
    schema: str = field(default="authsvc/signature-report/1")

    def to_json(self) -> str:
        """Stable JSON: the same report gives the same text. Bytes are hexadecimal, times RFC 3339 in UTC."""
        return json.dumps(_plain(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_PRECEDENCE: Final = (Indication.TOTAL_FAILED, Indication.INDETERMINATE, Indication.TOTAL_PASSED)


def worst(signatures: tuple[SignatureReport, ...]) -> tuple[Indication, SubIndication | None]:
    """The worst verdict of all, with its sub-indication; INDETERMINATE when there is no signature at all."""
    if len(signatures) == 1:
        return signatures[0].indication, signatures[0].sub_indication
    for indication in _PRECEDENCE:
        for signature in signatures:
            if signature.indication is indication:
                return indication, signature.sub_indication
    return Indication.INDETERMINATE, None


def _plain(value: object) -> object:
    """What JSON can say. A check's parameters become an object; a certificate is named, not printed."""
    if value is None or isinstance(value, str | int):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Certificate):
        return _plain_certificate(value)
    if isinstance(value, Token):
        return value.sha256
    if isinstance(value, Check):
        return {"code": value.code, "outcome": value.outcome.value, "params": dict(value.params)}
    if isinstance(value, Signer):
        return _plain_members(value) | {"bin": value.bin, "iin": value.iin, "name": value.name}
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return [_plain(item) for item in value]
    return _plain_members(value)


def _plain_members(value: object) -> dict[str, object]:
    names: tuple[str, ...] = getattr(value, "_fields", None) or tuple(getattr(value, "__dataclass_fields__", ()))
    if not names:
        raise TypeError(f"a report holds a {type(value).__name__}, which has no form in JSON")
    return {name: _plain(getattr(value, name)) for name in names}


def _plain_certificate(certificate: Certificate) -> dict[str, object]:
    return {
        "issuer": certificate.issuer.text,
        "key": certificate.key_name,
        "not_after": rfc3339(certificate.not_after),
        "not_before": rfc3339(certificate.not_before),
        "serial": format(certificate.serial, "x"),
        "sha256": certificate.sha256,
        "subject": certificate.subject.text,
    }


def rfc3339(moment: datetime) -> str:
    """UTC, to the second, or to the millisecond where there is a fraction."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    if moment.microsecond:
        return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    return moment.isoformat()[:19] + "Z"
