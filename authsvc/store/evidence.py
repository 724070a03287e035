"""Rows of the evidence log: the head, entries, tiles, checkpoints, what is staged, and the sealed values beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.store import Change, Reads, Row, Tx


@dataclass(frozen=True, slots=True)
class Head:
    """The log as last signed; frontiers in the bytes of `merkle.Frontier`. `key_epoch` counts the `key` records."""

    size: int
    root: bytes
    frontier: bytes
    root_512: bytes
    frontier_512: bytes
    note: bytes
    key_epoch: int = 0
    successor: str = ""
    """The origin that goes on from this log; nothing is added to a log that has one."""

    @classmethod
    def of(cls, row: Row) -> "Head":
        """From its row."""
        return cls(
            row["size"],
            row["root"],
            row["frontier"],
            row["root_512"],
            row["frontier_512"],
            row["checkpoint_note"],
            row["key_epoch"],
            row["successor"],
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry at its place."""

    index: int
    record_id: str
    type: str
    body: bytes
    leaf: bytes

    @classmethod
    def of(cls, row: Row) -> "Entry":
        """From its row."""
        return cls(row["idx"], row["record_id"], row["type"], row["body"], row["leaf"])


@dataclass(frozen=True, slots=True)
class TileRow:
    """A tile as it stands; `width` hashes of 32 bytes."""

    level: int
    n: int
    width: int
    data: bytes

    @classmethod
    def of(cls, row: Row) -> "TileRow":
        """From its row."""
        return cls(row["level"], row["n"], row["width"], row["data"])


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed checkpoint as kept, with the root of the parallel tree."""

    size: int
    note: bytes
    root_512: bytes


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A sealed value of a record: disclosures (`name` empty) or a blob."""

    record_id: str
    name: str
    subject: str
    ciphertext: bytes


async def read_head(reads: Reads) -> Head | None:
    """The head, or None before genesis."""
    row = await reads.one("select * from head")
    return Head.of(row) if row else None


async def read_head_and_count(reads: Reads) -> tuple[Head, int]:
    """The head and one more than the highest index, as of one moment; LookupError before genesis."""
    row = await reads.one("select head.*, (select coalesce(max(idx) + 1, 0) from entry) as entries from head")
    if row is None:
        raise LookupError("no head")
    return Head.of(row), row["entries"]


async def lock_head(tx: Tx) -> Head | None:
    """The head, locked until the transaction ends."""
    row = await tx.lock_head()
    return Head.of(row) if row else None


async def start_head(tx: Tx, head: Head) -> None:
    """The first head; a second one breaks the primary key."""
    await tx.run(
        "insert into head (one, size, frontier, root, frontier_512, root_512, checkpoint_note)"
        " values (1, $1, $2, $3, $4, $5, $6)",
        head.size,
        head.frontier,
        head.root,
        head.frontier_512,
        head.root_512,
        head.note,
    )


_MOVE_HEAD = (
    "update head set size = $1, frontier = $2, root = $3, frontier_512 = $4, root_512 = $5, checkpoint_note = $6,"
    " key_epoch = $9 where size = $7 and root = $8 and successor = ''"
)


async def move_head(tx: Tx, old: Head, new: Head, drained: Sequence[str]) -> bool:
    """Compare-and-set of the head, its checkpoint kept for ever, and the staged records that it holds removed.

    False when the head is no longer `old`, or when not each of the records was there to be removed.
    """
    grown = (new.size, new.frontier, new.root, new.frontier_512, new.root_512, new.note)
    moved, _, gone = await tx.together(
        (_MOVE_HEAD, (*grown, old.size, old.root, new.key_epoch)),
        (
            "insert into checkpoint (size, note, root_512) values ($1, $2, $3)",
            (new.size, new.note, new.root_512),
        ),
        (f"delete from staged where record_id {tx.among(1)}", (drained,)),
    )
    return (moved, gone) == (1, len(drained))


