"""The one row that says how far the scrubber is, so that a round goes on after a restart, in whichever process; and the
rows that it reads back, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx
from authsvc.store.evidence import SealedRow


@dataclass(frozen=True, slots=True)
class Scrub:
    """Where a round is: its `part` (empty: no round), behind entry `place` or row `after` of it.

    `target`, `root`: the head when the round began; `frontier` in the bytes of `merkle.Frontier`; `due`: another round
    is asked for; `finished_at` in ms; `fault`: what the last whole round found, `found`: this one so far.
    """

    part: str
    place: int
    after: str
    target: int
    root: bytes
    frontier: bytes
    due: bool
    finished_at: int
    fault: str
    found: str

    @classmethod
    def of(cls, row: Row) -> "Scrub":
        """From its row."""
        return cls(
            row["part"],
            row["place"],
            row["after"],
            row["target"],
            row["root"],
            row["frontier"],
            bool(row["due"]),
            row["finished_at"],
            row["fault"],
            row["found"],
        )


async def read_scrub(reads: Reads) -> Scrub:
    """How far it is."""
    row = await reads.one("select * from scrub")
    if row is None:
        raise RuntimeError("the row of the scrubber is gone")
    return Scrub.of(row)


async def demand(tx: Tx) -> None:
    """Ask for a round: it begins when the one under way has ended."""
    await tx.run("update scrub set due = 1")


async def begin(tx: Tx, part: str, target: int, root: bytes, frontier: bytes) -> bool:
    """Begin a round over a tree of this size and root; False when one is under way."""
    begun = (
        "update scrub set part = $1, place = 0, after = '', target = $2, root = $3, frontier = $4, due = 0, found = ''"
        " where part = ''"
    )
    return await tx.run(begun, part, target, root, frontier) == 1


async def move(tx: Tx, old: Scrub, new: Scrub) -> bool:
    """Compare-and-set: this slice is done; False when another process did it. `due` is left as it is."""
    moved = (
        "update scrub set part = $1, place = $2, after = $3, frontier = $4, finished_at = $5, fault = $6, found = $7"
        " where part = $8 and place = $9 and after = $10 and target = $11 and root = $12"
    )
    values = (new.part, new.place, new.after, new.frontier, new.finished_at, new.fault, new.found)
    return await tx.run(moved, *values, old.part, old.place, old.after, old.target, old.root) == 1


async def values_after(reads: Reads, record_id: str, subject: str, limit: int) -> list[SealedRow]:
    """Sealed slot values in the order of their key, from behind this one on."""
    rows = await reads.all(
        "select record_id, subject, ciphertext from disclosure where (record_id, subject) > ($1, $2)"
        " order by record_id, subject limit $3",
        record_id,
        subject,
        limit,
    )
    return [SealedRow(row["record_id"], "", row["subject"], row["ciphertext"]) for row in rows]


async def texts_after(reads: Reads, record_id: str, name: str, limit: int) -> list[SealedRow]:
    """Sealed texts in the order of their key, from behind this one on."""
    rows = await reads.all(
        "select record_id, name, subject, ciphertext from blob where (record_id, name) > ($1, $2)"
        " order by record_id, name limit $3",
        record_id,
        name,
        limit,
    )
    return [SealedRow(row["record_id"], row["name"], row["subject"], row["ciphertext"]) for row in rows]


async def counts_after(reads: Reads, handle: str, limit: int) -> list[tuple[str, int, int]]:
    """(handle, number of their last record, records of which values lie here) of persons, by handle."""
    rows = await reads.all(
        "select c.subject as subject, c.number as number,"
        " (select count(*) from disclosure d where d.subject = c.subject) as kept"
        " from chain c where c.subject > $1 order by c.subject limit $2",
        handle,
        limit,
    )
    return [(row["subject"], row["number"], row["kept"]) for row in rows]


async def without_operator(reads: Reads, operator: str, record_ids: Sequence[str]) -> set[str]:
    """Which of these records have no values of the operator, though nobody knows them to be lost."""
    kept = await reads.all(
        f"select record_id from disclosure where subject = $1 and record_id {reads.among(2)}", operator, record_ids
    )
    lost = await reads.all(f"select record_id from lost_value where record_id {reads.among(1)}", record_ids)
    return set(record_ids) - {row["record_id"] for row in (*kept, *lost)}


async def without_texts(reads: Reads, name: str, record_ids: Sequence[str]) -> list[str]:
    """Which of these records have no texts of this name, in the order given."""
    rows = await reads.all(
        f"select record_id from blob where name = $1 and record_id {reads.among(2)}", name, record_ids
    )
    kept = {row["record_id"] for row in rows}
    return [each for each in record_ids if each not in kept]


async def add_lost(tx: Tx, record_ids: Sequence[str]) -> None:
    """The values of these records came back from nowhere."""
    await tx.many(
        "insert into lost_value (record_id) values ($1) on conflict do nothing", [(each,) for each in record_ids]
    )
