"""Rows of renewed time stamps: tokens over older tokens, which ones each is over, and who renews now."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from authsvc.store import Reads, Row, Tx


@dataclass(frozen=True, slots=True)
class RenewalRow:
    """A token over the SHA-512 root of `leaves` (64 bytes each): older tokens with their revocation data.

    `size` is that of the largest checkpoint below; `tsa`, `revocation`, `algorithms` and times as of an anchor; `index`
    is None while the record waits for its place.
    """

    number: int
    tsa: str
    record_id: str
    size: int
    leaves: bytes
    token: bytes
    revocation: tuple[str, ...]
    algorithms: str
    stamped_at: int
    received_at: int
    index: int | None = None

    @classmethod
    def of(cls, row: Row) -> "RenewalRow":
        """From its row, joined with the entry of its record."""
        return cls(
            row["number"],
            row["tsa"],
            row["record_id"],
            row["size"],
            row["leaves"],
            row["token"],
            tuple(orjson.loads(row["revocation"])),
            row["algorithms"],
            row["stamped_at"],
            row["received_at"],
            row["idx"],
        )


@dataclass(frozen=True, slots=True)
class Older:
    """A token that may need renewal: an anchor's (`size`, `tsa`; its `number` is 0), or the renewal's of a `number`.

    `size` is that of the checkpoint that it is over, or of the largest one below it.
    """

    size: int
    tsa: str
    number: int
    token: bytes
    revocation: tuple[str, ...]

    @classmethod
    def of(cls, row: Row) -> "Older":
        """From its row."""
        return cls(row["size"], row["tsa"], row["number"], row["token"], tuple(orjson.loads(row["revocation"])))


@dataclass(frozen=True, slots=True)
class Leaning:
    """Tokens that no renewal covers, all of one certificate (its SHA-256) and of the same algorithms."""

    kind: str
    tsa: str
    algorithms: str
    count: int


@dataclass(frozen=True, slots=True)
class Renewing:
    """How renewal goes. `ends_at` (ms, 0: not known): when the first token that no renewal covers loses its strength;
    `missed`: how many have lost it already."""

    claimed_until: int
    ends_at: int
    failing_since: int
    failure: str
    missed: int


_NOT_RENEWED = {
    "anchor": "from anchor o where not exists (select 1 from renewed r where r.size = o.size and r.tsa = o.tsa)",
    "renewal": "from renewal o where not exists (select 1 from renewed_again r where r.older = o.number)",
}
_NUMBER = {"anchor": "0", "renewal": "o.number"}
_COLUMNS = (
    "select r.number, r.tsa, r.record_id, r.size, r.leaves, r.token, r.revocation, r.algorithms, r.stamped_at,"
    " r.received_at, e.idx"
)
_FROM = " from renewal r left join entry e on e.record_id = r.record_id"
_ROWS, _OVER = _COLUMNS + _FROM, _COLUMNS + ", n.place" + _FROM


async def claim(tx: Tx, now: int, lease: int) -> bool:
    """Take the turn to renew for `lease` ms, as `anchors.claim` does."""
    taken = await tx.run(
        "update renewing set claimed_until = $1 where claimed_until <= $2 or claimed_until > $3",
        now + lease,
        now,
        now + lease,
    )
    return taken == 1


async def release(tx: Tx, until: int) -> None:
    """End a claim early, so that the next turn can be taken from `until` on."""
    await tx.run("update renewing set claimed_until = $1", until)


async def note_state(tx: Tx, state: Renewing) -> None:
    """How it went; the claim stays as it is."""
    await tx.run(
        "update renewing set ends_at = $1, failing_since = $2, failure = $3, missed = $4",
        state.ends_at,
        state.failing_since,
        state.failure,
        state.missed,
    )


async def read_state(reads: Reads) -> Renewing:
    """How it goes."""
    row = await reads.one("select claimed_until, ends_at, failing_since, failure, missed from renewing")
    if row is None:
        raise RuntimeError("the row of renewing is gone")
    return Renewing(row["claimed_until"], row["ends_at"], row["failing_since"], row["failure"], row["missed"])


async def leaning(reads: Reads) -> list[Leaning]:
    """What the tokens that no renewal covers lean on."""
    found = []
    for kind, rest in _NOT_RENEWED.items():
        rows = await reads.all(
            f"select o.tsa, o.algorithms, count(*) as tokens {rest} group by o.tsa, o.algorithms"
            " order by o.tsa, o.algorithms"
        )
        found += [Leaning(kind, row["tsa"], row["algorithms"], row["tokens"]) for row in rows]
    return found


async def not_renewed(reads: Reads, one: Leaning, limit: int) -> list[Older]:
    """These tokens, the oldest first."""
    rows = await reads.all(
        f"select o.size, o.tsa, {_NUMBER[one.kind]} as number, o.token, o.revocation {_NOT_RENEWED[one.kind]}"
        " and o.tsa = $1 and o.algorithms = $2 order by o.stamped_at, o.size limit $3",
        one.tsa,
        one.algorithms,
        limit,
    )
    return [Older.of(row) for row in rows]


async def last_number(reads: Reads) -> int:
    """The number of the last renewal; 0 before the first."""
    row = await reads.one("select coalesce(max(number), 0) as number from renewal")
    return int(row["number"]) if row else 0


async def add(tx: Tx, row: RenewalRow, older: Sequence[Older]) -> None:
    """Keep a renewal of these tokens, in the order of its leaves."""
    await tx.run(
        "insert into renewal (number, tsa, record_id, size, leaves, token, revocation, algorithms, stamped_at,"
        " received_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        row.number,
        row.tsa,
        row.record_id,
        row.size,
        row.leaves,
        row.token,
        orjson.dumps(row.revocation).decode(),
        row.algorithms,
        row.stamped_at,
        row.received_at,
    )
    places = list(enumerate(older))
    await tx.many(
        "insert into renewed (size, tsa, number, place) values ($1, $2, $3, $4)",
        [(one.size, one.tsa, row.number, place) for place, one in places if not one.number],
    )
    await tx.many(
        "insert into renewed_again (older, number, place) values ($1, $2, $3)",
        [(one.number, row.number, place) for place, one in places if one.number],
    )


async def over(reads: Reads, size: int, tsa: str) -> list[tuple[RenewalRow, int]]:
    """Each renewal over an anchor's token, with the place at which that one stands."""
    rows = await reads.all(
        _OVER + " join renewed n on n.number = r.number where n.size = $1 and n.tsa = $2 order by r.number", size, tsa
    )
    return [(RenewalRow.of(row), row["place"]) for row in rows]


