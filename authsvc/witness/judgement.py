"""What a witness does with a request (C2SP tlog-witness, add-checkpoint): pure, from the request and what it remembers.

The checks run in the order of the specification. A tree is cosigned only when it extends the one remembered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from authsvc.evidence.checkpoint import Checkpoint, parse_checkpoint
from authsvc.evidence.errors import BadCheckpoint, BadNote, BadWitnessing, NoKnownKey
from authsvc.evidence.merkle import verify_consistency
from authsvc.evidence.note import Note, Verifier, join_note, open_note, parse_note
from authsvc.evidence.witness import parse_request

Logs = Mapping[str, Sequence[Verifier]]
"""The logs that the witness knows: origin to its keys."""


class Why(Enum):
    """Why nothing is cosigned."""

    BAD_REQUEST = "bad_request"
    UNKNOWN_LOG = "unknown_log"
    UNKNOWN_KEY = "unknown_key"
    ANOTHER_SIZE = "another_size"
    ANOTHER_ROOT = "another_root"
    BAD_PROOF = "bad_proof"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing is cosigned. `held` is the size that the witness remembers, where the answer says it."""

    why: Why
    held: int = 0


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint that a known log signed. `lines` are that log's own signature lines, nobody else's."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint
    text: bytes
    lines: tuple[bytes, ...]


def read_submission(body: bytes, logs: Logs) -> Submission | Refusal:
    """The request, and that a known log signed it. Nothing is remembered yet."""
    try:
        request = parse_request(body)
        note = parse_note(request.note)
        checkpoint = parse_checkpoint(note.text)
    except (BadWitnessing, BadNote, BadCheckpoint):
        return Refusal(Why.BAD_REQUEST)
    keys = logs.get(checkpoint.origin)
    if keys is None:
        return Refusal(Why.UNKNOWN_LOG)
    try:
        opened = open_note(request.note, keys)
    except (NoKnownKey, BadNote):
        return Refusal(Why.UNKNOWN_KEY)
    if request.old > checkpoint.size or (request.old == 0 and request.proof):
        return Refusal(Why.BAD_REQUEST if request.old > checkpoint.size else Why.BAD_PROOF)
    return Submission(request.old, request.proof, checkpoint, note.text, _own_lines(request.note, opened))


def _own_lines(data: bytes, note: Note) -> tuple[bytes, ...]:
    known = {(each.verifier.name, each.verifier.key_id) for each in note.verified}
    lines = data[len(note.text) + 1 :].splitlines(keepends=True)
    pairs = zip(lines, note.signatures, strict=True)
    return tuple(line for line, each in pairs if (each.name, each.key_id) in known)


def judge(submission: Submission, held: Checkpoint | None) -> Refusal | None:
    """Why this may not be cosigned, None when it extends what is remembered (`held`, None before the first)."""
    size, root = (held.size, held.root) if held else (0, b"")
    new = submission.checkpoint
    if submission.old != size:
        return Refusal(Why.ANOTHER_SIZE, size)
    if size == 0:
        # Of two trees of size 0 there is one; anything extends it.
        return None
    if size == new.size:
        if root != new.root:
            return Refusal(Why.ANOTHER_ROOT, size)
        return Refusal(Why.BAD_PROOF) if submission.proof else None
    if not verify_consistency(size, new.size, root, new.root, submission.proof):
        return Refusal(Why.BAD_PROOF)
    return None


def cosigned_note(submission: Submission, lines: Sequence[bytes]) -> bytes:
    """The note to remember and to show: the log's own lines and the witness's."""
    return join_note(submission.text, [*submission.lines, *lines])
