"""JWS (RFC 7515), JWK (RFC 7517) and their traps (RFC 8725): the only place of authsvc that touches pyjwt.

A token of ours is known by its header segment, which must be, byte for byte, one that we write. So no header is ever
parsed for our own tokens, and neither `alg`, `kid`, `jwk`, `jku`, `x5u` nor `crit` can choose anything. Foreign tokens
(client assertions) are checked against keys and algorithms that the caller names.
"""

import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from weakref import WeakKeyDictionary

import jwt
import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from authsvc.keys import Es256Key, Keys, b64url, thumbprint
from authsvc.token_keys import Schedule

Claims = Mapping[str, object]
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey

ACCESS_TOKEN = "at+jwt"  # noqa: S105 - a media type, no secret
ID_TOKEN = "JWT"  # noqa: S105 - a media type, no secret
INTROSPECTION = "token-introspection+jwt"
LOGOUT_TOKEN = "logout+jwt"  # noqa: S105 - a media type, no secret
AUTHORIZATION_RESPONSE = "oauth-authz-resp+jwt"
METADATA = "oauth-metadata+jwt"
USERINFO = ""
"""No type: OIDC Core 5.3.2 names none, and ID tokens of ours bear `JWT`, so neither ever passes for the other here."""
REQUEST_OBJECT = "oauth-authz-req+jwt"
PROOF = "dpop+jwt"
RESERVED_TYPES = frozenset(
    {
        "at+jwt",
        "logout+jwt",
        "dpop+jwt",
        "oauth-authz-req+jwt",
        "token-introspection+jwt",
        "oauth-authz-resp+jwt",
        "oauth-metadata+jwt",
        "confirmation-receipt+jwt",
        "authentication-receipt+jwt",
    }
)
"""Types that an ID token or a client assertion must never carry."""
ASSERTION_ALGORITHMS = ("ES256", "PS256", "EdDSA", "RS256")
"""What a relying party may sign its assertions with; each key of it serves exactly one of them."""
ID_TOKEN_ALGORITHMS = ("ES256", "RS256")
PROOF_ALGORITHMS = ("ES256", "EdDSA", "PS256")
"""What a DPoP proof may be signed with."""
MAX_TOKEN = 16_384
"""Characters of a token that is looked at at all: the largest honest one has about 2,000."""
REMEMBERED = 10_000
"""Verified tokens kept: about 20 MB at most; a token is dropped when it is among the oldest half."""
TOLERANCE_S = 10
"""Seconds that a foreign `iat` or `nbf` may lie in the future (FAPI 2.0, 5.3.2.1)."""


