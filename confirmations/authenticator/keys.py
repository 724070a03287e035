"""Public keys of credentials and their signatures: COSE_Key (RFC 9052, 7), its algorithms (RFC 9053, RFC 8812,
RFC 9864), ML-DSA as IANA registered it for COSE; WebAuthn 3, section 5.8.5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeGuard

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, rsa

from confirmations.authenticator.cbor import Cbor, decode
from confirmations.authenticator.errors import BadKey, BadSignature, Malformed

ES256: Final = -7
EDDSA: Final = -8
ES384: Final = -35
ES512: Final = -36
PS256: Final = -37
PS384: Final = -38
PS512: Final = -39
ML_DSA_44: Final = -48
ML_DSA_65: Final = -49
ML_DSA_87: Final = -50
ED448: Final = -53
RS256: Final = -257
RS384: Final = -258
RS512: Final = -259

ALGORITHMS: Final = (
    ES256, EDDSA, ES384, ES512, ED448, ML_DSA_44, ML_DSA_65, ML_DSA_87, PS256, PS384, PS512, RS256, RS384, RS512,
)  # fmt: skip
"""All that can be judged, most wanted first. RS1 (RSA with SHA-1) is none of them."""

Public = (
    ec.EllipticCurvePublicKey
    | ed25519.Ed25519PublicKey
    | ed448.Ed448PublicKey
    | rsa.RSAPublicKey
    | mldsa.MLDSA44PublicKey
    | mldsa.MLDSA65PublicKey
    | mldsa.MLDSA87PublicKey
)

_WithoutHash = (
    ed25519.Ed25519PublicKey
    | ed448.Ed448PublicKey
    | mldsa.MLDSA44PublicKey
    | mldsa.MLDSA65PublicKey
    | mldsa.MLDSA87PublicKey
)

_EC: Final = {ES256: (1, ec.SECP256R1(), 32), ES384: (2, ec.SECP384R1(), 48), ES512: (3, ec.SECP521R1(), 66)}
_ML_DSA: Final[
    dict[int, type[mldsa.MLDSA44PublicKey] | type[mldsa.MLDSA65PublicKey] | type[mldsa.MLDSA87PublicKey]]
] = {
    ML_DSA_44: mldsa.MLDSA44PublicKey,
    ML_DSA_65: mldsa.MLDSA65PublicKey,
    ML_DSA_87: mldsa.MLDSA87PublicKey,
}
_HASHES: Final[dict[int, hashes.HashAlgorithm]] = {
    ES256: hashes.SHA256(), ES384: hashes.SHA384(), ES512: hashes.SHA512(),
    PS256: hashes.SHA256(), PS384: hashes.SHA384(), PS512: hashes.SHA512(),
    RS256: hashes.SHA256(), RS384: hashes.SHA384(), RS512: hashes.SHA512(),
}  # fmt: skip
_SMALLEST_RSA: Final = 2048
_LARGEST_RSA: Final = 8192  # a larger modulus is a way to make us work


@dataclass(frozen=True, slots=True)
class CredentialKey:
    """A credential's public key: its COSE algorithm, the key, and the COSE_Key bytes as they came."""

    algorithm: int
    public: Public
    cose: bytes

    def verify(self, signature: bytes, data: bytes) -> None:
        """BadSignature unless the signature over the data is this key's."""
        verify_signature(self.public, self.algorithm, signature, data)


def read_key(data: bytes, at: int = 0) -> tuple[CredentialKey, int]:
    """The COSE_Key that begins here, and where it ends. Malformed, BadKey."""
    members, end = decode(data, at)
    if not isinstance(members, dict):
        raise Malformed("a public key that is no COSE_Key")
    algorithm = members.get(3)
    if type(algorithm) is not int or algorithm not in ALGORITHMS:
        raise BadKey("an algorithm that is not known here")
    try:
        public = _public_key(algorithm, members)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadKey("a public key that is none of its kind") from error
    return CredentialKey(algorithm, public, data[at:end]), end


def _public_key(algorithm: int, members: dict[int | str, Cbor]) -> Public:
    if algorithm in _EC:
        curve, named, width = _EC[algorithm]
        _demand(members, {1: 2, -1: curve}, {1, 3, -1, -2, -3})
        x, y = _bytes(members, -2), _bytes(members, -3)
        if len(x) != width or len(y) != width:
            raise BadKey("coordinates of another length than the curve's")
        # from_encoded_point refuses what is no point of the curve.
        return ec.EllipticCurvePublicKey.from_encoded_point(named, b"\x04" + x + y)
    if algorithm == EDDSA:
        _demand(members, {1: 1, -1: 6}, {1, 3, -1, -2})
        return ed25519.Ed25519PublicKey.from_public_bytes(_bytes(members, -2))
    if algorithm == ED448:
        _demand(members, {1: 1, -1: 7}, {1, 3, -1, -2})
        return ed448.Ed448PublicKey.from_public_bytes(_bytes(members, -2))
    if algorithm in _ML_DSA:
        _demand(members, {1: 7}, {1, 3, -1})
        return _ML_DSA[algorithm].from_public_bytes(_bytes(members, -1))
    _demand(members, {1: 3}, {1, 3, -1, -2})
    n, e = (int.from_bytes(_bytes(members, name), "big") for name in (-1, -2))
    if not _SMALLEST_RSA <= n.bit_length() <= _LARGEST_RSA or e.bit_length() > 32:
        raise BadKey("an RSA key of a size that is not taken")
    return rsa.RSAPublicNumbers(e, n).public_key()


def _demand(members: dict[int | str, Cbor], fixed: dict[int, int], known: set[int]) -> None:
    if members.keys() != known or any(members[name] != value for name, value in fixed.items()):
        raise BadKey("not the members of a key of this algorithm")


def _bytes(members: dict[int | str, Cbor], name: int) -> bytes:
    value = members[name]
    if not isinstance(value, bytes):
        raise BadKey("a member of a public key that is no byte string")
    return value


def _signs_the_message(public: object, algorithm: int) -> TypeGuard[_WithoutHash]:
    """Whether it is a key of an algorithm that takes the message as it is, and of this one."""
    kinds = {EDDSA: ed25519.Ed25519PublicKey, ED448: ed448.Ed448PublicKey, **_ML_DSA}
    return algorithm in kinds and isinstance(public, kinds[algorithm])


def verify_signature(public: object, algorithm: int, signature: bytes, data: bytes) -> None:
    """BadSignature unless the signature over the data holds for this key under this COSE algorithm."""
    try:
        if isinstance(public, ec.EllipticCurvePublicKey) and algorithm in _EC:
            public.verify(signature, data, ec.ECDSA(_HASHES[algorithm]))
        elif isinstance(public, rsa.RSAPublicKey) and algorithm in (RS256, RS384, RS512):
            public.verify(signature, data, padding.PKCS1v15(), _HASHES[algorithm])
        elif isinstance(public, rsa.RSAPublicKey) and algorithm in (PS256, PS384, PS512):
            # RFC 8230, 2: the salt is as long as the hash.
            hashed = _HASHES[algorithm]
            public.verify(signature, data, padding.PSS(padding.MGF1(hashed), hashed.digest_size), hashed)
        elif _signs_the_message(public, algorithm):
            public.verify(signature, data)
        else:
            raise BadSignature("a key that does not fit its algorithm")
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise BadSignature("the signature does not hold") from error
