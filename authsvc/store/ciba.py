"""Rows of backchannel authentication requests (CIBA Core): every step is one conditional statement."""

from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx

OPEN = "pending"


@dataclass(frozen=True, slots=True)
class CibaRow:
    """A request; `sealed` is what was asked, `pause` the milliseconds that the client must leave between two polls."""

    id: str
    hash: bytes
    client_id: str
    account: str
    scopes: str
    sealed: bytes
    state: str
    pause: int
    expires_at: int
    grant_id: str | None = None
    id_token_claims: str = ""

    @classmethod
    def of(cls, row: Row) -> "CibaRow":
        """From its row."""
        return cls(
            row["id"],
            bytes(row["hash"]),
            row["client_id"],
            row["account"],
            row["scopes"],
            bytes(row["sealed"]),
            row["state"],
            row["pause"],
            row["expires_at"],
            row["grant_id"],
            row["id_token_claims"],
        )


async def insert(tx: Tx, row: CibaRow) -> None:
    """A new request."""
    await tx.run(
        "insert into ciba_request (id, hash, client_id, account, scopes, sealed, state, pause, expires_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row.id,
        row.hash,
        row.client_id,
        row.account,
        row.scopes,
        row.sealed,
        row.state,
        row.pause,
        row.expires_at,
    )


async def of_person(reads: Reads, request: str, account: str) -> CibaRow | None:
    """The request of this id, for its own person alone."""
    row = await reads.one("select * from ciba_request where id = $1 and account = $2", request, account)
    return CibaRow.of(row) if row else None


async def by_hash(reads: Reads, request_hash: bytes) -> CibaRow | None:
    """The request of this auth_req_id."""
    row = await reads.one("select * from ciba_request where hash = $1", request_hash)
    return CibaRow.of(row) if row else None


async def poll(tx: Tx, request_hash: bytes, client_id: str, now: int) -> tuple[CibaRow, bool] | None:
    """Note a poll by the request's own client: (the request, whether it came too early). None for no such request.

    A poll that came too early makes the pause five seconds longer (CIBA Core 11).
    """
    row = await tx.one(
        "update ciba_request set polled_at = $3 where hash = $1 and client_id = $2 and polled_at + pause <= $3"
        " returning *",
        request_hash,
        client_id,
        now,
    )
    if row is not None:
        return CibaRow.of(row), False
    row = await tx.one(
        "update ciba_request set polled_at = $3, pause = pause + 5000 where hash = $1 and client_id = $2 returning *",
        request_hash,
        client_id,
        now,
    )
    return (CibaRow.of(row), True) if row is not None else None


async def approve(tx: Tx, request: str, grant: str, claims: str, now: int) -> bool:
    """The person agreed; False when the request has its answer, or its time is over."""
    changed = await tx.run(
        "update ciba_request set state = 'approved', grant_id = $2, id_token_claims = $3"
        " where id = $1 and state = 'pending' and expires_at > $4",
        request,
        grant,
        claims,
        now,
    )
    return changed == 1


async def deny(tx: Tx, request: str) -> bool:
    """The person did not agree, or typed a wrong number: one is enough."""
    changed = await tx.run("update ciba_request set state = 'denied' where id = $1 and state = 'pending'", request)
    return changed == 1


async def use(tx: Tx, request: str) -> bool:
    """Whether tokens may be issued for an approved request: to one caller alone, once."""
    changed = await tx.run("update ciba_request set state = 'used' where id = $1 and state = 'approved'", request)
    return changed == 1
