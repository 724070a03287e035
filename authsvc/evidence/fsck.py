"""Re-verifying the whole log from its rows: every entry, tile, checkpoint, chain and the head, computed anew.

Nothing derived is believed: leaves come from the entries' bytes, trees from leaves, tiles and roots from trees, keys
from genesis and `key` records. Memory is bounded by one batch, the right edge, and one link for each person. Give it a
snapshot (`Store.snapshot`) where a service writes beside it.
"""

from collections.abc import AsyncIterator

from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.fence import Mark
from authsvc.evidence.fsck_anchors import check_anchors
from authsvc.evidence.fsck_chains import Chains
from authsvc.evidence.fsck_tree import Findings, Trees
from authsvc.evidence.keyring import KeyRing, Standing
from authsvc.evidence.merkle import leaf_hash
from authsvc.evidence.note import Verifier
from authsvc.evidence.record import Entry, parse, verify_entry
from authsvc.evidence.vault import Vault
from authsvc.store import Reads
from authsvc.store import evidence as rows

__all__ = ["Findings", "check_log"]

BATCH = 1000


async def check_log(
    reads: Reads, origin: str, log_key: Verifier, fence: Mark | None, *, vault: Vault | None = None
) -> Findings:
    """Every finding about the log in this database: it must be that of `origin`, know `log_key`, extend the fence.

    With the `vault` the values outside and the persons' chains are checked too.
    """
    found = Findings()
    trees = Trees(found, {fence.size: fence.root} if fence is not None else {})
    ring = await _first_ring(reads, origin, log_key, found)
    chains = Chains(vault, found, heir=await _is_heir(reads)) if vault is not None else None
    keys = 0
    async for batch in _batches(reads, found):
        for row in batch:
            entry = _check_entry(row, ring, found)
            if entry is None:
                continue
            if entry.type == "key" and ring is not None:
                keys += 1
                if not ring.apply(entry, row.index):
                    found.add(f"entry {row.index}: a key record that does not fit the keys before it")
            if chains is not None:
                await chains.follow(reads, entry, f"entry {row.index}")
        await trees.grow(reads, [row.body for row in batch], ring, origin)
    await trees.finish(reads)
    await check_anchors(reads, found)
    _check_head(trees, await rows.read_head(reads), keys, found)
    await _check_staged(reads, ring, chains, trees.frontier.size, found)
    if chains is not None:
        await chains.finish(reads)
    found.size, found.root = trees.frontier.size, trees.frontier.root()
    return found


async def _first_ring(reads: Reads, origin: str, log_key: Verifier, found: Findings) -> KeyRing | None:
    first = await rows.entries_between(reads, 0, 1)
    try:
        genesis = parse(first[0].body)
        ring = KeyRing(genesis)
    except (IndexError, KeyError, EvidenceError) as error:
        found.add(f"entry 0: not a genesis ({type(error).__name__})")
        return None
    if ring.origin != origin:
        found.add(f"entry 0: the genesis of {ring.origin}, not of {origin}")
    known = {each.verifier for each in ring.intervals if each.family == KeyRing.LOG}
    known |= {Verifier.parse(value) for value in await _added_log_keys(reads)}
    if log_key not in known:
        found.add("entry 0: neither it nor a key record knows this log's key")
    return ring


async def _added_log_keys(reads: Reads) -> list[str]:
    values = []
    for row in await rows.key_entries(reads):
        try:
            body = parse(row.body).body
        except EvidenceError:
            continue  # it is named where the entries are checked
        if (body["key_use"], body["key_event"]) == ("log", "added"):
            values.append(str(body["key_value"]))
    return values


async def _is_heir(reads: Reads) -> bool:
    first = await rows.entries_between(reads, 0, 1)
    try:
        return bool(first and parse(first[0].body).body.get("predecessor"))
    except EvidenceError:
        return False


async def _batches(reads: Reads, found: Findings) -> AsyncIterator[list[rows.Entry]]:
    """The entries in order. A gap is named once; what stands behind it is checked as if there were none."""
    after, gap = -1, False
    while batch := await rows.entries_after(reads, after, BATCH):
        for place, row in enumerate(batch, after + 1):
            if row.index != place and not gap:
                found.add(f"entry {place}: missing, though later ones are there")
                gap = True
        after = batch[-1].index
        yield batch


def _check_entry(row: rows.Entry, ring: KeyRing | None, found: Findings) -> Entry | None:
    if leaf_hash(row.body) != row.leaf:
        found.add(f"entry {row.index}: the leaf hash is not that of the bytes")
    try:
        read = _read(row.body, ring, row.index)
    except EvidenceError as error:
        found.add(f"entry {row.index}: {error.message}")
        return None
    if (read.type, read.id) != (row.type, row.record_id):
        found.add(f"entry {row.index}: the columns name another type or record than the bytes")
    if (read.type == "genesis") != (row.index == 0):
        found.add(f"entry {row.index}: genesis stands at index 0 and nowhere else")
    return read


def _read(body: bytes, ring: KeyRing | None, index: int) -> Entry:
    """The entry under a key that is good at its index; one under a leaked key counts, since the log is asked alone."""
    read = parse(body)
    if ring is None:
        return read
    verify_entry(body, {read.family: ring.issuers(read.family)})
    standing, _ = ring.standing(read, index)
    if standing is Standing.OUTSIDE:
        raise EvidenceError("signed by a key outside its interval")
    return read


def _check_head(trees: Trees, head: rows.Head | None, keys: int, found: Findings) -> None:
    if head is None:
        found.add("there is no head")
        return
    if (head.size, head.root) != (trees.frontier.size, trees.frontier.root()):
        found.add(f"head: says size {head.size}, the entries give {trees.frontier.size} or another root")
    if head.frontier != trees.frontier.to_bytes():
        found.add("head: the frontier is not that of the entries")
    if (head.root_512, head.frontier_512) != (trees.frontier_512.root(), trees.frontier_512.to_bytes()):
        found.add("head: the parallel SHA-512 tree is not that of the entries")
    if trees.last is not None and trees.last.note != head.note:
        found.add("head: its checkpoint is not the last one that was signed")
    if trees.last is None or trees.last.size != trees.frontier.size:
        found.add(f"size {trees.frontier.size}: the entries go beyond the last signed checkpoint")
    if head.key_epoch != keys:
        found.add(f"head: it counts {head.key_epoch} key records, there are {keys}")


async def _check_staged(reads: Reads, ring: KeyRing | None, chains: Chains | None, size: int, found: Findings) -> None:
    for _, record_id, body in await rows.all_staged(reads):
        try:
            read = _read(body, ring, size)
        except EvidenceError as error:
            found.add(f"staged {record_id}: {error.message}")
            continue
        if read.id != record_id:
            found.add(f"staged {record_id}: the bytes are another record")
        elif await rows.entry_of(reads, record_id) is not None:
            found.add(f"staged {record_id}: it has its place in the log already")
        elif chains is not None:
            await chains.follow(reads, read, f"staged {record_id}")
