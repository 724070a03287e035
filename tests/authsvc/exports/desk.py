"""Two auditors and a citizen on a service of a test's own."""

from dataclasses import dataclass

from authsvc import confirm, exports, staff
from authsvc.accounts import Person
from authsvc.confirm import Answerer
from authsvc.exports import Application
from authsvc.exports import reading as _reading
from authsvc.service import Service
from authsvc.store import exports as rows
from authsvc.store.exports import ExportRow
from tests.authsvc.services import MULTI, Party, add_person

ORDER = "Определение суда".encode()


@dataclass
class Desk:
    """The service with one citizen (`party`) and two auditors."""

    party: Party
    first: Person
    second: Person

    @property
    def svc(self) -> Service:
        return self.party.svc

    def answerer(self, person: Person, acr: str = MULTI) -> Answerer:
        return Answerer(person.id, "none", acr)

    def application(self, **changes: object) -> Application:
        asked: dict[str, object] = {
            "kind": "court",
            "subject": self.party.person.subject,
            "recipient": "Алмалы аудандық соты",
            "case_number": "2-1147/2027",
            "ground": "ГПК, статья 73",
            "order_name": "order.pdf",
            "order": ORDER,
            **changes,
        }
        return Application(**asked)  # type: ignore[arg-type]  # the tests name members of Application

    async def ask(self, **changes: object) -> str:
        return await exports.ask_as_staff(self.svc, self.answerer(self.first), self.application(**changes))

    async def approve(self, export_id: str, person: Person) -> None:
        answerer = self.answerer(person)
        request_id = await exports.approve(self.svc, answerer, export_id)
        await self.party.delivered()
        code = self.party.gateway.code_of(request_id)
        await confirm.answer(self.svc, answerer, request_id, code, "ru")

    async def decline(self, export_id: str, person: Person) -> None:
        answerer = self.answerer(person)
        request_id = await exports.approve(self.svc, answerer, export_id)
        await self.party.delivered()
        await confirm.decline(self.svc, answerer, request_id, "declined", "ru")

    async def row(self, export_id: str) -> ExportRow:
        found = await rows.export_of(self.svc.store, export_id)
        assert found is not None
        return found

    async def work(self) -> None:
        """What the worker does."""
        await exports.settle_waiting(self.svc)
        while await exports.make_due(self.svc):
            pass

    async def package(self, export_id: str) -> bytes:
        return b"".join([part async for part in await _reading.read_package(self.svc, await self.row(export_id))])

    async def slots(self, record_id: str) -> dict[str, object]:
        return {one.name: one.value for one in await self.svc.log.vault.disclosures(self.svc.store, record_id)}


async def make_desk(party: Party) -> Desk:
    first, second = await add_person(party.svc, 11), await add_person(party.svc, 12)
    for person in (first, second):
        await staff.give(party.svc, person.id, person.subject, "auditor", ground="tests")
    return Desk(party, first, second)
