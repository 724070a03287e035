"""C2SP tlog-checkpoint: the text of a checkpoint, above its signatures."""

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from authsvc.evidence.errors import BadCheckpoint

MAX_SIZE = 2**63 - 1
ROOT_BYTES = 32

_EMPTY = hashlib.sha256(b"").digest()
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: the log's origin, the number of leaves, the SHA-256 root. Our own have no extension lines."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> bytes:
        """The note text, the final newline included."""
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        return "".join(line + "\n" for line in lines).encode()


def parse_checkpoint(text: bytes) -> Checkpoint:
    """The checkpoint of a note text; BadCheckpoint for any other text, a leading zero or loose base64 included."""
    try:
        lines = text.decode().split("\n")
    except UnicodeDecodeError as error:
        raise BadCheckpoint("not UTF-8") from error
    if len(lines) < 4 or lines.pop() != "" or "" in lines or _has_control(text):
        raise BadCheckpoint("not the lines of a checkpoint")
    origin, size, root, *extensions = lines
    if not _SIZE.fullmatch(size) or int(size) > MAX_SIZE:
        raise BadCheckpoint("the size is not a plain decimal below 2^63")
    checkpoint = Checkpoint(origin, int(size), decode_hash(root), tuple(extensions))
    if checkpoint.size == 0 and checkpoint.root != _EMPTY:
        raise BadCheckpoint("an empty tree has another root")
    return checkpoint


def decode_hash(text: str) -> bytes:
    """32 bytes from canonical base64; BadCheckpoint otherwise."""
    try:
        value = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadCheckpoint("the hash is not base64") from error
    if len(value) != ROOT_BYTES or b64encode(value).decode() != text:
        raise BadCheckpoint("the hash is not canonical base64 of 32 bytes")
    return value


def _has_control(text: bytes) -> bool:
    return any(byte < 0x20 and byte != 0x0A for byte in text)
