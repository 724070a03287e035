"""Rows of sessions and of refused logins; no text carried.

A session is found by the SHA-256 of its token, so the table opens no session to its reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A signed-in browser; the token itself is in its cookie alone."""

    token_hash: bytes
    sid: str
    account: str
    sub: str
    """The account's own, read with the row."""
    methods: str
    """JSON: the methods accepted in this session, each with its time."""
    record_id: str
    authenticated_at: int
    seen_at: int
    idle_until: int
    expires_at: int

    @classmethod
    def of(cls, row: Row) -> "SessionRow":
        """From a row of `_SESSION`."""
        return cls(*row)


_SESSION = (
    "select token_hash, sid, account, account.sub, methods, record_id, authenticated_at, seen_at, idle_until,"
    " expires_at from session join account on account.id = session.account"
)
_ALIVE = (
    f"{_SESSION} where token_hash = $1"
    " and ended_at is null and idle_until > $2 and expires_at > $2 and account.state = 'active'"
)


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refused tries of one account, summed; times are milliseconds."""

    tries: int
    first_try: int
    last_try: int


async def insert_session(tx: Tx, session: SessionRow) -> None:
    """A new session."""
    await tx.run(
        "insert into session (token_hash, sid, account, methods, record_id, authenticated_at, seen_at, idle_until,"
        " expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        session.token_hash,
        session.sid,
        session.account,
        session.methods,
        session.record_id,
        session.authenticated_at,
        session.seen_at,
        session.idle_until,
        session.expires_at,
    )


async def session_alive(reads: Reads, token_hash: bytes, now: int) -> SessionRow | None:
    """The session of this token, unless it ended, idled out or passed its limit, or its account is not active."""
    row = await reads.one(_ALIVE, token_hash, now)
    return SessionRow.of(row) if row else None


async def renew_session(tx: Tx, old_hash: bytes, session: SessionRow) -> str | None:
    """Give the same person's living session a new token and what was accepted now; its sid, or None."""
    row = await tx.one(
        "update session set token_hash = $2, methods = $4, record_id = $5, authenticated_at = $6, seen_at = $7,"
        " idle_until = $8, expires_at = $9 where token_hash = $1 and account = $3 and ended_at is null returning sid",
        old_hash,
        session.token_hash,
        session.account,
        session.methods,
        session.record_id,
        session.authenticated_at,
        session.seen_at,
        session.idle_until,
        session.expires_at,
    )
    return str(row["sid"]) if row else None


async def touch_session(tx: Tx, token_hash: bytes, now: int, idle_until: int) -> None:
    """The person was seen; an ended session stays ended."""
    await tx.run(
        "update session set seen_at = $2, idle_until = $3 where token_hash = $1 and ended_at is null and seen_at < $2",
        token_hash,
        now,
        idle_until,
    )


async def end_session(tx: Tx, token_hash: bytes, now: int) -> str | None:
    """End the session; its sid, or None when it was over already."""
    row = await tx.one(
        "update session set ended_at = $2 where token_hash = $1 and ended_at is null returning sid", token_hash, now
    )
    return str(row["sid"]) if row else None


async def sessions_of(reads: Reads, account: str, now: int) -> list[SessionRow]:
    """The living sessions of an account, that seen last first."""
    rows = await reads.all(
        f"{_SESSION} where account = $1"
        " and ended_at is null and idle_until > $2 and expires_at > $2 order by seen_at desc, sid",
        account,
        now,
    )
    return [SessionRow.of(row) for row in rows]


async def end_session_of(tx: Tx, account: str, sid: str, now: int) -> bool:
    """End this session of this account; False when it was over already, or is another's."""
    changed = await tx.run(
        "update session set ended_at = $3 where sid = $2 and account = $1 and ended_at is null", account, sid, now
    )
    return changed == 1


async def sid_alive(reads: Reads, sid: str, now: int) -> bool:
    """Whether the session that tokens call `sid` still stands (idleness does not end tokens)."""
    row = await reads.one(
        "select 1 as found from session where sid = $1 and ended_at is null and expires_at > $2", sid, now
    )
    return row is not None


async def note_refusal(tx: Tx, account: str, login_id: str, quarter: int, now: int) -> None:
    """One refused try more of this login, in this quarter of an hour."""
    await tx.run(
        "insert into login_refusal (account, login_id, quarter, tries, first_try, last_try)"
        " values ($1, $2, $3, 1, $4, $4)"
        " on conflict (account, login_id, quarter) do update set tries = login_refusal.tries + 1,"
        " last_try = excluded.last_try",
        account,
        login_id,
        quarter,
        now,
    )


async def note_stranger(tx: Tx, quarter: int) -> None:
    """One refused try for a login name that nobody has: a counter, and the same work as for a known one."""
    await tx.run(
        "insert into stranger_refusal (quarter, tries) values ($1, 1)"
        " on conflict (quarter) do update set tries = stranger_refusal.tries + 1",
        quarter,
    )


async def take_refusals_of_login(tx: Tx, account: str, login_id: str) -> Refusals | None:
    """The refused tries of a login that was then accepted: they are in its record, so no longer in the sum."""
    rows = await tx.all(
        "delete from login_refusal where account = $1 and login_id = $2 returning tries, first_try, last_try",
        account,
        login_id,
    )
    return _summed(rows)


async def take_refusals_of_quarter(tx: Tx, account: str, quarter: int) -> Refusals | None:
    """All refused tries of an account in one quarter of an hour, once: for the record of that quarter."""
    rows = await tx.all(
        "delete from login_refusal where account = $1 and quarter = $2 returning tries, first_try, last_try",
        account,
        quarter,
    )
    return _summed(rows)


async def quarters_before(reads: Reads, quarter: int, limit: int) -> list[tuple[str, int]]:
    """(account, quarter) of refused tries whose quarter is over, oldest first."""
    rows = await reads.all(
        "select distinct account, quarter from login_refusal where quarter < $1 order by quarter, account limit $2",
        quarter,
        limit,
    )
    return [(row["account"], row["quarter"]) for row in rows]


def _summed(rows: Sequence[Row]) -> Refusals | None:
    if not rows:
        return None
    return Refusals(
        sum(row["tries"] for row in rows), min(row["first_try"] for row in rows), max(row["last_try"] for row in rows)
    )
