"""RFC 5280 section 4.1.2.7: public keys of a SubjectPublicKeyInfo, and which schemes each allows.

RFC 3279, 4055, 5480, 8410, RFC 9881 (ML-DSA); GOST 34.10-2015 and 34.310-2004 under the OIDs of the NCA.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from signatures import asn1, der
from signatures.algorithms import (
    DSA,
    EC,
    GOST_FAMILIES,
    ML_DSA,
    RSA,
    RSA_PSS,
    Key,
    Scheme,
    UnknownAlgorithm,
    name_of,
    read_pss,
)
from signatures.asn1 import Members
from signatures.cursor import Cursor
from signatures.errors import Malformed
from signatures.gost import PublicKey as GostKey
from signatures.model import AlgorithmIdentifier, algorithm_of

__all__ = ["LoadedKey", "complete_key", "lacks_parameters", "parameters_of", "read_key"]

_ED25519: Final = "1.3.101.112"
_ED448: Final = "1.3.101.113"
_LOADED: Final = frozenset({RSA, RSA_PSS, EC, DSA, _ED25519, _ED448, *ML_DSA})  # by `cryptography`
_LARGEST_RSA: Final = 8192  # bits; larger moduli only cost time
_CURVES: Final = ("secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1")

# The key's OID: (its name, its size in bits; None for the pair of 2004, whose parameter sets all have 256).
_GOST: Final[Mapping[str, tuple[str, int]]] = {
    "1.2.398.3.10.1.1.1.1": ("GOST 34.310-2004", 256),
    "1.2.398.3.10.1.1.2.1": ("GOST 34.10-2015", 256),
    "1.2.398.3.10.1.1.2.2": ("GOST 34.10-2015", 512),
}


@dataclass(frozen=True, slots=True)
class LoadedKey:
    """A public key with its family's name, its size in bits, and the PSS parameters that it is bound to, if any."""

    key: Key
    name: str
    bits: int
    bound_to: Scheme | None = None

    def allows(self, scheme: Scheme) -> bool:
        """Whether the scheme is one for this key, PSS restrictions of RFC 4055 section 1.2 included."""
        if not scheme.fits(self.key):
            return False
        if scheme.family in GOST_FAMILIES:
            return GOST_FAMILIES[scheme.family] == self.name
        if self.name == "RSASSA-PSS" and scheme.family != "rsa-pss":
            return False
        bound = self.bound_to
        return bound is None or (scheme.hash == bound.hash and scheme.mask == bound.mask and scheme.salt >= bound.salt)


def read_key(spki: bytes) -> LoadedKey:
    """The public key of a SubjectPublicKeyInfo; UnknownAlgorithm names what can't be used."""
    members = Cursor.inside(spki)
    algorithm, bits = algorithm_of(members.whole(asn1.SEQUENCE)), members.take(asn1.BIT_STRING)
    members.close()
    if bits[:1] != b"\0":
        raise Malformed("A key is no string of whole bytes.")
    if algorithm.oid in _GOST:
        return _read_gost(algorithm, bits[1:])
    if algorithm.oid not in _LOADED:
        raise UnknownAlgorithm(name_of(algorithm.oid))
    try:
        key = serialization.load_der_public_key(spki)
    except Exception as error:  # cryptography raises a zoo here; none of it may pass this boundary
        raise UnknownAlgorithm(f"{name_of(algorithm.oid)} with an unusable key") from error
    if algorithm.oid in (RSA, RSA_PSS):
        return _take_rsa(cast("rsa.RSAPublicKey", key), algorithm)  # by its OID; `isinstance` asks an abstract class
    if algorithm.oid == EC:
        key = cast("ec.EllipticCurvePublicKey", key)
        curve = key.curve
        if curve.name not in _CURVES:
            raise UnknownAlgorithm(f"EC on {curve.name}")
        return LoadedKey(key, f"EC {curve.name}", curve.key_size)
    if isinstance(key, dsa.DSAPublicKey):
        return LoadedKey(key, "DSA", key.key_size)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return LoadedKey(key, "Ed25519", 255)
    if isinstance(key, ed448.Ed448PublicKey):
        return LoadedKey(key, "Ed448", 448)
    if algorithm.oid in ML_DSA:
        name, kind, size = ML_DSA[algorithm.oid]
        if isinstance(key, kind):
            return LoadedKey(key, name, size)
    raise UnknownAlgorithm(name_of(algorithm.oid))


# RFC 3279 section 2.3.2: a DSA key whose certificate has no parameters has those of the key that signed it.
_BARE_DSA: Final = bytes.fromhex("300906072a8648ce380401")
_HEADER: Final = 5  # bytes of a header at most, before the algorithm


def lacks_parameters(spki: bytes) -> bool:
    """Whether this is a DSA key that has its parameters from its issuer."""
    return 0 < spki.find(_BARE_DSA, 0, _HEADER + len(_BARE_DSA)) <= _HEADER


def parameters_of(spki: bytes) -> bytes | None:
    """The parameters of a DSA key; None for any other, and for one that can't be read."""
    try:
        algorithm = algorithm_of(Cursor.inside(spki).whole(asn1.SEQUENCE))
    except Malformed:
        return None
    return algorithm.parameters if algorithm.oid == DSA else None


def complete_key(spki: bytes, parameters: bytes) -> bytes:
    """The SubjectPublicKeyInfo of a DSA key that lacks its parameters, with them."""
    members = Cursor.inside(spki)
    algorithm = Cursor.inside(members.whole(asn1.SEQUENCE)).whole(asn1.OID)
    return der.encode(asn1.SEQUENCE, der.encode(asn1.SEQUENCE, algorithm, parameters), members.whole(asn1.BIT_STRING))


def _take_rsa(key: rsa.RSAPublicKey, algorithm: AlgorithmIdentifier) -> LoadedKey:
    if key.key_size > _LARGEST_RSA:
        raise UnknownAlgorithm(f"RSA with {key.key_size} bits")
    pss = algorithm.oid == RSA_PSS
    bound = read_pss(algorithm.parameters) if pss and algorithm.parameters is not None else None
    return LoadedKey(key, name_of(algorithm.oid), key.key_size, bound)


def _read_gost(algorithm: AlgorithmIdentifier, bits: bytes) -> LoadedKey:
    """The NCA's SPKI: SEQUENCE{curve, hash} as parameters, and an OCTET STRING inside the BIT STRING."""
    name, size = _GOST[algorithm.oid]
    if algorithm.parameters is None:
        raise UnknownAlgorithm(f"{name} without a parameter set")
    curve = asn1.read_oid(Members(asn1.parse(algorithm.parameters, elements=8)).take())
    point = asn1.parse(bits, elements=2)
    if point.tag != asn1.OCTET_STRING:
        raise Malformed("A GOST key is not an octet string.")
    key = GostKey.of(curve, point.value)
    if key.curve.bits != size:
        raise UnknownAlgorithm(f"{name} on a curve of another size")
    return LoadedKey(key, name, size)
