"""A citizen with acts behind them, and two operators who may approve what is done to the citizen's data."""

from dataclasses import dataclass, replace
from pathlib import Path

from authsvc import confirm, erasure, staff
from authsvc.accounts import Person
from authsvc.confirm import Answerer
from authsvc.erasure import Done, Wish
from authsvc.evidence.fsck import check_log
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.trust import Trust
from authsvc.web.sandbox.pki import Credential, TestPki, sign_cms
from tests.authsvc.services import MULTI, ORIGIN, Party, add_person

GROUND = "Өтініш № 5, 2026-11-20"


@dataclass
class Office:
    """The service with a citizen (`party`), two operators, and the citizen's bank. `keys` are the operators' EDS."""

    party: Party
    first: Person
    second: Person
    folder: Path
    keys: dict[str, Credential]
    pki: TestPki

    @property
    def svc(self) -> Service:
        return self.party.svc

    @property
    def citizen(self) -> Person:
        return self.party.person

    def wish(self, kind: str = "deleted", **changes: object) -> Wish:
        return replace(Wish("erasure", GROUND, self.citizen.subject, kind), **changes)  # type: ignore[arg-type]

    async def approve(self, order_id: str, person: Person, *, say: str = "yes") -> None:
        answerer = Answerer(person.id, "none", MULTI)
        request_id = await erasure.ask(self.svc, answerer, order_id)
        await self.party.delivered()
        if say == "yes":
            await confirm.answer(self.svc, answerer, request_id, self.party.gateway.code_of(request_id), "ru")
        else:
            await confirm.decline(self.svc, answerer, request_id, "declined", "ru")

    def sign(self, person: Person, request: bytes, *, detached: bool = False) -> bytes:
        return sign_cms(request, [self.keys[person.id]], signing_time=self.party.clock.now(), detached=detached)

    async def carry_out(self, wish: Wish) -> Done:
        """Proposed, approved by both, carried out."""
        order = await erasure.propose(self.svc, wish)
        await self.approve(order.id, self.first)
        await self.approve(order.id, self.second)
        return await erasure.carry_out(self.svc, order.id)

    async def hold(self) -> str:
        order = await erasure.propose(self.svc, Wish("hold", "Іс № 7", self.citizen.subject))
        await self.approve(order.id, self.first)
        return (await erasure.carry_out(self.svc, order.id)).record

    async def confirmed(self) -> str:
        """A confirmation of the citizen's; the request's id."""
        request_id = await self.party.asked_and_delivered()
        await confirm.answer(self.svc, self.party.answerer, request_id, self.party.gateway.code_of(request_id), "kk")
        return request_id

    async def handle(self) -> str:
        found = await self.svc.log.vault.find(self.svc.store, self.citizen.subject)
        assert found is not None
        return found

    async def faults(self) -> list[str]:
        found = await check_log(self.svc.store, ORIGIN, self.svc.log.signers.log.verifier, None)
        return found.faults


async def make_office(party: Party, folder: Path, pki: TestPki) -> Office:
    first, second = await add_person(party.svc, 21), await add_person(party.svc, 22)
    for person in (first, second):
        await staff.give(party.svc, person.id, person.subject, "operator", ground="tests")
    now = party.clock.now()
    authorities = pki.authorities.values()
    made = [
        file
        for each in authorities
        for file in (each.issuing.credential.certificate_der, each.root_crl(now), each.crl(now))
    ]
    trust = Trust(tuple(each.root.credential.certificate_der for each in authorities), tuple(made))
    party.svc = replace(party.svc, trust=trust)
    keys = {
        person.id: pki.authority("rsa").issue_person(name="ОПЕРАТОР", iin=person.subject[4:])
        for person in (first, second, party.person)
    }
    return Office(party, first, second, folder, keys, pki)


def hexes(*values: bytes) -> list[bytes]:
    """Each value as it may lie in a file: raw, hexadecimal, base64url."""
    return [form for value in values for form in (value, value.hex().encode(), b64url(value).encode())]
