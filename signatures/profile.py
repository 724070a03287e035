"""Who signed, and was the key meant for it? The NCA's profile first, else RFC 5280 sections 4.2.1.3 and 4.2.1.12.

A time stamp authority's certificate is held to RFC 3161 section 2.3.
"""

from __future__ import annotations

from typing import Final

from signatures import kazakhstan
from signatures.certificates import EXTENDED_KEY_USAGE, Certificate
from signatures.context import Context
from signatures.draft import UNSURE, Draft
from signatures.kazakhstan import CLIENT_AUTH, InformationSystem, KeyPurpose, Person, Representative
from signatures.policy import Purpose
from signatures.report import Signer, SubIndication, failed, passed, warning

# Purposes of RFC 5280 section 4.2.1.12 and of IPsec: a certificate for these alone signs no documents. A time stamp
# authority's token is SignedData too. clientAuth stands for a login. What is not named here is somebody's own purpose.
_OTHER_PURPOSES: Final = frozenset({CLIENT_AUTH, *(f"1.3.6.1.5.5.7.3.{last}" for last in (1, 3, 5, 6, 7, 8, 9))})

_TIME_STAMPING: Final = frozenset({"1.3.6.1.5.5.7.3.8"})


def check_profile(certificate: Certificate, wanted: Purpose, draft: Draft) -> Signer:
    """Identity and purpose by the national profile where the certificate follows it; else RFC 5280's key usage.

    What does not fit calls for CHAIN_CONSTRAINTS_FAILURE; Malformed if an extension can't be read.
    """
    if wanted is Purpose.TIME_STAMP:
        _check_authority(certificate, draft)
        return Signer(certificate, None, None)
    if not kazakhstan.is_national(certificate):
        if (usage := _other_usage(certificate, wanted)) is not None:
            named = ", ".join(sorted(usage))
            draft.call(failed("signer.key_usage", usage=named), UNSURE, SubIndication.CHAIN_CONSTRAINTS_FAILURE)
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


def recall_profile(certificate: Certificate, context: Context, draft: Draft) -> Signer:
    """The same from the caller's cache: it hangs on nothing but the certificate and what is wanted."""
    wanted = context.policy.purpose

    def make() -> tuple[Signer, Draft]:
        own = Draft()
        return check_profile(certificate, wanted, own), own

    signer, own = context.remember(("profile", certificate.der, wanted), make)
    draft.checks += own.checks
    draft.verdicts += own.verdicts
    return signer


def _check_authority(certificate: Certificate, draft: Draft) -> None:
    """RFC 3161 section 2.3: the extended key usage is timeStamping alone, and critical; the key signs."""
    extension, usage = certificate.extensions.get(EXTENDED_KEY_USAGE), certificate.key_usage
    if extension is None or certificate.extended_key_usage != _TIME_STAMPING:
        why = "usage"
    elif not extension.critical:
        why = "not_critical"
    elif usage is not None and not usage & {"digitalSignature", "nonRepudiation"}:
        why = "key_usage"
    else:
        draft.add(passed("stamp.authority", certificate=certificate.subject.text))
        return
    check = failed("stamp.authority", certificate=certificate.subject.text, why=why)
    draft.call(check, UNSURE, SubIndication.CHAIN_CONSTRAINTS_FAILURE)


def _other_usage(certificate: Certificate, wanted: Purpose) -> frozenset[str] | None:
    """The usages, if by one of the two extensions the key is not for what is wanted."""
    usage, extended = certificate.key_usage, certificate.extended_key_usage
    if usage is not None and not usage & {"digitalSignature", "nonRepudiation"}:
        return usage
    others = _OTHER_PURPOSES - {CLIENT_AUTH} if wanted is Purpose.LOGIN else _OTHER_PURPOSES
    return extended if extended and extended <= others else None
