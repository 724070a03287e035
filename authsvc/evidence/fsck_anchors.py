"""Re-verifying the anchors of the log: each token is over a checkpoint that was signed, and its record names it; each
renewal is over the tokens that it is said to renew."""

import hashlib

from authsvc.evidence.anchor import read_stamped
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.fsck_tree import Findings
from authsvc.evidence.keyforms import digest_bytes
from authsvc.evidence.merkle import SHA512
from authsvc.evidence.note import parse_note
from authsvc.evidence.record import parse
from authsvc.evidence.renewal import RenewalText, digests_of, renewal_leaf, renewal_root
from authsvc.store import Reads, anchors, renewals
from authsvc.store import evidence as rows
from authsvc.store.anchors import AnchorRow
from authsvc.store.renewals import RenewalRow
from signatures.errors import SignaturesError
from signatures.timestamp import Stamp, read_stamp

BATCH = 500
RENEWALS = 4
"""Each is over thousands of tokens."""
SHA512_OID = "2.16.840.1.101.3.4.2.3"


async def check_anchors(reads: Reads, found: Findings) -> None:
    """Every kept token in turn. The checkpoints, both roots included, were compared with the entries before."""
    await _check_renewals(reads, found)
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
    _check_imprint(token, row.stamped, where, found)
    await _check_record(reads, row, where, found)


def _check_imprint(token: Stamp, text: bytes, where: str, found: Findings) -> None:
    if (token.imprint_algorithm.oid, token.imprint) != (SHA512_OID, hashlib.sha512(text).digest()):
        found.add(f"{where}: the token is over something else")


async def _check_record(reads: Reads, row: AnchorRow | RenewalRow, where: str, found: Findings) -> None:
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


async def _check_renewals(reads: Reads, found: Findings) -> None:
    """Every renewal, a few at a time: its leaves are those of the tokens that it renews, and its token is over them."""
    after = 0
    while batch := await renewals.after_number(reads, after, RENEWALS):
        for row in batch:
            await _check_renewal(reads, row, found)
        after = batch[-1].number


async def _check_renewal(reads: Reads, row: RenewalRow, found: Findings) -> None:
    where, size = f"renewal {row.number}", SHA512.size
    leaves = [row.leaves[at : at + size] for at in range(0, len(row.leaves), size)]
    try:
        token = read_stamp(row.token)
    except SignaturesError as error:
        found.add(f"{where}: {error.message}")
        return
    _check_imprint(token, RenewalText(len(leaves), renewal_root(leaves)).to_bytes(), where, found)
    await _check_record(reads, row, where, found)
    places = await renewals.places_of(reads, row.number)
    if [place for place, _ in places] != list(range(len(leaves))):
        found.add(f"{where}: it does not say which token each of its leaves is")
        return
    prints = sorted({each for _, older in places for each in older.revocation})
    known = {sha256: data for sha256, _, data in await anchors.material(reads, prints)}
    for place, older in places:
        material = digests_of(known[each] for each in older.revocation if each in known)
        if renewal_leaf(older.token, material) != leaves[place]:
            found.add(f"{where}: it is over another token, or other material, at place {place}")
