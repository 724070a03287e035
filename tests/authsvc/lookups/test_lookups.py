"""The support desk: no purpose, no look-up; each is recorded and the person sees it; what is shown is masked."""

from __future__ import annotations

import pytest

from authsvc import accounts, exports, lookups, staff
from authsvc.accounts import Person
from authsvc.confirm import Answerer
from authsvc.errors import InvalidRequest, NotFound, TooManyAttempts
from authsvc.limits import Budget
from confirmations.errors import StatementRefused
from tests.authsvc.services import MULTI, SINGLE, Party, add_person

pytestmark = pytest.mark.anyio

WHY = "Обращение № 77: не пришёл код"


async def clerk(party: Party) -> Person:
    member = await add_person(party.svc, 31)
    await staff.give(party.svc, member.id, member.subject, "support", ground="tests")
    return member


async def look(
    party: Party, member: Person, wanted: str, purpose: str = "delivery", ground: str = WHY, acr: str = MULTI
):  # type: ignore[no-untyped-def]
    return await lookups.look_up(party.svc, Answerer(member.id, "none", acr), wanted, purpose, ground)


async def looked_up(party: Party) -> list[str]:
    """Ids of the look-ups in the log."""
    found = []
    for row in await party.svc.store.all("select record_id from entry where type = 'administration' order by idx"):
        settled = await party.svc.log.find(row["record_id"])
        if settled is not None and b'"administration_kind":"look_up"' in settled.entry:
            found.append(row["record_id"])
    return found


async def test_a_look_up_for_a_purpose_is_seen_by_the_person(party: Party) -> None:
    member = await clerk(party)
    request_id = await party.asked_and_delivered()
    found = await look(party, member, party.person.subject[4:])
    assert found is not None
    (record,) = await looked_up(party)
    own = await exports.own_record(party.svc, party.person.subject, record, "ru")
    values = {one.name: one.value for one in own.disclosures}
    assert (values["administration_ground"], values["object"]) == (WHY, "support desk: delivery")
    assert record in [line.id for line in (await exports.list_records(party.svc, party.person.subject, 0))[0]]
    assert [row.id for row in found.requests] == [request_id]
    told = repr(found)
    for secret in (party.person.subject[4:], party.person.address, party.gateway.code_of(request_id), "Жібек"):
        assert secret not in told.replace(repr(found.requests), "")
    assert (found.name, found.address) == ("Айгүл С.", f"•••{party.person.address[-4:]}")


async def test_a_person_is_found_by_their_address_too(party: Party) -> None:
    member = await clerk(party)
    found = await look(party, member, "+7 701 000 0001")
    assert found is not None
    assert found.number.endswith(party.person.subject[-4:])
    await party.svc.store.transact(
        lambda tx: accounts.people.index_address(tx, accounts.address_mac(party.svc, party.person.address), member.id)
    )
    assert await look(party, member, party.person.address) is None, "two of one address: nobody is taken for another"


async def test_without_a_purpose_or_a_ground_nobody_is_looked_up(party: Party) -> None:
    member = await clerk(party)
    for purpose, ground in (("", WHY), ("curiosity", WHY), ("call", ""), ("call", "просто"), ("call", "x" * 301)):
        with pytest.raises((InvalidRequest, StatementRefused)):
            await look(party, member, party.person.subject[4:], purpose, ground)
    assert await looked_up(party) == []


async def test_a_look_up_that_finds_nobody_is_recorded_without_what_was_typed(party: Party) -> None:
    member = await clerk(party)
    assert await look(party, member, "000000000000") is None
    assert await look(party, member, "+77990000000") is None
    for record in await looked_up(party):
        disclosed = {one.name: one.value for one in await party.svc.log.vault.disclosures(party.svc.store, record)}
        assert (disclosed["person_subject"], disclosed["administration_ground"]) == ("", WHY)
    assert len(await looked_up(party)) == 2


async def test_only_support_with_two_factors_and_within_bounds(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    member = await clerk(party)
    auditor = await add_person(party.svc, 32)
    await staff.give(party.svc, auditor.id, auditor.subject, "auditor", ground="tests")
    number = party.person.subject[4:]
    for person, acr in ((member, SINGLE), (auditor, MULTI), (party.person, MULTI)):
        with pytest.raises(NotFound):
            await look(party, person, number, acr=acr)
    monkeypatch.setattr(lookups, "OF_MEMBER", Budget("look-ups", 2, lookups.HOUR_MS))
    for _ in range(2):
        await look(party, member, number)
    with pytest.raises(TooManyAttempts):
        await look(party, member, number)
    assert len(await looked_up(party)) == 2
