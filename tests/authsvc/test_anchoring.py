"""Anchoring: tokens over checkpoints each minute; authorities that fail, lie or lag; clocks that step."""

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from authsvc import anchoring
from authsvc.clock import HandClock
from authsvc.errors import ReadOnly
from authsvc.evidence.anchor import read_stamped
from authsvc.evidence.fence import FileFence
from authsvc.evidence.fsck_anchors import check_anchors
from authsvc.evidence.fsck_tree import Findings
from authsvc.evidence.log import Log
from authsvc.evidence.record import parse
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.store import Store, anchors
from authsvc.store import evidence as rows
from authsvc.web.sandbox.pki import Reason, TestPki, timestamp
from signatures import Evidence
from signatures.timestamp import verify_stamp
from tests.authsvc.services import ORIGIN, Party, add_person, add_relying_party, let_know, service_on
from tests.authsvc.stampers import FIRST, RESPONDER, SECOND, Stampers

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MINUTE = 60_000
DAY = 86_400_000
FOUNDED = 1_795_000_000_000


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.create(at=FOUNDED, entropy=os.urandom, families=("ecdsa",))


@pytest.fixture
def stampers(pki: TestPki, clock: HandClock, entropy: Callable[[int], bytes]) -> Stampers:
    clock.move(FOUNDED + DAY - clock.now())
    return Stampers.of(pki, clock, entropy)


@pytest.fixture
async def party(
    db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes], stampers: Stampers
) -> AsyncIterator[Party]:
    async with service_on(db, tmp_path, clock, entropy) as (bare, gateway):
        svc = replace(bare, trust=stampers.trust, settings=replace(bare.settings, tsa=stampers.tsas))
        person = await add_person(svc)
        asker = await add_relying_party(svc)
        await let_know(svc, person, asker.client_id)
        yield Party(svc, gateway, clock, person, asker)


async def all_rows(svc: Service) -> list[anchors.AnchorRow]:
    return await anchors.all_between(svc.store, 0, 2**60)


async def test_each_authority_gives_a_token_over_the_checkpoint_and_each_token_gets_a_record(
    party: Party, stampers: Stampers
) -> None:
    svc = party.svc
    head = await rows.read_head(svc.store)
    assert head is not None
    assert await anchoring.anchor(svc, stampers.connect) == 1  # both sign with one certificate here: one row a size
    (row,) = await all_rows(svc)
    stamped = read_stamped(row.stamped)
    assert (stamped.checkpoint.size, stamped.checkpoint.root, stamped.root_512) == (head.size, head.root, head.root_512)
    assert row.stamped.count(b"\n\xe2\x80\x94 ") == 2  # Ed25519 and ML-DSA-44
    kept = await anchors.material(svc.store, row.revocation)
    evidence = Evidence.of(
        [data for _, kind, data in kept if kind == "certificate"], [data for _, kind, data in kept if kind == "crl"]
    )
    assert verify_stamp(row.token, row.stamped, anchors=svc.trust.tsa_anchors, evidence=evidence).valid
    assert row.index == head.size
    (entry,) = await rows.entries_between(svc.store, row.index, row.index + 1)
    body = parse(entry.body).body
    assert entry.type == "anchor"
    assert body["anchor_size"] == head.size
    assert body["anchor_root_512"] == b64url(head.root_512)
    assert body["anchor_token"] == b64url(hashlib.sha256(row.token).digest())
    assert body["anchor_tsa"] == b64url(bytes.fromhex(row.tsa))


async def test_two_authorities_with_certificates_of_their_own_give_two_anchors(
    party: Party, stampers: Stampers, clock: HandClock
) -> None:
    other = timestamp.issue_stamper(stampers.pki.authority("ecdsa"), at=clock.now() - MINUTE)

    def answer(request: httpx2.Request) -> httpx2.Response:
        told = timestamp.answer(other, request.content, at=clock.now(), entropy=stampers.entropy)
        return httpx2.Response(200, content=told)

    stampers.faults[SECOND] = answer
    assert await anchoring.anchor(party.svc, stampers.connect) == 2
    first, second = await all_rows(party.svc)
    assert first.size == second.size
    assert {first.index, second.index} == {first.size, first.size + 1}


