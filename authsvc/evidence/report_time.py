"""What the time stamps in a package say of each record's place in the log, as its report prints it (format, 11 and 12).

Nothing is judged here: a report says what the tokens say, and the verifier whether they hold. The bounds are the same
that it computes: a token's time with its accuracy, and how fine it is written.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from authsvc.evidence.anchor import Anchor, Bracket, bracket, in_ms
from authsvc.evidence.keyforms import digest_bytes
from authsvc.evidence.package_read import Package
from authsvc.evidence.package_time import FoundTime, read_time
from signatures.errors import SignaturesError
from signatures.timestamp import read_stamp

LONGEST_REASON = 200


class StatedTime:
    """The bounds of each place, from the tokens of one package as they stand."""

    def __init__(self, package: Package) -> None:
        found = read_time(package.files)
        self.failure = found.failure[:LONGEST_REASON]
        self.has_stamps = bool(found.checkpoints)
        self._anchors = list(_anchors(found))

    def of(self, index: int) -> Bracket:
        """The bounds of the entry of this index."""
        return bracket(index, self._anchors)


def _anchors(found: FoundTime) -> Iterator[Anchor]:
    """Each token over its size, and once more with the place of its record where the package has it."""
    tokens: dict[tuple[int, str], Anchor] = {}
    for checkpoint in found.checkpoints:
        for token in checkpoint.tokens.values():
            if (bounds := _bounds(token)) is not None:
                tokens[checkpoint.size, hashlib.sha256(token).hexdigest()] = Anchor(checkpoint.size, *bounds)
    yield from tokens.values()
    for record in found.anchors:
        entry, proof = record.entry, record.proof
        if entry is None or proof is None or entry.type != "anchor":
            continue
        named = int(str(entry.body["anchor_size"])), digest_bytes(str(entry.body["anchor_token"])).hex()
        if named in tokens:
            yield replace(tokens[named], index=proof.index)


def _bounds(token: bytes) -> tuple[int, int] | None:
    try:
        stamp = read_stamp(token)
        unsure = timedelta(microseconds=(stamp.accuracy or 0) + stamp.resolution)
        return in_ms(stamp.time - unsure, stamp.time + unsure)
    except (SignaturesError, OverflowError):
        return None
