"""RFC 8032 Ed25519 under one rule for all verifiers (evidence format, section 4), checked before any library is asked.

S < L; R and the key canonical; the key a point of the curve and not of small order. Else OpenSSL, WebCrypto and a
pure-Python verifier could disagree on one entry.
"""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY_BYTES = 32
SIGNATURE_BYTES = 64

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_SIGN = 1 << 255
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _P - 1,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    }
)
"""The y of the eight points whose order divides 8; each stands for a point and its negative."""


def is_canonical(point: bytes) -> bool:
    """Whether 32 bytes are the one encoding of their coordinates: y below p, and no sign bit where x is 0."""
    value = int.from_bytes(point, "little")
    y = value & (_SIGN - 1)
    return y < _P and not (value & _SIGN and y in (1, _P - 1))


@lru_cache(maxsize=256)
def is_good_key(key: bytes) -> bool:
    """Whether 32 bytes are a canonical point of the curve, not of small order."""
    if len(key) != KEY_BYTES or not is_canonical(key):
        return False
    y = int.from_bytes(key, "little") & (_SIGN - 1)
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    return y not in _SMALL_ORDER_Y and pow(square, (_P - 1) // 2, _P) == 1


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature holds under the rule; never an exception, whatever the bytes are."""
    if len(signature) != SIGNATURE_BYTES or not is_good_key(key):
        return False
    if int.from_bytes(signature[32:], "little") >= _L or not is_canonical(signature[:32]):
        return False
    try:
        _public(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=256)
def _public(key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(key)
