"""A marketplace that proposes a contract in code to a buyer, a seller and an escrow agent."""

from dataclasses import dataclass
from typing import Any

import orjson

from authsvc import confirm, contracts
from authsvc.accounts import Person
from authsvc.confirm import Answerer
from authsvc.contracts import Standing
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.telling import Reader
from authsvc.web.sandbox.pki import Credential, TestPki, sign_cms
from tests.authsvc.services import MULTI, Party

TERMS: dict[str, Any] = {
    "terms": {
        "kk": "Тауар жеткізілгенде төлем сатушыға аударылады.",
        "ru": "После доставки товара оплата переводится продавцу.",
        "en": "Once the goods are delivered the payment goes to the seller.",
    },
    "code": {"name": "escrow.wasm", "digest": "4x6nR0CmGXjy0cV0DBjJrHwvjcyYhWSKn5nfQUd-S0U"},
    "dispute": {
        "who": {"kk": "Сейітова Мәдина", "ru": "Сейітова Мадина", "en": "Madina Seitova"},
        "how": {"kk": "Он күнде, жазбаша", "ru": "За десять дней, письменно", "en": "Within ten days, in writing"},
        "contact": {"kk": "спор@kz.example", "ru": "спор@kz.example", "en": "disputes@kz.example"},
    },
}


@dataclass
class Market:
    """The service, three parties, and the marketplace of `party`."""

    party: Party
    people: tuple[Person, Person, Person]
    pki: TestPki

    @property
    def svc(self) -> Service:
        return self.party.svc

    def reader(self, person: Person) -> Reader:
        return Reader(person.id, "none", MULTI, "ru")

    def answerer(self, person: Person) -> Answerer:
        return Answerer(person.id, "none", MULTI)

    async def propose(self, key: str = "", signing: tuple[int, ...] = (), **changes: Any) -> str:
        """To all three; those of these places sign by EDS."""
        parties = [
            {"subject": each.sub, **({"by": "eds"} if n in signing else {})} for n, each in enumerate(self.people)
        ]
        raw = orjson.dumps({"parties": parties, **TERMS, **changes})
        replay = ReplayKey.of("shop", key, "POST /v1/contracts", raw)
        made = await contracts.propose(self.svc, self.party.asker, raw, replay)
        await self.party.delivered()
        return made

    async def standing(self, contract: str) -> Standing:
        return await contracts.read_as_party(self.svc, "shop", contract)

    async def confirm(self, contract: str, *places: int) -> None:
        """These parties type the codes that came."""
        standing = await self.standing(contract)
        for n in places:
            request_id = standing.parties[n].request_id
            assert request_id is not None
            code = self.party.gateway.code_of(request_id)
            await confirm.answer(self.svc, self.answerer(self.people[n]), request_id, code, "kk")

    def sign(self, person: Person, content: bytes, key: Credential | None = None) -> bytes:
        authority = self.pki.authority("ecdsa")
        key = key or authority.issue_person(name="Серік Айгүл", iin=person.subject[4:])
        return sign_cms(content, [key], signing_time=self.party.clock.now())
