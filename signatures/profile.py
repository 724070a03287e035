"""Who signed, and was the key meant for it? The NCA's profile first, else the key usage of RFC 5280 section 4.2.1.3."""

from __future__ import annotations

from signatures import kazakhstan
from signatures.certificates import Certificate
from signatures.draft import UNSURE, Draft
from signatures.kazakhstan import InformationSystem, KeyPurpose, Person, Representative
from signatures.policy import Purpose
from signatures.report import Signer, SubIndication, failed, passed, warning


def check_profile(certificate: Certificate, wanted: Purpose, draft: Draft) -> Signer:
    """Identity and purpose by the national profile where the certificate follows it; else RFC 5280's key usage.

    What does not fit calls for CHAIN_CONSTRAINTS_FAILURE; Malformed if an extension can't be read.
    """
    if not kazakhstan.is_national(certificate):
        usage = certificate.key_usage
        if usage is not None and not usage & {"digitalSignature", "nonRepudiation"}:
            draft.call(
                failed("signer.key_usage", usage=", ".join(sorted(usage))),
                UNSURE,
                SubIndication.CHAIN_CONSTRAINTS_FAILURE,
            )
        return Signer(certificate, None, None)
    identity, purpose = kazakhstan.identify(certificate), kazakhstan.purpose_of(certificate)
    allowed = {KeyPurpose.SIGNING}
    if wanted is Purpose.LOGIN:
        allowed.add(KeyPurpose.AUTHENTICATION)
    if purpose in allowed:
        draft.add(passed("signer.purpose", purpose=purpose.value))
    else:
        draft.call(failed("signer.purpose", purpose=purpose.value), UNSURE, SubIndication.CHAIN_CONSTRAINTS_FAILURE)
    if identity is None:
        draft.add(warning("signer.identity"))
    if isinstance(identity, Person | Representative) and not kazakhstan.has_check_digit(identity.iin):
        draft.add(warning("signer.iin", iin=identity.iin))
    bin_ = identity.bin if isinstance(identity, Representative | InformationSystem) else None
    if bin_ is not None and not kazakhstan.has_check_digit(bin_):
        draft.add(warning("signer.bin", bin=bin_))
    return Signer(certificate, identity, purpose)
