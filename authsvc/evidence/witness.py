"""C2SP tlog-witness as text: the request, the answers to it, and what counts as a cosignature (tlog-cosignature).

Pure: no clock and no network. A cosignature counts when it is by a known key over exactly this checkpoint, carries a
time, and that time is not in the future; one key counts once, however many lines it has.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Protocol

from authsvc.evidence.checkpoint import MAX_SIZE, decode_hash
from authsvc.evidence.errors import BadCheckpoint, BadNote, BadWitnessing
from authsvc.evidence.note import MAX_NOTE, Verified, Verifier, join_note, open_note

FUTURE_MS = 300_000
"""A cosignature may run ahead of the reader's clock by five minutes; one from further ahead does not count."""
MAX_PROOF = 63
"""Lines of a consistency proof; tlog-witness allows no more, and no tree needs more."""
MAX_REQUEST = MAX_NOTE + 4_096
SIZE_TYPE = "text/x.tlog.size"

_OLD = re.compile(rb"old (0|[1-9][0-9]{0,18})")
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")


@dataclass(frozen=True, slots=True)
class Request:
    """One `add-checkpoint`: the size that the witness is believed to hold, the proof from there, the signed note."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def to_bytes(self) -> bytes:
        """The body of the request."""
        return b"old %d\n%b\n%b" % (self.old, b"".join(b64encode(each) + b"\n" for each in self.proof), self.note)


def parse_request(data: bytes) -> Request:
    """The request of a body; BadWitnessing for any that `to_bytes` would not have written."""
    if len(data) > MAX_REQUEST:
        raise BadWitnessing("longer than any request")
    head, gap, note = data.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    old = _OLD.fullmatch(first)
    if not gap or old is None or int(old[1]) > MAX_SIZE or len(lines) > MAX_PROOF:
        raise BadWitnessing("not the lines of an add-checkpoint request")
    try:
        proof = tuple(decode_hash(line.decode("ascii")) for line in lines)
    except (BadCheckpoint, UnicodeDecodeError) as error:
        raise BadWitnessing("a proof line that is no hash") from error
    return Request(int(old[1]), proof, note)


def state_path(origin: str) -> str:
    """Where, below a witness's monitoring prefix, its newest checkpoint of this log is read."""
    return f"{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"


# --- answers ---


class Reply(Protocol):
    """What came back over HTTP."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case."""

    @property
    def body(self) -> bytes:
        """The body as it came."""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The witness's line over this checkpoint; `time` in seconds since the epoch."""

    line: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """409: the witness holds this size, another than the request named."""

    size: int


@dataclass(frozen=True, slots=True)
class Refused:
    """No cosignature; `reason` is a code that an operator can look up."""

    reason: str


_REASONS = {400: "bad_request", 403: "unknown_key", 404: "unknown_log", 409: "other_root", 422: "bad_proof"}


def read_answer(reply: Reply, text: bytes, witness: Verifier, now: int) -> Cosigned | Elsewhere | Refused:
    """What the witness said of the checkpoint of this text. `now` in ms. Never an exception, whatever came back."""
    if reply.status == 200:
        return _read_lines(reply.body, text, witness, now)
    if reply.status == 409 and reply.media_type == SIZE_TYPE:
        size = _SIZE.fullmatch(reply.body)
        return Elsewhere(int(size[1])) if size and int(size[1]) <= MAX_SIZE else Refused("garbage")
    return Refused(_REASONS.get(reply.status, "failing" if reply.status >= 500 else "garbage"))


def _read_lines(body: bytes, text: bytes, witness: Verifier, now: int) -> Cosigned | Refused:
    try:
        note = open_note(join_note(text, [body]), [witness])
    except BadNote:
        # Also a line of another key under the same name: the key id hashes the key, so it is an unknown one.
        return Refused("no_good_line")
    if note.text != text:
        return Refused("garbage")
    (verified,), key_id = note.verified, witness.key_id
    if not has_good_time(verified, now):
        return Refused("bad_time")
    mine = next(at for at, each in enumerate(note.signatures) if (each.name, each.key_id) == (witness.name, key_id))
    return Cosigned(body.split(b"\n")[mine] + b"\n", verified.time or 0)


# --- what counts ---


def has_good_time(verified: Verified, now: int) -> bool:
    """Whether a cosignature carries a time that is not in the future. Time 0 says nothing of the newest tree."""
    return verified.time is not None and verified.time > 0 and verified.time * 1000 <= now + FUTURE_MS


def counted(verified: Iterable[Verified], witnesses: Set[Verifier], now: int) -> frozenset[Verifier]:
    """The witnesses among these signers whose cosignature counts at `now` (ms), each once."""
    return frozenset(each.verifier for each in verified if each.verifier in witnesses and has_good_time(each, now))
