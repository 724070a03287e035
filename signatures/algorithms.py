"""The algorithms that are known, as values: RFC 8017, 5758, 8419, 4055; GOST 34.10-2015 under the OIDs of the NCA.

A scheme is read from the signature's AlgorithmIdentifier, parameters included, never guessed from the key; the key must
be of the scheme's family. What is not in these tables has a name at most, and is never verified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from signatures import asn1
from signatures.asn1 import Members
from signatures.errors import Malformed, SignaturesError
from signatures.gost import PublicKey as GostKey
from signatures.gost import Streebog
from signatures.model import AlgorithmIdentifier, read_algorithm

__all__ = ["HASHES", "Hash", "Key", "Scheme", "UnknownAlgorithm", "hash_of", "name_of", "read_key", "read_scheme"]

Key = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | GostKey

_NULL: Final = b"\x05\x00"
_MGF1: Final = "1.2.840.113549.1.1.8"
_RSA: Final = "1.2.840.113549.1.1.1"
_RSA_PSS: Final = "1.2.840.113549.1.1.10"
_EC: Final = "1.2.840.10045.2.1"
_ED25519: Final = "1.3.101.112"
_GOST_2015_KEY: Final = "1.2.398.3.10.1.1.2.2"
_LARGEST_RSA: Final = 8192  # bits; larger moduli only cost time
_CURVES: Final = ("secp256r1", "secp384r1", "secp521r1")


class UnknownAlgorithm(SignaturesError):
    """An algorithm that is not in the registry, or parameters of it that are not; `name` is what there is to say."""

    code = "unknown_algorithm"

    def __init__(self, name: str) -> None:
        super().__init__(f"The algorithm {name} is not supported.")
        self.name = name

    def __reduce__(self) -> tuple[type[UnknownAlgorithm], tuple[str]]:
        return type(self), (self.name,)


class Hasher(Protocol):
    """What `hashlib` and `Streebog` have in common."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Hash:
    """A hash by its name here, its OID, and the size of its digest; `slow` ones are limited in their input."""

    name: str
    oid: str
    size: int
    start: Callable[[], Hasher]
    primitive: hashes.HashAlgorithm | None = None
    slow: bool = False

    def of(self, data: bytes) -> bytes:
        """The digest of these bytes."""
        hasher = self.start()
        hasher.update(data)
        return hasher.digest()


HASHES: Final[Mapping[str, Hash]] = {
    entry.oid: entry
    for entry in (
        Hash("sha1", "1.3.14.3.2.26", 20, hashlib.sha1, hashes.SHA1()),  # noqa: S303 -- the policy refuses it by date
        Hash("sha224", "2.16.840.1.101.3.4.2.4", 28, hashlib.sha224, hashes.SHA224()),
        Hash("sha256", "2.16.840.1.101.3.4.2.1", 32, hashlib.sha256, hashes.SHA256()),
        Hash("sha384", "2.16.840.1.101.3.4.2.2", 48, hashlib.sha384, hashes.SHA384()),
        Hash("sha512", "2.16.840.1.101.3.4.2.3", 64, hashlib.sha512, hashes.SHA512()),
        Hash("sha3-256", "2.16.840.1.101.3.4.2.8", 32, hashlib.sha3_256, hashes.SHA3_256()),
        Hash("sha3-384", "2.16.840.1.101.3.4.2.9", 48, hashlib.sha3_384, hashes.SHA3_384()),
        Hash("sha3-512", "2.16.840.1.101.3.4.2.10", 64, hashlib.sha3_512, hashes.SHA3_512()),
        Hash("gost-34.11-2015-256", "1.2.398.3.10.1.3.2", 32, lambda: Streebog(32), slow=True),
        Hash("gost-34.11-2015-512", "1.2.398.3.10.1.3.3", 64, lambda: Streebog(64), slow=True),
    )
}
_BY_NAME: Final = {entry.name: entry for entry in HASHES.values()}

# RSA and ECDSA with their hash in the OID: (family, hash).
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
    "1.2.398.3.10.1.1.2.3.1": ("gost-34.10-2015", "gost-34.11-2015-256"),
    "1.2.398.3.10.1.1.2.3.2": ("gost-34.10-2015", "gost-34.11-2015-512"),
}

