"""Rows of confirmation requests: a try is counted, and an outcome set, by one conditional statement each.

`attempt` counts before anything is judged, so parallel answers use up exactly the tries allowed; `settle` lets the
first committed
transition win.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from authsvc.store import Change, Reads, Row, Tx

OPEN = ("requested", "sent", "seen")
KEPT_MS = 24 * 3600 * 1000
"""An Idempotency-Key is remembered for a day."""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request's state; `challenge` is the JSON of what was issued, without the code's MAC."""

    id: str
    client_id: str
    account: str
    digest: str
    act: str
    challenge: str
    code_mac: bytes
    address_id: str
    rp_record: str
    state: str
    reason: str
    tries: int
    tries_allowed: int
    sends: int
    first_try: int
    last_try: int
    created_at: int
    expires_at: int
    ended_at: int | None
    record_id: str | None
    method: str = "code"
    """By which method it is answered: the first list of its statement that the person has the means for."""

    @classmethod
    def of(cls, row: Row) -> "RequestRow":
        """From a row of `COLUMNS`."""
        return cls(*row)

    @property
    def open(self) -> bool:
        """Whether it still waits for an outcome."""
        return self.state in OPEN


COLUMNS = ", ".join(field.name for field in fields(RequestRow))

_REQUEST = f"select {COLUMNS} from confirmation_request where id = $1"
# An account that is frozen answers nothing: the mark is read in the transaction of the answer.
_ATTEMPT = (
    "update confirmation_request set tries = tries + 1, last_try = $3,"
    " first_try = case first_try when 0 then $3 else first_try end"
    " where id = $1 and account = $2 and state in ('sent','seen') and tries < tries_allowed and expires_at > $3"
    " and exists (select 1 from account where account.id = $2 and account.state = 'active')"
    f" returning {COLUMNS}"
)

_INSERT_REQUEST = (
    "insert into confirmation_request (id, client_id, account, digest, act, challenge, code_mac,"
    " address_id, rp_record, state, tries_allowed, created_at, expires_at, method)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'requested', $10, $11, $12, $13)"
)


async def insert_request(tx: Tx, row: RequestRow, statement: bytes, *more: Change) -> None:
    """A new request, in the state `requested`, and its sealed statement; with them what else goes to the database."""
    request = (
        row.id,
        row.client_id,
        row.account,
        row.digest,
        row.act,
        row.challenge,
        row.code_mac,
        row.address_id,
        row.rp_record,
        row.tries_allowed,
        row.created_at,
        row.expires_at,
        row.method,
    )
    await tx.together(
        (_INSERT_REQUEST, request),
        ("insert into confirmation_statement (request, sealed) values ($1, $2)", (row.id, statement)),
        *more,
    )


async def statement_of(reads: Reads, request: str) -> bytes:
    """The sealed statement of a request."""
    row = await reads.one("select sealed from confirmation_statement where request = $1", request)
    if row is None:
        raise RuntimeError("a request without its statement")
    return bytes(row["sealed"])


async def request_of(reads: Reads, request: str) -> RequestRow | None:
    """The request of this id."""
    row = await reads.one(_REQUEST, request)
    return RequestRow.of(row) if row else None


async def open_requests(reads: Reads, account: str, now: int) -> list[RequestRow]:
    """What waits for this person, oldest first."""
    rows = await reads.all(
        f"select {COLUMNS} from confirmation_request where account = $1 and state in ('requested','sent','seen')"
        " and expires_at > $2 order by id",
        account,
        now,
    )
    return [RequestRow.of(row) for row in rows]


async def newest_requests(reads: Reads, account: str, limit: int) -> list[RequestRow]:
    """What this person was asked, whatever became of it, newest first."""
    rows = await reads.all(
        f"select {COLUMNS} from confirmation_request where account = $1 order by id desc limit $2", account, limit
    )
    return [RequestRow.of(row) for row in rows]


async def ended_requests(reads: Reads, account: str, skip: int, limit: int) -> list[RequestRow]:
    """What this person was asked and that has its outcome, newest first."""
    rows = await reads.all(
        f"select {COLUMNS} from confirmation_request where account = $1 and state not in ('requested','sent','seen')"
        " order by id desc limit $2 offset $3",
        account,
        limit,
        skip,
    )
    return [RequestRow.of(row) for row in rows]


