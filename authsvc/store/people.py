"""Rows of accounts, factors and consents; no text carried.

Sealed columns stay sealed here: accounts.py and factors.py hold the keys' purposes. A TOTP step is claimed by one
conditional statement.
"""

from dataclasses import dataclass, fields

from authsvc.keys import unb64url
from authsvc.store import Reads, Row, Tx


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One person's account; `sealed` holds IIN, name and address, bound to the id."""

    id: str
    login: str
    subject: bytes
    """The person's handle in the evidence, as bytes."""
    sub: str
    sealed: bytes
    locale: str
    state: str
    failures: int
    created_at: int

    @classmethod
    def of(cls, row: Row) -> "AccountRow":
        """From a row of `_ACCOUNT`."""
        return cls(*row)


_ACCOUNT = ", ".join(f"account.{field.name}" for field in fields(AccountRow))
_BY_ID = f"select {_ACCOUNT} from account where id = $1"
_KNOWN = (
    f"select relying_party.metadata, {_ACCOUNT} from relying_party left join account on account.sub = $1"
    " and exists (select 1 from consent where account = account.id and client_id = relying_party.id and until > $3)"
    " where relying_party.id = $2"
)


@dataclass(frozen=True, slots=True)
class FactorRow:
    """One enrolment of an authenticator; `record_id` is its `credential` record."""

    id: str
    account: str
    method: str
    version: int
    sealed: bytes
    last_step: int
    state: str
    record_id: str
    enrolled_at: int
    lookup: bytes | None = None
    """What a factor that is shown without a login name is found by."""

    @classmethod
    def of(cls, row: Row) -> "FactorRow":
        """From a row of `factor`."""
        return cls(
            row["id"],
            row["account"],
            row["method"],
            row["version"],
            bytes(row["sealed"]),
            row["last_step"],
            row["state"],
            row["record_id"],
            row["enrolled_at"],
            None if row["lookup"] is None else bytes(row["lookup"]),
        )


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """What a person let a relying party have; scopes are separated by blanks."""

    scopes: str
    record_id: str
    given_at: int
    until: int

    @classmethod
    def of(cls, row: Row) -> "ConsentRow":
        """From a row of `consent`."""
        return cls(row["scopes"], row["record_id"], row["given_at"], row["until"])


async def insert_account(tx: Tx, account: AccountRow) -> bool:
    """False when the login name or the person has an account already."""
    changed = await tx.run(
        "insert into account (id, login, subject, sub, sealed, locale, state, failures, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        account.id,
        account.login,
        account.subject,
        account.sub,
        account.sealed,
        account.locale,
        account.state,
        account.failures,
        account.created_at,
    )
    return changed == 1


async def account_by_id(reads: Reads, account: str) -> AccountRow | None:
    """The account of this id."""
    row = await reads.one(_BY_ID, account)
    return AccountRow.of(row) if row else None


async def account_by_login(reads: Reads, login: str) -> AccountRow | None:
    """The account of this login name, as it is stored."""
    row = await reads.one(f"select {_ACCOUNT} from account where login = $1", login)
    return AccountRow.of(row) if row else None


async def account_by_handle(reads: Reads, handle: str) -> AccountRow | None:
    """The account of the person of this handle in the evidence."""
    row = await reads.one(f"select {_ACCOUNT} from account where subject = $1", unb64url(handle))
    return AccountRow.of(row) if row else None


async def insert_factor(tx: Tx, factor: FactorRow) -> None:
    """A new factor of an existing account."""
    await tx.run(
        "insert into factor (id, account, method, version, sealed, last_step, state, record_id, enrolled_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        factor.id,
        factor.account,
        factor.method,
        factor.version,
        factor.sealed,
        factor.last_step,
        factor.state,
        factor.record_id,
        factor.enrolled_at,
    )


async def index_address(tx: Tx, mac: bytes, account: str) -> None:
    """Let this keyed digest of an address find the account."""
    await tx.run("insert into address_index (mac, account) values ($1, $2) on conflict do nothing", mac, account)


