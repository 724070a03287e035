"""A bank's rule about credit limits, as it is declared, and decisions by it."""

from dataclasses import dataclass, replace
from typing import Any

import orjson

from authsvc import decisions
from authsvc.decisions import Decider, Rule
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.telling import Reader
from tests.authsvc.services import Party

RULE: dict[str, Any] = {
    "rule": "credit.limit",
    "version": "3",
    "name": {"kk": "Несие шегі", "ru": "Кредитный лимит", "en": "Credit limit"},
    "factors": {
        "income_too_low": {
            "kk": "Табысыңыз төлемді көтермейді",
            "ru": "Ваш доход не покрывает платёж",
            "en": "Your income does not cover the payment",
        },
        "score": {"kk": "Балл", "ru": "Балл", "en": "Points"},
    },
    "inputs": ["income", "debt", "legal_capacity"],
    "ai": {"used": False, "why": {"kk": "Жай ереже.", "ru": "Простое правило.", "en": "A plain rule."}},
}
MODEL: dict[str, Any] = {
    "used": True,
    "name": "limitnet",
    "version": "7.1",
    "purpose": {"kk": "Шекті есептеу", "ru": "Расчёт лимита", "en": "Works out the limit"},
    "documentation": "https://bank.example/limitnet",
    "category": "medium",
}
MADE: dict[str, Any] = {
    "rule": "credit.limit",
    "version": "3",
    "result": "refused",
    "fully_automated": True,
    "factors": ["income_too_low"],
    "effect": {"kk": "Несие берілмейді.", "ru": "Кредит не выдаётся.", "en": "No credit is given."},
    "score": 412,
}


@dataclass
class Credit:
    """The service with a person and the bank that decides about them."""

    party: Party

    @property
    def svc(self) -> Service:
        return self.party.svc

    def with_settings(self, **changes: Any) -> "Credit":
        settings = replace(self.svc.settings, **changes)
        return Credit(replace(self.party, svc=replace(self.svc, settings=settings)))

    async def declare(self, **changes: Any) -> Rule:
        return await decisions.declare(self.svc, self.party.asker.client_id, orjson.dumps({**RULE, **changes}))

    async def decide(self, key: str = "", without: str = "", **changes: Any) -> str:
        body = {**MADE, "subject": self.party.person.sub, **changes}
        body.pop(without, None)
        raw = orjson.dumps(body)
        asker = self.party.asker
        replay = ReplayKey.of(asker.client_id, key, "POST /v1/decisions", raw)
        return await decisions.decide(self.svc, Decider(asker.client_id, asker.name), raw, replay)

    async def slots(self, record: str) -> dict[str, Any]:
        return {one.name: one.value for one in await self.svc.log.vault.disclosures(self.svc.store, record)}

    async def open(self, decision: str, locale: str = "ru") -> decisions.Read:
        person = self.party.person
        reader = Reader(person.id, "none", self.party.answerer.acr, locale)
        return await decisions.open_own(self.svc, reader, decision)
