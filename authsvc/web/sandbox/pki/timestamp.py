"""RFC 3161: the sandbox's time-stamping authority."""

from __future__ import annotations

from typing import Final

from authsvc.web.sandbox.pki import der, profile
from authsvc.web.sandbox.pki.authority import Authority
from authsvc.web.sandbox.pki.cms import sign_cms
from authsvc.web.sandbox.pki.issuer import Credential
from authsvc.web.sandbox.pki.keys import Entropy, Family

TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
POLICIES: Final[dict[Family, str]] = {
    "gost": "1.2.398.3.3.2.6.4",
    "rsa": "1.2.398.3.3.2.6.2",
    "ecdsa": "1.2.398.3.3.2.6.2",
}

REJECTED: Final = der.sequence(der.sequence(der.integer(2)))
"""The answer to what is no time-stamp request: rejection, without a token."""


def issue_stamper(authority: Authority, *, at: int | None = None) -> Credential:
    """A time-stamping unit: timeStamping alone and critical (RFC 3161 2.3)."""
    extensions = [
        profile.policies_extension(*profile.issuing_policies(authority.family)[:1]),
        *profile.pointer_extensions(authority.issuing.pointers),
        profile.extension("2.5.29.37", der.sequence(der.oid(profile.TIME_STAMPING)), critical=True),
        profile.key_usage_extension(profile.DIGITAL_SIGNATURE, profile.NON_REPUDIATION),
    ]
    name = profile.authority_name(f"TEST TSA ({authority.family.upper()}) AUTHSVC SANDBOX")
    return authority.certify_key(name, extensions, at=at)


def write_token(
    stamper: Credential, imprint: bytes, *, at: int, serial: int, nonce: bytes = b"", with_certificate: bool = True
) -> bytes:
    """A token (DER ContentInfo) over a DER MessageImprint; `nonce` is the request's INTEGER element, or nothing."""
    info = der.sequence(
        der.integer(1),
        der.oid(POLICIES[stamper.family]),
        imprint,
        der.integer(serial),
        der.generalized_time(at),
        nonce,
    )
    return sign_cms(
        info, [stamper], signing_time=at, ess=True, content_type=TST_INFO, with_certificates=with_certificate
    )


def stamp(stamper: Credential, data: bytes, *, at: int, entropy: Entropy) -> bytes:
    """A token over `data`, hashed with the hash of the stamper's family."""
    imprint = der.sequence(stamper.key.digest_algorithm, der.octets(stamper.key.digest(data)))
    return write_token(stamper, imprint, at=at, serial=_serial(entropy))


def answer(stamper: Credential, request: bytes, *, at: int, entropy: Entropy) -> bytes:
    """The TimeStampResp (DER) to a TimeStampReq (DER); a rejection for anything else."""
    try:
        version, imprint, *options = der.inside(request)
        der.inside(imprint.raw)[1]
    except (ValueError, IndexError):
        return REJECTED
    if version.raw != der.integer(1) or any(each.tag not in (0x01, 0x02, 0x06, 0xA0) for each in options):
        return REJECTED
    nonce = next((each.raw for each in options if each.tag == 0x02), b"")
    wanted = any(each.raw == der.TRUE for each in options)
    token = write_token(stamper, imprint.raw, at=at, serial=_serial(entropy), nonce=nonce, with_certificate=wanted)
    return der.sequence(der.sequence(der.integer(0)), token)


def _serial(entropy: Entropy) -> int:
    return int.from_bytes(entropy(16)) >> 1