async def over_renewal(reads: Reads, older: int) -> list[tuple[RenewalRow, int]]:
    """The same over the token of an earlier renewal."""
    rows = await reads.all(
        _OVER + " join renewed_again n on n.number = r.number where n.older = $1 order by r.number", older
    )
    return [(RenewalRow.of(row), row["place"]) for row in rows]


async def after_number(reads: Reads, number: int, limit: int) -> list[RenewalRow]:
    """The renewals that follow this number."""
    rows = await reads.all(_ROWS + " where r.number > $1 order by r.number limit $2", number, limit)
    return [RenewalRow.of(row) for row in rows]


async def places_of(reads: Reads, number: int) -> list[tuple[int, Older]]:
    """(place, older token) of all that a renewal covers, by place."""
    rows = [
        *await reads.all(
            "select r.place, o.size, o.tsa, 0 as number, o.token, o.revocation from renewed r"
            " join anchor o on o.size = r.size and o.tsa = r.tsa where r.number = $1",
            number,
        ),
        *await reads.all(
            "select r.place, o.size, o.tsa, o.number, o.token, o.revocation from renewed_again r"
            " join renewal o on o.number = r.older where r.number = $1",
            number,
        ),
    ]
    return sorted(((row["place"], Older.of(row)) for row in rows), key=lambda pair: pair[0])
