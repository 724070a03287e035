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
    offline: bool = False
    """Whether its tokens outlive the session (OIDC Core 11)."""
    details: str = ""
    """JSON of the authorization details granted (RFC 9396), empty for none."""

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
            bool(row["offline"]),
            row["details"],
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
    jkt: str = ""
    """Thumbprint of the key that alone may redeem it (RFC 9449 10), empty for any."""


@dataclass(frozen=True, slots=True)
class RefreshRow:
    """One refresh token; `jkt` is the thumbprint of the key that it is bound to, empty for none."""

    hash: bytes
    grant_id: str
    client_id: str
    scopes: str
    id_token_claims: str
    jkt: str
    expires_at: int

    @classmethod
    def of(cls, row: Row) -> "RefreshRow":
        """From a row of `refresh_token`."""
        return cls(
            bytes(row["hash"]),
            row["grant_id"],
            row["client_id"],
            row["scopes"],
            row["id_token_claims"],
            row["jkt"],
            row["expires_at"],
        )


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


async def every_relying_party(reads: Reads) -> list[RelyingPartyRow]:
    """All of them by id, also disabled ones."""
    return [RelyingPartyRow.of(row) for row in await reads.all("select * from relying_party order by id")]


async def insert_grant(tx: Tx, grant: GrantRow, code: CodeRow | None = None) -> None:
    """A grant, and the code that redeems it where it has one."""
    await tx.run(
        "insert into code_grant (id, client_id, account, sid, scopes, claims, created_at, expires_at, offline, details)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        grant.id,
        grant.client_id,
        grant.account,
        grant.sid,
        grant.scopes,
        grant.claims,
        grant.created_at,
        grant.expires_at,
        int(grant.offline),
        grant.details,
    )
    if code is not None:
        await tx.run(
            "insert into code (hash, grant_id, client_id, redirect_uri, challenge, id_token_claims, expires_at, jkt)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8)",
            code.hash,
            code.grant_id,
            code.client_id,
            code.redirect_uri,
            code.challenge,
            code.id_token_claims,
            code.expires_at,
            code.jkt,
        )


