"""C2SP signed-note, and the cosignature kinds of tlog-cosignature: Ed25519 (0x01, 0x04) and ML-DSA-44 (0x06).

A note is a text, an empty line, and signature lines `— <name> base64(key id ‖ signature)`. Lines of unknown keys are
ignored; a known key whose line does not verify refuses the note. Who may not ignore a line (an entry has exactly one)
looks at `Note.signatures`.
"""

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from authsvc.evidence import ed25519
from authsvc.evidence.checkpoint import Checkpoint, parse_checkpoint
from authsvc.evidence.errors import BadCheckpoint, BadKey, BadNote, NoKnownKey

ED25519 = 0x01
ED25519_COSIGNATURE = 0x04
ML_DSA_44 = 0x06

MAX_NOTE = 1_000_000
"""As sumdb/note; 100 ML-DSA lines take about 350,000 bytes."""
MAX_SIGNATURES = 100
"""16 must be accepted; more than 100 are refused."""
ML_DSA_44_SIGNATURE_BYTES = 2420

_KEY_BYTES = {ED25519: 32, ED25519_COSIGNATURE: 32, ML_DSA_44: 1312}
_DASH = "— ".encode()
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_VKEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)")
_MAX_TIME = 2**63 - 1


def key_id(name: str, algorithm: int, key: bytes) -> bytes:
    """The first four bytes of SHA-256(name ‖ 0x0A ‖ algorithm ‖ key)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + key).digest()[:4]


def is_key_name(name: str) -> bool:
    """Whether a key may have this name: not empty, no space of any kind, no plus, no control character."""
    return bool(name) and "+" not in name and not any(c.isspace() or c < " " for c in name)


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under its name, as a vkey writes it."""

    name: str
    algorithm: int
    key: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that stand before each signature of this key."""
        return key_id(self.name, self.algorithm, self.key)

    @property
    def short(self) -> str:
        """`<name>+<hex key id>`: which key of which name, without the key itself."""
        return f"{self.name}+{self.key_id.hex()}"

    def __str__(self) -> str:
        """The vkey: `<name>+<hex key id>+base64(algorithm ‖ key)`."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.algorithm]) + self.key).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> "Verifier":
        """The key of a vkey; BadKey when it is malformed, its id is another, or it is an Ed25519 key to refuse."""
        match = _VKEY.fullmatch(vkey)
        material = _unbase64(match[3]) if match else b""
        if match is None or not is_key_name(match[1]) or not material:
            raise BadKey("not a verifier key")
        return cls.of(match[1], material[0], material[1:], bytes.fromhex(match[2]))

    @classmethod
    def of(cls, name: str, algorithm: int, key: bytes, expected_id: bytes | None = None) -> "Verifier":
        """A checked key. `expected_id` is the id that a vkey claims."""
        if algorithm not in _KEY_BYTES:
            raise BadKey("a verifier key of an unknown kind")
        if not is_key_name(name) or len(key) != _KEY_BYTES[algorithm]:
            raise BadKey("not a verifier key")
        if algorithm != ML_DSA_44 and not ed25519.is_good_key(key):
            raise BadKey("an Ed25519 key of small order, not canonical, or not on the curve")
        if expected_id is not None and key_id(name, algorithm, key) != expected_id:
            raise BadKey("the key id is not that of name and key")
        return cls(name, algorithm, key)

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether the bytes behind the key id verify over this note text; never an exception."""
        if self.algorithm == ED25519:
            return ed25519.verify(self.key, text, signature)
        time, rest = int.from_bytes(signature[:8]), signature[8:]
        if len(signature) < 8 or time > _MAX_TIME:
            return False
        if self.algorithm == ED25519_COSIGNATURE:
            return ed25519.verify(self.key, timed_text(text, time), rest)
        try:
            message = cosigned_message(self.name, time, parse_checkpoint(text))
        except BadCheckpoint:
            return False
        return _verify_ml_dsa(self.key, message, rest)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line. `raw` is what stands behind the key id."""

    name: str
    key_id: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    """A key that signed; `time` in seconds since the epoch where the kind carries one."""

    verifier: Verifier
    time: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart. `verified` is empty until `open_note` has checked it."""

    text: bytes
    signatures: tuple[Signature, ...]
    verified: tuple[Verified, ...] = ()


def timed_text(text: bytes, time: int) -> bytes:
    """The bytes under an Ed25519 cosignature (tlog-cosignature): header, time, the whole note text."""
    return b"cosignature/v1\ntime %d\n" % time + text


def cosigned_message(cosigner: str, time: int, checkpoint: Checkpoint) -> bytes:
    """The bytes under an ML-DSA-44 cosignature (tlog-cosignature): extension lines are not in it."""
    names = [name.encode() for name in (cosigner, checkpoint.origin)]
    if any(not 1 <= len(name) <= 255 for name in names):
        raise BadCheckpoint("a name of more than 255 bytes can't be cosigned")
    return b"".join(
        (
            b"subtree/v1\n\x00",
            bytes([len(names[0])]) + names[0],
            time.to_bytes(8),
            bytes([len(names[1])]) + names[1],
            bytes(8),
            checkpoint.size.to_bytes(8),
            checkpoint.root,
        )
    )


def _verify_ml_dsa(key: bytes, message: bytes, signature: bytes) -> bool:
    if len(signature) != ML_DSA_44_SIGNATURE_BYTES:
        return False
    try:
        MLDSA44PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class Signer:
    """An Ed25519 key (0x01) that signs note texts under its name."""

    __slots__ = ("_private", "_start", "name", "verifier")

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self.name = name
        self._private = private
        self.verifier = Verifier.of(name, ED25519, private.public_key().public_bytes_raw())
        self._start = _DASH + name.encode() + b" "

    def sign(self, text: bytes) -> bytes:
        """The signature line, its newline included. The text must end in a newline."""
        return self._start + b64encode(self.verifier.key_id + self._private.sign(text)) + b"\n"


class Cosigner:
    """A witness's Ed25519 key (0x04) that cosigns checkpoints under its name; the line carries the time."""

    __slots__ = ("_private", "name", "verifier")

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self.name = name
        self._private = private
        self.verifier = Verifier.of(name, ED25519_COSIGNATURE, private.public_key().public_bytes_raw())

    def sign(self, text: bytes, time: int) -> bytes:
        """The signature line over a checkpoint text; `time` in seconds since the epoch stands in it."""
        return _line(self.verifier, time.to_bytes(8) + self._private.sign(timed_text(text, time)))


