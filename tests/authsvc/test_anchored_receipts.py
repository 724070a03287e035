"""Anchored receipts on both databases, with witnesses and without, and while witnesses join or leave the policy."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from authsvc import anchoring, cases, confirm
from authsvc.clock import HandClock
from authsvc.evidence.note import open_checkpoint
from authsvc.evidence.package_check import check
from authsvc.evidence.proof import parse_proof
from authsvc.evidence.publishing import Publishing
from authsvc.evidence.receipt_time import check_time_part, read_time_part
from authsvc.evidence.record import parse
from authsvc.evidence.verdict import Code
from authsvc.service import Service
from authsvc.store import Store
from authsvc.web.sandbox.pki import TestPki
from tests.authsvc.evidence.cosigners import Notaries, notaries_for
from tests.authsvc.services import ORIGIN, Gateway, Party, add_person, add_relying_party, let_know, service_on
from tests.authsvc.stampers import FIRST, SECOND, Stampers

pytestmark = pytest.mark.anyio

MINUTE = 60_000
DAY = 86_400_000
FOUNDED = 1_795_000_000_000


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.create(at=FOUNDED, entropy=os.urandom, families=("ecdsa",))


@dataclass
class World:
    """A service whose authorities answer, and two witnesses that its policy may name."""

    bare: Service
    party: Party
    gateway: Gateway
    stampers: Stampers
    notaries: Notaries
    clock: HandClock

    @asynccontextmanager
    async def serving(self, *, witnesses: bool) -> AsyncIterator[Service]:
        """The service as it starts with a policy that asks for both witnesses, or for none."""
        if not witnesses:
            yield self.bare
            return
        quorum = self.notaries.quorum(self.bare.log.signers.log.verifier)
        publishing = Publishing(self.bare.log, self.bare.store, quorum, self.notaries.call, clock=self.clock, pace_ms=0)
        yield replace(self.bare, publishing=publishing)
        await publishing.close()

    async def confirmed(self, svc: Service) -> str:
        """The id of a request that was confirmed just now."""
        self.clock.move(MINUTE)
        party = replace(self.party, svc=svc)
        request_id = await party.asked_and_delivered()
        await confirm.answer(svc, party.answerer, request_id, self.gateway.code_of(request_id), "kk")
        return request_id

    async def anchor(self, svc: Service) -> None:
        self.clock.move(MINUTE)
        assert await anchoring.anchor(svc, self.stampers.connect)

    async def receipt(self, svc: Service, request_id: str, wait: str = "sequenced") -> dict[str, Any]:
        """The payload of the receipt as it is now, and all of it under `whole`."""
        view = await confirm.read(svc, self.party.asker.client_id, request_id, wait)
        assert view.receipt is not None
        part = view.receipt.split(".")[1]
        return {**json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))), "whole": view.receipt}


@pytest.fixture
async def world(
    db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes], pki: TestPki
) -> AsyncIterator[World]:
    clock.move(FOUNDED + DAY - clock.now())
    stampers = Stampers.of(pki, clock, entropy)
    async with service_on(db, tmp_path, clock, entropy) as (first, gateway):
        svc = replace(first, trust=stampers.trust, settings=replace(first.settings, tsa=stampers.tsas))
        person, asker = await add_person(svc), await add_relying_party(svc)
        await let_know(svc, person, asker.client_id)
        keys = [each.verifier for each in (svc.log.signers.log, svc.log.signers.tree)]
        notaries = notaries_for(tmp_path / "witnesses", clock, ORIGIN, keys, "north", "south")
        yield World(svc, Party(svc, gateway, clock, person, asker), gateway, stampers, notaries, clock)
        await notaries.http.close()


async def test_with_witnesses_the_proof_leads_to_the_quorum_and_the_time_part_to_the_stamps(world: World) -> None:
    async with world.serving(witnesses=True) as svc:
        await world.anchor(svc)
        request_id = await world.confirmed(svc)
        assert (await world.receipt(svc, request_id, "witnessed"))["state"] == "witnessed"
        await world.anchor(svc)
        receipt = await world.receipt(svc, request_id, "anchored")
        assert receipt["state"] == "anchored"
        proof = parse_proof(receipt["proof"].encode())
        trust = await cases.trust_of(svc)
        keys = [*(each.verifier for each in trust.log_keys), *(each.verifier for each in trust.witnesses)]
        _, note = open_checkpoint(proof.checkpoint, keys, ORIGIN)
        assert {each.verifier for each in trust.witnesses} <= {each.verifier for each in note.verified}
        assert svc.log.ring is not None
        part = read_time_part(receipt["time"])
        entry = parse(receipt["entry"].encode())
        found = check_time_part(part, entry, proof, trust, svc.log.ring, world.clock.now() + MINUTE)
        assert found.after is not None
        assert found.before is not None
        assert found.after < entry.time < found.before
        case = cases.Case(subject="iin:900101300001", recipient="court", ground="2-1")
        package = (await cases.make_package(svc, case, connect=world.stampers.connect)).package
        verdict = check(package, trust, [receipt["whole"].encode()], at=world.clock.now() + MINUTE)
        assert verdict.code is Code.VALID, verdict.sentence.en
        assert {"receipt_holds", "receipt_anchored"} <= {each.code for each in verdict.findings()}
        assert "no independent witness" not in verdict.sentence.en


async def test_witnesses_that_join_later_change_no_receipt_of_before(world: World) -> None:
    async with world.serving(witnesses=False) as svc:
        await world.anchor(svc)
        old, waiting = await world.confirmed(svc), await world.confirmed(svc)
        await world.anchor(svc)
        before = await world.receipt(svc, old)
        assert before["state"] == "anchored"
        late = await world.confirmed(svc)
        assert (await world.receipt(svc, late))["state"] == "sequenced"
    async with world.serving(witnesses=True) as svc:
        assert await world.receipt(svc, old) == before  # before the first quorum
        assert (await world.receipt(svc, late, "witnessed"))["state"] == "witnessed"
        assert await world.receipt(svc, old) == before  # and after it
        await world.anchor(svc)
        joined = await world.receipt(svc, late)
        assert joined["state"] == "anchored"
        assert len(parse_proof(joined["proof"].encode()).checkpoint.splitlines()) > len(
            parse_proof(before["proof"].encode()).checkpoint.splitlines()
        )  # the witnesses' lines
        assert (await world.receipt(svc, waiting))["state"] == "anchored"
        assert await world.receipt(svc, old) == before


async def test_witnesses_that_leave_change_no_receipt_and_what_had_no_quorum_waits_for_the_next_stamp(
    world: World,
) -> None:
    async with world.serving(witnesses=True) as svc:
        await world.anchor(svc)
        cosigned = await world.confirmed(svc)
        await world.receipt(svc, cosigned, "witnessed")
        await world.anchor(svc)
        before = await world.receipt(svc, cosigned)
        assert before["state"] == "anchored"

        async def down(url: str, body: bytes | None = None) -> Any:
            raise ConnectionRefusedError(url)

        for notary in world.notaries.all.values():
            notary.answers = [down] * 100
        alone = await world.confirmed(svc)
        await world.anchor(svc)
        assert (await world.receipt(svc, alone))["state"] == "sequenced"  # stamped, and no quorum
    async with world.serving(witnesses=False) as svc:
        assert await world.receipt(svc, cosigned) == before
        assert (await world.receipt(svc, alone))["state"] == "sequenced"
        await world.confirmed(svc)
        await world.anchor(svc)
        after = await world.receipt(svc, alone)
        assert after["state"] == "anchored"
        assert await world.receipt(svc, cosigned) == before
    for notary in world.notaries.all.values():
        notary.answers = []
    async with world.serving(witnesses=True) as svc:
        again = await world.confirmed(svc)
        await world.receipt(svc, again, "witnessed")
        assert await world.receipt(svc, alone) == after
        assert await world.receipt(svc, cosigned) == before


async def test_authorities_that_are_down_leave_a_witnessed_receipt_without_time(world: World) -> None:
    fail: Callable[[httpx2.Request], httpx2.Response] = lambda _request: httpx2.Response(503)  # noqa: E731
    world.stampers.faults = {FIRST: fail, SECOND: fail}
    async with world.serving(witnesses=True) as svc:
        request_id = await world.confirmed(svc)
        assert not await anchoring.anchor(svc, world.stampers.connect)
        receipt = await world.receipt(svc, request_id, "witnessed")
    assert receipt["state"] == "witnessed"
    assert "time" not in receipt
