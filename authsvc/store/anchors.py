"""Rows of trusted time: tokens over checkpoints, the material of their time, and who anchors now."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from authsvc.store import Reads, Row, Tx


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """A token over the checkpoint of `size`. `tsa` is the SHA-256 of its certificate, `index` the place of its record.

    `revocation` are the SHA-256 of certificates, CRLs and OCSP answers in `anchor_material`; `stamped_at` is the
    token's time, `received_at` ours, both in ms. `index` is None while the record waits for its place. `algorithms` are
    those that the token leans on, as `anchoring` writes them; `asked`, whether the policy asked for witnesses then.
    """

    size: int
    tsa: str
    record_id: str
    stamped: bytes
    token: bytes
    revocation: tuple[str, ...]
    stamped_at: int
    received_at: int
    index: int | None = None
    algorithms: str = ""
    asked: bool = False

    @classmethod
    def of(cls, row: Row) -> "AnchorRow":
        """From its row, joined with the entry of its record."""
        return cls(
            row["size"],
            row["tsa"],
            row["record_id"],
            row["stamped"],
            row["token"],
            tuple(orjson.loads(row["revocation"])),
            row["stamped_at"],
            row["received_at"],
            row["idx"],
            row["algorithms"],
            bool(row["asked"]),
        )


@dataclass(frozen=True, slots=True)
class Anchoring:
    """How anchoring goes: since when (ms, 0: not) no token comes, why not, and by how much our clock is off (ms)."""

    claimed_until: int
    failing_since: int
    failure: str
    clock_off: int


_COLUMNS = (
    "select a.size, a.tsa, a.record_id, a.stamped, a.token, a.revocation, a.stamped_at, a.received_at, a.algorithms,"
    " a.asked, e.idx from anchor a"
)
_ROWS = _COLUMNS + " left join entry e on e.record_id = a.record_id"


async def claim(tx: Tx, now: int, lease: int) -> bool:
    """Take the turn to anchor for `lease` ms. A claim that lies further ahead than any lease is of a clock since moved
    back, and binds nobody."""
    taken = await tx.run(
        "update anchoring set claimed_until = $1 where claimed_until <= $2 or claimed_until > $3",
        now + lease,
        now,
        now + lease,
    )
    return taken == 1


async def release(tx: Tx, until: int) -> None:
    """End a claim early, so that the next turn can be taken from `until` on."""
    await tx.run("update anchoring set claimed_until = $1", until)


async def note_state(tx: Tx, failing_since: int, failure: str, clock_off: int) -> None:
    """How it went."""
    await tx.run(
        "update anchoring set failing_since = $1, failure = $2, clock_off = $3", failing_since, failure, clock_off
    )


async def read_state(reads: Reads) -> Anchoring:
    """How it goes."""
    row = await reads.one("select claimed_until, failing_since, failure, clock_off from anchoring")
    if row is None:
        raise RuntimeError("the row of anchoring is gone")
    return Anchoring(row["claimed_until"], row["failing_since"], row["failure"], row["clock_off"])


async def has_grown(reads: Reads, size: int) -> bool:
    """Whether anything but anchors stands from this index on: anchoring anchors is no reason to anchor again."""
    return (
        await reads.one("select 1 as there from entry where idx >= $1 and type <> 'anchor' limit 1", size) is not None
    )


async def waiting_since(reads: Reads) -> int | None:
    """When the first entry that no token covers got its place (ms), anchors apart; None when all are covered."""
    row = await reads.one(
        "select logged_at from entry where idx >= (select coalesce(max(size), 0) from anchor) and type <> 'anchor'"
        " order by idx limit 1"
    )
    return int(row["logged_at"]) if row else None


async def newest(reads: Reads) -> AnchorRow | None:
    """The token over the largest size."""
    row = await reads.one(_ROWS + " order by a.size desc, a.tsa limit 1")
    return AnchorRow.of(row) if row else None


async def add(tx: Tx, row: AnchorRow) -> bool:
    """Keep a token; False when this authority has stamped this size already."""
    added = await tx.run(
        "insert into anchor (size, tsa, record_id, stamped, token, revocation, stamped_at, received_at, algorithms,"
        " asked) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing",
        row.size,
        row.tsa,
        row.record_id,
        row.stamped,
        row.token,
        orjson.dumps(row.revocation).decode(),
        row.stamped_at,
        row.received_at,
        row.algorithms,
        int(row.asked),
    )
    return added == 1


async def add_material(tx: Tx, pieces: Sequence[tuple[str, str, bytes]]) -> None:
    """Keep (SHA-256, kind, bytes) of certificates, CRLs and OCSP answers, each once."""
    await tx.many("insert into anchor_material (sha256, kind, data) values ($1, $2, $3) on conflict do nothing", pieces)


async def material(reads: Reads, prints: Sequence[str]) -> list[tuple[str, str, bytes]]:
    """(SHA-256, kind, bytes) of these pieces, by SHA-256."""
    rows = await reads.all(
        f"select sha256, kind, data from anchor_material where sha256 {reads.among(1)} order by sha256", list(prints)
    )
    return [(row["sha256"], row["kind"], row["data"]) for row in rows]


async def above(reads: Reads, index: int) -> list[AnchorRow]:
    """The tokens of the first anchored size that holds the entry of this index; none while it is not anchored."""
    rows = await reads.all(
        _ROWS + " where a.size = (select min(size) from anchor where size > $1) order by a.stamped_at, a.tsa", index
    )
    return [AnchorRow.of(row) for row in rows]


async def first_alone(reads: Reads, size: int) -> AnchorRow | None:
    """The first token over this size or a larger one that was made when the policy asked for no witness."""
    row = await reads.one(
        _ROWS + " where a.size >= $1 and a.asked = 0 order by a.size, a.stamped_at, a.tsa limit 1", size
    )
    return AnchorRow.of(row) if row else None


async def below(reads: Reads, index: int) -> AnchorRow | None:
    """The token of the last anchor record below this index."""
    row = await reads.one(
        _COLUMNS + " join entry e on e.record_id = a.record_id where a.size < $1 and e.idx < $1"
        " order by a.size desc, e.idx desc limit 1",
        index,
    )
    return AnchorRow.of(row) if row else None


async def after_size(reads: Reads, size: int, limit: int) -> list[AnchorRow]:
    """Tokens over sizes beyond this one, by size; all of the last size, so a few more than the limit."""
    rows = await reads.all(
        _ROWS + " where a.size > $1 and a.size <= (select max(size) from"
        " (select size from anchor where size > $1 order by size limit $2) as few)"
        " order by a.size, a.tsa",
        size,
        limit,
    )
    return [AnchorRow.of(row) for row in rows]


async def of_records(reads: Reads, record_ids: Sequence[str]) -> list[AnchorRow]:
    """The tokens of these records, by size."""
    rows = await reads.all(_ROWS + f" where a.record_id {reads.among(1)} order by a.size, a.tsa", list(record_ids))
    return [AnchorRow.of(row) for row in rows]


async def first(reads: Reads) -> AnchorRow | None:
    """The first token of this log."""
    row = await reads.one(_ROWS + " order by a.size, a.stamped_at limit 1")
    return AnchorRow.of(row) if row else None


async def all_between(reads: Reads, start: int, end: int) -> list[AnchorRow]:
    """The tokens over sizes with start <= size < end, by size."""
    rows = await reads.all(_ROWS + " where a.size >= $1 and a.size < $2 order by a.size, a.tsa", start, end)
    return [AnchorRow.of(row) for row in rows]