async def seal_head(tx: Tx, head: Head, successor: str) -> bool:
    """Seal the log at this head for good, in favour of this origin; False when it is no longer the head, or sealed."""
    sealed = "update head set successor = $1 where size = $2 and root = $3 and successor = ''"
    return await tx.run(sealed, successor, head.size, head.root) == 1


_STAGE = (
    "insert into staged (record_id, body) select $1, $2 where (select key_epoch from head where successor = '') = $3"
)


def to_stage(record_id: str, body: bytes, key_epoch: int) -> Change:
    """What lets final entry bytes wait for the sequencer; no row where the keys changed since the entry was signed, or
    where the log was sealed."""
    return (
        _STAGE,
        (record_id, body, key_epoch),
    )


async def read_staged(tx: Tx, limit: int) -> list[tuple[int, str, bytes]]:
    """The rows that are there, in order: never by a high-water mark, since a lower `seq` may commit later."""
    rows = await tx.all("select seq, record_id, body from staged order by seq limit $1", limit)
    return [(row["seq"], row["record_id"], row["body"]) for row in rows]


async def add_entries(tx: Tx, entries: Sequence[Entry], logged_at: int) -> None:
    """Append entries."""
    await tx.many(
        "insert into entry (idx, type, record_id, leaf, body, logged_at) values ($1, $2, $3, $4, $5, $6)",
        [(e.index, e.type, e.record_id, e.leaf, e.body, logged_at) for e in entries],
    )


async def leaves_from(reads: Reads, index: int) -> list[bytes]:
    """Leaf hashes from this index on, as stored."""
    rows = await reads.all("select leaf from entry where idx >= $1 order by idx", index)
    return [row["leaf"] for row in rows]


async def put_tiles(tx: Tx, tiles: Sequence[tuple[int, int, int, bytes]]) -> None:
    """Write (level, n, width, data); only the right edge is ever replaced, and only by a wider tile."""
    await tx.many(
        "insert into tile (level, n, width, data) values ($1, $2, $3, $4)"
        " on conflict (level, n) do update set width = excluded.width, data = excluded.data"
        " where tile.width < excluded.width",
        tiles,
    )


