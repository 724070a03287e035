"""Rows of a lost tail, read from another database of the same log and written into this one (evidence/log.py).

Values stay sealed on the way. What is there already is left as it is.
"""

from collections.abc import Sequence

from authsvc.store import Arg, Reads, Tx

OF_RECORDS = ("disclosure", "blob")
OF_PERSONS = ("wrap_epoch", "subject_key", "blind_index")
OF_SIZES = ("cosignature", "anchor")
OF_RENEWALS = ("renewal", "renewed", "renewed_again")
SAFE = 500
"""Record ids in one statement."""

Rows = list[dict[str, Arg]]


async def of_records(reads: Reads, record_ids: Sequence[str]) -> dict[str, Rows]:
    """Sealed values of these records, by table."""
    found: dict[str, Rows] = {}
    for table in OF_RECORDS:
        rows: Rows = []
        for at in range(0, len(record_ids), SAFE):
            part = list(record_ids[at : at + SAFE])
            rows += [
                dict(row) for row in await reads.all(f"select * from {table} where record_id {reads.among(1)}", part)
            ]
        found[table] = rows
    return found


async def of_persons(reads: Reads) -> dict[str, Rows]:
    """Every person's wrapped key and names, in an order in which they can be written."""
    return {table: [dict(row) for row in await reads.all(f"select * from {table}")] for table in OF_PERSONS}


async def of_sizes(reads: Reads, low: int) -> dict[str, Rows]:
    """Cosignatures and anchors over trees larger than `low`, and the anchors' material."""
    found = {
        table: [dict(row) for row in await reads.all(f"select * from {table} where size > $1", low)]
        for table in OF_SIZES
    }
    found["anchor_material"] = [dict(row) for row in await reads.all("select * from anchor_material")]
    return found


async def of_renewals(reads: Reads, record_ids: Sequence[str]) -> dict[str, Rows]:
    """The renewals of these records, and what they renew."""
    found: dict[str, Rows] = {table: [] for table in OF_RENEWALS}
    for at in range(0, len(record_ids), SAFE):
        part = list(record_ids[at : at + SAFE])
        for table in OF_RENEWALS:
            rows = await reads.all(
                f"select * from {table} where number in (select number from renewal where record_id {reads.among(1)})",
                part,
            )
            found[table] += [dict(row) for row in rows]
    return found


async def chains(reads: Reads) -> list[tuple[str, int, str]]:
    """(person's handle, number, leaf) of every chain."""
    return [(row["subject"], row["number"], row["leaf"]) for row in await reads.all("select * from chain")]


async def add(tx: Tx, table: str, rows: Rows) -> None:
    """Write rows that are not there yet."""
    if rows:
        columns = list(rows[0])
        places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        await tx.many(
            f"insert into {table} ({', '.join(columns)}) values ({places}) on conflict do nothing",
            [[row[column] for column in columns] for row in rows],
        )


async def lengthen_chains(tx: Tx, links: Sequence[tuple[str, int, str]]) -> None:
    """Persons' chains go on from the larger number."""
    await tx.many(
        "insert into chain (subject, number, leaf) values ($1, $2, $3)"
        " on conflict (subject) do update set number = excluded.number, leaf = excluded.leaf"
        " where chain.number < excluded.number",
        links,
    )


async def staged_among(tx: Tx, record_ids: Sequence[str]) -> list[str]:
    """Which of these records wait here for a place that they have had already."""
    found: list[str] = []
    for at in range(0, len(record_ids), SAFE):
        part = list(record_ids[at : at + SAFE])
        found += [
            row["record_id"]
            for row in await tx.all(f"select record_id from staged where record_id {tx.among(1)}", part)
        ]
    return found
