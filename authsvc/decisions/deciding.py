"""A decision takes effect: record, row and message to the person in one transaction (law duties L9, L10)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from authsvc import accounts, bodies, telling
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.decisions import words
from authsvc.decisions.rules import FAILURES, LOCK_OUT, MOST_FACTORS, OWN, Rule, find_rule
from authsvc.errors import InvalidRequest, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.codes import DECISION_RESULTS
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.limits import Budget
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import decisions as rows
from authsvc.store.decisions import DecisionRow
from confirmations.words import Words

DAY_MS = 24 * 3600 * 1000
OF_PAIR = Budget("decisions", 100, DAY_MS)
"""Decisions of one relying party about one person."""
LONGEST_EFFECT = 1_000
SCORES = frozenset({"score", "scoring", "rating", "risk"})
"""Words of which a factor's code may not consist alone: a number is no reason."""


@dataclass(frozen=True, slots=True)
class Decider:
    """The relying party that decides, as verified."""

    client_id: str
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Making:
    """A decision that is ready to be written; `told` is handed over after the commit."""

    row: DecisionRow
    record: kinds.Decision
    text: bytes
    told: telling.Told

    async def write(self, tx: Tx, svc: Service) -> Ticket:
        """In the transaction in which it takes effect."""
        await rows.add(tx, self.row)
        await tx.together(*self.told.changes)
        return await svc.log.stage(tx, self.record, {"decision_text": self.text})


async def decide(svc: Service, decider: Decider, raw: bytes, key: ReplayKey) -> str:
    """A relying party's decision about a person it knows; its id, for a replayed key that of then.

    Body: {subject, rule, version, result, fully_automated, factors, effect, score?}. Raises InvalidRequest (a refusal
    without a named factor is none), NotFound, StatementRefused, TooManyAttempts, ReadOnly.
    """
    svc.log.demand_writable()
    body = bodies.parse(raw)
    needed = ("subject", "rule", "version", "result", "fully_automated", "factors", "effect")
    members = bodies.read_object(body, needed, ("score",))
    result = bodies.read_one_of(members["result"], DECISION_RESULTS, "result")
    automation = "full" if bodies.read_flag(members["fully_automated"], "fully_automated") else "partial"
    factors = bodies.read_codes(members["factors"], "factors", MOST_FACTORS)
    effect = bodies.read_texts(members["effect"], "effect", LONGEST_EFFECT)
    rule_name = bodies.read_code(members["rule"], "rule")
    rule = await find_rule(svc, decider.client_id, rule_name, bodies.read_code(members["version"], "version"))
    if rule is None:
        raise InvalidRequest("rule: this version is not declared; declare it first (POST /v1/decisions/rules)")
    if unknown := [each for each in factors if each not in rule.factors]:
        raise InvalidRequest(f"factors: {unknown[0]} is no factor of this rule")
    demand_reasons(result, factors)
    if not isinstance(members["subject"], str):
        raise InvalidRequest("subject: a text is expected")
    if (replayed := await key.find(svc.store)) is not None:
        return replayed
    person = await accounts.person_known_to(svc, decider.client_id, members["subject"])
    if person is None:
        raise NotFound("no person of this subject has signed in to this relying party")
    await svc.limits.spend(OF_PAIR, f"{decider.client_id} {person.id}")
    making = await prepare(svc, person, rule, result, automation, factors, effect)

    async def act(tx: Tx) -> tuple[str, Ticket | None]:
        if (known := await key.claim(tx, making.row.id, making.row.made_at)) != making.row.id:
            return known, None
        return making.row.id, await making.write(tx, svc)

    made, ticket = await svc.store.transact(act)
    if ticket is not None:
        telling.hand_over(svc, making.told)
        await svc.log.settled(ticket)
    return made


def demand_reasons(result: str, factors: tuple[str, ...]) -> None:
    """InvalidRequest for a refusal or a further check whose only reason is a number (law duty L10)."""
    if result == "allowed":
        return
    if not any(set(each.replace(".", "_").replace("-", "_").split("_")) - SCORES for each in factors):
        raise InvalidRequest("factors: a score without named factors may not refuse; name what it follows from")


async def prepare_lock_out(svc: Service, account: str) -> Making | None:
    """The service's own decision that closes a sign-in after too many failures; None for who has no account."""
    person = await accounts.person_by_id(svc, account)
    if person is None:
        return None
    return await prepare(
        svc, person, OWN[LOCK_OUT, "1"], "refused", "full", (FAILURES,), words.plain(words.LOCKED), words.TOLD_LOCKED
    )


async def prepare(
    svc: Service,
    person: Person,
    rule: Rule,
    result: str,
    automation: str,
    factors: tuple[str, ...],
    effect: Mapping[str, str],
    message: Words = words.TOLD,
) -> Making:
    """All that a decision writes, made before its transaction."""
    handle = await svc.log.vault.find(svc.store, person.subject)
    if handle is None:
        raise NotFound("there is nothing here")
    now = svc.clock.now()
    decision_id = uuid7(now, svc.entropy)
    text = write_text(rule, result, automation, factors, effect, person.locale).encode()
    review_due = now + svc.settings.review_days * DAY_MS if svc.settings.review_days else None
    plain = orjson.dumps({"effect": effect, "locale": person.locale})
    sealed = await svc.log.vault.seal_for(svc.store, handle, f"decision/{decision_id}", plain)
    row = DecisionRow(
        decision_id, handle, person.id, rule.client_id, rule.rule, rule.version, result, automation,
        " ".join(factors), sealed, now, review_due,
    )  # fmt: skip
    record = kinds.Decision(
        id=decision_id,
        time=now,
        decision_result=result,
        person=person.subject,
        rp=rule.client_id,
        decision_rule=rule.rule,
        decision_version=rule.version,
        decision_automation=automation,
        decision_model=rule.model or NONE,
        decision_factors=factors,
        decision_text=b64url(hashlib.sha256(text).digest()),
        locale=person.locale,
        informed_at=now,
        review_due=review_due,
        policy_record=rule.record,
    )
    told = telling.prepare(svc, person, words.SUBJECT, message, f"/decisions/{decision_id}")
    return Making(row, record, text, told)


def write_text(
    rule: Rule, result: str, automation: str, factors: tuple[str, ...], effect: Mapping[str, str], locale: str
) -> str:
    """The decision in plain words of one language: what, by which rule, why, and that it was automated."""
    lines = [
        (words.FULL if automation == "full" else words.PARTIAL).say(locale),
        words.RULE.say(locale, name=rule.name[locale], version=rule.version),
        words.RESULT.say(locale, result=words.RESULTS[result].say(locale)),
        effect[locale],
    ]
    if factors:
        lines += [words.BECAUSE.say(locale), *(f"- {rule.factors[each][locale]}" for each in factors)]
    if rule.model:
        lines.append(words.AI.say(locale, model=rule.model))
        lines += [rule.purpose[locale]] if rule.purpose else []
    else:
        lines.append(rule.why[locale])
    return "\n".join(lines)
