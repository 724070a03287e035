"""Proof of possession: DPoP (RFC 9449). A proof shows for one request that its sender holds the key it names.

A server nonce is offered with every answer to a proof and needed for none, but where one stands it must be ours and
fresh; a fresh one also stands for the time where a client's clock is wrong (RFC 9449 8, 11.3).
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from authsvc.keys import b64url, unb64url
from authsvc.oidc.errors import InvalidDpopProof, UseDpopNonce
from authsvc.oidc.jose import TOLERANCE_S, NotVerified, verify_proof
from authsvc.service import Service

PROOF_MAX_AGE_S = 60
NONCE_S = 300
"""A nonce is good for five minutes; so long a proof's jti is remembered."""
MAX_JTI = 256
_NONCE_BYTES = 8


@dataclass(frozen=True, slots=True)
class Proved:
    """The request that a proof must be about: its method, its path here, the `DPoP` headers that came with it, and the
    certificate (DER) of its TLS connection, empty for none (RFC 8705)."""

    method: str
    path: str
    proofs: Sequence[str]
    certificate: bytes = b""


async def check_proof(svc: Service, request: Proved, access_token: str = "") -> str:
    """The thumbprint of the key that the request's proof shows, empty where it has none.

    With `access_token` the proof must name that token (`ath`). Raises InvalidDpopProof, UseDpopNonce.
    """
    if not request.proofs:
        return ""
    if len(request.proofs) > 1:
        raise InvalidDpopProof("exactly one proof is expected")
    try:
        claims, jkt = verify_proof(request.proofs[0])
    except NotVerified as error:
        raise InvalidDpopProof(f"the proof does not verify: {error}") from error
    if claims.get("htm") != request.method or not _same_address(claims.get("htu"), svc.settings.issuer + request.path):
        raise InvalidDpopProof("htm and htu: the proof is for another request")
    if access_token and claims.get("ath") != b64url(sha256(access_token.encode()).digest()):
        raise InvalidDpopProof("ath: the proof is for another token")
    _check_time(svc, claims.get("iat"), claims.get("nonce"))
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI:
        raise InvalidDpopProof("jti is needed")
    seen = b64url(svc.keys.mac("jti", f"dpop\n{jkt}\n{jti}".encode("utf-8", "surrogatepass")))
    if not await svc.ephemeral.add(f"dpop:{seen}", (NONCE_S + PROOF_MAX_AGE_S) * 1000):
        raise InvalidDpopProof("jti: the proof was used before")
    return jkt


def offer_nonce(svc: Service) -> str:
    """A nonce for the next proof: its time under a MAC, so nothing is kept."""
    stamp = (svc.clock.now() // 1000).to_bytes(_NONCE_BYTES)
    return b64url(stamp + svc.keys.mac("dpop-nonce", stamp)[:16])


def _is_fresh(svc: Service, nonce: str) -> bool:
    try:
        raw = unb64url(nonce)
    except ValueError:
        return False
    stamp, mac = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
    if not hmac.compare_digest(mac, svc.keys.mac("dpop-nonce", stamp)[:16]):
        return False
    return int.from_bytes(stamp) + NONCE_S > svc.clock.now() // 1000


def _check_time(svc: Service, issued: object, nonce: object) -> None:
    if not isinstance(issued, int) or isinstance(issued, bool):
        raise InvalidDpopProof("iat is needed")
    if nonce is not None:
        if not isinstance(nonce, str) or not _is_fresh(svc, nonce):
            raise UseDpopNonce("nonce: not one of ours, or too old")
        return
    now = svc.clock.now() // 1000
    if not now - PROOF_MAX_AGE_S <= issued <= now + TOLERANCE_S:
        raise InvalidDpopProof("iat: the proof is too old, or from the future")


def _same_address(given: object, wanted: str) -> bool:
    """RFC 9449 4.3: without query and fragment; scheme and host in any case (RFC 3986 6.2.2.1)."""
    if not isinstance(given, str):
        return False
    try:
        here, there = urlsplit(given), urlsplit(wanted)
        return (here.scheme.lower(), here.netloc.lower(), here.path) == (there.scheme, there.netloc.lower(), there.path)
    except ValueError:
        return False
