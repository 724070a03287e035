"""Rows of contracts in code and of their parties; no text carried. A contract ends by one compare-and-set."""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract; `sealed` is the file that its parties answer to."""

    id: str
    client_id: str
    digest: str
    sealed: bytes
    state: str
    created_at: int
    expires_at: int
    ended_at: int | None = None

    @classmethod
    def of(cls, row: Row) -> "ContractRow":
        """From its row."""
        return cls(
            row["id"],
            row["client_id"],
            row["digest"],
            bytes(row["sealed"]),
            row["state"],
            row["created_at"],
            row["expires_at"],
            row["ended_at"],
        )


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party; of one who confirms `state` and `record_id` are those of the request, else `record_id` is the EDS's."""

    contract: str
    n: int
    subject: str
    account: str
    means: str
    request_id: str | None
    record_id: str | None
    state: str = ""


async def add(tx: Tx, contract: ContractRow, parties: Sequence[PartyRow]) -> None:
    """A new contract with its parties."""
    await tx.run(
        "insert into contract (id, client_id, digest, sealed, state, created_at, expires_at)"
        " values ($1, $2, $3, $4, 'open', $5, $6)",
        contract.id,
        contract.client_id,
        contract.digest,
        contract.sealed,
        contract.created_at,
        contract.expires_at,
    )
    await tx.many(
        "insert into contract_party (contract, n, subject, account, means, request_id) values ($1, $2, $3, $4, $5, $6)",
        [(each.contract, each.n, each.subject, each.account, each.means, each.request_id) for each in parties],
    )


async def contract_of(reads: Reads, contract: str) -> ContractRow | None:
    """The contract of this id."""
    row = await reads.one("select * from contract where id = $1", contract)
    return ContractRow.of(row) if row else None


async def parties_of(reads: Reads, contract: str) -> list[PartyRow]:
    """The parties, in their order, each with its answer so far."""
    rows = await reads.all(
        "select p.contract as contract, p.n as n, p.subject as subject, p.account as account, p.means as means,"
        " p.request_id as request_id, coalesce(p.record_id, r.record_id) as record_id,"
        " coalesce(r.state, '') as state from contract_party p"
        " left join confirmation_request r on r.id = p.request_id where p.contract = $1 order by p.n",
        contract,
    )
    names = ("contract", "n", "subject", "account", "means", "request_id", "record_id", "state")
    return [PartyRow(*[row[name] for name in names]) for row in rows]


async def of_subject(reads: Reads, handle: str, limit: int) -> list[ContractRow]:
    """The contracts to which this person is a party, newest first."""
    rows = await reads.all(
        "select * from contract where id in (select contract from contract_party where subject = $1)"
        " order by id desc limit $2",
        handle,
        limit,
    )
    return [ContractRow.of(row) for row in rows]


async def open_contracts(reads: Reads, limit: int) -> list[ContractRow]:
    """Those that wait for answers, the nearest deadline first."""
    rows = await reads.all("select * from contract where state = 'open' order by expires_at limit $1", limit)
    return [ContractRow.of(row) for row in rows]


async def sign(tx: Tx, contract: str, n: int, record: str) -> bool:
    """This party signed; False when it had, or the contract has ended."""
    changed = await tx.run(
        "update contract_party set record_id = $3"
        " where contract = $1 and n = $2 and means = 'eds' and record_id is null"
        " and exists (select 1 from contract where contract.id = $1 and contract.state = 'open')",
        contract,
        n,
        record,
    )
    return changed == 1


async def end(tx: Tx, contract: str, state: str, now: int) -> bool:
    """Concluded or declined; False when it has ended."""
    changed = await tx.run(
        "update contract set state = $2, ended_at = $3 where id = $1 and state = 'open'", contract, state, now
    )
    return changed == 1
