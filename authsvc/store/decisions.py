"""Rows of automated decisions and of the rules behind them; no text carried."""

from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule as its relying party declared it; `body` is its JSON, `record_id` its `administration` record."""

    client_id: str
    rule: str
    version: str
    body: str
    record_id: str
    created_at: int

    @classmethod
    def of(cls, row: Row) -> "RuleRow":
        """From its row."""
        return cls(row["client_id"], row["rule"], row["version"], row["body"], row["record_id"], row["created_at"])


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision; `id` is its record's. `client_id` is empty for one of the service's own."""

    id: str
    subject: str
    account: str
    client_id: str
    rule: str
    version: str
    result: str
    automation: str
    factors: str
    sealed: bytes
    made_at: int
    review_due: int | None
    read_at: int | None = None

    @classmethod
    def of(cls, row: Row) -> "DecisionRow":
        """From its row."""
        return cls(
            row["id"],
            row["subject"],
            row["account"],
            row["client_id"],
            row["rule"],
            row["version"],
            row["result"],
            row["automation"],
            row["factors"],
            bytes(row["sealed"]),
            row["made_at"],
            row["review_due"],
            row["read_at"],
        )


async def add_rule(tx: Tx, rule: RuleRow) -> bool:
    """A new rule; False when this version of it is there already."""
    added = await tx.run(
        "insert into decision_rule (client_id, rule, version, body, record_id, created_at)"
        " values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        rule.client_id,
        rule.rule,
        rule.version,
        rule.body,
        rule.record_id,
        rule.created_at,
    )
    return added == 1


async def rule_of(reads: Reads, client_id: str, rule: str, version: str) -> RuleRow | None:
    """This version of a relying party's rule."""
    row = await reads.one(
        "select * from decision_rule where client_id = $1 and rule = $2 and version = $3", client_id, rule, version
    )
    return RuleRow.of(row) if row else None


async def count_rules(reads: Reads, client_id: str) -> int:
    """How many versions of rules this relying party declared."""
    row = await reads.one("select count(*) as n from decision_rule where client_id = $1", client_id)
    return int(row["n"]) if row else 0


async def rules(reads: Reads, limit: int, skip: int) -> list[RuleRow]:
    """All rules, by relying party and name."""
    rows = await reads.all(
        "select * from decision_rule order by client_id, rule, created_at limit $1 offset $2", limit, skip
    )
    return [RuleRow.of(row) for row in rows]


async def add(tx: Tx, decision: DecisionRow) -> None:
    """A new decision."""
    await tx.run(
        "insert into decision (id, subject, account, client_id, rule, version, result, automation, factors, sealed,"
        " made_at, review_due) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        decision.id,
        decision.subject,
        decision.account,
        decision.client_id,
        decision.rule,
        decision.version,
        decision.result,
        decision.automation,
        decision.factors,
        decision.sealed,
        decision.made_at,
        decision.review_due,
    )


async def decision_of(reads: Reads, decision: str) -> DecisionRow | None:
    """The decision of this id."""
    row = await reads.one("select * from decision where id = $1", decision)
    return DecisionRow.of(row) if row else None


async def of_subject(reads: Reads, handle: str, limit: int, skip: int) -> list[DecisionRow]:
    """The decisions about this person, newest first."""
    rows = await reads.all(
        "select * from decision where subject = $1 order by id desc limit $2 offset $3", handle, limit, skip
    )
    return [DecisionRow.of(row) for row in rows]


async def mark_read(tx: Tx, decision: str, now: int) -> bool:
    """The person opened it; False when they had before."""
    return await tx.run("update decision set read_at = $2 where id = $1 and read_at is null", decision, now) == 1
