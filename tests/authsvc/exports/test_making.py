"""The making: claimed once, told step by step, survives a kill, sealed while it lies here; erasure has one outcome."""

import asyncio
import hashlib
import json
from io import BytesIO
from zipfile import ZipFile

import pytest

from authsvc import cases, confirm, exports
from authsvc.cases import Case, Made, Progress
from authsvc.cli_evidence import verify_eds
from authsvc.errors import IdempotencyKeyReused, InvalidRequest, NotFound
from authsvc.evidence.package_check import check
from authsvc.exports import making
from authsvc.exports.application import Application, digest_of, pack, unpack, write
from authsvc.exports.making import LEASE_MS
from authsvc.keys import b64url
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import exports as rows
from tests.authsvc.exports.desk import Desk
from tests.authsvc.services import add_person, add_relying_party

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_make = cases.make_package


async def confirmed(desk: Desk) -> str:
    party = desk.party
    request_id = await party.asked_and_delivered()
    await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")
    return (await confirm.read(party.svc, party.asker.client_id, request_id)).record or ""


def key_of(desk: Desk, key: str, body: bytes) -> ReplayKey:
    return ReplayKey.of(desk.party.asker.client_id, key, "POST /v1/evidence/exports", body)


async def test_a_citizen_s_own_export_holds_their_values_and_is_valid(desk: Desk) -> None:
    await confirmed(desk)
    export_id = await exports.ask_as_person(desk.svc, desk.party.answerer)
    await desk.work()
    package = await desk.package(export_id)
    trust = await cases.trust_of(desk.svc)
    assert check(package, trust, (), at=desk.party.clock.now(), verify_eds=verify_eds).code == "VALID"
    with ZipFile(BytesIO(package)) as archive:
        files = [archive.read(name) for name in archive.namelist() if name.startswith("disclosures/")]
    values = {str(each["value"]) for file in files for each in json.loads(file)}
    assert {desk.party.person.subject, desk.party.person.name, desk.party.person.address} <= values
    assert desk.first.subject not in values


async def test_a_relying_party_exports_its_own_acts_and_no_other_s(desk: Desk) -> None:
    record = await confirmed(desk)
    export_id = await exports.ask_as_party(desk.svc, desk.party.asker, (record,), key_of(desk, "", b""))
    await desk.work()
    view = await exports.of_party(desk.svc, desk.party.asker.client_id, export_id)
    assert view.row.state == "ready"
    other = await add_relying_party(desk.svc, "other")
    with pytest.raises(NotFound):
        await exports.of_party(desk.svc, other.client_id, export_id)
    with pytest.raises(NotFound):
        await exports.ask_as_party(desk.svc, other, (record,), key_of(desk, "", b""))
    with pytest.raises(InvalidRequest):
        await exports.ask_as_party(desk.svc, desk.party.asker, (), key_of(desk, "", b""))


async def test_the_same_idempotency_key_begins_one_export(desk: Desk) -> None:
    record = await confirmed(desk)
    asker = desk.party.asker
    both = await asyncio.gather(
        *(exports.ask_as_party(desk.svc, asker, (record,), key_of(desk, "k", b"1")) for _ in range(2))
    )
    assert both[0] == both[1]
    with pytest.raises(IdempotencyKeyReused):
        await exports.ask_as_party(desk.svc, asker, (record,), key_of(desk, "k", b"2"))


async def test_the_package_lies_sealed_and_byte_for_byte_comes_back(desk: Desk) -> None:
    export_id = await exports.ask_as_person(desk.svc, desk.party.answerer)
    await desk.work()
    package = await desk.package(export_id)
    row = await desk.row(export_id)
    assert len(package) == row.size
    sealed = b"".join([bytes(one["sealed"]) for one in await desk.svc.store.all("select sealed from export_part")])
    assert b"PK\x03\x04" not in sealed
    assert desk.party.person.subject[4:].encode() not in sealed + row.sealed


async def test_of_many_workers_one_makes_it(desk: Desk) -> None:
    export_id = await exports.ask_as_person(desk.svc, desk.party.answerer)
    await asyncio.gather(*(exports.make_due(desk.svc) for _ in range(4)))
    assert (await desk.row(export_id)).attempts == 1
    (counted,) = await desk.svc.store.all("select count(*) as n from entry where type = 'export'")
    assert counted["n"] == 1


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("recorded", [False, True], ids=["before its record", "after its record"])
async def test_a_making_that_was_killed_is_made_by_the_next_with_one_record(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, recorded: bool
) -> None:
    export_id = await exports.ask_as_person(desk.svc, desk.party.answerer)

    async def die(svc: Service, case: Case, progress: Progress) -> Made:
        if recorded:
            await _make(svc, case, progress)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(making.cases, "make_package", die)
        with pytest.raises(Killed):
            await exports.make_due(desk.svc)
    assert not await exports.make_due(desk.svc)
    desk.party.clock.move(LEASE_MS + 1)
    assert await exports.make_due(desk.svc)
    row = await desk.row(export_id)
    assert (row.state, row.attempts) == ("ready", 2)
    (counted,) = await desk.svc.store.all("select count(*) as n from entry where type = 'export'")
    assert counted["n"] == 1
    trust = await cases.trust_of(desk.svc)
    package = await desk.package(export_id)
    assert check(package, trust, (), at=desk.party.clock.now(), verify_eds=verify_eds).code == "VALID"


