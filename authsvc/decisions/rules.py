"""Rules of automated decisions as they are declared: their names, what they weigh, whether AI stands behind."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from authsvc import bodies
from authsvc.clock import uuid7
from authsvc.decisions import words
from authsvc.decisions.inputs import demand_allowed
from authsvc.errors import Conflict, InvalidRequest, TooManyAttempts
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import decisions as rows
from authsvc.store.decisions import RuleRow

MOST_FACTORS = 64
MOST_RULES = 1_000
"""Versions of rules of one relying party."""
DAY_MS = 24 * 3600 * 1000
LONGEST_NAME = 200
LONGEST_TEXT = 500
CATEGORIES = ("minimum", "medium", "high")
"""Risk categories of AI systems (law duty L33), as whoever plugs one in declares them."""
_LINK = re.compile(r"https://[!-~]{4,500}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in words. `model` is an AI system as declared (`category` with it), else empty, and `why` says why none.

    `record` is the `administration` record of its declaration, `none` for a rule of the service's own.
    """

    client_id: str
    rule: str
    version: str
    name: Mapping[str, str]
    factors: Mapping[str, Mapping[str, str]]
    inputs: tuple[str, ...]
    why: Mapping[str, str]
    model: str = ""
    purpose: Mapping[str, str] | None = None
    category: str = ""
    record: str = NONE


LOCK_OUT = "login.lock_out"
FAILURES = "failures_in_a_row"
_OWN_RULES = (
    Rule(
        "",
        LOCK_OUT,
        "1",
        words.plain(words.LOCK_OUT),
        {FAILURES: words.plain(words.FAILURES)},
        (FAILURES,),
        words.plain(words.NO_AI),
    ),
)
OWN: Mapping[tuple[str, str], Rule] = {(each.rule, each.version): each for each in _OWN_RULES}
"""The service's own rules, by name and version."""


async def declare(svc: Service, client_id: str, raw: bytes) -> Rule:
    """A relying party declares a version of a rule; the same bytes of meaning again are the same declaration.

    Raises InvalidRequest (also for a forbidden input), StatementRefused, Conflict (this version says something else),
    ReadOnly.
    """
    svc.log.demand_writable()
    rule = read_rule(client_id, bodies.parse(raw))
    body = orjson.dumps(_written(rule), option=orjson.OPT_SORT_KEYS).decode()
    now = svc.clock.now()
    record_id = uuid7(now, svc.entropy)
    row = RuleRow(client_id, rule.rule, rule.version, body, record_id, now)

    async def act(tx: Tx) -> Ticket | None:
        if await rows.count_rules(tx, client_id) >= MOST_RULES:
            raise TooManyAttempts("too many versions of rules are declared", now + DAY_MS)
        if not await rows.add_rule(tx, row):
            return None
        return await svc.log.stage(tx, _record(row, now), {"after": body.encode()})

    ticket = await svc.store.transact(act)
    if ticket is not None:
        await svc.log.settled(ticket)
    known = await rows.rule_of(svc.store, client_id, rule.rule, rule.version)
    if known is None or known.body != body:
        raise Conflict("this version of the rule says something else; declare another version")
    return rule_of(known)


async def find_rule(svc: Service, client_id: str, rule: str, version: str) -> Rule | None:
    """The rule by which a decision was made."""
    if not client_id:
        return OWN.get((rule, version))
    row = await rows.rule_of(svc.store, client_id, rule, version)
    return rule_of(row) if row else None


def read_rule(client_id: str, body: object) -> Rule:
    """{rule, version, name, factors: {code: texts}, inputs: [code], ai}; `ai` says what it is, or why it is none."""
    members = bodies.read_object(body, ("rule", "version", "name", "factors", "inputs", "ai"))
    listed = members["factors"]
    if not isinstance(listed, dict) or not 1 <= len(listed) <= MOST_FACTORS:
        raise InvalidRequest(f"factors: 1 to {MOST_FACTORS} codes with their texts are expected")
    factors = {
        bodies.read_code(code, "factors"): bodies.read_texts(texts, f"factors.{code}", LONGEST_TEXT)
        for code, texts in listed.items()
    }
    inputs = bodies.read_codes(members["inputs"], "inputs", MOST_FACTORS)
    demand_allowed(factors, "factors")
    demand_allowed(inputs, "inputs")
    why, model, purpose, category = _read_ai(members["ai"])
    return Rule(
        client_id,
        bodies.read_code(members["rule"], "rule"),
        bodies.read_code(members["version"], "version"),
        bodies.read_texts(members["name"], "name", LONGEST_NAME),
        factors,
        inputs,
        why,
        model,
        purpose,
        category,
    )


def _read_ai(value: object) -> tuple[Mapping[str, str], str, Mapping[str, str] | None, str]:
    """(why there is none, the model, its purpose, its category): one or the other, and never silence."""
    used = isinstance(value, dict) and value.get("used") is True
    if not used:
        members = bodies.read_object(value, ("used", "why"), of="ai")
        bodies.read_flag(members["used"], "ai.used")
        return bodies.read_texts(members["why"], "ai.why", LONGEST_TEXT), "", None, ""
    members = bodies.read_object(value, ("used", "name", "version", "purpose", "documentation", "category"), of="ai")
    name = bodies.read_line(members["name"], "ai.name", LONGEST_NAME)
    version = bodies.read_line(members["version"], "ai.version", LONGEST_NAME)
    documentation = members["documentation"]
    if not isinstance(documentation, str) or _LINK.fullmatch(documentation) is None:
        raise InvalidRequest("ai.documentation: an https address is expected")
    purpose = bodies.read_texts(members["purpose"], "ai.purpose", LONGEST_TEXT)
    category = bodies.read_one_of(members["category"], CATEGORIES, "ai.category")
    return {}, f"{name} {version}, {documentation}", purpose, category


def rule_of(row: RuleRow) -> Rule:
    """The rule of a row."""
    told = orjson.loads(row.body)
    return Rule(
        row.client_id,
        row.rule,
        row.version,
        told["name"],
        told["factors"],
        tuple(told["inputs"]),
        told["why"],
        told["model"],
        told["purpose"],
        told["category"],
        row.record_id,
    )


def _written(rule: Rule) -> Mapping[str, object]:
    return {
        "kind": "authsvc/decision-rule/v1",
        "rule": rule.rule,
        "version": rule.version,
        "name": rule.name,
        "factors": rule.factors,
        "inputs": list(rule.inputs),
        "why": rule.why,
        "model": rule.model,
        "purpose": rule.purpose,
        "category": rule.category,
    }


def _record(row: RuleRow, now: int) -> kinds.Administration:
    return kinds.Administration(
        id=row.record_id,
        time=now,
        administration_kind="policy",
        administration_event="added",
        rp=row.client_id,
        object=f"decision rule {row.rule} {row.version}",
        after=b64url(hashlib.sha256(row.body.encode()).digest()),
        administration_ground="declared by the relying party",
    )
