"""Two reviewers and a citizen on a service of a test's own."""

from dataclasses import dataclass

from authsvc import confirm, disputes, staff
from authsvc.accounts import Person
from authsvc.confirm import Answerer
from authsvc.service import Service
from authsvc.store import disputes as rows
from authsvc.store.disputes import DisputeRow
from tests.authsvc.services import MULTI, Party, add_person

WHY = "Бұл төлемді мен растаған жоқпын."
REASONS = "Код чужому человеку попал через переадресацию; подтверждение не считается данным."


@dataclass
class Bench:
    """The service with one citizen (`party`), the record of their confirmation, and two reviewers."""

    party: Party
    record: str
    first: Person
    second: Person

    @property
    def svc(self) -> Service:
        return self.party.svc

    def answerer(self, person: Person, acr: str = MULTI) -> Answerer:
        return Answerer(person.id, "none", acr)

    async def contest(self, kind: str = "not_me", text: str = WHY) -> str:
        return await disputes.open_dispute(self.svc, self.party.answerer, self.record, kind, text)

    async def decide(self, dispute: str, result: str, person: Person | None = None, reasons: str = REASONS) -> bool:
        return await disputes.decide(self.svc, self.answerer(person or self.first), dispute, result, reasons)

    async def approve(self, dispute: str, person: Person) -> None:
        answerer = self.answerer(person)
        request_id = await disputes.approve(self.svc, answerer, dispute)
        await self.party.delivered()
        await confirm.answer(self.svc, answerer, request_id, self.party.gateway.code_of(request_id), "ru")

    async def decline(self, dispute: str, person: Person) -> None:
        request_id = await disputes.approve(self.svc, self.answerer(person), dispute)
        await self.party.delivered()
        await confirm.decline(self.svc, self.answerer(person), request_id, "declined", "ru")

    async def row(self, dispute: str) -> DisputeRow:
        found = await rows.dispute_of(self.svc.store, dispute)
        assert found is not None
        return found

    async def slots(self, record: str) -> dict[str, object]:
        return {one.name: one.value for one in await self.svc.log.vault.disclosures(self.svc.store, record)}


async def make_bench(party: Party) -> Bench:
    first, second = await add_person(party.svc, 21), await add_person(party.svc, 22)
    for person in (first, second):
        await staff.give(party.svc, person.id, person.subject, "reviewer", ground="tests")
    request_id = await party.asked_and_delivered()
    await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "kk")
    record = (await confirm.read(party.svc, party.asker.client_id, request_id)).record
    assert record is not None
    return Bench(party, record, first, second)
