"""The signature schemes that are known, as values: RFC 8017, 4055, 5758, 5639, 8419, 9882; GOST under the NCA's OIDs.

A scheme is read from the signature's AlgorithmIdentifier, parameters included, never guessed from the key; the key must
be of the scheme's family. What is not in these tables has a name at most, and is never verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Protocol, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from signatures import asn1
from signatures.asn1 import Members
from signatures.digests import BY_NAME, HASHES, NULL, Hash, Hasher, UnknownAlgorithm, hash_of, known_hash
from signatures.errors import Malformed
from signatures.gost import PublicKey as GostKey
from signatures.lazy import lazy
from signatures.model import AlgorithmIdentifier, read_algorithm

__all__ = ["HASHES", "WHOLE", "Hash", "Hasher", "Key", "Scheme", "UnknownAlgorithm"]
__all__ += ["hash_of", "known_hash", "name_of", "read_scheme"]

_MlDsaKey = mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey
_EdKey = ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
Key = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | dsa.DSAPublicKey | _EdKey | _MlDsaKey | GostKey

RSA: Final = "1.2.840.113549.1.1.1"
RSA_PSS: Final = "1.2.840.113549.1.1.10"
EC: Final = "1.2.840.10045.2.1"
DSA: Final = "1.2.840.10040.4.1"
_MGF1: Final = "1.2.840.113549.1.1.8"
_LONGEST_KNOWN: Final = 128  # bytes of parameters; those of RSASSA-PSS have about 60

# FIPS 204 under the OIDs of RFC 9881: name, kind of key, bits of the public key's seed and matrix as a size.
ML_DSA: Final[Mapping[str, tuple[str, type[_MlDsaKey], int]]] = {
    "2.16.840.1.101.3.4.3.17": ("ML-DSA-44", mldsa.MLDSA44PublicKey, 128),
    "2.16.840.1.101.3.4.3.18": ("ML-DSA-65", mldsa.MLDSA65PublicKey, 192),
    "2.16.840.1.101.3.4.3.19": ("ML-DSA-87", mldsa.MLDSA87PublicKey, 256),
}

# Each family with the name of the keys that it belongs to.
GOST_FAMILIES: Final[Mapping[str, str]] = {
    "gost-34.10-2015": "GOST 34.10-2015",
    "gost-34.310-2004": "GOST 34.310-2004",
}

# RSA, ECDSA and GOST with their hash in the OID: (family, hash).
_COMBINED: Final[Mapping[str, tuple[str, str]]] = {
    "1.2.840.113549.1.1.5": ("rsa-pkcs1", "sha1"),
    "1.2.840.113549.1.1.14": ("rsa-pkcs1", "sha224"),
    "1.2.840.113549.1.1.11": ("rsa-pkcs1", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa-pkcs1", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa-pkcs1", "sha512"),
    "2.16.840.1.101.3.4.3.14": ("rsa-pkcs1", "sha3-256"),
    "2.16.840.1.101.3.4.3.15": ("rsa-pkcs1", "sha3-384"),
    "2.16.840.1.101.3.4.3.16": ("rsa-pkcs1", "sha3-512"),
    "1.2.840.10045.4.1": ("ecdsa", "sha1"),
    "1.2.840.10045.4.3.1": ("ecdsa", "sha224"),
    "1.2.840.10045.4.3.2": ("ecdsa", "sha256"),
    "1.2.840.10045.4.3.3": ("ecdsa", "sha384"),
    "1.2.840.10045.4.3.4": ("ecdsa", "sha512"),
    "2.16.840.1.101.3.4.3.10": ("ecdsa", "sha3-256"),
    "2.16.840.1.101.3.4.3.11": ("ecdsa", "sha3-384"),
    "2.16.840.1.101.3.4.3.12": ("ecdsa", "sha3-512"),
    "1.2.840.10040.4.3": ("dsa", "sha1"),
    "2.16.840.1.101.3.4.3.1": ("dsa", "sha224"),
    "2.16.840.1.101.3.4.3.2": ("dsa", "sha256"),
    "1.2.398.3.10.1.1.1.2": ("gost-34.310-2004", "gost-34.311-95"),
    "1.3.6.1.4.1.6801.1.2.2": ("gost-34.310-2004", "gost-34.311-95"),
    "1.2.398.3.10.1.1.2.3.1": ("gost-34.10-2015", "gost-34.11-2015-256"),
    "1.2.398.3.10.1.1.2.3.2": ("gost-34.10-2015", "gost-34.11-2015-512"),
}

# Schemes that take the message itself: (family, hash that a CMS names beside it where there is a choice of one).
WHOLE: Final[Mapping[str, tuple[str, str]]] = {
    "1.3.101.112": ("ed25519", "sha512"),
    "1.3.101.113": ("ed448", "shake256"),
    **{oid: (name.lower(), "sha512") for oid, (name, _, _) in ML_DSA.items()},
}
# RFC 9882 section 3.3 leaves the hash of the content to the signer; these are as strong as the weakest set.
_FOR_ML_DSA: Final = frozenset(
    {"sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512", "shake128", "shake256"}
)

# Known by name only, so that a report can say what it was that could not be verified.
_NAMES: Final[Mapping[str, str]] = {
    "1.2.398.3.10.1.1.1.1": "GOST 34.310-2004",
    "1.2.398.3.10.1.3.1.1.0": "GOST 34.311-95",
    "1.2.643.7.1.1.3.2": "GOST R 34.10-2012-256",
    "1.2.643.7.1.1.3.3": "GOST R 34.10-2012-512",
    "1.2.840.113549.2.5": "MD5",
    "1.2.840.113549.1.1.4": "RSA with MD5",
    DSA: "DSA",
    RSA: "RSA",
    RSA_PSS: "RSASSA-PSS",
    EC: "EC",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "1.2.398.3.10.1.1.2.1": "GOST 34.10-2015",
    "1.2.398.3.10.1.1.2.2": "GOST 34.10-2015",
    **{oid: name for oid, (name, _, _) in ML_DSA.items()},
}


def name_of(oid: str) -> str:
    """What a person calls this algorithm: the registry's name, a known name, or the OID itself."""
    if oid in HASHES:
        return HASHES[oid].name
    if oid in _COMBINED:
        family, digest = _COMBINED[oid]
        return f"{family} with {digest}"
    return _NAMES.get(oid, oid)


