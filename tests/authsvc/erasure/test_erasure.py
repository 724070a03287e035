"""Erasure as an act (evidence format, section 6; cases 39, 51, 83): two persons, a ground, a hold; proofs stand."""

import asyncio
from dataclasses import replace

import pytest

from authsvc import accounts, cases, confirm, erasure, staff
from authsvc.cases import Case
from authsvc.confirm import Answerer
from authsvc.erasure import Wish
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence.errors import ApprovalRefused
from authsvc.evidence.keystore import DONE
from authsvc.evidence.package_check import check
from authsvc.evidence.record import check_disclosure, parse
from authsvc.keys import unb64url
from authsvc.store import erasures as rows
from authsvc.store import proofs, subjects
from confirmations import read_receipt
from tests.authsvc.erasure.office import GROUND, Office
from tests.authsvc.services import MULTI, add_person

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def left(office: Office, handle: str) -> bool:
    return await rows.is_left(office.svc.store, handle, unb64url(handle))


async def test_what_was_deleted_is_gone_and_every_proof_stands(office: Office) -> None:
    request_id = await office.confirmed()
    handle = await office.handle()
    records = await subjects.records_of(office.svc.store, handle)
    assert len(records) == 4
    done = await office.carry_out(office.wish())
    assert not await left(office, handle)
    assert await accounts.person_by_id(office.svc, office.citizen.id) is None
    assert await office.svc.log.vault.find(office.svc.store, office.citizen.subject) is None
    for record in records:
        assert await office.svc.log.vault.disclosures(office.svc.store, record) == []
        assert await office.svc.log.vault.blobs(office.svc.store, record) == {}
        assert await office.svc.log.find(record) is not None
    assert await office.faults() == []
    entry = parse(done.settled.entry)
    assert (entry.type, entry.body["erasure_kind"], entry.id) == ("erasure", "deleted", done.record)
    assert done.scrubbed
    row = await proofs.request_of(office.svc.store, request_id)
    assert row is not None
    assert (row.account, row.state) == (rows.ERASED, "confirmed")


async def test_the_person_is_told_their_own_slots_once_and_then_nobody_can_tell_them(office: Office) -> None:
    await office.confirmed()
    head = await subjects.chain_head(office.svc.store, await office.handle())
    assert head is not None
    done = await office.carry_out(office.wish())
    entry = parse(done.settled.entry)
    told = {check_disclosure(entry, one).name: one.value for one in done.notice}
    assert told == {
        "person_subject": office.citizen.subject,
        "person_number": head[0] + 1,
        "person_previous": head[1],
    }
    kept = {one.name: one.value for one in await office.svc.log.vault.disclosures(office.svc.store, done.record)}
    assert kept.keys() == {"erasure_ground", "approvals"}
    assert kept["erasure_ground"] == GROUND
    approvals = kept["approvals"]
    assert isinstance(approvals, list)
    assert sorted(str(each["person"]) for each in approvals if isinstance(each, dict)) == sorted(
        [office.first.subject, office.second.subject]
    )


async def test_one_who_returns_starts_at_1_with_none(office: Office) -> None:
    await office.confirmed()
    before = await office.handle()
    await office.carry_out(office.wish())
    await add_person(office.svc)
    assert await office.handle() != before
    first, *_ = await subjects.records_of(office.svc.store, await office.handle())
    values = {one.name: one.value for one in await office.svc.log.vault.disclosures(office.svc.store, first)}
    assert (values["person_number"], values["person_previous"]) == (1, "none")


async def test_a_receipt_kept_outside_verifies_and_the_endpoint_says_what_may_remain(office: Office) -> None:
    request_id = await office.confirmed()
    view = await confirm.read(office.svc, office.party.asker.client_id, request_id)
    assert view.receipt is not None
    done = await office.carry_out(office.wish())
    settled = await office.svc.log.find(view.record or "")
    assert settled is not None
    assert settled.index < done.settled.index
    receipt = read_receipt(
        view.receipt,
        keys={office.svc.keys.receipts.kid: office.svc.keys.receipts.private.public_key()},
        audience=office.party.asker.client_id,
        check_log=lambda entry, proof, _: "" if (entry, proof) == (settled.entry, settled.proof) else "another entry",
    )
    assert receipt.id == view.record
    after = await confirm.read(office.svc, office.party.asker.client_id, request_id)
    assert (after.erased, after.receipt, after.statement) == (True, None, b"null")
    assert (after.outcome, after.record) == ("confirmed", view.record)
    assert after.standing is not None
    assert view.standing is not None
    before = view.standing.settled
    assert (after.standing.settled.entry, after.standing.settled.proof) == (before.entry, before.proof)
    with pytest.raises(NotFound):
        await confirm.read(office.svc, "another", request_id)
    with pytest.raises((Conflict, NotFound)):
        await confirm.cancel(office.svc, office.party.asker.client_id, request_id)