class NotVerified(ValueError):
    """A token that fails; the reason is for the log, never for the sender."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class SigningKeys:
    """The keys that sign our tokens, and those that signed them and still verify, with each header encoded once; made
    by `signing_keys`."""

    es256: Es256Key
    rsa: rsa.RSAPrivateKey
    jwks: Mapping[str, object]
    _heads: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _kinds: dict[str, tuple[PublicKey, str]] = field(default_factory=dict, repr=False)
    _verified: dict[tuple[str, str], Claims] = field(default_factory=dict, repr=False)

    def sign(self, claims: Claims, typ: str, alg: str = "ES256") -> str:
        """A compact JWS over the claims, of this `typ`."""
        signed = f"{self._heads[alg, typ]}.{b64url(orjson.dumps(claims))}"
        data = signed.encode()
        if alg == "ES256":
            return f"{signed}.{b64url(self.es256.sign(data))}"
        return f"{signed}.{b64url(self.rsa.sign(data, padding.PKCS1v15(), hashes.SHA256()))}"

    def verify(self, token: str, typ: str) -> Claims:
        """The claims of a token that we signed as this `typ`; times are the caller's to judge.

        Raises NotVerified. Success is remembered: it is a fact about bytes and key, and never changes.
        """
        known = self._verified.get((typ, token))
        if known is not None:
            return known
        claims = self._verify(token, typ)
        if len(self._verified) >= REMEMBERED:
            for oldest in list(self._verified)[: REMEMBERED // 2]:
                del self._verified[oldest]
        self._verified[typ, token] = claims
        return claims

    def _verify(self, token: str, typ: str) -> Claims:
        head, payload, signature = _segments(token)
        key, kind = self._kinds.get(head, (None, ""))
        if key is None or kind != typ:
            raise NotVerified("not a header of ours for this type")
        data = f"{head}.{payload}".encode()
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(_der(_unb64(signature)), data, ec.ECDSA(hashes.SHA256()))
            elif isinstance(key, rsa.RSAPublicKey):
                key.verify(_unb64(signature), data, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature as error:
            raise NotVerified("signature") from error
        return _claims(_unb64(payload))


_prepared: WeakKeyDictionary[Schedule, SigningKeys] = WeakKeyDictionary()


def signing_keys(keys: Keys) -> SigningKeys:
    """The signing keys of this deployment as they are in force now, prepared once for each change of them."""
    schedule = keys.ring.schedule
    known = _prepared.get(schedule)
    if known is None:
        known = _prepared[schedule] = _prepare(schedule)
    return known


def _prepare(schedule: Schedule) -> SigningKeys:
    published = [{**key.jwk, "kid": key.kid, "use": "sig", "alg": key.alg} for key in schedule.good]
    ready = SigningKeys(schedule.es256, schedule.rs256, {"keys": published})
    told = (ID_TOKEN, INTROSPECTION, LOGOUT_TOKEN, AUTHORIZATION_RESPONSE, METADATA, USERINFO)
    for key in schedule.good:
        private = key.private.private if isinstance(key.private, Es256Key) else key.private
        for typ in (ACCESS_TOKEN, *told) if key.alg == "ES256" else told:
            head = b64url(orjson.dumps({"alg": key.alg, "kid": key.kid} | ({"typ": typ} if typ else {})))
            ready._kinds[head] = private.public_key(), typ
            if key.private in (schedule.es256, schedule.rs256):
                ready._heads[key.alg, typ] = head
    return ready


def claimed_issuer(token: str) -> str:
    """The `iss` of a foreign token, unchecked: it only says whose keys it must verify under. NotVerified."""
    _, payload, _ = _segments(token)
    issuer = _claims(_unb64(payload)).get("iss")
    if not isinstance(issuer, str):
        raise NotVerified("iss")
    return issuer


def verify_assertion(token: str, jwks: Iterable[Mapping[str, object]]) -> Claims:
    """The claims of an assertion signed by one of a relying party's registered keys (RFC 7523).

    A header with `crit`, or with a type reserved for another kind of token, is refused. Times and audience are the
    caller's to judge. Raises NotVerified.
    """
    typ = _foreign_type(token)
    if typ in RESERVED_TYPES:
        raise NotVerified("a type that is reserved for another kind of token")
    return _verify_by_registered(token, jwks)


def verify_request_object(token: str, jwks: Iterable[Mapping[str, object]]) -> Claims:
    """The claims of a request object (RFC 9101) signed by one of a relying party's registered keys. NotVerified.

    RFC 9101 10.8 asks for its own type; without any (`JWT`, or none) it is taken too, as certified clients send it so.
    """
    if _foreign_type(token) not in (REQUEST_OBJECT, "jwt"):
        raise NotVerified("not a request object")
    return _verify_by_registered(token, jwks)


def verify_proof(token: str) -> tuple[Claims, str]:
    """The claims of a DPoP proof and the thumbprint of its own key, which proves itself alone (RFC 9449 4.3)."""
    if _foreign_type(token) != PROOF:
        raise NotVerified("typ is dpop+jwt")
    header = jwt.get_unverified_header(token)
    jwk = header.get("jwk")
    if not isinstance(jwk, dict):
        raise NotVerified("a public key in the header is needed")
    alg = header.get("alg")
    try:
        if alg not in PROOF_ALGORITHMS or alg != algorithm_of({**jwk, "alg": alg}):
            raise NotVerified("alg does not fit the key, or is not taken")
        claims = _claims(jwt.PyJWS().decode(token, jwt.PyJWK(jwk, alg), algorithms=[alg]))
        return claims, thumbprint({name: jwk[name] for name in _REQUIRED[jwk["kty"]]})
    except (jwt.PyJWTError, ValueError, KeyError, TypeError) as error:
        raise NotVerified("signature or key") from error


_REQUIRED = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}
"""RFC 7638 3.2, RFC 8037 2."""


def _foreign_type(token: str) -> str:
    """The type that a foreign token's header names, in lower case without `application/`; NotVerified for `crit`."""
    _segments(token)
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise NotVerified("not a JWS") from error
    typ = header.get("typ", "JWT")
    if not isinstance(typ, str) or "crit" in header:
        raise NotVerified("type or crit")
    return typ.lower().removeprefix("application/")