# Known by name only, so that a report can say what it was that could not be verified.
_NAMES: Final[Mapping[str, str]] = {
    "1.2.398.3.10.1.1.1.1": "GOST 34.310-2004",
    "1.2.398.3.10.1.1.1.2": "GOST 34.310-2004 with GOST 34.311-95",
    "1.2.398.3.10.1.3.1": "GOST 34.311-95",
    "1.2.398.3.10.1.3.1.1.0": "GOST 34.311-95",
    "1.3.6.1.4.1.6801.1.2.2": "GOST 34.310-2004 with GOST 34.311-95",
    "1.2.643.7.1.1.3.2": "GOST R 34.10-2012-256",
    "1.2.643.7.1.1.3.3": "GOST R 34.10-2012-512",
    "1.2.840.113549.2.5": "MD5",
    "1.2.840.113549.1.1.4": "RSA with MD5",
    "1.2.840.10040.4.1": "DSA",
    "1.2.840.10040.4.3": "DSA with SHA-1",
    "2.16.840.1.101.3.4.3.2": "DSA with SHA-256",
    "1.3.101.113": "Ed448",
    _RSA: "RSA",
    _RSA_PSS: "RSASSA-PSS",
    _EC: "EC",
    _ED25519: "Ed25519",
    _GOST_2015_KEY: "GOST 34.10-2015",
}


def name_of(oid: str) -> str:
    """What a person calls this algorithm: the registry's name, a known name, or the OID itself."""
    if oid in HASHES:
        return HASHES[oid].name
    if oid in _COMBINED:
        family, digest = _COMBINED[oid]
        return f"{family} with {digest}"
    return _NAMES.get(oid, oid)


def hash_of(algorithm: AlgorithmIdentifier) -> Hash:
    """The hash of a digestAlgorithm; UnknownAlgorithm if it is not in the registry."""
    found = HASHES.get(algorithm.oid)
    if found is None or algorithm.parameters not in (None, _NULL):
        raise UnknownAlgorithm(name_of(algorithm.oid))
    return found


@dataclass(frozen=True, slots=True)
class Scheme:
    """A signature scheme with its parameters. `hash` is what the message is digested with before the signature.

    `salt` and `mask` (a hash) are those of RSASSA-PSS. Ed25519 takes the message itself: `whole` is then true.
    """

    family: str
    hash: Hash
    salt: int = 0
    mask: Hash | None = None

    @property
    def whole(self) -> bool:
        """Whether the message itself is needed, not its digest."""
        return self.family == "ed25519"

    @property
    def name(self) -> str:
        """Family and hash in words."""
        return self.family if self.whole else f"{self.family} with {self.hash.name}"

    def fits(self, key: Key) -> bool:
        """Whether the key is one of this scheme's family."""
        return isinstance(key, _KEY_TYPES[self.family]) and (
            not isinstance(key, GostKey) or key.curve.size == self.hash.size
        )

    def verifies(self, key: Key, signature: bytes, message: bytes, digest: bytes | None = None) -> bool:
        """Whether the signature over `message` (or over the given digest of it) holds under the key."""
        if not self.fits(key):
            return False
        if isinstance(key, ed25519.Ed25519PublicKey):
            return _holds(lambda: key.verify(signature, message))
        digest = self.hash.of(message) if digest is None else digest
        if isinstance(key, GostKey):
            return key.verifies(signature, digest)
        hashed = Prehashed(_primitive(self.hash))
        if isinstance(key, rsa.RSAPublicKey):
            return _holds(lambda: key.verify(signature, digest, self._padding(), hashed))
        return _holds(lambda: key.verify(signature, digest, ec.ECDSA(hashed)))

    def _padding(self) -> padding.PSS | padding.PKCS1v15:
        if self.mask is None:
            return padding.PKCS1v15()
        return padding.PSS(padding.MGF1(_primitive(self.mask)), self.salt)


_KEY_TYPES: Final[Mapping[str, type]] = {
    "rsa-pkcs1": rsa.RSAPublicKey,
    "rsa-pss": rsa.RSAPublicKey,
    "ecdsa": ec.EllipticCurvePublicKey,
    "ed25519": ed25519.Ed25519PublicKey,
    "gost-34.10-2015": GostKey,
}


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except (InvalidSignature, ValueError):
        return False
    return True


