"""Never sign a fork: a head must extend everything that was signed before (evidence format, section 8).

Extend means consistent, not equal: the root at the smaller size, computed from stored tiles, is the remembered one. So
a restored backup and a fail-over to a lagging standby end in read-only mode, never in a signature.
"""

from collections.abc import Iterable

from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.fence import Mark
from authsvc.evidence.note import Verifier, open_checkpoint
from authsvc.evidence.stored import extends
from authsvc.store import Reads
from authsvc.store import evidence as rows

WAY_OUT = "Nothing is signed and no act is accepted; reads and checks go on. The way out: `authsvc evidence recover`."


async def find_fork(reads: Reads, head: rows.Head, marks: Iterable[Mark]) -> str | None:
    """Why this head must not be signed on, None when it extends every mark."""
    for mark in sorted(marks, key=lambda each: each.size):
        if not await extends(reads, head, mark):
            return (
                f"the database's log has size {head.size} and does not extend the size {mark.size} that was signed"
                " before: a restored backup, a lagging standby, a cut tail, or the log of another deployment."
                f" {WAY_OUT}"
            )
    return None


def find_damage(head: rows.Head, count: int) -> str | None:
    """Why the head does not fit the `count` entries: to sign on it would leave a gap, or give an index twice."""
    if count == head.size:
        return None
    return f"the head says {head.size} entries, the last one there has index {count - 1}. {WAY_OUT}"


def find_seal(head: rows.Head) -> str | None:
    """Why a sealed log takes no records."""
    if not head.successor:
        return None
    return f"this log was sealed at size {head.size}; it goes on as {head.successor}, in a database of its own."


def find_stranger(head: rows.Head, keys: Iterable[Verifier], origin: str) -> str | None:
    """Why the head is not one that this log's own keys signed."""
    try:
        checkpoint, _ = open_checkpoint(head.note, keys, origin)
    except EvidenceError as error:
        return f"the head's checkpoint is not this log's: {error.message}. {WAY_OUT}"
    if (checkpoint.size, checkpoint.root) != (head.size, head.root):
        return f"the head's checkpoint says another size or root than the head. {WAY_OUT}"
    return None
