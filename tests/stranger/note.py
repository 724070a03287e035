"""C2SP signed-note: text, signature lines, verifier keys; Ed25519 (0x01) and ML-DSA-44 (0x06, tlog-cosignature)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

ED25519, ML_DSA_44 = 0x01, 0x06
KEY_LENGTHS = {ED25519: 32, ML_DSA_44: 1312}
MOST_SIGNATURES = 100
DASH = "\N{EM DASH}"

FIELD = 2**255 - 19
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
# The points of small order, as encodings with the sign bit off.
SMALL_ORDER = {
    bytes(32),
    (1).to_bytes(32, "little"),
    (FIELD - 1).to_bytes(32, "little"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
}


class Objection(Exception):
    """Something in the log is not as its texts demand. The first word is a short code."""


def demand(condition: object, objection: str) -> None:
    if not condition:
        raise Objection(objection)


def unbase64(text: str) -> bytes:
    """Standard base64, canonical: the same bytes give the same text again."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Objection(f"base64: {text[:40]!r}") from error
    demand(base64.b64encode(raw).decode() == text, f"base64: {text[:40]!r} is not canonical")
    return raw


@dataclass(frozen=True)
class Key:
    """A verifier key: `name+hex key id+base64(type, key)`."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Key:
        parts = vkey.split("+", 2)
        demand(len(parts) == 3, f"vkey: {vkey[:60]!r}")
        name, key_id, encoded = parts
        raw = unbase64(encoded)
        demand(name and not any(c.isspace() for c in name), "vkey: name")
        demand(raw and KEY_LENGTHS.get(raw[0]) == len(raw) - 1, f"vkey: {name} has a key of unknown type or length")
        expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        demand(key_id == expected.hex(), f"vkey: {name} has a key id that is not its own")
        if raw[0] == ED25519:
            demand_good_point(raw[1:], name)
        return cls(name, expected, raw[0], raw[1:])


def demand_good_point(encoded: bytes, name: str) -> None:
    unsigned = encoded[:31] + bytes([encoded[31] & 0x7F])
    demand(int.from_bytes(unsigned, "little") < FIELD, f"key: {name} is not canonical")
    demand(unsigned not in SMALL_ORDER, f"key: {name} is of small order")


@dataclass(frozen=True)
class Note:
    """Text with its final newline, and signature lines as (key name, key id, signature)."""

    text: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @classmethod
    def parse(cls, raw: bytes) -> Note:
        try:
            whole = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Objection("note: not UTF-8") from error
        demand(not any(ord(c) < 0x20 and c != "\n" for c in whole), "note: control character")
        text, gap, tail = whole.rpartition("\n\n")
        demand(gap and text and tail.endswith("\n"), "note: no text, empty line and signature lines")
        lines = tail[:-1].split("\n")
        demand(len(lines) <= MOST_SIGNATURES, "note: too many signatures")
        return cls((text + "\n").encode(), tuple(signature_line(line) for line in lines))

    def verified_by(self, keys: list[Key]) -> list[Key]:
        """The keys that signed. Unknown signatures are passed over; a bad one of a known key spoils the note."""
        found = []
        for name, key_id, signature in self.signatures:
            for key in keys:
                if (key.name, key.key_id) == (name, key_id):
                    verify(key, self.text, signature)
                    found.append(key)
        demand(found, "signature: no known key signed this note")
        return found


def signature_line(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    demand(
        len(parts) == 3 and parts[0] == DASH and parts[1] and "+" not in parts[1], f"note: signature line {line[:60]!r}"
    )
    raw = unbase64(parts[2])
    demand(len(raw) > 4, "note: signature without bytes")
    return parts[1], raw[:4], raw[4:]


def verify(key: Key, text: bytes, signature: bytes) -> None:
    try:
        if key.kind == ED25519:
            demand(len(signature) == 64, f"signature: {key.name} has {len(signature)} bytes")
            unsigned = signature[:31] + bytes([signature[31] & 0x7F])
            demand(int.from_bytes(unsigned, "little") < FIELD, f"signature: {key.name} with a non-canonical R")
            demand(int.from_bytes(signature[32:], "little") < GROUP_ORDER, f"signature: {key.name} with S >= L")
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text)
        else:
            demand(len(signature) == 8 + 2420, f"signature: {key.name} has {len(signature)} bytes")
            message = cosigned_message(key.name, signature[:8], text)
            MLDSA44PublicKey.from_public_bytes(key.public).verify(signature[8:], message)
    except InvalidSignature as error:
        raise Objection(f"signature: {key.name} did not sign this") from error


def cosigned_message(name: str, timestamp: bytes, text: bytes) -> bytes:
    """tlog-cosignature's `cosigned_message` over a whole checkpoint: start 0, end = size."""
    origin, size, root = text.split(b"\n")[:3]
    named = len(name.encode()).to_bytes(1) + name.encode()
    return b"".join(
        (
            b"subtree/v1\n\0",
            named,
            timestamp,
            len(origin).to_bytes(1),
            origin,
            bytes(8),
            int(size).to_bytes(8),
            unbase64(root.decode()),
        )
    )
