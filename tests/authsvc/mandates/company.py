"""A company whose head grants mandates by EDS, and whose employees confirm for it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from authsvc import confirm, mandates
from authsvc.accounts import Person
from authsvc.confirm import Answerer
from authsvc.mandates import Document
from authsvc.service import Service
from authsvc.store import mandates as rows
from authsvc.telling import Reader
from authsvc.web.sandbox.pki import Credential, Role, TestPki, invent_bin, sign_cms
from tests.authsvc.services import MULTI, PAYMENT, Party

DAY = 86_400_000
BIN = invent_bin(date(1995, 3, 1), 7)
NAME = "ТОО «Жібек жолы»"


@dataclass
class Company:
    """The service with a head, three employees, and the bank of `party`, which knows the first of them."""

    party: Party
    head: Person
    staff: tuple[Person, Person, Person]
    pki: TestPki
    key: Credential

    @property
    def svc(self) -> Service:
        return self.party.svc

    @property
    def now(self) -> int:
        return self.party.clock.now()

    def reader(self, person: Person) -> Reader:
        return Reader(person.id, "none", MULTI, "ru")

    def issue(self, iin: str, role: Role = Role.HEAD, bin_: str = BIN) -> Credential:
        """A certificate of the test PKI for a person of a legal entity."""
        return self.pki.authority("ecdsa").issue_representative(
            name="Серік Айгүл", iin=iin, bin=bin_, organization=NAME, role=role
        )

    def draw_up(self, *members: Person, **changes: Any) -> Document:
        """By default: payments of at most 10,000 tenge, 25,000 in a month, for thirty days, one person suffices."""
        told: dict[str, Any] = {
            "bin": BIN,
            "entity": NAME,
            "grantor": self.head.subject[4:],
            "members": tuple(each.subject[4:] for each in members or self.staff[:1]),
            "k": 1,
            "acts": ("payment", "document"),
            "currency": "KZT",
            "single": 1_000_000,
            "period": "month",
            "total": 2_500_000,
            "since": self.now,
            "until": self.now + 30 * DAY,
            **changes,
        }
        return mandates.draw_up(self.svc, **told)

    def sign(self, document: bytes, key: Credential | None = None, **how: Any) -> bytes:
        return sign_cms(document, [key or self.key], signing_time=self.now, **how)

    async def grant(self, *members: Person, **changes: Any) -> str:
        raw = self.draw_up(*members, **changes).write()
        return await mandates.accept_signed(self.svc, self.reader(self.head), raw, self.sign(raw))

    async def ask(self, amount: int = 1_000_000, **changes: Any) -> dict[str, Any]:
        """The bank asks its customer to pay for the company; id of the request, and of those of the others."""
        payment = {"kind": "payment", "payee": "ТОО «Астық»", "amount": amount, "currency": "KZT"}
        body = {**PAYMENT, "fields": [payment], "on_behalf_of": {"bin": BIN}, **changes}
        asked = await self.party.ask(**body)
        await self.party.delivered()
        groups = await self.svc.store.all("select id, requests from confirmation_group")
        group = next((row for row in groups if asked in row["requests"].split()), None)
        return {
            "id": asked,
            "group": group["id"] if group else "",
            "all": group["requests"].split() if group else [asked],
        }

    async def confirm(self, request_id: str, person: Person) -> dict[str, Any]:
        """The person types the code that came; the slots of the record."""
        answerer = Answerer(person.id, "none", MULTI)
        await confirm.answer(self.svc, answerer, request_id, self.party.gateway.code_of(request_id), "ru")
        return await self.slots(request_id)

    async def slots(self, request_id: str) -> dict[str, Any]:
        row = await self.svc.store.one("select record_id from confirmation_request where id = $1", request_id)
        assert row is not None
        disclosed = await self.svc.log.vault.disclosures(self.svc.store, row["record_id"])
        return {one.name: one.value for one in disclosed}

    async def state(self, request_id: str) -> tuple[str, str]:
        row = await self.svc.store.one("select state, reason from confirmation_request where id = $1", request_id)
        assert row is not None
        return row["state"], row["reason"]

    async def spent(self, mandate: str) -> int:
        row = await rows.mandate_of(self.svc.store, mandate)
        assert row is not None
        return row.spent


def found_company(party: Party, head: Person, staff: tuple[Person, Person, Person], pki: TestPki) -> Company:
    company = Company(party, head, staff, pki, None)  # type: ignore[arg-type]  # issued in the next line
    company.key = company.issue(head.subject[4:])
    return company
