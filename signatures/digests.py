"""The hashes that are known, as values: FIPS 180-4, FIPS 202, GOST 34.11-2015 and GOST 34.311-95 (GOST R 34.11-94).

What is not in this table has a name at most, and nothing is ever digested with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.hazmat.primitives import hashes

from signatures import asn1
from signatures.errors import Malformed, SignaturesError
from signatures.gost import backend
from signatures.gost.backend import Hasher
from signatures.model import AlgorithmIdentifier

__all__ = ["BY_NAME", "HASHES", "NULL", "Hash", "Hasher", "UnknownAlgorithm", "hash_of", "known_hash"]

NULL: Final = b"\x05\x00"


class UnknownAlgorithm(SignaturesError):
    """An algorithm that is not in the registry, or parameters of it that are not; `name` is what there is to say."""

    code = "unknown_algorithm"

    def __init__(self, name: str) -> None:
        super().__init__(f"The algorithm {name} is not supported.")
        self.name = name

    def __reduce__(self) -> tuple[type[UnknownAlgorithm], tuple[str]]:
        return type(self), (self.name,)


@dataclass(frozen=True, slots=True, eq=False)
class Hash:
    """A hash by its name here, its OID, and the size of its digest. `heavy`: plain Python may have to compute it.

    There is one value of each, those of the registry below, so that each equals itself alone.
    """

    name: str
    oid: str
    size: int
    start: Callable[[], Hasher]
    primitive: hashes.HashAlgorithm | None = None
    heavy: bool = False

    @property
    def slow(self) -> bool:
        """Whether it takes about a second for a megabyte in this process, so that its input must be limited."""
        return self.heavy and not backend.active().fast

    def of(self, data: bytes) -> bytes:
        """The digest of these bytes."""
        hasher = self.start()
        hasher.update(data)
        return hasher.digest()


class _Shake:
    """SHAKE with the length of digest that RFC 8702 gives it."""

    def __init__(self, name: Literal["shake_128", "shake_256"], size: int) -> None:
        self._running = hashlib.shake_128() if name == "shake_128" else hashlib.shake_256()
        self._size = size

    def update(self, data: bytes, /) -> None:
        self._running.update(data)

    def digest(self) -> bytes:
        return bytes(self._running.digest(self._size))


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
        Hash("shake128", "2.16.840.1.101.3.4.2.11", 32, lambda: _Shake("shake_128", 32)),
        Hash("shake256", "2.16.840.1.101.3.4.2.12", 64, lambda: _Shake("shake_256", 64)),
        Hash("gost-34.11-2015-256", "1.2.398.3.10.1.3.2", 32, lambda: backend.active().streebog(32), heavy=True),
        Hash("gost-34.11-2015-512", "1.2.398.3.10.1.3.3", 64, lambda: backend.active().streebog(64), heavy=True),
        Hash("gost-34.311-95", "1.2.398.3.10.1.3.1", 32, lambda: backend.active().gost94("test"), heavy=True),
        Hash("gost-34.11-94", "1.2.643.2.2.9", 32, lambda: backend.active().gost94("cryptopro"), heavy=True),
    )
}
BY_NAME: Final = {entry.name: entry for entry in HASHES.values()}

_KNOWN: Final[Mapping[str, str]] = {"1.2.840.113549.2.5": "MD5"}  # by name only

# Parameter sets of GOST 34.311-95: its S-boxes. Absent or NULL means those of Kazakhstan.
_BOXES: Final[Mapping[str, str]] = {
    "1.2.398.3.10.1.3.1.1.0": "gost-34.311-95",
    "1.2.643.2.2.30.0": "gost-34.311-95",
    "1.2.643.2.2.30.1": "gost-34.11-94",
}


def known_hash(algorithm: AlgorithmIdentifier) -> Hash | None:
    """The hash of a digestAlgorithm; None if it is not in the registry."""
    try:
        return hash_of(algorithm)
    except UnknownAlgorithm:
        return None


def hash_of(algorithm: AlgorithmIdentifier) -> Hash:
    """The hash of a digestAlgorithm; UnknownAlgorithm if it, or a parameter of it, is not in the registry."""
    named = _BOXES.get(algorithm.oid)
    found = HASHES.get(algorithm.oid) if named is None else BY_NAME[named]
    if found is None:
        raise UnknownAlgorithm(_KNOWN.get(algorithm.oid, algorithm.oid))
    if algorithm.parameters in (None, NULL):
        return found
    if found.name in _BOXES.values() and algorithm.parameters is not None:
        try:
            return BY_NAME[_BOXES[asn1.read_oid(asn1.parse(algorithm.parameters, elements=1))]]
        except (Malformed, KeyError) as error:
            raise UnknownAlgorithm(f"{found.name} with an unknown parameter set") from error
    raise UnknownAlgorithm(found.name)
