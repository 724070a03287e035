"""The answers of NCANode (3.x) as its clients read them, made from reports: CertificateInfo, TspInfo, PDF signers.

`valid` answers what the caller asked. What NCANode has no word for stands in added members: `indication`,
`subIndication`, `reasons`.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from signatures import Certificate, Indication, Outcome, Report, SignatureReport
from signatures.kazakhstan import Person, Representative, identify
from signatures.path import PathResult
from signatures.report import RevocationStatus, Status, TimeStampReport, rfc3339
from signatures.words import sentence

Shape = dict[str, object]

_ROLES: Final[Mapping[str, str]] = {
    "head": "CEO",
    "right_to_sign": "CAN_SIGN",
    "right_to_sign_financial": "CAN_SIGN_FINANCIAL",
    "hr": "HR",
    "employee": "EMPLOYEE",
}
_IDENTIFIED: Final[Mapping[str, str]] = {
    "in_person": "IDENTIFICATION_CON",
    "remote": "IDENTIFICATION_REMOTE",
    "remote_digital_id": "IDENTIFICATION_REMOTE_DIGITAL_ID",
}
_STATUS_CODES: Final = "revocation."


def holds(one: SignatureReport, with_status: bool) -> bool:
    """Whether a signature is valid as the caller asked: without a status, integrity, path and usage are what counts."""
    if with_status:
        return one.indication is Indication.TOTAL_PASSED
    others = [check for check in one.failures if not check.code.startswith(_STATUS_CODES)]
    return one.intact is True and bool(one.path) and not others


def full_verdict(one: SignatureReport, locale: str) -> Shape:
    """The members that NCANode does not have: the whole verdict whatever was asked."""
    return {
        "indication": one.indication.value,
        "subIndication": one.sub_indication.value if one.sub_indication else None,
        "reasons": [{"code": check.code, "text": sentence(check, locale)} for check in one.failures],
    }


def report_verdict(report: Report) -> Shape:
    """The same of the document."""
    reasons = [check.code for check in report.checks if check.outcome is Outcome.FAILED]
    sub = report.sub_indication.value if report.sub_indication else None
    return {"indication": report.indication.value, "subIndication": sub, "reasons": reasons}


def cms_signer(one: SignatureReport, with_status: bool, locale: str) -> Shape:
    """A signer of /cms/verify."""
    valid = holds(one, with_status)
    stamp = next((each for each in one.time_stamps if each.kind == "signature"), None)
    return {
        "valid": valid,
        "certificates": [_signer(one, valid)] if one.signer else [],
        "tsp": tsp_info(stamp) if stamp else None,
        **full_verdict(one, locale),
    }


def xml_signer(one: SignatureReport, with_status: bool, locale: str) -> Shape:
    """A signer of /xml/verify and /wsse/verify."""
    valid = holds(one, with_status)
    return {**(_signer(one, valid) or {"valid": valid}), **full_verdict(one, locale)}


def pdf_signer(one: SignatureReport, with_status: bool, locale: str) -> Shape:
    """A signer of /pdf/verify. Reason, place and contact are what anybody may have written: they are not given."""
    valid = holds(one, with_status)
    changed = [check.param("why") for check in one.checks if check.code == "pdf.changed"]
    return {
        "valid": valid,
        "reason": None,
        "location": None,
        "contactInfo": None,
        "signDate": _moment(one.claimed_time),
        "certificate": _signer(one, valid),
        "signatureAlgorithm": one.signature_algorithm,
        "digestAlgorithm": one.digest_algorithm,
        "changedAfterSigning": changed,
        **full_verdict(one, locale),
    }


def _signer(one: SignatureReport, valid: bool) -> Shape | None:
    return certificate_info(one.signer.certificate, valid, one.revocation, one.path) if one.signer else None


def path_info(certificate: Certificate, found: PathResult, with_status: bool) -> Shape:
    """A certificate of /x509/info."""
    failure = found.failure
    valid = failure is None or (not with_status and failure.code.startswith(_STATUS_CODES))
    shown = certificate_info(certificate, valid, found.statuses, found.path)
    return {**shown, "reasons": [] if failure is None else [failure.code]}


def certificate_info(
    certificate: Certificate, valid: bool, statuses: Sequence[RevocationStatus], path: Sequence[Certificate]
) -> Shape:
    """CertificateInfo. `issuer` is the one above it in the path, None when none was found."""
    own = [each for each in statuses if each.certificate == certificate and each.status is not Status.UNKNOWN]
    above = path[1] if len(path) > 1 and path[0] == certificate else None
    return {
        "valid": valid,
        "revocations": [_revocation(each) for each in own],
        "notBefore": _moment(certificate.not_before),
        "notAfter": _moment(certificate.not_after),
        "keyUsage": _purpose(certificate),
        "serialNumber": format(certificate.serial, "x"),
        "signAlg": certificate.key_name,
        "keyUser": _users(certificate),
        "publicKey": _b64(certificate.spki),
        "signature": _b64(certificate.signature),
        "subject": _subject(certificate),
        "issuer": _subject(above) if above is not None else None,
    }


def tsp_info(stamp: TimeStampReport) -> Shape:
    """TspInfo; `valid` is added: NCANode believes each token by its own certificate."""
    return {
        "serialNumber": stamp.serial,
        "genTime": _moment(stamp.time),
        "policy": stamp.policy,
        "tsa": stamp.authority.subject.text if stamp.authority else None,
        "tspHashAlgorithm": stamp.imprint_algorithm,
        "hash": stamp.imprint.hex(),
        "valid": stamp.valid,
    }


def _revocation(status: RevocationStatus) -> Shape:
    by = "OCSP" if status.source == "ocsp" else "CRL"
    revoked = status.status is not Status.GOOD
    return {
        "revoked": revoked,
        "by": by,
        "revocationTime": _moment(status.revoked_at),
        "reason": status.reason if revoked else "OK" if by == "OCSP" else None,
    }


def _purpose(certificate: Certificate) -> str:
    usage = certificate.key_usage or frozenset()
    if {"digitalSignature", "nonRepudiation"} <= usage:
        return "SIGN"
    return "AUTH" if {"digitalSignature", "keyEncipherment"} <= usage else "UNKNOWN"


def _users(certificate: Certificate) -> list[str]:
    identity = identify(certificate)
    if identity is None:
        return []
    if isinstance(identity, Person):
        found = ["INDIVIDUAL"]
    elif isinstance(identity, Representative):
        found = ["ORGANIZATION", *(_ROLES[role] for role in identity.roles if role in _ROLES)]
    else:
        return ["ORGANIZATION"]
    if identity.identified is not None:
        found += ["IDENTIFICATION", _IDENTIFIED[identity.identified]]
    return found


def _subject(certificate: Certificate) -> Shape:
    """Subject; NCANode's `lastName` is the GN, which in the national profile holds the patronymic."""
    name, identity = certificate.subject, identify(certificate)
    iin = identity.iin if isinstance(identity, Person | Representative) else None
    return {
        "commonName": name.first("2.5.4.3"),
        "lastName": name.first("2.5.4.42"),
        "surName": name.first("2.5.4.4"),
        "email": name.first("1.2.840.113549.1.9.1"),
        "organization": name.first("2.5.4.10"),
        "gender": _gender(iin),
        "iin": iin,
        "bin": getattr(identity, "bin", None),
        "country": name.first("2.5.4.6"),
        "locality": name.first("2.5.4.7"),
        "state": name.first("2.5.4.8"),
        "dn": name.text,
    }


def _gender(iin: str | None) -> str:
    """By the seventh digit of the IIN: odd for men, even for women, zero for neither."""
    if iin is None or iin[6] == "0":
        return "NONE"
    return "MALE" if int(iin[6]) % 2 else "FEMALE"


def _moment(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment is not None else None


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
