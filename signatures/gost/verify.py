"""GOST 34.10-2015 and 34.310-2004 (RFC 7091 section 6.2, RFC 5832): verification, in the byte order of Kazakhstan.

The scheme is the Russian one with the whole signature string turned round: r then s, each little-endian. Keys are x
then y, each little-endian, and the digest is read as a little-endian number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from signatures.errors import SignaturesError
from signatures.gost import backend
from signatures.gost.curve import Curve
from signatures.gost.parameters import CURVES_BY_OID

__all__ = ["GostError", "PublicKey"]


class GostError(SignaturesError):
    """A GOST public key that cannot be used: unknown parameter set, wrong length, or not a point of the curve."""

    code: ClassVar[str] = "gost_key_invalid"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A point of the curve. Make it with `of`, which checks; equal keys are equal values."""

    curve: Curve
    x: int
    y: int

    @classmethod
    def of(cls, algorithm_parameters_curve_oid: str, key_bytes: bytes) -> Self:
        """Read a key: the curve's OID from the AlgorithmIdentifier, the content of the OCTET STRING in the BIT STRING.

        Raises GostError when the parameter set is unknown, the length is not two coordinates, a coordinate is out of
        range, or the point is not on the curve or of another order (infinity cannot be written in this form).
        """
        curve = CURVES_BY_OID.get(algorithm_parameters_curve_oid)
        if curve is None:
            raise GostError("The GOST key names a parameter set that is not supported.")
        if len(key_bytes) != 2 * curve.size:
            raise GostError("The GOST key has a wrong length.")
        x = int.from_bytes(key_bytes[: curve.size], "little")
        y = int.from_bytes(key_bytes[curve.size :], "little")
        if not curve.holds(x, y):
            raise GostError("The GOST key is not a point of its curve.")
        if not curve.has_order(x, y):
            raise GostError("The GOST key is not in the group of its curve.")
        return cls(curve, x, y)

    def verifies(self, signature: bytes, digest: bytes) -> bool:
        """Whether `signature` (r then s, little-endian) belongs to `digest` under this key.

        `digest` is the hash's natural bytes, as long as a coordinate. A malformed signature is False, no exception.
        """
        size, q = self.curve.size, self.curve.q
        if len(signature) != 2 * size or len(digest) != size:
            return False
        r = int.from_bytes(signature[:size], "little")
        s = int.from_bytes(signature[size:], "little")
        if not (0 < r < q and 0 < s < q):
            return False
        e = int.from_bytes(digest, "little") % q or 1
        v = pow(e, -1, q)
        return backend.active().reaches(self.curve, s * v % q, -r * v % q, self.x, self.y, r)