async def account_by_address(reads: Reads, mac: bytes) -> str | None:
    """The account of this address; None where there is none, or more than one, so that nobody is taken for another."""
    rows = await reads.all("select account from address_index where mac = $1 limit 2", mac)
    return str(rows[0]["account"]) if len(rows) == 1 else None


async def factors_of(reads: Reads, account: str) -> list[FactorRow]:
    """The active factors of an account, oldest first."""
    rows = await reads.all(
        "select * from factor where account = $1 and state = 'active' order by enrolled_at, id", account
    )
    return [FactorRow.of(row) for row in rows]


async def add_factor(tx: Tx, factor: FactorRow, most: int) -> bool:
    """A new factor that is found by its `lookup`; False when that is known, or the account has so many of its kind."""
    changed = await tx.run(
        "insert into factor (id, account, method, version, sealed, last_step, state, record_id, enrolled_at, lookup)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing",
        factor.id,
        factor.account,
        factor.method,
        factor.version,
        factor.sealed,
        factor.last_step,
        factor.state,
        factor.record_id,
        factor.enrolled_at,
        factor.lookup,
    )
    row = await tx.one(
        "select count(*) as number from factor where account = $1 and method = $2 and state <> 'revoked'",
        factor.account,
        factor.method,
    )
    return changed == 1 and row is not None and int(row["number"]) <= most


async def factor_by_lookup(reads: Reads, lookup: bytes) -> FactorRow | None:
    """The factor, in whatever state, that is found by this."""
    row = await reads.one("select * from factor where lookup = $1", lookup)
    return FactorRow.of(row) if row else None


async def kept_factors(reads: Reads, account: str, method: str) -> list[FactorRow]:
    """The factors of one method that are not revoked, suspended ones too, oldest first."""
    rows = await reads.all(
        "select * from factor where account = $1 and method = $2 and state <> 'revoked' order by enrolled_at, id",
        account,
        method,
    )
    return [FactorRow.of(row) for row in rows]


async def change_factor_state(tx: Tx, factor: str, account: str, before: str, after: str) -> bool:
    """From one state to another, once; False when it is not (or no longer) in the first. The lookup stays taken."""
    changed = await tx.run(
        "update factor set state = $4 where id = $1 and account = $2 and state = $3", factor, account, before, after
    )
    return changed == 1


async def retire_factor(tx: Tx, factor: str, account: str, before: str) -> bool:
    """Revoke it and let its lookup go, so that the same certificate may be added anew; False where it changed."""
    changed = await tx.run(
        "update factor set state = 'revoked', lookup = null where id = $1 and account = $2 and state = $3",
        factor,
        account,
        before,
    )
    return changed == 1


async def reseal_factor(tx: Tx, factor: str, account: str, before: bytes, sealed: bytes) -> bool:
    """Other sealed content, by compare-and-set."""
    changed = await tx.run(
        "update factor set sealed = $4 where id = $1 and account = $2 and sealed = $3 and state <> 'revoked'",
        factor,
        account,
        before,
        sealed,
    )
    return changed == 1


async def change_secret(tx: Tx, factor: str, version: int, sealed: bytes, step: int) -> bool:
    """Another secret of an active factor, whose version goes up; False when it is no longer in this version."""
    changed = await tx.run(
        "update factor set sealed = $3, last_step = $4, version = version + 1"
        " where id = $1 and version = $2 and state = 'active'",
        factor,
        version,
        sealed,
        step,
    )
    return changed == 1


async def every_factor(reads: Reads, account: str) -> list[FactorRow]:
    """The factors of an account that are not revoked, suspended ones too, oldest first."""
    rows = await reads.all(
        "select * from factor where account = $1 and state <> 'revoked' order by enrolled_at, id", account
    )
    return [FactorRow.of(row) for row in rows]


async def reseal_account(tx: Tx, account: str, sealed: bytes) -> None:
    """Other content of an account: another address."""
    await tx.run("update account set sealed = $2 where id = $1", account, sealed)


async def end_grants(tx: Tx, account: str, now: int) -> None:
    """End everything that tokens of this account stand on."""
    await tx.run("update code_grant set ended_at = $2 where account = $1 and ended_at is null", account, now)


