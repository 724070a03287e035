"""Rows of relying parties, authorization codes and the grants behind their tokens (RFC 6749 4.1.2, RFC 9700 2.1.1).

A code is found by its SHA-256 and redeemed by one conditional statement that also names client, redirect URI and PKCE
challenge; there is no read before that write.
"""

from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx


@dataclass(frozen=True, slots=True)
class RelyingPartyRow:
    """A registered relying party; `metadata` is the JSON that oidc/clients.py reads."""

    id: str
    auth_method: str
    secret_hash: bytes
    metadata: str
    record_id: str
    created_at: int
    disabled: bool

    @classmethod
    def of(cls, row: Row) -> "RelyingPartyRow":
        """From a row of `relying_party`."""
        return cls(
            row["id"],
            row["auth_method"],
            bytes(row["secret_hash"]),
            row["metadata"],
            row["record_id"],
            row["created_at"],
            row["disabled_at"] is not None,
        )


@dataclass(frozen=True, slots=True)
class GrantRow:
    """What one authorization gave: all tokens issued for it end with it."""

    id: str
    client_id: str
    account: str
    sid: str
    scopes: str
    claims: str
    """Userinfo claims asked for one by one, separated by blanks."""
    created_at: int
    expires_at: int

    @classmethod
    def of(cls, row: Row) -> "GrantRow":
        """From a row of `code_grant`."""
        return cls(
            row["id"],
            row["client_id"],
            row["account"],
            row["sid"],
            row["scopes"],
            row["claims"],
            row["created_at"],
            row["expires_at"],
        )


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One authorization code; `id_token_claims` is the JSON of what the ID token will say about the login."""

    hash: bytes
    grant_id: str
    client_id: str
    redirect_uri: str
    challenge: str
    id_token_claims: str
    expires_at: int


async def insert_relying_party(tx: Tx, party: RelyingPartyRow) -> bool:
    """False when the id is taken."""
    changed = await tx.run(
        "insert into relying_party (id, auth_method, secret_hash, metadata, record_id, created_at)"
        " values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        party.id,
        party.auth_method,
        party.secret_hash,
        party.metadata,
        party.record_id,
        party.created_at,
    )
    return changed == 1


async def relying_party(reads: Reads, client_id: str) -> RelyingPartyRow | None:
    """The relying party of this client_id, also a disabled one."""
    row = await reads.one("select * from relying_party where id = $1", client_id)
    return RelyingPartyRow.of(row) if row else None


async def insert_grant(tx: Tx, grant: GrantRow, code: CodeRow) -> None:
    """A grant, and the code that redeems it."""
    await tx.run(
        "insert into code_grant (id, client_id, account, sid, scopes, claims, created_at, expires_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)",
        grant.id,
        grant.client_id,
        grant.account,
        grant.sid,
        grant.scopes,
        grant.claims,
        grant.created_at,
        grant.expires_at,
    )
    await tx.run(
        "insert into code (hash, grant_id, client_id, redirect_uri, challenge, id_token_claims, expires_at)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        code.hash,
        code.grant_id,
        code.client_id,
        code.redirect_uri,
        code.challenge,
        code.id_token_claims,
        code.expires_at,
    )


async def redeem_code(
    tx: Tx, code_hash: bytes, client_id: str, redirect_uri: str, challenge: str, now: int
) -> tuple[str, str] | None:
    """(grant id, id_token_claims) to one caller alone; None when anything does not fit or the code was used."""
    row = await tx.one(
        "update code set used_at = $5 where hash = $1 and client_id = $2 and redirect_uri = $3 and challenge = $4"
        " and expires_at > $5 and used_at is null returning grant_id, id_token_claims",
        code_hash,
        client_id,
        redirect_uri,
        challenge,
        now,
    )
    return (row["grant_id"], row["id_token_claims"]) if row else None


async def end_replayed(tx: Tx, code_hash: bytes, client_id: str, now: int) -> bool:
    """End the grant of a code that its own client presents again after its use; False when it is no such code."""
    changed = await tx.run(
        "update code_grant set ended_at = $3 where ended_at is null and id in"
        " (select grant_id from code where hash = $1 and client_id = $2 and used_at is not null)",
        code_hash,
        client_id,
        now,
    )
    return changed == 1


async def grant_alive(reads: Reads, grant: str, now: int) -> GrantRow | None:
    """The grant, if it has not ended and its session, account and relying party still stand."""
    row = await reads.one(
        "select code_grant.* from code_grant join session on session.sid = code_grant.sid"
        " join account on account.id = code_grant.account"
        " join relying_party on relying_party.id = code_grant.client_id"
        " where code_grant.id = $1 and code_grant.ended_at is null and relying_party.disabled_at is null"
        " and code_grant.expires_at > $2 and session.ended_at is null and session.expires_at > $2"
        " and account.state = 'active'",
        grant,
        now,
    )
    return GrantRow.of(row) if row else None


async def end_grants_of_consent(tx: Tx, account: str, client_id: str, now: int) -> int:
    """End all grants of a person to a relying party; their number."""
    return await tx.run(
        "update code_grant set ended_at = $3 where account = $1 and client_id = $2 and ended_at is null",
        account,
        client_id,
        now,
    )


async def prune_grants(tx: Tx, now: int) -> int:
    """Drop grants whose tokens have all expired, with their codes: until then a replay must be seen."""
    await tx.run("delete from code where grant_id in (select id from code_grant where expires_at < $1)", now)
    return await tx.run("delete from code_grant where expires_at < $1", now)
