"""Rows of verifications of signed documents: whose they are, and which of them wait for a status; no text carried.

A try is claimed by one conditional statement, and falls due again when whoever claimed it died.
"""

from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx


@dataclass(frozen=True, slots=True)
class VerificationRow:
    """One verification: `id` is that of its first record, `records` the ids of all, in the order of the report.

    `state`: `final`; `waiting` (asked again at `next_try`, up to `give_up`, ms); `settled` by the verification `later`;
    `given_up`.
    """

    id: str
    client_id: str
    client_record: str
    records: tuple[str, ...]
    policy: str
    state: str = "final"
    tries: int = 0
    next_try: int = 0
    give_up: int = 0
    earlier: str = ""
    later: str = ""

    @classmethod
    def of(cls, row: Row) -> "VerificationRow":
        """From a row of `verification`."""
        return cls(
            row["id"],
            row["client_id"],
            row["client_record"],
            tuple(row["records"].split(" ")),
            row["policy"],
            row["state"],
            row["tries"],
            row["next_try"],
            row["give_up"],
            row["earlier"],
            row["later"],
        )


async def insert(tx: Tx, row: VerificationRow) -> None:
    """A verification in its first state."""
    await tx.run(
        "insert into verification (id, client_id, client_record, records, policy, state, next_try, give_up, earlier)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row.id,
        row.client_id,
        row.client_record,
        " ".join(row.records),
        row.policy,
        row.state,
        row.next_try,
        row.give_up,
        row.earlier,
    )


async def find(reads: Reads, verification_id: str) -> VerificationRow | None:
    """The verification of this id."""
    row = await reads.one("select * from verification where id = $1", verification_id)
    return VerificationRow.of(row) if row else None


async def is_due(reads: Reads, now: int) -> bool:
    """Whether any that waits is to be asked again."""
    return (
        await reads.one("select 1 as n from verification where state = 'waiting' and next_try <= $1", now) is not None
    )


async def claim(tx: Tx, now: int, until: int) -> VerificationRow | None:
    """One that is due, for the caller alone until then; its try is counted."""
    row = await tx.one(
        "update verification set tries = tries + 1, next_try = $2 where id = (select id from verification"
        " where state = 'waiting' and next_try <= $1 order by next_try limit 1) and state = 'waiting'"
        " and next_try <= $1 returning *",
        now,
        until,
    )
    return VerificationRow.of(row) if row else None


async def defer(tx: Tx, row: VerificationRow, next_try: int) -> None:
    """Not yet: the next try of one that was claimed."""
    await tx.run(
        "update verification set next_try = $3 where id = $1 and tries = $2 and state = 'waiting'",
        row.id,
        row.tries,
        next_try,
    )


async def end(tx: Tx, row: VerificationRow, state: str, later: str = "") -> bool:
    """`settled` by a later one, or `given_up`; False when somebody else was first."""
    return bool(
        await tx.run(
            "update verification set state = $3, later = $4 where id = $1 and tries = $2 and state = 'waiting'",
            row.id,
            row.tries,
            state,
            later,
        )
    )