async def test_a_fault_is_tried_again_and_told_as_a_fault_in_the_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_id = await exports.ask_as_person(desk.svc, desk.party.answerer)

    async def fail(svc: Service, case: Case, progress: Progress) -> Made:
        raise RuntimeError("a disk, say")

    monkeypatch.setattr(making.cases, "make_package", fail)
    for _ in range(making.ATTEMPTS):
        with pytest.raises(RuntimeError):
            await exports.make_due(desk.svc)
        desk.party.clock.move(LEASE_MS + 1)
    row = await desk.row(export_id)
    assert (row.state, row.reason) == ("failed", "fault")
    assert not await exports.make_due(desk.svc)


async def test_too_many_records_fail_with_their_reason(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MOST_RECORDS", 1)
    export_id = await exports.ask_as_person(desk.svc, desk.party.answerer)
    await desk.work()
    row = await desk.row(export_id)
    assert (row.state, row.reason) == ("failed", "too_many")


async def test_a_period_of_one_s_own_leaves_the_rest_out(desk: Desk) -> None:
    desk.party.clock.move(60_000)
    since = desk.party.clock.now()
    await confirmed(desk)
    export_id = await exports.ask_as_person(desk.svc, desk.party.answerer, since, since + 1000)
    await desk.work()
    slots = await desk.slots((await desk.row(export_id)).record_id)
    left_out = slots["export_left_out"]
    assert isinstance(left_out, list)
    assert left_out


async def test_the_person_is_told_what_others_got_unless_a_recorded_ground_forbids_it(desk: Desk) -> None:
    told, silent = await desk.ask(), await desk.ask(silent_ground="УПК, статья 201")
    for export_id in (told, silent):
        await desk.approve(export_id, desk.first)
        await desk.approve(export_id, desk.second)
    await desk.work()
    own = await exports.ask_as_person(desk.svc, desk.party.answerer)
    await desk.work()
    assert [view.row.id for view in await exports.about_person(desk.svc, desk.party.person.subject)] == [told]
    assert [view.row.id for view in await exports.by_person(desk.svc, desk.party.person.id)] == [own]
    other = await add_person(desk.svc, 30)
    assert await exports.about_person(desk.svc, other.subject) == []
    ground = (await desk.slots((await desk.row(silent)).record_id))["export_ground"]
    assert "УПК, статья 201" in str(ground)


async def test_an_erasure_while_the_export_is_made_hands_nothing_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = await desk.svc.log.vault.find(desk.svc.store, desk.party.person.subject)
    assert subject is not None
    export_id = await exports.ask_as_person(desk.svc, desk.party.answerer)

    async def erase_meanwhile(svc: Service, case: Case, progress: Progress) -> Made:
        made = await _make(svc, case, progress)

        async def act(tx: Tx) -> None:
            await rows.drop_about(tx, subject, svc.clock.now())

        await svc.store.transact(act)
        return made

    monkeypatch.setattr(making.cases, "make_package", erase_meanwhile)
    await exports.make_due(desk.svc)
    row = await desk.row(export_id)
    assert (row.state, row.sealed) == ("erased", b"")
    assert await desk.svc.store.all("select 1 as n from export_part") == []
    assert (await exports.of_person(desk.svc, desk.party.person.id, export_id)).application is None


async def test_a_subject_whose_key_is_gone_at_the_end_is_in_no_package(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await confirmed(desk)
    subject = await desk.svc.log.vault.find(desk.svc.store, desk.party.person.subject)
    assert subject is not None
    export_id = await exports.ask_as_party(desk.svc, desk.party.asker, (record,), key_of(desk, "", b""))

    async def erase_meanwhile(svc: Service, case: Case, progress: Progress) -> Made:
        made = await _make(svc, case, progress)

        async def act(tx: Tx) -> None:
            await tx.run("delete from subject_key where subject = $1", subject)
            await tx.run("delete from chain where subject = $1", subject)

        await svc.store.transact(act)
        return made

    monkeypatch.setattr(making.cases, "make_package", erase_meanwhile)
    await exports.make_due(desk.svc)
    assert (await desk.row(export_id)).state == "erased"
    assert await desk.svc.store.all("select 1 as n from export_part") == []


def test_the_digest_of_the_request_is_that_of_its_bytes() -> None:
    asked = Application(kind="court", subject="iin:900101300123", order=b"order", order_name="o.pdf")
    record = "01900000-0000-7000-8000-000000000000"
    request = write(asked, record_id=record, asked_by="iin:1", nonce=bytes(16), now=0)
    assert digest_of(request) == b64url(hashlib.sha256(request).digest())
    assert unpack(pack(asked, request), b"order") == (asked, request)
