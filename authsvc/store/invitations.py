"""Rows of invitations to enrol; no text carried. One is used by a conditional statement, once."""

from dataclasses import dataclass

from authsvc.store import Change, Reads, Row, Tx

OPEN, USED = "open", "used"


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """Who may enrol by a link; `client_id` is empty where no relying party invited them."""

    id: str
    hash: bytes
    client_id: str
    sealed: bytes
    state: str
    expires_at: int

    @classmethod
    def of(cls, row: Row) -> "InvitationRow":
        """From its row."""
        return cls(
            row["id"],
            bytes(row["hash"]),
            row["client_id"] or "",
            bytes(row["sealed"]),
            row["state"],
            int(row["expires_at"]),
        )


def to_insert(row: InvitationRow) -> Change:
    """What opens an invitation."""
    return (
        "insert into invitation (id, hash, client_id, sealed, state, expires_at) values ($1, $2, $3, $4, 'open', $5)",
        (row.id, row.hash, row.client_id or None, row.sealed, row.expires_at),
    )


async def by_hash(reads: Reads, token_hash: bytes) -> InvitationRow | None:
    """The invitation of this link, in whatever state."""
    row = await reads.one("select * from invitation where hash = $1", token_hash)
    return InvitationRow.of(row) if row else None


async def by_id(reads: Reads, name: str) -> InvitationRow | None:
    """The invitation of this id, in whatever state."""
    row = await reads.one("select * from invitation where id = $1", name)
    return InvitationRow.of(row) if row else None


async def use(tx: Tx, name: str, now: int) -> bool:
    """Use it up, and forget whom it invited; False when it was used, or its time is over."""
    changed = await tx.run(
        "update invitation set state = 'used', sealed = $3 where id = $1 and state = 'open' and expires_at > $2",
        name,
        now,
        b"",
    )
    return changed == 1


async def prune(tx: Tx, before: int) -> int:
    """Forget invitations that ended before."""
    return await tx.run("delete from invitation where expires_at < $1", before)