async def requests_of_client(
    reads: Reads, client_id: str, is_open: bool | None, after: str, limit: int
) -> list[RequestRow]:
    """A relying party's requests, newest first, behind the one of this id; open ones, ended ones, or all (None)."""
    among = {
        True: " and state in ('requested','sent','seen')",
        False: " and state not in ('requested','sent','seen')",
        None: "",
    }[is_open]
    rows = await reads.all(
        f"select {COLUMNS} from confirmation_request where client_id = $1 and id < $2{among} order by id desc limit $3",
        client_id,
        after,
        limit,
    )
    return [RequestRow.of(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Moved:
    """A request that was opened (`open`) or has its outcome since a moment; `at` (ms) is when."""

    id: str
    client_id: str
    account: str
    state: str
    at: int


async def moved_since(reads: Reads, since: int, limit: int, *, account: str = "", client_id: str = "") -> list[Moved]:
    """Requests that were opened or ended at or after a moment (ms), the earliest first: of all, of a person, or of a
    relying party."""
    own = " and account = $4" if account else " and client_id = $4" if client_id else " and $4 = ''"
    who = "id, client_id, account"
    rows = await reads.all(
        f"select {who}, 'open' as state, created_at as at from confirmation_request"
        f" where id >= $1 and ended_at is null{own}"
        f" union all select {who}, state, ended_at as at from confirmation_request where ended_at >= $2{own}"
        " order by at, id limit $3",
        _first_id(since),
        since,
        limit,
        account or client_id,
    )
    return [Moved(row["id"], row["client_id"], row["account"], row["state"], row["at"]) for row in rows]


def _first_id(ms: int) -> str:
    """Not behind any UUIDv7 of this moment (RFC 9562 5.7: the time stands first)."""
    stamp = f"{max(ms, 0):012x}"
    return f"{stamp[:8]}-{stamp[8:]}"


async def pending(tx: Tx, account: str, client_id: str, now: int) -> tuple[int, int]:
    """(open requests at this person, those of this relying party)."""
    row = await tx.one(
        "select count(*) as total, coalesce(sum(case when client_id = $2 then 1 else 0 end), 0) as own"
        " from confirmation_request where account = $1 and state in ('requested','sent','seen') and expires_at > $3",
        account,
        client_id,
        now,
    )
    return (int(row["total"]), int(row["own"])) if row else (0, 0)


@dataclass(frozen=True, slots=True)
class Pushes:
    """What a person got by push: open ones of this relying party, those without an answer since an hour and since a
    day, and whether they lately told this relying party "not me"."""

    open_of_pair: int
    unanswered_hour: int
    unanswered_day: int
    told_not_me: bool


async def pushes(tx: Tx, account: str, client_id: str, now: int, hour: int, day: int) -> Pushes:
    """Count them; `hour` and `day` are the moments since when. A confirmed or declined push was answered."""
    row = await tx.one(
        "select coalesce(sum(case when client_id = $2 and state in ('requested','sent','seen') and expires_at > $3"
        " then 1 else 0 end), 0) as here,"
        " coalesce(sum(case when state not in ('confirmed','declined') and created_at > $4 then 1 else 0 end), 0)"
        " as an_hour,"
        " coalesce(sum(case when state not in ('confirmed','declined') then 1 else 0 end), 0) as a_day,"
        " coalesce(sum(case when client_id = $2 and reason = 'not_me' then 1 else 0 end), 0) as not_me"
        " from confirmation_request where account = $1 and method = 'push' and created_at > $5",
        account,
        client_id,
        now,
        hour,
        day,
    )
    if row is None:
        return Pushes(0, 0, 0, False)
    return Pushes(int(row["here"]), int(row["an_hour"]), int(row["a_day"]), int(row["not_me"]) > 0)


async def hold_account(tx: Tx, account: str) -> bool:
    """Lock an active account until the transaction ends; False when it is frozen or absent."""
    held = "select 1 as there from account where id = $1 and state = 'active' for no key update"
    return await tx.one(held, account) is not None


async def mark_sent(tx: Tx, requests: Sequence[str]) -> None:
    """A channel took the message of one send, of each of these."""
    await tx.run(
        "update confirmation_request set sends = sends + 1,"
        " state = case state when 'requested' then 'sent' else state end"
        f" where id {tx.among(1)} and state in ('requested','sent','seen')",
        list(requests),
    )


async def mark_seen(tx: Tx, request: str, account: str, now: int) -> None:
    """The statement was opened in the subject's own session."""
    await tx.run(
        "update confirmation_request set state = 'seen'"
        " where id = $1 and account = $2 and state in ('requested','sent') and expires_at > $3",
        request,
        account,
        now,
    )


async def attempt(tx: Tx, request: str, account: str, now: int) -> RequestRow | None:
    """Count one try before it is judged; None when no try is left, the time is over, the account is frozen, or the
    outcome is there."""
    row = await tx.one(_ATTEMPT, request, account, now)
    return RequestRow.of(row) if row else None


async def hold(tx: Tx, request: str) -> RequestRow:
    """The request as it stands, locked until the transaction ends."""
    row = await tx.one(f"update confirmation_request set tries = tries where id = $1 returning {COLUMNS}", request)
    if row is None:
        raise RuntimeError("a request is never deleted while it is known")
    return RequestRow.of(row)


async def settle(tx: Tx, request: str, outcome: str, reason: str, record_id: str, now: int) -> bool:
    """Set the outcome by compare-and-set; False when another was first. Terminal states absorb."""
    settled = await tx.run(
        "update confirmation_request set state = $2, reason = $3, record_id = $4, ended_at = $5"
        " where id = $1 and state in ('requested','sent','seen')",
        request,
        outcome,
        reason,
        record_id,
        now,
    )
    return settled == 1


async def mark_undeliverable(tx: Tx, request: str) -> None:
    """No channel can carry the message: the sweep ends the request as failed."""
    await tx.run(
        "update confirmation_request set reason = 'undeliverable'"
        " where id = $1 and state in ('requested','sent','seen')",
        request,
    )


async def mark_lost(tx: Tx, request: str) -> None:
    """The one message of this request never reached its address, and its statement was not opened either."""
    await tx.run(
        "update confirmation_request set reason = 'undeliverable'"
        " where id = $1 and state in ('requested','sent') and sends <= 1",
        request,
    )


async def overdue(reads: Reads, now: int, limit: int) -> list[str]:
    """Requests that must end without an answer (time over, or undeliverable) and have no outcome yet."""
    rows = await reads.all(
        "select id from confirmation_request where state in ('requested','sent','seen')"
        " and (expires_at <= $1 or reason = 'undeliverable') order by expires_at limit $2",
        now,
        limit,
    )
    return [row["id"] for row in rows]


# --- idempotency keys ---


async def claim_key(tx: Tx, client_id: str, key: str, body_digest: bytes, act_id: str, now: int) -> tuple[str, bool]:
    """First in an act's transaction: (id of the act behind this key, whether the body is the same as then)."""
    taken = await tx.run(
        "insert into idempotency (client_id, key, body_digest, act_id, created_at) values ($1, $2, $3, $4, $5)"
        " on conflict (client_id, key) do nothing",
        client_id,
        key,
        body_digest,
        act_id,
        now,
    )
    if taken:
        return act_id, True
    row = await tx.one("select act_id, body_digest from idempotency where client_id = $1 and key = $2", client_id, key)
    return (row["act_id"], row["body_digest"] == body_digest) if row else (act_id, True)


async def act_of_key(reads: Reads, client_id: str, key: str) -> tuple[str, bytes] | None:
    """(id of the act, digest of the body) behind a key that was used before."""
    row = await reads.one(
        "select act_id, body_digest from idempotency where client_id = $1 and key = $2", client_id, key
    )
    return (row["act_id"], row["body_digest"]) if row else None


# --- records in force ---


async def digest_in_force(reads: Reads, thing: str) -> str | None:
    """The digest of a policy, a trust store, the templates or the software as in force; None when there is none."""
    row = await reads.one("select digest from in_force where object = $1", thing)
    return row["digest"] if row else None


async def swap_in_force(tx: Tx, thing: str, before: str | None, record_id: str, digest: str) -> bool:
    """Compare-and-set of the record in force; False when another process was first."""
    if before is None:
        taken = await tx.run(
            "insert into in_force (object, record_id, digest) values ($1, $2, $3) on conflict (object) do nothing",
            thing,
            record_id,
            digest,
        )
    else:
        taken = await tx.run(
            "update in_force set record_id = $2, digest = $3 where object = $1 and digest = $4",
            thing,
            record_id,
            digest,
            before,
        )
    return taken == 1


async def in_force(reads: Reads) -> dict[str, str]:
    """Object to record id."""
    return {row["object"]: row["record_id"] for row in await reads.all("select object, record_id from in_force")}