async def set_locale(tx: Tx, account: str, locale: str) -> None:
    """The language of the person's messages."""
    await tx.run("update account set locale = $2 where id = $1", account, locale)


async def end_other_sessions(tx: Tx, account: str, sid: str, now: int) -> None:
    """End all sessions of an account but this one."""
    await tx.run(
        "update session set ended_at = $3 where account = $1 and sid <> $2 and ended_at is null", account, sid, now
    )


async def claim_step(tx: Tx, factor: str, step: int) -> bool:
    """Take this TOTP step and all before it; False when it was taken before, or the factor is no longer active."""
    changed = await tx.run(
        "update factor set last_step = $2 where id = $1 and last_step < $2 and state = 'active'", factor, step
    )
    return changed == 1


async def hold_factor(tx: Tx, factor: str, version: int) -> bool:
    """Whether the factor still stands in the version that was judged; if so its row is locked until the commit."""
    changed = await tx.run(
        "update factor set version = version where id = $1 and version = $2 and state = 'active'", factor, version
    )
    return changed == 1


async def is_account_active(reads: Reads, account: str) -> bool:
    """Whether the account may act: it is there, and not frozen."""
    return await reads.one("select 1 as there from account where id = $1 and state = 'active'", account) is not None


async def count_failure(tx: Tx, account: str) -> int:
    """One failed login more; the number in a row."""
    row = await tx.one("update account set failures = failures + 1 where id = $1 returning failures", account)
    return int(row["failures"]) if row else 0


async def failures_of(reads: Reads, account: str) -> int:
    """Failed logins in a row."""
    row = await reads.one("select failures from account where id = $1", account)
    return int(row["failures"]) if row else 0


async def forgive(tx: Tx, account: str) -> None:
    """A person decided that the account is not closed: its failures begin anew."""
    await tx.run("update account set failures = 0 where id = $1", account)


async def pass_login(tx: Tx, account: str, below: int) -> bool:
    """Clear the failures of an active account that has fewer than `below` in a row; False when it may not sign in."""
    changed = await tx.run(
        "update account set failures = 0 where id = $1 and state = 'active' and failures < $2", account, below
    )
    return changed == 1


async def consent_of(reads: Reads, account: str, client_id: str, now: int) -> ConsentRow | None:
    """The consent that stands, or None."""
    row = await reads.one(
        "select * from consent where account = $1 and client_id = $2 and until > $3", account, client_id, now
    )
    return ConsentRow.of(row) if row else None


async def consents_of(reads: Reads, account: str, now: int) -> dict[str, ConsentRow]:
    """The consents of an account that stand, by client id."""
    rows = await reads.all("select * from consent where account = $1 and until > $2 order by client_id", account, now)
    return {row["client_id"]: ConsentRow.of(row) for row in rows}


async def put_consent(tx: Tx, account: str, client_id: str, consent: ConsentRow) -> None:
    """The consent in place of an earlier one."""
    await tx.run(
        "insert into consent (account, client_id, scopes, record_id, given_at, until) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (account, client_id) do update set scopes = excluded.scopes, record_id = excluded.record_id,"
        " given_at = excluded.given_at, until = excluded.until",
        account,
        client_id,
        consent.scopes,
        consent.record_id,
        consent.given_at,
        consent.until,
    )


async def drop_consent(tx: Tx, account: str, client_id: str) -> ConsentRow | None:
    """Withdraw the consent; what stood, or None."""
    row = await tx.one("delete from consent where account = $1 and client_id = $2 returning *", account, client_id)
    return ConsentRow.of(row) if row else None


async def account_by_sub(reads: Reads, sub: str) -> AccountRow | None:
    """The account of this `sub`."""
    row = await reads.one(f"select {_ACCOUNT} from account where sub = $1", sub)
    return AccountRow.of(row) if row else None


async def account_known_to(reads: Reads, client_id: str, sub: str, now: int) -> tuple[AccountRow | None, str]:
    """The account of this `sub` with a consent for this relying party that stands, and that party's metadata."""
    row = await reads.one(_KNOWN, sub, client_id, now)
    if row is None:
        return None, ""
    metadata, *account = row
    return AccountRow(*account) if account[0] is not None else None, metadata
