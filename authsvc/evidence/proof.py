"""C2SP tlog-proof: a proof that an entry stands in a log, as text that verifies offline."""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from authsvc.evidence.checkpoint import Checkpoint, decode_hash
from authsvc.evidence.errors import BadCheckpoint, BadProof
from authsvc.evidence.merkle import leaf_hash, verify_inclusion
from authsvc.evidence.note import MAX_NOTE, Verifier, open_checkpoint

HEADER = b"c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
"""A tree has less than 2^63 leaves."""
MAX_EXTRA = 65_536

_INDEX = re.compile(rb"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Proof:
    """`path` from the leaf's sibling upwards; `checkpoint` is the whole note; `extra` is not covered by anything."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def to_bytes(self) -> bytes:
        """The text of the proof."""
        lines = [HEADER]
        if self.extra:
            lines.append(b"extra " + b64encode(self.extra))
        lines.append(b"index %d" % self.index)
        lines.extend(b64encode(each) for each in self.path)
        return b"\n".join(lines) + b"\n\n" + self.checkpoint

    def verify(self, entry: bytes, verifiers: Iterable[Verifier], origin: str) -> Checkpoint:
        """The log's checkpoint in which the entry stands; BadProof, BadNote or BadCheckpoint otherwise."""
        checkpoint, _ = open_checkpoint(self.checkpoint, verifiers, origin)
        if not verify_inclusion(self.index, checkpoint.size, leaf_hash(entry), self.path, checkpoint.root):
            raise BadProof("the entry does not stand at this place of the tree")
        return checkpoint


def print_proof(index: int, path: Iterable[bytes], checkpoint: bytes) -> bytes:
    """The text of a proof without extra data."""
    hashes = b"".join(b64encode(each) + b"\n" for each in path)
    return b"%b\nindex %d\n%b\n%b" % (HEADER, index, hashes, checkpoint)


def parse_proof(data: bytes) -> Proof:
    """The proof of a text; BadProof for any text that `to_bytes` would not have written."""
    if len(data) > MAX_NOTE + MAX_EXTRA * 2:
        raise BadProof("longer than any proof")
    head, gap, checkpoint = data.partition(b"\n\n")
    lines = head.split(b"\n")
    if not gap or not checkpoint.strip(b"\n") or lines.pop(0) != HEADER or not lines:
        raise BadProof("not a tlog-proof")
    extra = _extra(lines.pop(0)) if lines[0].startswith(b"extra ") else b""
    index = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None or len(lines) > MAX_HASHES:
        raise BadProof("not a tlog-proof")
    try:
        path = tuple(decode_hash(line.decode("ascii")) for line in lines)
    except (BadCheckpoint, UnicodeDecodeError) as error:
        raise BadProof("a line that is no hash") from error
    return Proof(int(index[1]), path, checkpoint, extra)


def _extra(line: bytes) -> bytes:
    text = line.removeprefix(b"extra ")
    try:
        extra = b64decode(text, validate=True)
    except binascii.Error as error:
        raise BadProof("the extra line is not base64") from error
    if not extra or b64encode(extra) != text or len(extra) > MAX_EXTRA:
        raise BadProof("the extra line is not canonical")
    return extra