class TreeSigner:
    """An ML-DSA-44 key (0x06) that cosigns checkpoints under its name."""

    __slots__ = ("_private", "name", "verifier")

    def __init__(self, name: str, private: MLDSA44PrivateKey) -> None:
        self.name = name
        self._private = private
        self.verifier = Verifier.of(name, ML_DSA_44, private.public_key().public_bytes_raw())

    def sign(self, text: bytes, time: int) -> bytes:
        """The signature line over a checkpoint text; `time` in seconds since the epoch stands in it."""
        signature = self._private.sign(cosigned_message(self.name, time, parse_checkpoint(text)))
        return _line(self.verifier, time.to_bytes(8) + signature)


def _line(verifier: Verifier, raw: bytes) -> bytes:
    return _DASH + verifier.name.encode() + b" " + b64encode(verifier.key_id + raw) + b"\n"


def join_note(text: bytes, lines: Iterable[bytes]) -> bytes:
    """The note: text, empty line, signature lines."""
    return text + b"\n" + b"".join(lines)


def parse_note(data: bytes) -> Note:
    """A note taken apart without looking at any key; BadNote when it is malformed or over a limit."""
    if len(data) > MAX_NOTE:
        raise BadNote("a note of more than 1,000,000 bytes")
    if _CONTROL.search(data):
        raise BadNote("a control character in a note")
    split = data.rfind(b"\n\n")
    if split < 0 or not data.endswith(b"\n"):
        raise BadNote("no signature lines behind an empty line")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise BadNote("not UTF-8") from error
    lines = data[split + 2 : -1].split(b"\n")
    if len(lines) > MAX_SIGNATURES:
        raise BadNote(f"more than {MAX_SIGNATURES} signatures")
    return Note(data[: split + 1], tuple(_signature(line) for line in lines))


def _signature(line: bytes) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).decode().partition(" ")
    raw = _unbase64(encoded)
    if not line.startswith(_DASH) or not space or not is_key_name(name) or len(raw) < 5:
        raise BadNote("not a signature line")
    return Signature(name, raw[:4], raw[4:])


def open_note(data: bytes, verifiers: Iterable[Verifier]) -> Note:
    """The note with the known keys that signed it, in the order of the lines, each once.

    NoKnownKey when none did; BadNote when the note is malformed or a known key's line does not verify.
    """
    note = parse_note(data)
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        if known.setdefault((verifier.name, verifier.key_id), verifier) != verifier:
            raise BadNote(f"two keys of one name and id: {verifier.name}")
    verified: dict[Verifier, Verified] = {}
    for signature in note.signatures:
        signer = known.get((signature.name, signature.key_id))
        if signer is None:
            continue
        if not signer.verify(note.text, signature.raw):
            raise BadNote(f"the signature of {signature.name} does not verify")
        time = None if signer.algorithm == ED25519 else int.from_bytes(signature.raw[:8])
        verified.setdefault(signer, Verified(signer, time))
    if not verified:
        raise NoKnownKey("signed by no known key")
    return Note(note.text, note.signatures, tuple(verified.values()))


def open_checkpoint(data: bytes, verifiers: Iterable[Verifier], origin: str) -> tuple[Checkpoint, Note]:
    """A log's checkpoint and its note. The origin must be this log's, and a key of that name must have signed.

    BadNote or BadCheckpoint otherwise. Witness keys may be among the verifiers: they never stand for the log.
    """
    note = open_note(data, verifiers)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != origin:
        raise BadCheckpoint("a checkpoint of another log")
    if not any(each.verifier.name == origin for each in note.verified):
        raise NoKnownKey("the log's own key has not signed")
    return checkpoint, note


def _unbase64(text: str) -> bytes:
    """The bytes of canonical base64; empty when it is none."""
    try:
        value = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return value if b64encode(value).decode() == text else b""
