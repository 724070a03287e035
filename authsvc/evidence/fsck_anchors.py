"""Re-verifying the anchors of the log: each token is over a checkpoint that was signed, and its record names it."""

import hashlib

from authsvc.evidence.anchor import read_stamped
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.fsck_tree import Findings
from authsvc.evidence.keyforms import digest_bytes
from authsvc.evidence.note import parse_note
from authsvc.evidence.record import parse
from authsvc.store import Reads, anchors
from authsvc.store import evidence as rows
from authsvc.store.anchors import AnchorRow
from signatures.errors import SignaturesError
from signatures.timestamp import read_stamp

BATCH = 500
SHA512_OID = "2.16.840.1.101.3.4.2.3"


async def check_anchors(reads: Reads, found: Findings) -> None:
    """Every kept token in turn. The checkpoints, both roots included, were compared with the entries before."""
    after = -1
    while batch := await anchors.after_size(reads, after, BATCH):
        for row in batch:
            await _check(reads, row, found)
        after = batch[-1].size


async def _check(reads: Reads, row: AnchorRow, found: Findings) -> None:
    where = f"anchor {row.size} of {row.tsa[:16]}"
    try:
        stamped = read_stamped(row.stamped)
        token = read_stamp(row.token)
    except (EvidenceError, SignaturesError) as error:
        found.add(f"{where}: {error.message}")
        return
    signed = (await rows.checkpoints_between(reads, row.size - 1, row.size))[-1:]
    if not signed or parse_note(signed[0].note).text != parse_note(stamped.note).text:
        found.add(f"{where}: it is over a checkpoint that was not signed")
    elif signed[0].root_512 != stamped.root_512:
        found.add(f"{where}: the SHA-512 root is not that of the checkpoint")
    if (token.imprint_algorithm.oid, token.imprint) != (SHA512_OID, hashlib.sha512(row.stamped).digest()):
        found.add(f"{where}: the token is over something else")
    entry = await rows.entry_of(reads, row.record_id)
    if entry is None:
        return  # it waits for its place, and is looked at there
    try:
        body = parse(entry.body).body
        named = (body.get("anchor_size"), digest_bytes(str(body.get("anchor_token"))))
    except EvidenceError:
        return  # named where the entries are checked
    if named != (row.size, hashlib.sha256(row.token).digest()):
        found.add(f"{where}: its record names another token")
