"""A dispute: who may open it, who decides it, what stays (law duties L11, L20b)."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import orjson
import pytest

from authsvc import cases, disputes, staff
from authsvc.cases import Case
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence.package_check import check
from authsvc.keys import b64url
from confirmations.errors import StatementRefused
from tests.authsvc.disputes.reviewers import REASONS, WHY, Bench
from tests.authsvc.services import SINGLE, add_person

pytestmark = pytest.mark.anyio


async def test_a_rejection_is_one_named_persons_and_has_reasons(bench: Bench) -> None:
    before = await bench.svc.log.find(bench.record)
    dispute = await bench.contest()
    assert await bench.decide(dispute, "rejected")
    row = await bench.row(dispute)
    assert row.state == "rejected"
    assert row.resolution is not None
    slots = await bench.slots(row.resolution)
    assert slots["resolver_subject"] == bench.first.subject
    assert slots["resolver_name"] == bench.first.name
    assert slots["about"] == [dispute, bench.record]
    assert slots["resolution_reasons"] == b64url(hashlib.sha256(REASONS.encode()).digest())
    seen = await disputes.read_own(bench.svc, bench.party.answerer, dispute)
    assert (seen.reasons, seen.resolver, seen.text) == (REASONS, bench.first.name, WHY)
    after = await bench.svc.log.find(bench.record)
    assert before is not None
    assert after is not None
    assert after.entry == before.entry


async def test_overturning_takes_two_reviewers_who_confirm_the_same_proposal(bench: Bench) -> None:
    dispute = await bench.contest()
    assert not await bench.decide(dispute, "granted")
    await bench.approve(dispute, bench.first)
    assert await disputes.settle_waiting(bench.svc) == 0
    await bench.approve(dispute, bench.second)
    assert await disputes.settle_waiting(bench.svc) == 1
    row = await bench.row(dispute)
    assert row.state == "granted"
    assert row.resolution is not None
    slots = await bench.slots(row.resolution)
    about = slots["about"]
    assert isinstance(about, list)
    assert about[:2] == [dispute, bench.record]
    assert len(about) == 4
    proposal = (await bench.svc.log.vault.blobs(bench.svc.store, row.resolution))["resolution_proposal"]
    assert slots["resolution_proposal"] == b64url(hashlib.sha256(proposal).digest())
    for record in about[2:]:
        statement = orjson.loads((await bench.svc.log.vault.blobs(bench.svc.store, str(record)))["statement"])
        assert slots["resolution_proposal"] in [one.get("digest") for one in statement["fields"]]


async def test_the_one_who_proposed_must_be_among_those_who_approve(bench: Bench) -> None:
    third = await add_person(bench.svc, 23)
    await staff.give(bench.svc, third.id, third.subject, "reviewer", ground="tests")
    dispute = await bench.contest()
    await bench.decide(dispute, "granted", third)
    await bench.approve(dispute, bench.first)
    await bench.approve(dispute, bench.second)
    assert await disputes.settle_waiting(bench.svc) == 0
    await bench.approve(dispute, third)
    assert await disputes.settle_waiting(bench.svc) == 1


async def test_a_reviewer_who_declines_opens_the_dispute_again(bench: Bench) -> None:
    dispute = await bench.contest()
    await bench.decide(dispute, "partly_granted")
    with pytest.raises(Conflict):
        await bench.decide(dispute, "rejected", bench.second)
    await bench.decline(dispute, bench.second)
    assert await disputes.settle_waiting(bench.svc) == 1
    assert (await bench.row(dispute)).state == "open"
    assert await bench.decide(dispute, "rejected", bench.second)


async def test_nobody_decides_over_their_own_matter(bench: Bench) -> None:
    person = bench.party.person
    await staff.give(bench.svc, person.id, person.subject, "reviewer", ground="tests")
    dispute = await bench.contest()
    with pytest.raises(Conflict):
        await bench.decide(dispute, "rejected", person)
    assert (await bench.row(dispute)).state == "open"


async def test_who_is_no_reviewer_or_has_one_factor_finds_nothing(bench: Bench) -> None:
    dispute = await bench.contest()
    stranger = await add_person(bench.svc, 24)
    for answerer in (bench.answerer(stranger), bench.answerer(bench.first, SINGLE), bench.party.answerer):
        with pytest.raises(NotFound):
            await disputes.decide(bench.svc, answerer, dispute, "rejected", REASONS)
        with pytest.raises(NotFound):
            await disputes.queue(bench.svc, answerer)
        with pytest.raises(NotFound):
            await disputes.read_as_reviewer(bench.svc, answerer, dispute, "ru")


async def test_a_person_contests_only_records_about_them_and_each_once(bench: Bench) -> None:
    stranger = await add_person(bench.svc, 24)
    with pytest.raises(NotFound):
        await disputes.open_dispute(bench.svc, bench.answerer(stranger), bench.record, "not_me", WHY)
    with pytest.raises(NotFound):
        await disputes.open_dispute(bench.svc, bench.party.answerer, "no-such-record", "not_me", WHY)
    dispute = await bench.contest()
    with pytest.raises(Conflict):
        await bench.contest()
    with pytest.raises(NotFound):
        await disputes.read_own(bench.svc, bench.answerer(stranger), dispute)
    with pytest.raises(InvalidRequest):
        await disputes.open_dispute(bench.svc, bench.party.answerer, dispute, "other", WHY)


async def test_a_text_that_can_not_be_read_as_it_is_is_refused(bench: Bench) -> None:
    unreadable = ("", "   ", "x" * 4_001, "abc\u202edef", "a\u200bb")
    for text in unreadable:
        with pytest.raises(StatementRefused):
            await bench.contest(text=text)
    dispute = await bench.contest()
    for text in unreadable:
        with pytest.raises(StatementRefused):
            await bench.decide(dispute, "rejected", reasons=text)
    assert (await bench.row(dispute)).state == "open"


async def test_a_dispute_taken_back_can_not_be_decided_and_may_be_opened_again(bench: Bench) -> None:
    dispute = await bench.contest()
    await disputes.withdraw(bench.svc, bench.party.answerer, dispute)
    with pytest.raises(Conflict):
        await disputes.withdraw(bench.svc, bench.party.answerer, dispute)
    with pytest.raises(Conflict):
        await bench.decide(dispute, "rejected")
    assert await bench.contest() != dispute


async def test_a_due_date_is_told_only_where_the_settings_promise_one(bench: Bench) -> None:
    assert (await bench.row(await bench.contest())).due_at is None
    svc = replace(bench.svc, settings=replace(bench.svc.settings, dispute_days=15))
    for row in await disputes.about(svc.store, bench.record):
        await disputes.withdraw(svc, bench.party.answerer, row.id)
    dispute = await disputes.open_dispute(svc, bench.party.answerer, bench.record, "other", WHY)
    row = await bench.row(dispute)
    assert row.due_at == row.opened_at + 15 * 24 * 3600 * 1000
    assert (await bench.slots(dispute))["dispute_due"] != ""


async def test_the_person_is_told_of_the_decision_and_nothing_of_the_matter(bench: Bench) -> None:
    dispute = await bench.contest()
    await bench.decide(dispute, "rejected")
    await bench.party.delivered()
    told = bench.party.gateway.sent[-1]
    assert told.address == bench.party.person.address
    assert f"/disputes/{dispute}" in told.text
    assert "/freeze/" in told.text
    assert REASONS not in told.text
    assert WHY not in told.text


async def test_a_package_over_the_contested_act_has_dispute_and_resolution(bench: Bench) -> None:
    dispute = await bench.contest()
    await bench.decide(dispute, "granted")
    await bench.approve(dispute, bench.first)
    await bench.approve(dispute, bench.second)
    await disputes.settle_waiting(bench.svc)
    row = await bench.row(dispute)
    package = await cases.export_case(bench.svc, Case(acts=(bench.record,), recipient="сот", ground="ГПК, 73"))
    verdict = check(package, await cases.trust_of(bench.svc), (), at=bench.party.clock.now())
    assert verdict.code == "VALID"
    assert {bench.record, dispute, row.resolution} <= {each.id for each in verdict.records}