async def test_an_open_request_gets_its_one_record_before_the_person_goes(office: Office) -> None:
    request_id = await office.party.asked_and_delivered()
    await office.carry_out(office.wish())
    view = await confirm.read(office.svc, office.party.asker.client_id, request_id)
    assert (view.outcome, view.reason, view.erased) == ("cancelled", "system_ended", True)
    assert view.standing is not None
    assert parse(view.standing.settled.entry).body["outcome"] == "cancelled"
    with pytest.raises(NotFound):
        await confirm.answer(office.svc, office.party.answerer, request_id, "1234", "kk")


# --- two persons ---


async def test_nobody_and_one_person_are_too_few(office: Office) -> None:
    order = await erasure.propose(office.svc, office.wish())
    for approver in (None, office.first):
        if approver is not None:
            await office.approve(order.id, approver)
        with pytest.raises(ApprovalRefused, match="2 persons must approve"):
            await erasure.carry_out(office.svc, order.id)
    assert await left(office, await office.handle())
    assert dict(await office.svc.log.vault.epochs.key_store.erased()) == {}


async def test_one_person_by_confirmation_and_by_eds_is_one_person(office: Office) -> None:
    """39."""
    order = await erasure.propose(office.svc, office.wish())
    await office.approve(order.id, office.first)
    with pytest.raises(ApprovalRefused) as refused:
        await erasure.carry_out(office.svc, order.id, [office.sign(office.first, order.request)])
    assert refused.value.rule == "one_person_twice"


async def test_two_eds_carry_an_order_attached_and_detached(office: Office) -> None:
    order = await erasure.propose(office.svc, office.wish())
    signatures = [
        office.sign(office.first, order.request),
        office.sign(office.second, order.request, detached=True),
    ]
    done = await erasure.carry_out(office.svc, order.id, signatures)
    blobs = await office.svc.log.vault.blobs(office.svc.store, done.record)
    assert (blobs["eds/1"], blobs["eds/2"], blobs["request"]) == (*signatures, order.request)
    assert office.citizen.subject[4:].encode() not in order.request
    assert await office.faults() == []


async def test_an_eds_of_somebody_without_the_role_or_over_another_order_does_not_count(office: Office) -> None:
    order = await erasure.propose(office.svc, office.wish())
    other = await erasure.propose(office.svc, office.wish())
    await office.approve(order.id, office.first)
    for signature, rule in (
        (office.sign(office.second, other.request), "another_request"),
        (office.sign(office.citizen, order.request), "no_role"),
        (b"\x30\x03\x02\x01\x05", "unreadable"),
    ):
        with pytest.raises(ApprovalRefused) as refused:
            await erasure.carry_out(office.svc, order.id, [signature])
        assert refused.value.rule == rule


async def test_whom_it_concerns_may_not_approve_it(office: Office) -> None:
    await staff.give(office.svc, office.citizen.id, office.citizen.subject, "operator", ground="tests")
    order = await erasure.propose(office.svc, office.wish("restricted"))
    await office.approve(order.id, office.first)
    with pytest.raises(Conflict, match="may not approve it"):
        await office.approve(order.id, office.citizen)
    with pytest.raises(ApprovalRefused) as refused:
        await erasure.carry_out(office.svc, order.id, [office.sign(office.citizen, order.request)])
    assert refused.value.rule == "barred"


async def test_one_no_stops_an_order_and_a_role_that_was_taken_counts_no_more(office: Office) -> None:
    declined = await erasure.propose(office.svc, office.wish())
    await office.approve(declined.id, office.first)
    await office.approve(declined.id, office.second, say="no")
    with pytest.raises(Conflict, match="declined"):
        await erasure.carry_out(office.svc, declined.id)
    order = await erasure.propose(office.svc, office.wish())
    await office.approve(order.id, office.first)
    await office.approve(order.id, office.second)
    await staff.take(office.svc, office.second.id, office.second.subject, "operator", ground="tests")
    with pytest.raises(ApprovalRefused):
        await erasure.carry_out(office.svc, order.id)


async def test_an_order_is_carried_out_once_however_many_try(office: Office) -> None:
    order = await erasure.propose(office.svc, office.wish())
    await office.approve(order.id, office.first)
    await office.approve(order.id, office.second)
    tried = await asyncio.gather(*(erasure.carry_out(office.svc, order.id) for _ in range(4)), return_exceptions=True)
    refused = [each for each in tried if isinstance(each, Exception)]
    assert len(refused) == 3
    assert all(isinstance(each, Conflict | NotFound) for each in refused), refused
    assert list((await office.svc.log.vault.epochs.key_store.erased()).values()) == [DONE]
    assert await office.faults() == []