def _primitive(digest: Hash) -> hashes.HashAlgorithm:
    if digest.primitive is None:
        raise UnknownAlgorithm(digest.name)
    return digest.primitive


def read_scheme(algorithm: AlgorithmIdentifier, digest: Hash | None = None) -> Scheme:
    """The scheme that an AlgorithmIdentifier names, with its parameters read.

    `digest` is the CMS digestAlgorithm: by RFC 3370 a SignerInfo may say only `rsaEncryption`, the hash stands there.
    Raises UnknownAlgorithm with the algorithm's name.
    """
    combined = _COMBINED.get(algorithm.oid)
    if combined is not None:
        if algorithm.parameters not in (None, _NULL):
            raise UnknownAlgorithm(name_of(algorithm.oid))
        return Scheme(combined[0], _BY_NAME[combined[1]])
    if algorithm.oid == _RSA_PSS:
        return _read_pss(algorithm.parameters)
    if algorithm.oid == _ED25519 and algorithm.parameters is None:
        return Scheme("ed25519", _BY_NAME["sha512"])
    if digest is not None and digest.primitive is not None:
        if algorithm.oid == _RSA and algorithm.parameters in (None, _NULL):
            return Scheme("rsa-pkcs1", digest)
        if algorithm.oid == _EC:
            return Scheme("ecdsa", digest)
    raise UnknownAlgorithm(name_of(algorithm.oid))


def _read_pss(parameters: bytes | None) -> Scheme:
    """RSASSA-PSS-params of RFC 4055 section 3.1; the defaults are SHA-1, MGF1 with SHA-1, 20 bytes, trailer 1."""
    digest = mask = _BY_NAME["sha1"]
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
        if self.name == "RSASSA-PSS" and scheme.family != "rsa-pss":
            return False
        bound = self.bound_to
        return bound is None or (scheme.hash == bound.hash and scheme.mask == bound.mask and scheme.salt >= bound.salt)


def read_key(spki: bytes) -> LoadedKey:
    """The public key of a SubjectPublicKeyInfo; UnknownAlgorithm names what can't be used."""
    members = Members(asn1.parse(spki, elements=64, depth=8))
    algorithm = read_algorithm(members.take())
    bits = asn1.read_whole_bits(members.take(asn1.BIT_STRING))
    members.close()
    if algorithm.oid == _GOST_2015_KEY:
        return _read_gost(algorithm, bits)
    if algorithm.oid not in (_RSA, _RSA_PSS, _EC, _ED25519):
        raise UnknownAlgorithm(name_of(algorithm.oid))
    try:
        key = serialization.load_der_public_key(spki)
    except Exception as error:  # cryptography raises a zoo here; none of it may pass this boundary
        raise UnknownAlgorithm(f"{name_of(algorithm.oid)} with an unusable key") from error
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size > _LARGEST_RSA:
            raise UnknownAlgorithm(f"RSA with {key.key_size} bits")
        pss = algorithm.oid == _RSA_PSS
        bound = _read_pss(algorithm.parameters) if pss and algorithm.parameters is not None else None
        return LoadedKey(key, name_of(algorithm.oid), key.key_size, bound)
    if isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name not in _CURVES:
            raise UnknownAlgorithm(f"EC on {key.curve.name}")
        return LoadedKey(key, f"EC {key.curve.name}", key.curve.key_size)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return LoadedKey(key, "Ed25519", 255)
    raise UnknownAlgorithm(name_of(algorithm.oid))


def _read_gost(algorithm: AlgorithmIdentifier, bits: bytes) -> LoadedKey:
    """The NCA's SPKI: SEQUENCE{curve, hash} as parameters, and an OCTET STRING inside the BIT STRING."""
    if algorithm.parameters is None:
        raise UnknownAlgorithm("GOST 34.10-2015 without a parameter set")
    curve = asn1.read_oid(Members(asn1.parse(algorithm.parameters, elements=8)).take())
    point = asn1.parse(bits, elements=2)
    if point.tag != asn1.OCTET_STRING:
        raise Malformed("A GOST key is not an octet string.")
    key = GostKey.of(curve, point.value)
    return LoadedKey(key, "GOST 34.10-2015", key.curve.bits)