async def redeem_code(
    tx: Tx, code_hash: bytes, client_id: str, redirect_uri: str, challenge: str, jkt: str, now: int
) -> tuple[str, str] | None:
    """(grant id, id_token_claims) to one caller alone; None when anything does not fit or the code was used."""
    row = await tx.one(
        "update code set used_at = $6 where hash = $1 and client_id = $2 and redirect_uri = $3 and challenge = $4"
        " and (jkt = '' or jkt = $5) and expires_at > $6 and used_at is null returning grant_id, id_token_claims",
        code_hash,
        client_id,
        redirect_uri,
        challenge,
        jkt,
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
    """The grant, if it has not ended and its account and relying party still stand; its session too, unless offline."""
    row = await reads.one("select code_grant.*" + _ALIVE, grant, now)
    return GrantRow.of(row) if row else None


async def grant_with_metadata(reads: Reads, grant: str, now: int) -> tuple[GrantRow, str] | None:
    """The same, and what its relying party is registered with: userinfo needs both, and asks once."""
    row = await reads.one("select code_grant.*, relying_party.metadata" + _ALIVE, grant, now)
    return (GrantRow.of(row), row["metadata"]) if row else None


_ALIVE = (
    " from code_grant left join session on session.sid = code_grant.sid"
    " join account on account.id = code_grant.account"
    " join relying_party on relying_party.id = code_grant.client_id"
    " where code_grant.id = $1 and code_grant.ended_at is null and relying_party.disabled_at is null"
    " and code_grant.expires_at > $2 and account.state = 'active'"
    " and (code_grant.offline = 1 or (session.ended_at is null and session.expires_at > $2))"
)


async def end_grant(tx: Tx, grant: str, now: int) -> bool:
    """End a grant with all its tokens; False when it has ended already."""
    changed = await tx.run("update code_grant set ended_at = $2 where id = $1 and ended_at is null", grant, now)
    return changed == 1


async def insert_refresh_token(tx: Tx, token: RefreshRow) -> None:
    """A new refresh token; its grant lives as long as it does."""
    await tx.together(
        (
            _INSERT_REFRESH,
            (
                token.hash,
                token.grant_id,
                token.client_id,
                token.scopes,
                token.id_token_claims,
                token.jkt,
                token.expires_at,
            ),
        ),
        (
            "update code_grant set expires_at = $2 where id = $1 and expires_at < $2",
            (token.grant_id, token.expires_at),
        ),
    )


_INSERT_REFRESH = (
    "insert into refresh_token (hash, grant_id, client_id, scopes, id_token_claims, jkt, expires_at)"
    " values ($1, $2, $3, $4, $5, $6, $7)"
)


async def use_refresh_token(tx: Tx, token_hash: bytes, client_id: str, jkt: str, now: int) -> RefreshRow | None:
    """The token to one caller alone, once; None when anything does not fit or it was used."""
    row = await tx.one(
        "update refresh_token set used_at = $4 where hash = $1 and client_id = $2 and (jkt = '' or jkt = $3)"
        " and expires_at > $4 and used_at is null returning *",
        token_hash,
        client_id,
        jkt,
        now,
    )
    return RefreshRow.of(row) if row else None


async def prolong_refresh_token(
    tx: Tx, token_hash: bytes, client_id: str, jkt: str, now: int, until: int
) -> RefreshRow | None:
    """The token of a client whose tokens don't rotate, good until then; None when anything does not fit."""
    row = await tx.one(
        "update refresh_token set expires_at = $5 where hash = $1 and client_id = $2 and (jkt = '' or jkt = $3)"
        " and expires_at > $4 and used_at is null returning *",
        token_hash,
        client_id,
        jkt,
        now,
        until,
    )
    if row is None:
        return None
    await tx.run("update code_grant set expires_at = $2 where id = $1 and expires_at < $2", row["grant_id"], until)
    return RefreshRow.of(row)


async def end_reused(tx: Tx, token_hash: bytes, client_id: str, now: int) -> bool:
    """End the family of a refresh token that its own client presents again after its use; no other family."""
    changed = await tx.run(
        "update code_grant set ended_at = $3 where ended_at is null and id in"
        " (select grant_id from refresh_token where hash = $1 and client_id = $2 and used_at is not null)",
        token_hash,
        client_id,
        now,
    )
    return changed == 1


async def refresh_token(reads: Reads, token_hash: bytes) -> RefreshRow | None:
    """A refresh token that was not used yet."""
    row = await reads.one("select * from refresh_token where hash = $1 and used_at is null", token_hash)
    return RefreshRow.of(row) if row else None


async def revoke_token(tx: Tx, jti: str, expires_at: int) -> None:
    """An access token is over before its time."""
    await tx.run("insert into revoked_token (jti, expires_at) values ($1, $2) on conflict do nothing", jti, expires_at)


async def revoked_tokens(reads: Reads, now: int) -> frozenset[str]:
    """The `jti` of every token that was ended and would not have expired yet."""
    return frozenset(row["jti"] for row in await reads.all("select jti from revoked_token where expires_at > $1", now))


async def clients_of_session(reads: Reads, sid: str) -> list[str]:
    """The relying parties that got tokens in this session."""
    rows = await reads.all("select distinct client_id from code_grant where sid = $1 order by client_id", sid)
    return [row["client_id"] for row in rows]


async def end_grants_of_consent(tx: Tx, account: str, client_id: str, now: int) -> int:
    """End all grants of a person to a relying party; their number."""
    return await tx.run(
        "update code_grant set ended_at = $3 where account = $1 and client_id = $2 and ended_at is null",
        account,
        client_id,
        now,
    )


async def push_request(tx: Tx, request_hash: bytes, client_id: str, sealed: bytes, expires_at: int) -> None:
    """Keep a pushed authorization request, sealed."""
    await tx.run(
        "insert into pushed_request (hash, client_id, sealed, expires_at) values ($1, $2, $3, $4)",
        request_hash,
        client_id,
        sealed,
        expires_at,
    )


async def pushed_request(reads: Reads, request_hash: bytes, client_id: str, now: int) -> bytes | None:
    """A pushed request of this client that was not used yet."""
    row = await reads.one(
        "select sealed from pushed_request where hash = $1 and client_id = $2 and expires_at > $3 and used_at is null",
        request_hash,
        client_id,
        now,
    )
    return bytes(row["sealed"]) if row else None


async def use_pushed_request(tx: Tx, request_hash: bytes, now: int) -> bool:
    """Whether the request may be answered: once, and to one caller alone."""
    changed = await tx.run(
        "update pushed_request set used_at = $2 where hash = $1 and used_at is null", request_hash, now
    )
    return changed == 1
