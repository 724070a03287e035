"""A verdict that waits for a status settles itself: a later report beside the earlier one, or the end of trying."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from authsvc import settling, verify, webhooks
from authsvc.evidence.record import parse
from authsvc.outside.fetching import KEPT_MS
from authsvc.replay import ReplayKey
from authsvc.settling import CLAIM_MS, LONGEST_MS
from authsvc.store import verifications
from authsvc.store.verifications import VerificationRow
from authsvc.verify import Signed, Verified
from authsvc.verify.recording import FIRST_TRY_MS
from authsvc.web.sandbox.pki import Reason, timestamp
from tests.authsvc.verifying import BASE, DAY, LETTER, Desk

pytestmark = pytest.mark.anyio


async def row_of(desk: Desk, found: Verified) -> VerificationRow:
    assert found.row is not None
    row = await verifications.find(desk.svc.store, found.row.id)
    assert row is not None
    return row


async def test_a_good_verdict_is_final_and_waits_for_nothing(desk: Desk) -> None:
    desk.serve_crl()
    found = await desk.verify(Signed(desk.sign()))
    assert (await row_of(desk, found)).state == "final"
    desk.clock.move(DAY)
    assert await settling.settle_due(desk.svc) == 0


async def test_when_the_status_can_be_had_a_later_report_stands_beside_the_earlier_one(desk: Desk) -> None:
    signed = desk.sign(detached=True)
    first = await desk.verify(Signed(signed, LETTER, name="letter.p7s", keep=True))
    assert (await row_of(desk, first)).state == "waiting"
    assert await settling.settle_due(desk.svc) == 0
    desk.serve_crl()
    desk.clock.move(FIRST_TRY_MS)
    assert await settling.settle_due(desk.svc) == 1
    row = await row_of(desk, first)
    assert row.state == "settled"
    later = await verify.read(desk.svc, "shop", row.later)
    assert later.indication.value == "TOTAL-PASSED"
    assert later.row is not None
    assert later.row.earlier == row.id
    assert (await verify.read(desk.svc, "shop", row.id)).report == first.report
    assert parse(later.records[0][1].entry).body["indication"] == "TOTAL-PASSED"
    slots = {one.name: one.value for one in await desk.svc.log.vault.disclosures(desk.svc.store, row.later)}
    assert (slots["about"], slots["document_name"], slots["content_seen"]) == ([row.id], "letter.p7s", "seen")
    desk.clock.move(DAY)
    assert await settling.settle_due(desk.svc) == 0


async def test_a_document_that_was_not_kept_is_settled_from_its_digests_and_the_report_says_so(desk: Desk) -> None:
    first = await desk.verify(Signed(desk.sign(detached=True), LETTER))
    desk.serve_crl()
    desk.clock.move(FIRST_TRY_MS)
    await settling.settle_due(desk.svc)
    later = await verify.read(desk.svc, "shop", (await row_of(desk, first)).later)
    assert later.indication.value == "TOTAL-PASSED"
    assert json.loads(later.report)["signatures"][0]["coverage"]["seen"] is False


async def test_a_revocation_that_comes_with_the_status_settles_it_too(desk: Desk) -> None:
    first = await desk.verify(Signed(desk.sign()))
    desk.authority.revoke(desk.person, desk.clock.now() - DAY // 2, Reason.KEY_COMPROMISE)
    desk.serve_crl()
    desk.clock.move(FIRST_TRY_MS)
    await settling.settle_due(desk.svc)
    later = await verify.read(desk.svc, "shop", (await row_of(desk, first)).later)
    assert '"sub_indication":"REVOKED_NO_POE"' in later.report


async def test_by_the_archive_s_policy_a_stamped_signature_waits_and_one_without_a_stamp_does_not(
    desk: Desk, entropy: Callable[[int], bytes]
) -> None:
    stamper, now = timestamp.issue_stamper(desk.authority), desk.clock.now()
    how: dict[str, Any] = {"stamp": lambda data: timestamp.stamp(stamper, data, at=now, entropy=entropy)}
    stamped = await desk.verify(Signed(desk.sign(**how), policy="archive"))
    bare = await desk.verify(Signed(desk.sign(), policy="archive"))
    assert [(await row_of(desk, each)).state for each in (stamped, bare)] == ["waiting", "final"]
    desk.serve_crl()
    desk.network.put(f"{BASE}/root.crl", lambda _: desk.authority.root_crl(desk.clock.now()))
    desk.clock.move(FIRST_TRY_MS)
    assert await settling.settle_due(desk.svc) == 1
    later = await verify.read(desk.svc, "shop", (await row_of(desk, stamped)).later)
    assert later.indication.value == "TOTAL-PASSED"
    assert json.loads(later.report)["signatures"][0]["best_signature_time_source"] == "signature_time_stamp"


async def test_tries_come_more_and_more_seldom_leave_no_record_and_end(desk: Desk) -> None:
    first = await desk.verify(Signed(desk.sign()))
    pauses, records = [], await desk.count()
    while (row := await row_of(desk, first)).state == "waiting":
        pauses.append(row.next_try - desk.clock.now())
        desk.clock.move(pauses[-1])
        assert await settling.settle_due(desk.svc) == 1
    assert row.state == "given_up"
    assert pauses[:3] == [FIRST_TRY_MS, 2 * FIRST_TRY_MS, 4 * FIRST_TRY_MS]
    assert pauses == sorted(pauses[:-1]) + pauses[-1:]
    assert max(pauses) == LONGEST_MS
    assert sum(pauses) == DAY
    assert await desk.count() == records
    assert (await verify.read(desk.svc, "shop", row.id)).report == first.report


async def test_the_relying_party_is_told_once_when_its_verdict_waits_no_more(desk: Desk) -> None:
    key = ReplayKey.of("shop", "", "POST /v1/webhooks", b"")
    endpoint = await webhooks.register(desk.svc, "shop", "https://1.1.1.1/hook", ("signature.settled",), key)
    desk.clock.move(2_000)  # a new endpoint is seen after a second
    settled = await desk.verify(Signed(desk.sign()))
    desk.serve_crl()
    desk.clock.move(FIRST_TRY_MS)
    await settling.settle_due(desk.svc)
    desk.network.answers.clear()
    desk.clock.move(2 * KEPT_MS)
    lost = await desk.verify(Signed(desk.sign()))
    desk.clock.move(DAY)
    await settling.settle_due(desk.svc)
    told = [json.loads(each.body) for each in await webhooks.deliveries(desk.svc, "shop", endpoint.row.id)]
    later = (await row_of(desk, settled)).later
    assert [each["type"] for each in told] == ["signature.settled"] * 2
    assert [each["data"] for each in told] == [
        {"id": (await row_of(desk, settled)).id, "state": "settled", "later": later},
        {"id": (await row_of(desk, lost)).id, "state": "given_up"},
    ]


async def test_two_workers_at_once_append_one_report(desk: Desk) -> None:
    first = await desk.verify(Signed(desk.sign()))
    desk.serve_crl()
    desk.clock.move(FIRST_TRY_MS)
    assert sorted(await asyncio.gather(*(settling.settle_due(desk.svc) for _ in range(3)))) == [0, 0, 1]
    assert await desk.count() == 2
    assert (await row_of(desk, first)).state == "settled"


async def test_a_worker_that_died_leaves_its_try_to_the_next_and_comes_too_late_itself(desk: Desk) -> None:
    await desk.verify(Signed(desk.sign()))
    desk.clock.move(FIRST_TRY_MS)
    now = desk.clock.now()
    dead = await desk.svc.store.transact(lambda tx: verifications.claim(tx, now, now + CLAIM_MS))
    assert dead is not None
    desk.serve_crl()
    assert await settling.settle_due(desk.svc) == 0
    desk.clock.move(CLAIM_MS)
    assert await settling.settle_due(desk.svc) == 1
    assert not await desk.svc.store.transact(lambda tx: verifications.end(tx, dead, "given_up"))
    assert await desk.count() == 2