async def tiles_at(reads: Reads, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """The data of these (level, n), as far as they are there."""
    if not places:
        return {}
    here = " or ".join(f"(level = ${2 * at + 1} and n = ${2 * at + 2})" for at in range(len(places)))
    rows = await reads.all(
        f"select level, n, data from tile where {here}", *(part for place in places for part in place)
    )
    return {(row["level"], row["n"]): row["data"] for row in rows}


async def read_tile(reads: Reads, level: int, n: int) -> TileRow | None:
    """A tile as it stands."""
    row = await reads.one("select level, n, width, data from tile where level = $1 and n = $2", level, n)
    return TileRow.of(row) if row else None


async def was_published(reads: Reads, lowest: int, highest: int) -> bool:
    """Whether a checkpoint of a size in [lowest, highest] was signed."""
    return await reads.one("select 1 from checkpoint where size between $1 and $2 limit 1", lowest, highest) is not None


async def entry_of(reads: Reads, record_id: str) -> Entry | None:
    """The entry of a record."""
    row = await reads.one("select idx, record_id, type, body, leaf from entry where record_id = $1", record_id)
    return Entry.of(row) if row else None


async def entries_between(reads: Reads, start: int, end: int) -> list[Entry]:
    """Entries with start <= index < end."""
    rows = await reads.all(
        "select idx, record_id, type, body, leaf from entry where idx >= $1 and idx < $2 order by idx", start, end
    )
    return [Entry.of(row) for row in rows]


async def key_entries(reads: Reads) -> list[Entry]:
    """All `key` records, in order."""
    rows = await reads.all(
        "select idx, record_id, type, body, leaf from entry where type = 'key' order by idx"  # has an index of its own
    )
    return [Entry.of(row) for row in rows]


async def entry_count(reads: Reads) -> int:
    """One more than the highest index."""
    row = await reads.one("select coalesce(max(idx) + 1, 0) as size from entry")
    return int(row["size"]) if row else 0


async def logged_since(reads: Reads, at: int) -> int:
    """How many entries came into the log at or after this time (ms). It reads the whole table: for operators alone."""
    row = await reads.one("select count(*) as many from entry where logged_at >= $1", at)
    return int(row["many"]) if row else 0


async def last_logged_at(reads: Reads) -> int:
    """When the last entry got its place (ms); 0 in an empty log."""
    row = await reads.one("select logged_at from entry order by idx desc limit 1")
    return int(row["logged_at"]) if row else 0


async def root_512_at(reads: Reads, size: int) -> bytes | None:
    """The root of the parallel SHA-512 tree at a signed size."""
    row = await reads.one("select root_512 from checkpoint where size = $1", size)
    return row["root_512"] if row else None


async def checkpoints(reads: Reads) -> list[tuple[int, bytes]]:
    """(size, note) of every checkpoint, in order."""
    return [(row["size"], row["note"]) for row in await reads.all("select size, note from checkpoint order by size")]


async def add_checkpoint(tx: Tx, checkpoint: Checkpoint) -> None:
    """Keep a checkpoint that was signed before."""
    await tx.run(
        "insert into checkpoint (size, note, root_512) values ($1, $2, $3)",
        checkpoint.size,
        checkpoint.note,
        checkpoint.root_512,
    )


async def checkpoints_between(reads: Reads, low: int, high: int) -> list[Checkpoint]:
    """Checkpoints with low < size <= high, in order."""
    rows = await reads.all(
        "select size, note, root_512 from checkpoint where size > $1 and size <= $2 order by size", low, high
    )
    return [Checkpoint(row["size"], row["note"], row["root_512"]) for row in rows]


async def cosignatures_between(reads: Reads, low: int, high: int) -> dict[int, list[tuple[str, str]]]:
    """Size to (who signed, line) of further signatures over checkpoints with low < size <= high."""
    found: dict[int, list[tuple[str, str]]] = {}
    for row in await reads.all(
        "select size, witness, line from cosignature where size > $1 and size <= $2 order by size, witness", low, high
    ):
        found.setdefault(row["size"], []).append((row["witness"], row["line"]))
    return found


async def tile_count(reads: Reads) -> int:
    """How many tiles there are."""
    row = await reads.one("select count(*) as tiles from tile")
    return int(row["tiles"]) if row else 0


async def entries_after(reads: Reads, index: int, limit: int) -> list[Entry]:
    """The next entries behind this index, whatever is missing between."""
    rows = await reads.all(
        "select idx, record_id, type, body, leaf from entry where idx > $1 order by idx limit $2", index, limit
    )
    return [Entry.of(row) for row in rows]


async def chains_after(reads: Reads, subject: str, limit: int) -> list[tuple[str, int, str]]:
    """(subject, number, leaf) of persons' chains, by subject."""
    rows = await reads.all(
        "select subject, number, leaf from chain where subject > $1 order by subject limit $2", subject, limit
    )
    return [(row["subject"], row["number"], row["leaf"]) for row in rows]


async def staged_count(reads: Reads) -> int:
    """How many records wait for their place."""
    row = await reads.one("select count(*) as many from staged")
    return int(row["many"]) if row else 0


async def all_staged(reads: Reads) -> list[tuple[int, str, bytes]]:
    """Everything that waits for the sequencer."""
    return [(r["seq"], r["record_id"], r["body"]) for r in await reads.all("select * from staged order by seq")]


async def places_of(reads: Reads, record_ids: Sequence[str]) -> list[tuple[Entry, int, bytes]]:
    """Each of these records that has its place: the entry, and (size, note) of the checkpoint of its own batch."""
    rows = await reads.all(
        "select entry.idx, entry.record_id, entry.type, entry.body, entry.leaf, checkpoint.size, checkpoint.note"
        " from entry join checkpoint"
        " on checkpoint.size = (select min(above.size) from checkpoint above where above.size > entry.idx)"
        f" where entry.record_id {reads.among(1)}",
        record_ids,
    )
    return [(Entry.of(row), row["size"], row["note"]) for row in rows]


async def cosignatures(reads: Reads, size: int) -> list[str]:
    """Further signature lines over the checkpoint of this size."""
    return [
        row["line"] for row in await reads.all("select line from cosignature where size = $1 order by witness", size)
    ]


async def add_cosignature(tx: Tx, size: int, witness: str, line: str, received_at: int) -> None:
    """Keep one line per signer and size; a second is ignored."""
    await tx.run(
        "insert into cosignature (size, witness, line, received_at) values ($1, $2, $3, $4) on conflict do nothing",
        size,
        witness,
        line,
        received_at,
    )


def to_add_disclosure(row: SealedRow) -> Change:
    """What keeps the sealed slot values of a record for one subject."""
    return (
        "insert into disclosure (record_id, subject, ciphertext) values ($1, $2, $3)",
        (row.record_id, row.subject, row.ciphertext),
    )


def to_add_blob(row: SealedRow) -> Change:
    """What keeps sealed texts or documents behind digests of the record."""
    return (
        "insert into blob (record_id, name, subject, ciphertext) values ($1, $2, $3, $4)",
        (row.record_id, row.name, row.subject, row.ciphertext),
    )


async def disclosures_of(reads: Reads, record_id: str) -> list[SealedRow]:
    """What lies sealed for this record, by subject."""
    rows = await reads.all(
        "select record_id, subject, ciphertext from disclosure where record_id = $1 order by subject", record_id
    )
    return [SealedRow(row["record_id"], "", row["subject"], row["ciphertext"]) for row in rows]


async def blobs_of(reads: Reads, record_id: str) -> list[SealedRow]:
    """The blobs of this record, by name."""
    rows = await reads.all(
        "select record_id, name, subject, ciphertext from blob where record_id = $1 order by name", record_id
    )
    return [SealedRow(row["record_id"], row["name"], row["subject"], row["ciphertext"]) for row in rows]


async def sealed_for(reads: Reads, subject: str) -> list[SealedRow]:
    """Everything that lies sealed for one holder, shares and blobs."""
    rows = await reads.all(
        "select record_id, '' as name, subject, ciphertext from disclosure where subject = $1"
        " union all select record_id, name, subject, ciphertext from blob where subject = $1",
        subject,
    )
    return [SealedRow(row["record_id"], row["name"], row["subject"], row["ciphertext"]) for row in rows]


async def reseal(tx: Tx, old: SealedRow, new: SealedRow) -> None:
    """Put a sealed value of one holder in place of that of another."""
    if old.name:
        sql = "update blob set subject = $4, ciphertext = $5 where record_id = $1 and subject = $2 and name = $3"
        await tx.run(sql, old.record_id, old.subject, old.name, new.subject, new.ciphertext)
    else:
        sql = "update disclosure set subject = $3, ciphertext = $4 where record_id = $1 and subject = $2"
        await tx.run(sql, old.record_id, old.subject, new.subject, new.ciphertext)


async def logged_at(reads: Reads, index: int) -> int:
    """When the entry at this index took its place, in ms. An index beyond the log is a RuntimeError."""
    row = await reads.one("select logged_at from entry where idx = $1", index)
    if row is None:
        raise RuntimeError("an entry that was there is gone")
    return int(row["logged_at"])


async def is_recorded(reads: Reads, record_id: str) -> bool:
    """Whether a record is in the log, or waits for its place."""
    row = await reads.one(
        "select 1 as there from entry where record_id = $1 union all select 1 from staged where record_id = $1 limit 1",
        record_id,
    )
    return row is not None
