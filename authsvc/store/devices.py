"""Rows of device authorization requests (RFC 8628): every step is one conditional statement."""

from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx

OPEN = "pending"


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A request of a device; `pause` is the milliseconds that it must leave between two polls."""

    id: str
    device_hash: bytes
    user_mac: bytes
    client_id: str
    scopes: str
    state: str
    pause: int
    expires_at: int
    polled_at: int = 0
    grant_id: str | None = None
    id_token_claims: str = ""

    @classmethod
    def of(cls, row: Row) -> "DeviceRow":
        """From its row."""
        return cls(
            row["id"],
            bytes(row["device_hash"]),
            bytes(row["user_mac"]),
            row["client_id"],
            row["scopes"],
            row["state"],
            row["pause"],
            row["expires_at"],
            row["polled_at"],
            row["grant_id"],
            row["id_token_claims"],
        )


async def insert(tx: Tx, row: DeviceRow) -> bool:
    """A new request; False when its user code is taken at this moment."""
    changed = await tx.run(
        "insert into device_request (id, device_hash, user_mac, client_id, scopes, state, pause, expires_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        row.id,
        row.device_hash,
        row.user_mac,
        row.client_id,
        row.scopes,
        row.state,
        row.pause,
        row.expires_at,
    )
    return changed == 1


async def by_user_code(reads: Reads, user_mac: bytes, now: int) -> DeviceRow | None:
    """The pending request that this user code belongs to."""
    row = await reads.one(
        "select * from device_request where user_mac = $1 and state = 'pending' and expires_at > $2", user_mac, now
    )
    return DeviceRow.of(row) if row else None


async def by_id(reads: Reads, request: str) -> DeviceRow | None:
    """The request of this id."""
    row = await reads.one("select * from device_request where id = $1", request)
    return DeviceRow.of(row) if row else None


async def poll(tx: Tx, device_hash: bytes, client_id: str, now: int) -> tuple[DeviceRow, bool] | None:
    """Note a poll by the request's own client: (the request, whether it came too early). None for no such request.

    A poll that came too early makes the pause five seconds longer (RFC 8628 3.5). The two statements tell which it was:
    of polls at the same moment one is in time.
    """
    row = await tx.one(
        "update device_request set polled_at = $3 where device_hash = $1 and client_id = $2 and polled_at + pause <= $3"
        " returning *",
        device_hash,
        client_id,
        now,
    )
    if row is not None:
        return DeviceRow.of(row), False
    row = await tx.one(
        "update device_request set polled_at = $3, pause = pause + 5000 where device_hash = $1 and client_id = $2"
        " returning *",
        device_hash,
        client_id,
        now,
    )
    return (DeviceRow.of(row), True) if row is not None else None


async def approve(tx: Tx, request: str, grant: str, claims: str, now: int) -> bool:
    """The person agreed; False when the request has its answer, or its time is over."""
    changed = await tx.run(
        "update device_request set state = 'approved', grant_id = $2, id_token_claims = $3"
        " where id = $1 and state = 'pending' and expires_at > $4",
        request,
        grant,
        claims,
        now,
    )
    return changed == 1


async def deny(tx: Tx, request: str) -> bool:
    """The person did not agree."""
    changed = await tx.run("update device_request set state = 'denied' where id = $1 and state = 'pending'", request)
    return changed == 1


async def use(tx: Tx, request: str) -> bool:
    """Whether tokens may be issued for an approved request: to one caller alone, once."""
    changed = await tx.run("update device_request set state = 'used' where id = $1 and state = 'approved'", request)
    return changed == 1
