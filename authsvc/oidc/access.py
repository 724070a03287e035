"""Access tokens as they travel: a JWT of type `at+jwt` (RFC 9068), or opaque where the client asks for that.

An opaque token is the same claims, sealed: it says nothing to whoever holds it, a resource asks for it by introspection
(RFC 7662), and nothing is kept for it, so the token path has no further look-up.
"""

import orjson

from authsvc.keys import SealBroken, b64url, unb64url
from authsvc.oidc.jose import ACCESS_TOKEN, MAX_TOKEN, Claims, NotVerified, signing_keys
from authsvc.service import Service

OPAQUE = "ot_"
"""How an opaque token begins, so that scanners for leaked secrets find it."""
_PURPOSE = "access-token"


def write_access_token(svc: Service, claims: Claims, *, opaque: bool) -> str:
    """The token over these claims."""
    if opaque:
        return OPAQUE + b64url(svc.keys.seal(_PURPOSE, orjson.dumps(claims), b""))
    return signing_keys(svc.keys).sign(claims, ACCESS_TOKEN)


def read_access_token(svc: Service, token: str) -> Claims:
    """The claims of an access token of ours, whatever its time. Raises NotVerified for anything else."""
    if not token.startswith(OPAQUE):
        return signing_keys(svc.keys).verify(token, ACCESS_TOKEN)
    try:
        coded = token[len(OPAQUE) :]
        sealed = unb64url(coded) if len(token) <= MAX_TOKEN else b""
        if b64url(sealed) != coded:  # one text for one token
            raise NotVerified("base64url")
        claims: Claims = orjson.loads(svc.keys.unseal(_PURPOSE, sealed, b""))
    except (SealBroken, ValueError) as error:
        raise NotVerified("not sealed here") from error
    return claims