@dataclass(frozen=True)
class Scheme:
    """A signature scheme with its parameters. `hash` is what the message is digested with before the signature.

    `salt` and `mask` (a hash) are those of RSASSA-PSS. EdDSA and ML-DSA take the message itself: `whole` is then true.
    """

    family: str
    hash: Hash
    salt: int = 0
    mask: Hash | None = None

    @lazy
    def whole(self) -> bool:
        """Whether the message itself is needed, not its digest."""
        return self.family in _WHOLE_FAMILIES

    @lazy
    def name(self) -> str:
        """Family and hash in words."""
        return self.family if self.whole else f"{self.family} with {self.hash.name}"

    def fits(self, key: Key) -> bool:
        """Whether the key is one of this scheme's family."""
        return _is_of(cast("type", type(key)), self.family) and (
            not isinstance(key, GostKey) or key.curve.size == self.hash.size
        )

    def verifies(self, key: Key, signature: bytes, message: bytes, digest: bytes | None = None) -> bool:
        """Whether the signature over `message` (or over the given digest of it) holds under the key."""
        if not self.fits(key):
            return False
        if not self.whole:
            message = self.hash.of(message) if digest is None else digest
        if isinstance(key, GostKey):
            return key.verifies(signature, message)
        try:
            cast("_Verifying", key).verify(signature, message, *self._beside)
        except (InvalidSignature, ValueError):
            return False
        return True

    @lazy
    def _beside(self) -> tuple[object, ...]:
        """What `cryptography` is told beside signature and digest, by the kind of key."""
        if self.whole:
            return ()
        digest = Prehashed(_primitive(self.hash))
        if self.family == "ecdsa":
            return (ec.ECDSA(digest),)
        return (digest,) if self.family == "dsa" else (self._padding(), digest)

    def _padding(self) -> padding.PSS | padding.PKCS1v15:
        if self.mask is None:
            return padding.PKCS1v15()
        return padding.PSS(padding.MGF1(_primitive(self.mask)), self.salt)


class _Verifying(Protocol):
    """A public key of `cryptography`, whatever it is told beside."""

    def verify(self, signature: bytes, message: bytes, /, *beside: object) -> None: ...


