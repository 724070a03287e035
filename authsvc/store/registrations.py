"""Rows of dynamic registration: initial access tokens, and what a client changes of itself (RFC 7591, 7592)."""

from authsvc.store import Reads, Tx
from authsvc.store.grants import RelyingPartyRow


async def add_initial_token(tx: Tx, token_hash: bytes, now: int, expires_at: int) -> None:
    """A token that opens registration until then."""
    await tx.run(
        "insert into initial_access_token (hash, created_at, expires_at) values ($1, $2, $3)",
        token_hash,
        now,
        expires_at,
    )


async def opens_registration(reads: Reads, token_hash: bytes, now: int) -> bool:
    """Whether this token opens registration now."""
    row = await reads.one(
        "select 1 as there from initial_access_token where hash = $1 and expires_at > $2 and ended_at is null",
        token_hash,
        now,
    )
    return row is not None


async def set_registration_token(tx: Tx, client_id: str, token_hash: bytes) -> None:
    """The token by which a client manages its registration."""
    await tx.run("update relying_party set registration_hash = $2 where id = $1", client_id, token_hash)


async def managed_by(reads: Reads, client_id: str, token_hash: bytes) -> RelyingPartyRow | None:
    """The relying party that this token manages, unless it is closed."""
    row = await reads.one(
        "select * from relying_party where id = $1 and registration_hash = $2 and disabled_at is null",
        client_id,
        token_hash,
    )
    return RelyingPartyRow.of(row) if row else None


async def change_party(tx: Tx, party: RelyingPartyRow, old_token: bytes, new_token: bytes) -> bool:
    """Write a registration anew; False when another change was first, which the old token shows."""
    changed = await tx.run(
        "update relying_party set auth_method = $2, secret_hash = $3, metadata = $4, record_id = $5,"
        " registration_hash = $6 where id = $1 and registration_hash = $7 and disabled_at is null",
        party.id,
        party.auth_method,
        party.secret_hash,
        party.metadata,
        party.record_id,
        new_token,
        old_token,
    )
    return changed == 1


async def close_party(tx: Tx, client_id: str, token: bytes, now: int) -> bool:
    """Close a relying party for good; False when it was closed, or the token changed."""
    changed = await tx.run(
        "update relying_party set disabled_at = $3, registration_hash = null"
        " where id = $1 and registration_hash = $2 and disabled_at is null",
        client_id,
        token,
        now,
    )
    return changed == 1


async def change_read_party(tx: Tx, party: RelyingPartyRow, old_record: str) -> bool:
    """Write a registration anew as the operator; False when another change was first, which the record shows."""
    changed = await tx.run(
        "update relying_party set auth_method = $2, secret_hash = $3, metadata = $4, record_id = $5"
        " where id = $1 and record_id = $6 and disabled_at is null",
        party.id,
        party.auth_method,
        party.secret_hash,
        party.metadata,
        party.record_id,
        old_record,
    )
    return changed == 1


async def close_read_party(tx: Tx, party: RelyingPartyRow, now: int) -> bool:
    """Close a relying party as the operator; False when it was closed or changed meanwhile."""
    changed = await tx.run(
        "update relying_party set disabled_at = $3, registration_hash = null"
        " where id = $1 and record_id = $2 and disabled_at is null",
        party.id,
        party.record_id,
        now,
    )
    return changed == 1
