"""RFC 6960: the sandbox's OCSP responder, which answers with the same facts as the CRLs of that moment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from authsvc.web.sandbox.pki import der, profile
from authsvc.web.sandbox.pki.authority import Authority
from authsvc.web.sandbox.pki.issuer import Credential, Issuer, Reason, signed
from signatures.gost import Streebog

LIFE: Final = 3_600_000
_BASIC: Final = "1.3.6.1.5.5.7.48.1.1"
_NONCE: Final = "1.3.6.1.5.5.7.48.1.2"
_NO_CHECK: Final = "1.3.6.1.5.5.7.48.1.5"
_SHA1: Final = der.algorithm("1.3.14.3.2.26", der.NULL)
_HASHES: Final[dict[bytes, Callable[[bytes], bytes]]] = {
    der.oid("1.3.14.3.2.26"): lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    der.oid("2.16.840.1.101.3.4.2.1"): lambda data: hashlib.sha256(data).digest(),
    der.oid("1.2.398.3.10.1.3.3"): lambda data: Streebog(64, data).digest(),
}

MALFORMED: Final = der.sequence(der.enumerated(1))
"""The answer to what is no OCSP request."""


def issue_responder(authority: Authority, *, at: int | None = None) -> Credential:
    """A delegated responder: OCSPSigning, and no revocation check of itself (RFC 6960 4.2.2.2.1)."""
    extensions = [
        profile.policies_extension(*profile.issuing_policies(authority.family)[:1]),
        profile.extension("2.5.29.37", der.sequence(der.oid(profile.OCSP_SIGNING))),
        profile.key_usage_extension(profile.DIGITAL_SIGNATURE),
        profile.extension(_NO_CHECK, der.NULL),
    ]
    name = profile.authority_name(f"TEST OCSP ({authority.family.upper()}) AUTHSVC SANDBOX")
    return authority.certify_key(name, extensions, at=at)


def certificate_id(issuer: Issuer, serial: int) -> bytes:
    """CertID with SHA-1, as most callers ask."""
    name, key = _issuer_parts(issuer)
    hash_ = _HASHES[der.oid("1.3.14.3.2.26")]
    return der.sequence(_SHA1, der.octets(hash_(name)), der.octets(hash_(key)), der.integer(serial))


def write_response(
    issuer: Issuer,
    responder: Credential,
    ids: list[bytes],
    *,
    at: int,
    life: int = LIFE,
    nonce: bytes | None = None,
) -> bytes:
    """An OCSPResponse (DER) about the certificates named by `ids` (DER CertIDs); other issuers' are "unknown".

    `responder` is a delegated one, or the issuer's own credential. `nonce` is the DER extension value to give back.
    """
    single = [_write_single(issuer, each, at, life) for each in ids]
    extensions = [] if nonce is None else [der.explicit(1, der.sequence(profile.extension(_NONCE, nonce)))]
    data = der.sequence(
        der.explicit(2, der.octets(responder.key_id)),
        der.generalized_time(at),
        der.sequence(*single),
        *extensions,
    )
    held = [] if responder == issuer.credential else [der.explicit(0, der.sequence(responder.certificate_der))]
    basic = signed(responder.key, data, *held)
    return der.sequence(der.enumerated(0), der.explicit(0, der.sequence(der.oid(_BASIC), der.octets(basic))))


def answer(issuer: Issuer, responder: Credential, request: bytes, *, at: int) -> bytes:
    """The response (DER) to an OCSPRequest (DER); malformedRequest for anything else."""
    try:
        fields = {each.tag: each for each in der.inside(der.inside(request)[0].raw)}
        ids = [der.inside(each.raw)[0].raw for each in der.read(fields[0x30].content)]
        nonce = _read_nonce(fields[0xA2].content) if 0xA2 in fields else None
        return write_response(issuer, responder, ids, at=at, nonce=nonce)
    except (ValueError, LookupError):
        return MALFORMED


def _write_single(issuer: Issuer, certificate: bytes, at: int, life: int) -> bytes:
    algorithm, name_hash, key_hash, serial = der.inside(certificate)
    hash_ = _HASHES.get(der.inside(algorithm.raw)[0].raw)
    name, key = _issuer_parts(issuer)
    if hash_ is None or (hash_(name), hash_(key)) != (name_hash.content, key_hash.content):
        status = der.implicit(2, b"")
    elif (entry := issuer.status(int.from_bytes(serial.content, signed=True), at)) is None:
        status = der.implicit(0, b"")
    else:
        reason = [] if entry.reason is Reason.UNSPECIFIED else [der.explicit(0, der.enumerated(entry.reason))]
        status = der.explicit(1, der.generalized_time(entry.since), *reason)
    times = (der.generalized_time(at), der.explicit(0, der.generalized_time(at + life)))
    return der.sequence(certificate, status, *times)


def _issuer_parts(issuer: Issuer) -> tuple[bytes, bytes]:
    """What CertID hashes: the issuer's Name, and its key's bits without tag, length and unused bits."""
    credential = issuer.credential
    return credential.name, der.inside(credential.key.public_info())[1].content[1:]


def _read_nonce(extensions: bytes) -> bytes | None:
    (listed,) = der.read(extensions)
    for each in der.read(listed.content):
        kind, *_, value = der.inside(each.raw)
        if kind.raw == der.oid(_NONCE):
            return value.content
    return None