_KEY_TYPES: Final[Mapping[str, type]] = {
    "rsa-pkcs1": rsa.RSAPublicKey,
    "rsa-pss": rsa.RSAPublicKey,
    "ecdsa": ec.EllipticCurvePublicKey,
    "dsa": dsa.DSAPublicKey,
    "ed25519": ed25519.Ed25519PublicKey,
    "ed448": ed448.Ed448PublicKey,
    **{name.lower(): kind for name, kind, _ in ML_DSA.values()},
    **dict.fromkeys(GOST_FAMILIES, GostKey),
}


_WHOLE_FAMILIES: Final = frozenset(family for family, _ in WHOLE.values())


def _primitive(digest: Hash) -> hashes.HashAlgorithm:
    if digest.primitive is None:
        raise UnknownAlgorithm(digest.name)
    return digest.primitive


@cache
def _is_of(kind: type, family: str) -> bool:
    return issubclass(kind, _KEY_TYPES[family])  # asked of an abstract class, which takes longer than to remember it


def read_scheme(algorithm: AlgorithmIdentifier, digest: Hash | None = None) -> Scheme:
    """The scheme that an AlgorithmIdentifier names, with its parameters read.

    `digest` is the CMS digestAlgorithm: by RFC 3370 a SignerInfo may say only `rsaEncryption`, the hash stands there.
    Raises UnknownAlgorithm with the algorithm's name. The same few stand everywhere, so those that were read are kept.
    """
    short = algorithm.parameters is None or len(algorithm.parameters) <= _LONGEST_KNOWN
    return _known_scheme(algorithm, digest) if short else _read_scheme(algorithm, digest)


def _read_scheme(algorithm: AlgorithmIdentifier, digest: Hash | None) -> Scheme:
    combined = _COMBINED.get(algorithm.oid)
    if combined is not None:
        if algorithm.parameters not in (None, NULL):
            raise UnknownAlgorithm(name_of(algorithm.oid))
        other_boxes = digest is not None and combined[0] == "gost-34.310-2004" and digest.name == "gost-34.11-94"
        return Scheme(combined[0], digest if digest is not None and other_boxes else BY_NAME[combined[1]])
    if algorithm.oid == RSA_PSS:
        return read_pss(algorithm.parameters)
    if algorithm.oid in WHOLE and algorithm.parameters is None:
        family, named = WHOLE[algorithm.oid]
        chosen = digest if digest is not None and algorithm.oid in ML_DSA and digest.name in _FOR_ML_DSA else None
        return Scheme(family, chosen or BY_NAME[named])
    if digest is not None and digest.primitive is not None:
        if algorithm.oid == RSA and algorithm.parameters in (None, NULL):
            return Scheme("rsa-pkcs1", digest)
        if algorithm.oid == EC:
            return Scheme("ecdsa", digest)
    raise UnknownAlgorithm(name_of(algorithm.oid))


_known_scheme: Final = lru_cache(maxsize=256)(_read_scheme)


def read_pss(parameters: bytes | None) -> Scheme:
    """RSASSA-PSS-params of RFC 4055 section 3.1; the defaults are SHA-1, MGF1 with SHA-1, 20 bytes, trailer 1."""
    digest = mask = BY_NAME["sha1"]
    salt = 20
    if parameters is None:
        raise UnknownAlgorithm("RSASSA-PSS without parameters")
    try:
        members = Members(asn1.parse(parameters, ber=True, elements=32, depth=8))
        if (element := members.maybe(0xA0)) is not None:
            digest = hash_of(read_algorithm(element.only()))
        if (element := members.maybe(0xA1)) is not None:
            generator = read_algorithm(element.only())
            if generator.oid != _MGF1 or generator.parameters is None:
                raise UnknownAlgorithm(f"RSASSA-PSS with {generator.oid}")
            mask = hash_of(read_algorithm(asn1.parse(generator.parameters, ber=True)))
        if (element := members.maybe(0xA2)) is not None:
            salt = asn1.read_integer(element.only())
        if (element := members.maybe(0xA3)) is not None and asn1.read_integer(element.only()) != 1:
            raise UnknownAlgorithm("RSASSA-PSS with another trailer")
        members.close()
    except Malformed as error:
        raise UnknownAlgorithm("RSASSA-PSS with unreadable parameters") from error
    if not 0 <= salt <= 1024 or digest.primitive is None or mask.primitive is None:
        raise UnknownAlgorithm("RSASSA-PSS with unusable parameters")
    return Scheme("rsa-pss", digest, salt, mask)