def _verify_by_registered(token: str, jwks: Iterable[Mapping[str, object]]) -> Claims:
    """The header's `kid` only narrows the choice among the registered keys; algorithm and key are ours to name."""
    kid = jwt.get_unverified_header(token).get("kid")
    candidates = [jwk for jwk in jwks if kid is None or "kid" not in jwk or jwk["kid"] == kid]
    for jwk in candidates:
        try:
            alg = algorithm_of(jwk)
            return _claims(jwt.PyJWS().decode(token, jwt.PyJWK(dict(jwk), alg), algorithms=[alg]))
        except (jwt.PyJWTError, ValueError):
            continue
    raise NotVerified("no registered key made this signature")


def public_key_of(jwk: Mapping[str, object]) -> PublicKey:
    """The public key of a JWK that may be registered. ValueError for any other."""
    try:
        key = jwt.PyJWK(dict(jwk), algorithm_of(jwk)).key
    except jwt.PyJWTError as error:
        raise ValueError("not a key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey):
        raise ValueError("not a public key")
    return key


def algorithm_of(jwk: Mapping[str, object]) -> str:
    """The one algorithm that this public key serves; ValueError for a key that may not be registered.

    A key is refused when it is symmetric, private, below 2048 bits (RSA), or of a curve other than P-256 and Ed25519.
    """
    if any(name in jwk for name in ("d", "p", "q", "dp", "dq", "qi", "oth", "k")):
        raise ValueError("a private or symmetric key can't be registered")
    named = jwk.get("alg")
    match jwk.get("kty"), jwk.get("crv"):
        case "EC", "P-256":
            allowed: tuple[str, ...] = ("ES256",)
        case "OKP", "Ed25519":
            allowed = ("EdDSA",)
        case "RSA", _:
            if not isinstance(modulus := jwk.get("n"), str) or len(_unb64(modulus).lstrip(b"\0")) < 256:
                raise ValueError("an RSA key needs 2048 bits or more")
            if named is None:
                raise ValueError("an RSA key names its alg, PS256 or RS256")
            allowed = ("PS256", "RS256")
        case _:
            raise ValueError("a key is EC P-256, OKP Ed25519 or RSA")
    if named is not None and named not in allowed:
        raise ValueError(f"alg {named!r} does not fit the key")
    return str(named or allowed[0])


def half_hash(value: str) -> str:
    """`at_hash` of ES256 and RS256: the left half of SHA-256, base64url (OIDC Core 3.1.3.6)."""
    return b64url(sha256(value.encode()).digest()[:16])


def _segments(token: str) -> tuple[str, str, str]:
    parts = token.split(".", 3) if len(token) <= MAX_TOKEN and token.isascii() else []
    if len(parts) != 3:
        raise NotVerified("not a compact JWS")
    return parts[0], parts[1], parts[2]


def _unb64(text: str) -> bytes:
    """Strict base64url without padding: one text for one value, so a changed token is never the same token."""
    try:
        data = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (Base64Error, ValueError) as error:
        raise NotVerified("base64url") from error
    if b64url(data) != text:
        raise NotVerified("base64url")
    return data


def _der(raw: bytes) -> bytes:
    """r ‖ s as DER; zeros (CVE-2022-21449) and any length but 64 are refused before the library sees them."""
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    if len(raw) != 64 or not r or not s:
        raise NotVerified("signature")
    return encode_dss_signature(r, s)


def _claims(payload: bytes) -> Claims:
    try:
        claims = json.loads(payload, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise NotVerified("claims") from error
    if not isinstance(claims, dict):
        raise NotVerified("claims")
    return claims


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found
