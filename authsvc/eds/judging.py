"""Whose signature is this? A login challenge that came back signed, judged by the policy `authsvc/eds/login/1`.

The person is whom the certificate names by IIN; a certificate of an information system names nobody. What is refused is
refused by what lies in the file: nothing here knows an account.
"""

import hashlib
from dataclasses import dataclass

from authsvc.clock import rfc3339
from authsvc.eds.errors import EdsRefused
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.trust import LOGIN
from authsvc.verify import Signed, judge
from confirmations.canonical import Json
from signatures import (
    Indication,
    KeyPurpose,
    NotALoginChallenge,
    Person,
    Representative,
    SignatureReport,
    SignaturesError,
    SubIndication,
)
from signatures.words import shorten

METHOD = "eds"
MOST_BYTES = 64 * 1024
"""Of a signed challenge: with three certificates and a time stamp it has some ten thousand."""
_PATRONYMIC = "2.5.4.42"
_REASONS = {
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: "unknown_issuer",
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND: "unknown_issuer",
    SubIndication.REVOKED: "revoked",
    SubIndication.REVOKED_NO_POE: "revoked",
    SubIndication.REVOKED_CA_NO_POE: "revoked",
    SubIndication.EXPIRED: "expired",
    SubIndication.NOT_YET_VALID: "expired",
    SubIndication.OUT_OF_BOUNDS_NO_POE: "expired",
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED: "expired",
    SubIndication.TRY_LATER: "no_status",
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: "not_for_signing",
}


@dataclass(frozen=True, slots=True)
class Holder:
    """Who signed: the person of the certificate, and the certificate. `signed` is what they handed in."""

    iin: str
    name: str
    certificate: str
    """SHA-256, hexadecimal."""
    public_key: bytes
    """SubjectPublicKeyInfo, DER."""
    issuer: str
    not_after: int
    is_representative: bool
    is_for_signing: bool
    identified: str
    """How the authority identified the person, where the certificate says so."""
    signed: bytes

    @property
    def digest(self) -> str:
        """Of what was handed in, as records name it."""
        return b64url(hashlib.sha256(self.signed).digest())


async def judge_signed(svc: Service, challenge: bytes, signed: bytes) -> Holder:
    """The holder of the one signature over exactly this challenge, inside the file or beside it.

    Raises EdsRefused, Overloaded, Suspended.
    """
    if not 0 < len(signed) <= MOST_BYTES:
        raise EdsRefused("unread")
    try:
        content = await svc.trust.extract(signed)
        if content is not None and content != challenge:
            raise EdsRefused("other_content")
        beside = challenge if content is None else None
        judged = await judge(svc, Signed(signed, beside, policy=LOGIN), svc.clock.now())
    except NotALoginChallenge as error:
        raise EdsRefused("other_content") from error
    except SignaturesError as error:
        raise EdsRefused("unread") from error
    if len(judged.report.signatures) != 1:
        raise EdsRefused("several" if judged.report.signatures else "unread")
    [one] = judged.report.signatures
    if one.indication is not Indication.TOTAL_PASSED:
        known = _REASONS.get(one.sub_indication, "broken") if one.sub_indication else "broken"
        raise EdsRefused("other_content" if one.sub_indication is SubIndication.HASH_FAILURE else known)
    return _read_holder(one, signed)


def write_evidence(holder: Holder, factor: str, challenge: bytes) -> dict[str, Json]:
    """What shows a court that this was the answer: the challenge, the signed file with its certificate."""
    return {
        "answer": b64url(holder.signed),
        "certificate": b64url(bytes.fromhex(holder.certificate)),
        "challenge": challenge.decode(),
        "factor_id": factor,
    }


def state_ground(holder: Holder) -> str:
    """The certificate in the words of a record's ground; the person stands in slots of their own."""
    how = f"; identified by its issuer: {holder.identified}" if holder.identified else ""
    return f"certificate {holder.certificate} of {holder.issuer}, until {rfc3339(holder.not_after)}{how}"


def _read_holder(one: SignatureReport, signed: bytes) -> Holder:
    signer = one.signer
    if signer is None or not isinstance(signer.identity, Person | Representative):
        raise EdsRefused("nobody")
    certificate, identity = signer.certificate, signer.identity
    patronymic = certificate.subject.first(_PATRONYMIC)
    return Holder(
        iin=identity.iin,
        name=f"{signer.name} {patronymic}" if patronymic else signer.name,
        certificate=certificate.sha256,
        public_key=certificate.spki,
        issuer=shorten(certificate.issuer.text),
        not_after=int(certificate.not_after.timestamp() * 1000),
        is_representative=isinstance(identity, Representative),
        is_for_signing=signer.purpose is KeyPurpose.SIGNING,
        identified=identity.identified or "",
        signed=signed,
    )