async def test_an_order_ends_by_time_by_withdrawal_and_forgets_its_person(office: Office) -> None:
    late, withdrawn = await erasure.propose(office.svc, office.wish()), await erasure.propose(office.svc, office.wish())
    await erasure.withdraw(office.svc, withdrawn.id)
    office.party.clock.move(8 * 24 * 3_600_000)
    assert await erasure.end_old(office.svc) == 1
    for order in (late, withdrawn):
        with pytest.raises(Conflict, match="ended"):
            await erasure.carry_out(office.svc, order.id)
        row = await rows.order_of(office.svc.store, order.id)
        assert row is not None
        assert row.sealed is None
    with pytest.raises(NotFound):
        await erasure.read_order(office.svc, "0198c0de-0000-7000-8000-000000000001")


@pytest.mark.parametrize(
    "changes",
    [
        {"ground": ""},
        {"kind": ""},
        {"kind": "burned"},
        {"subject": "900101300123"},
        {"subject": ""},
        {"scope": "what ever"},
        {"act": "erase"},
        {"records": ("0198c0de-0000-7000-8000-000000000001",)},
        {"kind": "taken_down"},
        {"kind": "taken_down", "records": ("x",)},
        {"act": "hold"},
    ],
)
async def test_an_order_that_breaks_a_rule_is_refused(office: Office, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        await erasure.propose(office.svc, office.wish(**changes))  # type: ignore[arg-type]


async def test_a_person_who_is_not_known_and_a_member_of_staff_are_not_erased(office: Office) -> None:
    with pytest.raises(NotFound):
        await erasure.propose(office.svc, office.wish(subject="iin:850505400456"))
    await staff.give(office.svc, office.citizen.id, office.citizen.subject, "support", ground="tests")
    with pytest.raises(Conflict, match="member of staff"):
        await office.carry_out(office.wish())
    assert dict(await office.svc.log.vault.epochs.key_store.erased()) == {}


# --- legal hold ---


@pytest.mark.parametrize("kind", ["deleted", "anonymised", "taken_down"])
async def test_a_legal_hold_blocks_what_destroys_until_two_persons_lift_it(office: Office, kind: str) -> None:
    await office.confirmed()
    handle = await office.handle()
    records = tuple(await subjects.records_of(office.svc.store, handle))[-1:] if kind == "taken_down" else ()
    hold = await office.hold()
    held = await office.svc.log.find(hold)
    assert held is not None
    entry = parse(held.entry)
    assert (entry.body["administration_kind"], entry.body["administration_event"]) == ("switch", "added")
    assert [each[0] for each in await erasure.standing_holds(office.svc)] == [hold]
    head = await subjects.chain_head(office.svc.store, handle)
    with pytest.raises(Conflict, match="legal hold"):
        await office.carry_out(office.wish(kind, records=records))
    assert await subjects.chain_head(office.svc.store, handle) == head
    assert dict(await office.svc.log.vault.epochs.key_store.erased()) == {}
    lift = await erasure.propose(office.svc, Wish("lift", "Іс аяқталды", hold=hold))
    await office.approve(lift.id, office.first)
    with pytest.raises(ApprovalRefused):
        await erasure.carry_out(office.svc, lift.id)
    await office.approve(lift.id, office.second)
    await erasure.carry_out(office.svc, lift.id)
    assert await erasure.standing_holds(office.svc) == []
    await office.carry_out(office.wish(kind, records=records))
    assert await office.faults() == []


async def test_a_hold_that_comes_while_an_erasure_is_carried_out_is_before_or_after_it(office: Office) -> None:
    order = await erasure.propose(office.svc, office.wish())
    await office.approve(order.id, office.first)
    await office.approve(order.id, office.second)
    hold = await erasure.propose(office.svc, Wish("hold", "Іс № 7", office.citizen.subject))
    await office.approve(hold.id, office.second)
    handle = await office.handle()
    outcomes = await asyncio.gather(
        erasure.carry_out(office.svc, order.id), erasure.carry_out(office.svc, hold.id), return_exceptions=True
    )
    there = await left(office, handle)
    assert there == isinstance(outcomes[0], Exception)
    if there:
        assert await rows.holds_on(office.svc.store, handle) != []
    assert await office.faults() == []


# --- the other kinds ---


async def test_what_was_anonymised_keeps_what_says_nothing_of_the_person(office: Office) -> None:
    request_id = await office.confirmed()
    view = await confirm.read(office.svc, office.party.asker.client_id, request_id)
    handle = await office.handle()
    await office.carry_out(office.wish("anonymised"))
    assert not await left(office, handle)
    kept = {o.name: o.value for o in await office.svc.log.vault.disclosures(office.svc.store, view.record or "")}
    assert (kept["rp"], kept["tries"], kept["locale"]) == ("shop", 1, "kk")
    assert not {name for name in kept if name.startswith("person_")}
    assert not kept.keys() & {"answer", "shown", "authentication", "credential", "first_try", "expires"}
    assert await office.svc.log.vault.blobs(office.svc.store, view.record or "") == {}
    assert await office.faults() == []


async def test_what_was_taken_down_takes_the_named_records_alone(office: Office) -> None:
    first, second = await office.confirmed(), await office.confirmed()
    taken = (await confirm.read(office.svc, office.party.asker.client_id, first)).record or ""
    kept = (await confirm.read(office.svc, office.party.asker.client_id, second)).record or ""
    done = await office.carry_out(office.wish("taken_down", records=(taken,), scope="public_source"))
    assert await office.svc.log.vault.disclosures(office.svc.store, taken) == []
    assert await office.svc.log.vault.blobs(office.svc.store, taken) == {}
    assert await office.svc.log.vault.blobs(office.svc.store, kept) != {}
    told = {one.name: one.value for one in await office.svc.log.vault.disclosures(office.svc.store, done.record)}
    assert (told["about"], told["erasure_scope"]) == ([taken], "public_source")
    assert await accounts.person_by_id(office.svc, office.citizen.id) is not None
    with pytest.raises(NotFound):
        await office.carry_out(office.wish("taken_down", records=(taken,)))


async def test_what_is_restricted_is_kept_and_not_used_until_it_is_lifted(office: Office) -> None:
    request_id = await office.confirmed()
    view = await confirm.read(office.svc, office.party.asker.client_id, request_id)
    open_id = await office.party.asked_and_delivered()
    await office.carry_out(office.wish("restricted"))
    assert (await confirm.read(office.svc, office.party.asker.client_id, open_id)).outcome == "cancelled"
    assert await office.svc.log.vault.disclosures(office.svc.store, view.record or "") != []
    row = await office.svc.store.one("select state from account where id = $1", office.citizen.id)
    assert row is not None
    assert row["state"] == "frozen"
    with pytest.raises(Conflict, match="restricted already"):
        await office.carry_out(office.wish("restricted"))
    assert len(await office.svc.log.vault.epochs.key_store.erased()) == 1
    await office.carry_out(Wish("lift", "Өтініш № 9", office.citizen.subject, hold="restriction"))
    assert dict(await office.svc.log.vault.epochs.key_store.erased()) == {}
    again = await office.confirmed()
    assert (await confirm.read(office.svc, office.party.asker.client_id, again)).outcome == "confirmed"


# --- while an export runs (83), and what an export holds (51) ---


async def test_83_an_erasure_while_an_export_runs_is_before_or_after_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.confirmed()
    order = await erasure.propose(office.svc, office.wish())
    await office.approve(order.id, office.first)
    await office.approve(order.id, office.second)
    closure = cases._closure

    async def erase_meanwhile(*args: object) -> object:
        opened = await closure(*args)  # type: ignore[arg-type]
        await erasure.carry_out(office.svc, order.id)
        return opened

    monkeypatch.setattr(cases, "_closure", erase_meanwhile)
    with pytest.raises(Conflict, match="erased"):
        await cases.export_case(office.svc, Case(subject=office.citizen.subject, ground="test"))
    assert await office.svc.store.all("select 1 as n from entry where type = 'export'") == []
    assert await office.faults() == []


async def test_51_a_package_made_before_holds_and_none_after_holds_anything_of_the_person(office: Office) -> None:
    request_id = await office.confirmed()
    record = (await confirm.read(office.svc, office.party.asker.client_id, request_id)).record or ""
    before = await cases.export_case(office.svc, Case(acts=(record,), ground="test"))
    await office.carry_out(office.wish())
    trust = await cases.trust_of(office.svc)
    verdict = check(before, trust, [], at=office.party.clock.now(), verify_eds=None)
    assert verdict.code == "VALID", verdict
    after = await cases.export_case(office.svc, Case(acts=(record,), ground="test"))
    verdict = check(after, trust, [], at=office.party.clock.now(), verify_eds=None)
    assert verdict.code != "INVALID", [f for c in verdict.checks for f in c.findings]
    for secret in (office.citizen.subject[4:], office.citizen.name, office.citizen.address):
        assert secret.encode() not in after


async def test_erasing_again_finds_nobody(office: Office) -> None:
    await office.carry_out(office.wish())
    with pytest.raises(NotFound):
        await erasure.propose(office.svc, office.wish())


async def test_staff_without_the_role_are_told_that_nothing_is_here(office: Office) -> None:
    order = await erasure.propose(office.svc, office.wish())
    with pytest.raises(NotFound):
        await erasure.ask(office.svc, Answerer(office.citizen.id, "none", MULTI), order.id)
    with pytest.raises(NotFound):
        await erasure.ask(office.svc, replace(Answerer(office.first.id, "none", MULTI), acr="none"), order.id)
