"""RFC 5652: SignedData as it is made in Kazakhstan (plain CMS), and as CAdES B-B and B-T (ETSI EN 319 122-1).

The national practice signs contentType, signingTime and messageDigest and names no certificate inside the signed part;
with `ess=True` the ESS signing-certificate-v2 (RFC 5035) is added, which makes it CAdES B-B.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from authsvc.web.sandbox.pki import der, keys
from authsvc.web.sandbox.pki.issuer import Credential

DATA: Final = "1.2.840.113549.1.7.1"
_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
_SIGNATURE_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.14"

Stamp = Callable[[bytes], bytes]
"""Gives a time-stamp token (DER) over the bytes it is handed."""


def sign_cms(
    content: bytes,
    credentials: Sequence[Credential],
    *,
    signing_time: int | None,
    detached: bool = False,
    ess: bool = False,
    certificates: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
    stamp: Stamp | None = None,
    content_type: str = DATA,
    with_certificates: bool = True,
) -> bytes:
    """A ContentInfo (DER) with one SignerInfo per credential, side by side over the same content.

    `signing_time` is ms since the epoch, None leaves the attribute out. `certificates` and `crls` (DER) are put in
    beside the signers' own certificates. `stamp` adds a signature time stamp to every signer (B-T when `ess` is set).
    Without `with_certificates` no certificate is in it at all.
    """
    signers = [_sign(each, content, content_type, signing_time, ess, stamp) for each in credentials]
    held = dict.fromkeys([*(each.certificate_der for each in credentials), *certificates])
    encapsulated = [] if detached else [der.explicit(0, der.octets(content))]
    signed_data = der.sequence(
        der.integer(1 if content_type == DATA else 3),
        der.set_of(*dict.fromkeys(each.key.digest_algorithm for each in credentials)),
        der.sequence(der.oid(content_type), *encapsulated),
        *([der.explicit(0, *sorted(held))] if with_certificates else []),
        *([der.explicit(1, *sorted(crls))] if crls else []),
        der.set_of(*signers),
    )
    return der.sequence(der.oid(_SIGNED_DATA), der.explicit(0, signed_data))


def attribute(kind: str, value: bytes) -> bytes:
    """An Attribute with one value."""
    return der.sequence(der.oid(kind), der.set_of(value))


def _sign(
    credential: Credential,
    content: bytes,
    content_type: str,
    signing_time: int | None,
    ess: bool,
    stamp: Stamp | None,
) -> bytes:
    key = credential.key
    attributes = [
        attribute(_CONTENT_TYPE, der.oid(content_type)),
        attribute(_MESSAGE_DIGEST, der.octets(key.digest(content))),
    ]
    if signing_time is not None:
        attributes.append(attribute(_SIGNING_TIME, der.time(signing_time)))
    if ess:
        attributes.append(attribute(_SIGNING_CERTIFICATE_V2, _name_certificate(credential)))
    # What is hashed is the SET OF itself; in the SignerInfo the same content stands under [0] (RFC 5652 5.4).
    as_set = der.set_of(*attributes)
    signature = key.sign(as_set)
    unsigned = [] if stamp is None else [der.explicit(1, attribute(_SIGNATURE_TIME_STAMP, stamp(signature)))]
    return der.sequence(
        der.integer(1),
        der.sequence(credential.issuer_name, der.integer(credential.serial)),
        key.digest_algorithm,
        b"\xa0" + as_set[1:],
        key.signature_algorithm,
        der.octets(signature),
        *unsigned,
    )


def _name_certificate(credential: Credential) -> bytes:
    """SigningCertificateV2. SHA-256 is the default and so, by DER, not written."""
    key = credential.key
    algorithm = [] if key.digest_algorithm == keys.SHA256 else [key.digest_algorithm]
    issuer = der.sequence(der.explicit(4, credential.issuer_name))
    named = der.sequence(
        *algorithm,
        der.octets(key.digest(credential.certificate_der)),
        der.sequence(issuer, der.integer(credential.serial)),
    )
    return der.sequence(der.sequence(named))