async def test_a_log_that_did_not_grow_is_not_anchored_again(
    party: Party, stampers: Stampers, clock: HandClock
) -> None:
    assert await anchoring.anchor(party.svc, stampers.connect)
    for _ in range(3):
        clock.move(MINUTE)
        assert await anchoring.anchor(party.svc, stampers.connect) == 0
    await party.asked_and_delivered()
    person = await add_person(party.svc, 2)
    assert person.sub
    assert await anchoring.anchor(party.svc, stampers.connect) == 1
    assert len(await all_rows(party.svc)) == 2


async def test_no_token_is_asked_for_more_often_than_each_minute(
    party: Party, stampers: Stampers, clock: HandClock
) -> None:
    assert await anchoring.anchor(party.svc, stampers.connect)
    await add_person(party.svc, 2)
    clock.move(MINUTE // 2)
    assert await anchoring.anchor(party.svc, stampers.connect) == 0
    clock.move(MINUTE // 2)
    assert await anchoring.anchor(party.svc, stampers.connect) == 1


async def test_several_workers_anchor_once(party: Party, stampers: Stampers) -> None:
    counts = await asyncio.gather(*(anchoring.anchor(party.svc, stampers.connect) for _ in range(8)))
    assert sorted(counts) == [0] * 7 + [1]
    assert stampers.asked.count(FIRST) == 1
    assert len(await all_rows(party.svc)) == 1


async def test_a_turn_whose_process_died_is_taken_over(party: Party, stampers: Stampers, clock: HandClock) -> None:
    svc = party.svc
    assert await svc.store.transact(lambda tx: anchors.claim(tx, clock.now(), anchoring.LEASE_MS))
    assert await anchoring.anchor(svc, stampers.connect) == 0
    clock.move(anchoring.LEASE_MS)
    assert await anchoring.anchor(svc, stampers.connect) == 1


async def test_a_claim_of_a_clock_that_was_ahead_binds_nobody(
    party: Party, stampers: Stampers, clock: HandClock
) -> None:
    svc = party.svc
    assert await svc.store.transact(lambda tx: anchors.claim(tx, clock.now() + DAY, anchoring.LEASE_MS))
    assert await anchoring.anchor(svc, stampers.connect) == 1


async def test_anchors_can_be_added_and_never_changed(party: Party, stampers: Stampers) -> None:
    assert await anchoring.anchor(party.svc, stampers.connect)
    for sql in ("update anchor set size = 1", "delete from anchor", "delete from anchor_material"):

        async def change(tx: object, sql: str = sql) -> None:
            await tx.run(sql)  # type: ignore[attr-defined]

        with pytest.raises(Exception, match="append-only"):
            await party.svc.store.transact(change)


def _raise(error: Exception) -> Callable[[httpx2.Request], httpx2.Response]:
    def fail(_request: httpx2.Request) -> httpx2.Response:
        raise error

    return fail


def _say(status: int, content: bytes = b"") -> Callable[[httpx2.Request], httpx2.Response]:
    return lambda _request: httpx2.Response(status, content=content)


FAULTS = {
    "unreachable": _raise(httpx2.ConnectError("refused")),
    "slow": _raise(TimeoutError()),
    "status_503": _say(503),
    "status_302": lambda _request: httpx2.Response(302, headers={"location": "http://169.254.169.254/"}),
    "garbage": _say(200, b"<html>It works!</html>"),
    "empty": _say(200),
    "too_long": _say(200, b"\x30" * ((1 << 20) + 1)),
    "rejected": _say(200, timestamp.REJECTED),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_authority_that_fails_leaves_the_other_one_to_do_it(
    party: Party, stampers: Stampers, fault: str
) -> None:
    stampers.faults[FIRST] = FAULTS[fault]
    assert await anchoring.anchor(party.svc, stampers.connect) == 1
    assert (await anchors.read_state(party.svc.store)).failing_since == 0


async def test_tokens_of_other_data_another_request_or_a_stranger_are_refused(
    party: Party, stampers: Stampers, clock: HandClock
) -> None:
    svc = party.svc

    def wrong_imprint(request: httpx2.Request) -> httpx2.Response:
        nonce = timestamp.der.inside(request.content)[-2].raw
        imprint = timestamp.der.sequence(
            timestamp.der.algorithm("2.16.840.1.101.3.4.2.3"), timestamp.der.octets(b"\0" * 64)
        )
        token = timestamp.write_token(stampers.stamper, imprint, at=clock.now(), serial=1, nonce=nonce)
        return httpx2.Response(
            200, content=timestamp.der.sequence(timestamp.der.sequence(timestamp.der.integer(0)), token)
        )

    def replayed(request: httpx2.Request) -> httpx2.Response:
        imprint = timestamp.der.inside(request.content)[1].raw
        token = timestamp.write_token(
            stampers.stamper, imprint, at=clock.now(), serial=1, nonce=timestamp.der.integer(9)
        )
        return httpx2.Response(
            200, content=timestamp.der.sequence(timestamp.der.sequence(timestamp.der.integer(0)), token)
        )

    stranger = TestPki.create(at=FOUNDED, entropy=os.urandom, families=("ecdsa",)).authority("ecdsa")
    unknown = timestamp.issue_stamper(stranger, at=clock.now() - MINUTE)

    def of_a_stranger(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(
            200, content=timestamp.answer(unknown, request.content, at=clock.now(), entropy=stampers.entropy)
        )

    for answer, reason in ((wrong_imprint, "wrong_imprint"), (replayed, "wrong_nonce"), (of_a_stranger, "path.found")):
        stampers.faults = {FIRST: answer, SECOND: answer}
        assert await anchoring.anchor(svc, stampers.connect) == 0
        assert (await anchors.read_state(svc.store)).failure == reason
    assert await all_rows(svc) == []


async def test_a_responder_s_answer_is_kept_with_the_token_and_tells_the_status_offline(
    party: Party, stampers: Stampers
) -> None:
    svc = replace(party.svc, settings=replace(party.svc.settings, tsa=stampers.by_responder))
    assert await anchoring.anchor(svc, stampers.connect) == 1
    (row,) = await all_rows(svc)
    kept = await anchors.material(svc.store, row.revocation)
    by_kind = {kind: [data for _, each, data in kept if each == kind] for kind in ("certificate", "crl", "ocsp")}
    assert [len(found) for found in by_kind.values()] == [2, 1, 1]
    evidence = Evidence.of(by_kind["certificate"], by_kind["crl"], by_kind["ocsp"])
    assert verify_stamp(row.token, row.stamped, anchors=svc.trust.tsa_anchors, evidence=evidence).valid
    without = Evidence.of(by_kind["certificate"], by_kind["crl"])
    assert not verify_stamp(row.token, row.stamped, anchors=svc.trust.tsa_anchors, evidence=without).valid


async def test_a_responder_that_is_down_stops_no_time_stamp(party: Party, stampers: Stampers) -> None:
    svc = replace(party.svc, settings=replace(party.svc.settings, tsa=stampers.by_responder))
    stampers.faults[RESPONDER] = lambda _: httpx2.Response(503)
    assert await anchoring.anchor(svc, stampers.connect) == 1
    (row,) = await all_rows(svc)
    assert {kind for _, kind, _ in await anchors.material(svc.store, row.revocation)} == {"certificate", "crl"}


async def test_a_responder_that_says_revoked_stops_the_authority(
    party: Party, stampers: Stampers, clock: HandClock
) -> None:
    svc = replace(party.svc, settings=replace(party.svc.settings, tsa=stampers.by_responder))
    stampers.stamper = timestamp.issue_stamper(stampers.pki.authority("ecdsa"), at=clock.now() - MINUTE)
    stampers.pki.authority("ecdsa").revoke(stampers.stamper, clock.now() - 1_000, Reason.SUPERSEDED)
    assert await anchoring.anchor(svc, stampers.connect) == 0
    assert (await anchors.read_state(svc.store)).failure == "revocation.revoked"


async def test_a_revoked_authority_anchors_nothing(party: Party, stampers: Stampers, clock: HandClock) -> None:
    stampers.pki.authority("ecdsa").revoke(stampers.stamper, clock.now() - MINUTE, Reason.SUPERSEDED)
    assert await anchoring.anchor(party.svc, stampers.connect) == 0
    assert (await anchors.read_state(party.svc.store)).failure == "revocation.revoked"


async def test_without_a_crl_the_token_is_kept_all_the_same(party: Party, stampers: Stampers) -> None:
    for url in stampers.tsas[0].crls:
        stampers.faults[url] = FAULTS["status_503"]
    assert await anchoring.anchor(party.svc, stampers.connect) == 1
    (row,) = await all_rows(party.svc)
    assert {kind for _, kind, _ in await anchors.material(party.svc.store, row.revocation)} == {"certificate"}


async def test_a_day_without_authorities_stops_no_act_and_raises_an_alarm(
    party: Party, stampers: Stampers, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Case 78 of the evidence format."""
    svc = party.svc
    stampers.faults = {FIRST: FAULTS["unreachable"], SECOND: FAULTS["slow"]}
    started = clock.now()
    for hour in range(24):
        assert await anchoring.anchor(svc, stampers.connect) == 0
        await add_person(svc, hour + 10)
        if hour == 0:
            assert await anchoring.alarms(svc) == []
            assert not [each for each in caplog.records if each.levelno >= logging.CRITICAL]
        clock.move(3_600_000)
    (alarm,) = await anchoring.alarms(svc)
    assert (alarm.code, alarm.since, alarm.detail) == ("not_anchored", started, "unreachable, slow")
    assert any("no time stamp for" in each.message for each in caplog.records if each.levelno == logging.CRITICAL)
    assert await anchors.above(svc.store, 0) == []
    stampers.faults = {}
    assert await anchoring.anchor(svc, stampers.connect) == 1
    assert await anchoring.alarms(svc) == []
    state = await anchors.read_state(svc.store)
    assert (state.failing_since, state.failure) == (0, "")
    head = await rows.read_head(svc.store)
    assert head is not None
    assert all([await anchors.above(svc.store, index) for index in range(head.size - 1)])


async def test_a_clock_that_went_back_an_hour_stops_new_acts_and_not_the_sequencing(
    party: Party, stampers: Stampers, clock: HandClock
) -> None:
    """Case 77 of the evidence format."""
    svc = party.svc
    await add_person(svc, 2)
    clock.move(-3_600_000)
    with pytest.raises(ReadOnly, match="clock of this service went back"):
        await add_person(svc, 3)
    await svc.log.sweep()
    assert [alarm.code for alarm in await anchoring.alarms(svc)] == ["clock"]
    head = await rows.read_head(svc.store)
    clock.move(3_600_000)
    await add_person(svc, 3)
    after = await rows.read_head(svc.store)
    assert head is not None
    assert after is not None
    assert after.size > head.size


async def test_staged_records_get_their_place_while_the_clock_is_in_doubt(
    party: Party, clock: HandClock, tmp_path: Path
) -> None:
    """Another process, whose clock is an hour back: it sequences what waits and accepts nothing."""
    svc = party.svc
    clock.move(-3_600_000)
    fence = FileFence(svc.settings.fence_file)
    key_store = svc.log.vault.epochs.key_store
    log = Log(ORIGIN, svc.store, svc.keys, fence=fence, key_store=key_store, clock=clock, entropy=svc.entropy)
    await log.open()
    assert log.read_only_reason is None
    with pytest.raises(ReadOnly, match="went back"):
        log.demand_writable()
    await log.sweep()


async def test_time_stamps_that_agree_end_the_doubt(party: Party, stampers: Stampers, clock: HandClock) -> None:
    """The clock was an hour ahead and was set right: the authorities confirm it, and acts go on."""
    svc = party.svc
    clock.move(3_600_000)
    await add_person(svc, 2)
    clock.move(-3_600_000)
    with pytest.raises(ReadOnly):
        await add_person(svc, 3)
    assert await anchoring.anchor(svc, stampers.connect) == 1
    await add_person(svc, 3)


@pytest.mark.parametrize("drift", [-60_000, 60_000])
async def test_a_clock_that_differs_from_all_time_stamps_stops_new_acts(
    party: Party, stampers: Stampers, clock: HandClock, drift: int
) -> None:
    svc = party.svc
    stampers.drift = {FIRST: drift, SECOND: drift}
    assert await anchoring.anchor(svc, stampers.connect) == 1
    with pytest.raises(ReadOnly, match="differs from trusted time stamps"):
        await add_person(svc, 2)
    assert (await anchors.read_state(svc.store)).clock_off * drift < 0
    stampers.drift = {}
    clock.move(2 * MINUTE)
    assert await anchoring.anchor(svc, stampers.connect) == 1
    await add_person(svc, 2)


async def test_one_authority_whose_clock_is_wrong_is_left_out_when_another_agrees_with_ours(
    party: Party, stampers: Stampers, caplog: pytest.LogCaptureFixture
) -> None:
    stampers.drift = {SECOND: -3_600_000}
    assert await anchoring.anchor(party.svc, stampers.connect) == 1
    (row,) = await all_rows(party.svc)
    assert abs(row.stamped_at - party.clock.now()) < 1_000
    assert any("differs from another one" in each.message for each in caplog.records)
    await add_person(party.svc, 2)


async def test_a_slow_clock_of_another_process_is_seen_by_the_token(
    party: Party, stampers: Stampers, clock: HandClock
) -> None:
    assert await anchoring.anchor(party.svc, stampers.connect)
    behind = HandClock(clock.now() - 3_600_000)
    fence = FileFence(party.svc.settings.fence_file)
    key_store = party.svc.log.vault.epochs.key_store
    log = Log(
        ORIGIN,
        party.svc.store,
        party.svc.keys,
        fence=fence,
        key_store=key_store,
        clock=behind,
        entropy=party.svc.entropy,
    )
    other = replace(party.svc, clock=behind, log=log)
    await anchoring.anchor(other, stampers.connect)
    with pytest.raises(ReadOnly, match="clock of this service differs"):
        log.demand_writable()


async def test_what_a_court_gets_waits_for_an_anchor_above_it(party: Party, stampers: Stampers) -> None:
    head = await rows.read_head(party.svc.store)
    assert head is not None
    assert await anchoring.anchor_above(party.svc, head.size - 1, stampers.connect)
    assert await anchors.above(party.svc.store, head.size - 1)
    assert await anchors.above(party.svc.store, head.size) == []
    stampers.faults = {FIRST: FAULTS["status_503"], SECOND: FAULTS["garbage"]}
    assert not await anchoring.anchor_above(party.svc, head.size, stampers.connect)


async def test_the_last_anchor_record_below_an_entry_is_found(
    party: Party, stampers: Stampers, clock: HandClock
) -> None:
    svc = party.svc
    assert await anchors.below(svc.store, 10**6) is None
    assert await anchoring.anchor(svc, stampers.connect)
    (first,) = await all_rows(svc)
    assert first.index is not None
    assert await anchors.below(svc.store, first.index) is None
    assert await anchors.below(svc.store, first.index + 1) == first
    clock.move(MINUTE)
    await add_person(svc, 2)
    assert await anchoring.anchor(svc, stampers.connect)
    second = (await all_rows(svc))[1]
    assert second.index is not None
    assert await anchors.below(svc.store, second.index) == first
    assert await anchors.below(svc.store, second.index + 5) == second


async def test_without_authorities_nothing_is_asked_and_nothing_alarms(party: Party, stampers: Stampers) -> None:
    svc = replace(party.svc, settings=replace(party.svc.settings, tsa=()))
    assert await anchoring.anchor(svc, stampers.connect) == 0
    assert not await anchoring.anchor_above(svc, 0, stampers.connect)
    party.clock.move(DAY)
    assert await anchoring.alarms(svc) == []
    assert stampers.asked == []


async def test_fsck_compares_every_token_with_its_checkpoint_and_its_record(
    party: Party, stampers: Stampers, clock: HandClock
) -> None:
    svc = party.svc
    assert await anchoring.anchor(svc, stampers.connect)
    (row,) = await all_rows(svc)
    assert await _findings(svc) == []
    other = replace(row, tsa="0" * 64, record_id="none", stamped=row.stamped.replace(b"sha512 ", b"sha512 AAAA", 1))
    roots = replace(
        row, tsa="1" * 64, record_id="no", stamped=replace(read_stamped(row.stamped), root_512=bytes(64)).text
    )
    wrong = replace(row, tsa="2" * 64, size=row.size - 1, record_id="not")
    for one in (other, roots, wrong):
        await svc.store.transact(lambda tx, one=one: anchors.add(tx, one))  # type: ignore[misc]  # bound at once
    told = await _findings(svc)
    assert any("0000" in each and "another length" in each for each in told)
    assert any("1111" in each and "SHA-512 root is not" in each for each in told)
    assert any("1111" in each and "over something else" in each for each in told)
    assert any("2222" in each and "not signed" in each for each in told)


async def _findings(svc: Service) -> list[str]:
    found = Findings()
    await check_anchors(svc.store, found)
    return found.faults
