"""GOST 34.10-2015 (GOST R 34.10-2012, RFC 7091 section 6.1): signing, for the sandbox's invented keys only.

The product verifies and never signs with GOST: this arithmetic takes a time that depends on the private key, so anybody
who can measure it can learn the key. Production imports nothing below `authsvc.web.sandbox`; a test holds that.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from signatures.gost import CURVES_BY_OID, Curve

CURVE_OID: Final = "1.2.398.3.10.1.1.2.2.1"
CURVE: Final[Curve] = CURVES_BY_OID[CURVE_OID]


def public_bytes(private: int) -> bytes:
    """The public key of a private number: x then y, each 64 bytes little-endian."""
    x, y = _multiply(private)
    return x.to_bytes(CURVE.size, "little") + y.to_bytes(CURVE.size, "little")


def sign(private: int, digest: bytes) -> bytes:
    """r then s, each little-endian, as Kazakhstan orders them; `digest` is Streebog-512 in its natural order.

    The nonce comes from the private key and the digest (the idea of RFC 6979, not its exact construction), so the same
    PKI signs the same bytes the same way and a nonce is never used for two digests.
    """
    q = CURVE.q
    e = int.from_bytes(digest, "little") % q or 1
    for counter in range(256):
        seed = hmac.digest(private.to_bytes(CURVE.size), bytes([counter]) + digest, hashlib.sha512)
        k = int.from_bytes(seed) % q
        r = _multiply(k)[0] % q if k else 0
        s = (r * private + k * e) % q
        if r and s:
            return r.to_bytes(CURVE.size, "little") + s.to_bytes(CURVE.size, "little")
    raise ArithmeticError("no usable nonce in 256 tries")


def _multiply(scalar: int) -> tuple[int, int]:
    X, Y, Z = CURVE.combine(scalar, 0, CURVE.x, CURVE.y)
    inverse = pow(Z, -1, CURVE.p)
    return X * inverse**2 % CURVE.p, Y * inverse**3 % CURVE.p
