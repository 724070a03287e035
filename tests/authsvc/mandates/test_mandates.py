"""Mandates: granted by the head's EDS over the document, used within sums and term, revoked at once (L6a, L21)."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import orjson
import pytest

from authsvc import cases, confirm, mandates
from authsvc.cases import Case
from authsvc.cli_evidence import verify_eds
from authsvc.confirm import Answerer
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence.package_check import check
from authsvc.web.sandbox.pki import Role, invent_bin
from confirmations.errors import AlreadyDecided, MandateRefused, PolicyRefused, StatementRefused
from tests.authsvc.mandates.company import BIN, DAY, NAME, Company
from tests.authsvc.services import MULTI

pytestmark = pytest.mark.anyio

OTHER_DAY = date(2001, 5, 5)


async def test_a_head_grants_an_employee_confirms_within_exceeds_and_is_refused_and_the_head_revokes(
    company: Company,
) -> None:
    mandate = await company.grant()
    (employee, *_) = company.staff
    asked = await company.ask()
    slots = await company.confirm(asked["id"], employee)
    assert slots["entity_subject"] == f"bin:{BIN}"
    record = slots["mandate"]
    members = await company.svc.store.all("select record_id from mandate_member where mandate = $1", mandate)
    assert [row["record_id"] for row in members] == [record]
    granted = {one.name: one.value for one in await company.svc.log.vault.disclosures(company.svc.store, record)}
    assert granted["grantor_subject"] == company.head.subject
    assert granted["person_subject"] == employee.subject
    verification = await company.svc.log.find(granted["about"][0])
    assert verification is not None
    assert b"\nsignature_verification\n" in verification.entry
    with pytest.raises(PolicyRefused):
        await company.ask(amount=1_000_001)
    await company.confirm((await company.ask())["id"], employee)
    with pytest.raises(PolicyRefused):
        await company.ask()
    last = await company.ask(amount=400_000)
    await mandates.revoke(company.svc, company.reader(company.head), mandate)
    with pytest.raises(MandateRefused):
        await company.confirm(last["id"], employee)
    assert await company.state(last["id"]) == ("failed", "mandate")
    with pytest.raises(PolicyRefused):
        await company.ask(amount=1)
    with pytest.raises(Conflict):
        await mandates.revoke(company.svc, company.reader(company.head), mandate)
    ended = await company.svc.store.all("select record_id from confirmation_request order by id")
    acts = tuple(row["record_id"] for row in ended)
    package = await cases.export_case(company.svc, Case(acts=acts, recipient="сот", ground="ГПК, 73"))
    verdict = check(package, await cases.trust_of(company.svc), (), at=company.now, verify_eds=verify_eds)
    assert verdict.code == "VALID"
    assert record in [each.id for each in verdict.records]


async def test_parallel_answers_never_spend_more_than_the_sum(company: Company) -> None:
    mandate = await company.grant(*company.staff)
    employee = company.staff[0]
    asked = [(await company.ask(amount=900_000))["id"] for _ in range(3)]
    done = await asyncio.gather(*(company.confirm(each, employee) for each in asked), return_exceptions=True)
    assert sorted(isinstance(each, MandateRefused) for each in done) == [False, False, True]
    assert await company.spent(mandate) == 1_800_000
    states = sorted([await company.state(each) for each in asked])
    assert states == [("confirmed", ""), ("confirmed", ""), ("failed", "mandate")]


async def test_the_sum_begins_anew_with_the_month_and_ends_with_the_term(company: Company) -> None:
    await company.grant(total=1_000_000, until=company.now + 300 * DAY)
    employee = company.staff[0]
    await company.confirm((await company.ask())["id"], employee)
    with pytest.raises(PolicyRefused):
        await company.ask(amount=1)
    company.party.clock.move(31 * DAY)
    await company.confirm((await company.ask())["id"], employee)
    company.party.clock.move(280 * DAY)
    with pytest.raises(PolicyRefused):
        await company.ask(amount=1)


async def test_acts_outside_the_scope_and_persons_outside_the_mandate_are_refused(company: Company) -> None:
    with pytest.raises(PolicyRefused):
        await company.ask()
    await company.grant(company.staff[1])
    with pytest.raises(PolicyRefused):
        await company.ask()
    await company.grant(company.staff[0], acts=("document",), single=0, total=0)
    with pytest.raises(PolicyRefused):
        await company.ask()
    with pytest.raises(PolicyRefused):
        await company.ask(on_behalf_of={"bin": invent_bin(OTHER_DAY, 9)})
    for wrong in ({"bin": "1"}, {"bin": BIN, "role": "head"}, BIN, []):
        with pytest.raises(InvalidRequest):
            await company.ask(on_behalf_of=wrong)


async def test_only_the_heads_own_signature_over_exactly_this_document_grants(company: Company) -> None:
    document = company.draw_up()
    raw = document.write()
    other = company.draw_up(total=9_000_000).write()
    iin = company.head.subject[4:]
    reader = company.reader(company.head)
    wrong = {
        "another document": company.sign(other),
        "an employee's role": company.sign(raw, company.issue(iin, Role.EMPLOYEE)),
        "the head of another entity": company.sign(raw, company.issue(iin, bin_=invent_bin(OTHER_DAY, 9))),
        "another head of the entity": company.sign(raw, company.issue(company.staff[2].subject[4:])),
        "no signature": raw,
        "nothing": b"",
        "another document, detached": company.sign(other, detached=True),
    }
    for what, signed in wrong.items():
        with pytest.raises(InvalidRequest):
            await mandates.accept_signed(company.svc, reader, raw, signed)
        assert await company.svc.store.all("select 1 as n from mandate") == [], what
    with pytest.raises(InvalidRequest):
        await mandates.accept_signed(company.svc, company.reader(company.staff[0]), raw, company.sign(raw))
    granted = await mandates.accept_signed(company.svc, reader, raw, company.sign(raw, detached=True))
    assert granted == document.id
    with pytest.raises(Conflict):
        await mandates.accept_signed(company.svc, reader, raw, company.sign(raw))


async def test_a_document_that_says_in_words_something_else_is_none(company: Company) -> None:
    raw = company.draw_up().write()
    told = orjson.loads(raw)
    told["text"]["ru"] = told["text"]["ru"].replace("10\u00a0000", "99\u00a0000")
    reader = company.reader(company.head)
    for forged in (orjson.dumps(told, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2), raw + b"\n", b"{}", b"x"):
        with pytest.raises(InvalidRequest):
            await mandates.accept_signed(company.svc, reader, forged, company.sign(forged))
    stale = company.draw_up().write()
    company.party.clock.move(2 * DAY)
    with pytest.raises(InvalidRequest, match="too long ago"):
        await mandates.accept_signed(company.svc, reader, stale, company.sign(stale))


async def test_a_mandate_that_breaks_a_rule_is_not_drawn_up(company: Company) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"k": 2},
        {"k": 0},
        {"acts": ()},
        {"acts": ("approval",)},
        {"single": 0},
        {"total": 1},
        {"acts": ("document",)},
        {"period": "year"},
        {"currency": "XXX"},
        {"until": company.now},
        {"until": company.now + 4_000 * DAY},
        {"members": ("12",)},
        {"members": ("900101300002", "900101300002")},
        {"bin": "1"},
    )
    for changes in wrong:
        with pytest.raises(InvalidRequest):
            company.draw_up(**changes)
    with pytest.raises(StatementRefused):
        company.draw_up(entity="TОО\u202e")


async def test_two_of_three_directors_each_by_their_own_confirmation(company: Company) -> None:
    mandate = await company.grant(*company.staff, k=2)
    asked = await company.ask()
    first, second, third = company.staff
    requests = dict(zip(await accounts_of(company, asked["all"]), asked["all"], strict=True))
    alone = await company.confirm(requests[first.id], first)
    assert alone["group"] == {"group": asked["group"], "k": 2, "n": 3, "outcome": ""}
    assert await company.spent(mandate) == 1_000_000
    met = await company.confirm(requests[third.id], third)
    assert met["group"]["outcome"] == "met"
    record = await company.svc.store.one("select record_id from confirmation_request where id = $1", requests[first.id])
    assert record is not None
    assert met["about"] == [record["record_id"]]
    assert await company.spent(mandate) == 1_000_000
    assert await company.state(requests[second.id]) == ("cancelled", "system_ended")
    with pytest.raises(AlreadyDecided):
        await company.confirm(requests[second.id], second)
    seen = (await company.slots(requests[third.id]))["mandate"]
    assert seen != alone["mandate"]
    for request_id in requests.values():
        view = await confirm.read(company.svc, company.party.asker.client_id, request_id)
        assert company.staff[1].sub.encode() not in view.statement
        assert NAME.encode() in view.statement


async def test_a_group_that_can_not_be_met_fails_and_gives_the_sum_back(company: Company) -> None:
    mandate = await company.grant(*company.staff, k=2)
    asked = await company.ask()
    requests = dict(zip(await accounts_of(company, asked["all"]), asked["all"], strict=True))
    first, second, third = company.staff
    await company.confirm(requests[first.id], first)
    await confirm.decline(company.svc, answerer(second.id), requests[second.id], "declined", "ru")
    assert await company.spent(mandate) == 1_000_000
    await confirm.decline(company.svc, answerer(third.id), requests[third.id], "declined", "ru")
    assert await company.spent(mandate) == 0
    assert (await company.slots(requests[third.id]))["group"]["outcome"] == "failed"


async def test_not_me_by_one_member_ends_the_group(company: Company) -> None:
    await company.grant(*company.staff, k=2)
    asked = await company.ask()
    requests = dict(zip(await accounts_of(company, asked["all"]), asked["all"], strict=True))
    second = company.staff[1]
    await confirm.decline(company.svc, answerer(second.id), requests[second.id], "not_me", "ru")
    assert (await company.slots(requests[second.id]))["group"]["outcome"] == "failed"
    assert {(await company.state(each))[0] for each in asked["all"]} == {"declined", "cancelled"}


async def test_a_revocation_between_two_answers_of_a_group_stops_the_second(company: Company) -> None:
    mandate = await company.grant(*company.staff, k=2)
    asked = await company.ask()
    requests = dict(zip(await accounts_of(company, asked["all"]), asked["all"], strict=True))
    first, second, _ = company.staff
    await company.confirm(requests[first.id], first)
    await mandates.revoke(company.svc, company.reader(company.head), mandate)
    with pytest.raises(MandateRefused):
        await company.confirm(requests[second.id], second)


async def test_who_neither_granted_nor_holds_a_mandate_sees_nothing_of_it(company: Company) -> None:
    mandate = await company.grant()
    stranger = company.staff[2]
    assert await mandates.list_own(company.svc, company.reader(stranger)) == []
    for act in (mandates.read_own, mandates.revoke):
        with pytest.raises(NotFound):
            await act(company.svc, company.reader(stranger), mandate)
    (line,) = await mandates.list_own(company.svc, company.reader(company.staff[0]))
    assert (line.row.id, line.state, line.own) == (mandate, "granted", False)
    await mandates.revoke(company.svc, company.reader(company.staff[0]), mandate)
    (line,) = await mandates.list_own(company.svc, company.reader(company.head))
    assert (line.state, line.own) == ("revoked", True)


def answerer(account: str) -> Answerer:
    return Answerer(account, "none", MULTI)


async def accounts_of(company: Company, requests: list[str]) -> list[str]:
    found = []
    for each in requests:
        row = await company.svc.store.one("select account from confirmation_request where id = $1", each)
        assert row is not None
        found.append(row["account"])
    return found
