"""Commitments to the values of slots (evidence format, section 2): salted SHA-256 under a domain of its own."""

import hashlib
from binascii import b2a_base64
from collections.abc import Sequence

import orjson

from authsvc.evidence.canonical import Value

CLAIM_DOMAIN = b"authsvc/claim/v1\x00"
SALT_BYTES = 32

_URLSAFE = bytes.maketrans(b"+/", b"-_")


def claim_hash(salt: str, name: str, value: Value) -> str:
    """The claim of one slot: base64url of SHA-256(domain ‖ JCS([salt, name, value]))."""
    opened = CLAIM_DOMAIN + orjson.dumps([salt, name, value], option=orjson.OPT_SORT_KEYS)
    return encode_all([hashlib.sha256(opened).digest()])[0]


def encode_all(values: Sequence[bytes]) -> list[str]:
    """base64url without padding of values of 32 bytes: 43 characters each."""
    joined = _joined(values).decode()
    return [joined[at : at + 43] for at in range(0, len(joined), 45)]


def encode_to_bytes(values: Sequence[bytes]) -> list[bytes]:
    """The same as ASCII bytes."""
    joined = _joined(values)
    return [joined[at : at + 43] for at in range(0, len(joined), 45)]


def _joined(values: Sequence[bytes]) -> bytes:
    """43 characters, a pad and a newline for each, in one run."""
    return b"".join(map(b2a_base64, values)).translate(_URLSAFE)
