"""Renewal of time stamps: in good time, over the right tokens, by authorities that last; and what is said when not."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest

from authsvc import anchoring, cases, renewing, settings
from authsvc.clock import HandClock
from authsvc.errors import ConfigurationError
from authsvc.evidence.fsck_anchors import check_anchors
from authsvc.evidence.fsck_tree import Findings
from authsvc.evidence.package_check import check
from authsvc.evidence.package_time import read_time
from authsvc.evidence.package_zip import read_zip
from authsvc.evidence.record import parse
from authsvc.evidence.verdict import Code
from authsvc.service import Service
from authsvc.store import Store, anchors, renewals
from authsvc.store import evidence as rows
from authsvc.store.sqlite import open_sqlite
from authsvc.web.sandbox.pki import Credential, TestPki, der, profile
from signatures.policy import AlgorithmRule, Policy
from tests.authsvc.services import add_person, service_on
from tests.authsvc.stampers import FIRST, SECOND, Stampers

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MINUTE = 60_000
DAY = 86_400_000
FOUNDED = 1_795_000_000_000


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.create(at=FOUNDED, entropy=os.urandom, families=("ecdsa",))


def issue(pki: TestPki, *, at: int, days: int) -> Credential:
    """A time-stamping unit whose certificate lasts so many days."""
    authority = pki.authority("ecdsa")
    extensions = [
        profile.policies_extension(*profile.issuing_policies(authority.family)[:1]),
        profile.extension("2.5.29.37", der.sequence(der.oid(profile.TIME_STAMPING)), critical=True),
        profile.key_usage_extension(profile.DIGITAL_SIGNATURE),
    ]
    return authority.certify_key(profile.authority_name("TEST TSA"), extensions, at=at, life=days * DAY)


@dataclass
class World:
    """A log of a service whose authorities' certificate lasts 200 days."""

    svc: Service
    stampers: Stampers
    clock: HandClock
    made: int = 1

    async def anchor(self) -> None:
        self.made += 1
        await add_person(self.svc, self.made)
        self.clock.move(2 * MINUTE)
        assert await anchoring.anchor(self.svc, self.stampers.connect)

    async def renew(self) -> int:
        return await renewing.renew(self.svc, self.stampers.connect)

    def take_new_key(self, days: int = 400) -> None:
        self.stampers.stamper = issue(self.stampers.pki, at=self.clock.now() - DAY, days=days)

    async def findings(self) -> list[str]:
        found = Findings()
        await check_anchors(self.svc.store, found)
        return found.faults


@asynccontextmanager
async def begin(
    store: Store, folder: Path, clock: HandClock, entropy: Callable[[int], bytes], pki: TestPki
) -> AsyncIterator[World]:
    clock.move(FOUNDED + DAY - clock.now())
    stampers = Stampers(pki, clock, entropy, issue(pki, at=clock.now() - DAY, days=200))
    async with service_on(store, folder, clock, entropy) as (bare, _):
        svc = replace(bare, trust=stampers.trust, settings=replace(bare.settings, tsa=stampers.tsas))
        yield World(svc, stampers, clock)


@pytest.fixture
async def world(
    db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes], pki: TestPki
) -> AsyncIterator[World]:
    """On both databases: what SQL decides."""
    async with begin(db, tmp_path, clock, entropy, pki) as one:
        yield one


@pytest.fixture
async def lone(tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes], pki: TestPki) -> AsyncIterator[World]:
    """On SQLite alone: what is decided above the rows."""
    store = open_sqlite(str(tmp_path / "log.sqlite"))
    await store.migrate()
    async with begin(store, tmp_path, clock, entropy, pki) as one:
        yield one
    await store.close()


async def test_nothing_is_renewed_before_its_time(lone: World) -> None:
    await lone.anchor()
    asked = len(lone.stampers.asked)
    lone.clock.move(100 * DAY)
    assert await lone.renew() == 0
    assert len(lone.stampers.asked) == asked
    assert await renewals.last_number(lone.svc.store) == 0
    assert (await renewals.read_state(lone.svc.store)).ends_at == FOUNDED + 200 * DAY


async def test_tokens_near_the_end_of_their_certificate_get_a_later_token_with_its_record(world: World) -> None:
    await world.anchor()
    await world.anchor()
    world.clock.move(120 * DAY)
    world.take_new_key()
    assert await world.renew() == 2
    (row, *_) = found = await renewals.after_number(world.svc.store, 0, 10)
    assert len(found) == 2  # of each authority one
    assert {one.number for one in found} == {1, 2}
    assert len(row.leaves) == 2 * 64
    older = [anchor.size for anchor in await anchors.all_between(world.svc.store, 0, 1 << 40)]
    assert [one.size for _, one in await renewals.places_of(world.svc.store, 1)] == older
    assert row.index is not None
    (entry,) = await rows.entries_between(world.svc.store, row.index, row.index + 1)
    body = parse(entry.body).body
    assert parse(entry.body).type == "anchor"
    assert body["anchor_size"] == max(older)
    assert await world.findings() == []
    assert await world.renew() == 0
    assert (await renewals.read_state(world.svc.store)).ends_at == row.stamped_at - DAY + 400 * DAY


async def test_renewals_are_renewed_in_turn_and_a_package_carries_the_chain(world: World) -> None:
    await world.anchor()
    for _ in range(2):
        world.clock.move(130 * DAY if world.made == 2 else 330 * DAY)
        world.made += 1
        world.take_new_key()
        assert await world.renew()
    assert await world.findings() == []
    case = cases.Case(subject="iin:900101300002", recipient="court", ground="2-1")
    package = (await cases.make_package(world.svc, case, connect=world.stampers.connect)).package
    time = read_time(read_zip(package))
    numbers = [one.number for one in time.renewals]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 4  # two of each authority
    covered = {each.token for one in time.renewals for each in one.covers or ()}
    assert len(covered) == 3  # the anchor, and the two renewals of it
    verdict = check(package, await cases.trust_of(world.svc), (), at=world.clock.now() + 3650 * DAY)
    assert verdict.code is Code.VALID, verdict.sentence.en
    assert [each.code for each in verdict.findings() if each.check == "time"].count("stamp_renewed") == 6


async def test_a_package_is_built_again_to_the_same_bytes_whatever_was_renewed_since(lone: World) -> None:
    await lone.anchor()
    lone.clock.move(130 * DAY)
    lone.take_new_key()
    assert await lone.renew()
    case = cases.Case(subject="iin:900101300002", recipient="court", ground="2-1")
    package = (await cases.make_package(lone.svc, case, connect=lone.stampers.connect)).package
    export = parse(next(data for path, data in reversed(read_zip(package).items()) if path.startswith("records/"))).id
    lone.clock.move(330 * DAY)
    lone.take_new_key()
    assert await lone.renew()
    assert await cases.rebuild_package(lone.svc, export) == package


async def test_an_authority_whose_own_certificate_ends_too_soon_renews_nothing(lone: World) -> None:
    await lone.anchor()
    lone.clock.move(120 * DAY)
    assert await lone.renew() == 0
    assert (await renewals.read_state(lone.svc.store)).failure == "ends_soon"
    lone.take_new_key()
    assert await lone.renew() == 1
    assert (await renewals.read_state(lone.svc.store)).failure == ""


async def test_a_renewal_that_is_late_raises_an_alarm_and_its_success_ends_it(
    lone: World, caplog: pytest.LogCaptureFixture
) -> None:
    await lone.anchor()
    lone.clock.move(109 * DAY + DAY // 2)
    fail: Callable[[httpx2.Request], httpx2.Response] = lambda _request: httpx2.Response(503)  # noqa: E731
    lone.stampers.faults = {FIRST: fail, SECOND: fail}
    assert await lone.renew() == 0
    assert await anchoring.alarms(lone.svc) == []
    lone.clock.move(2 * DAY)
    assert await lone.renew() == 0
    (alarm,) = await anchoring.alarms(lone.svc)
    assert (alarm.code, alarm.since, alarm.detail) == ("not_renewed", FOUNDED + 111 * DAY, "status_503")
    assert any("not renewed: status_503" in each.message for each in caplog.records if each.levelno == logging.CRITICAL)
    lone.stampers.faults = {}
    lone.take_new_key()
    assert await lone.renew() == 1
    assert await anchoring.alarms(lone.svc) == []


async def test_the_alarm_rises_too_when_no_process_does_the_job(lone: World) -> None:
    await lone.anchor()
    assert await lone.renew() == 0  # what it saw is kept
    lone.clock.move(112 * DAY)
    assert [each.code for each in await anchoring.alarms(lone.svc)] == ["not_renewed"]


async def test_without_authorities_the_alarm_says_so(lone: World) -> None:
    await lone.anchor()
    lone.clock.move(112 * DAY)
    svc = replace(lone.svc, settings=replace(lone.svc.settings, tsa=()))
    assert await renewing.renew(svc, lone.stampers.connect) == 0
    (alarm,) = await anchoring.alarms(svc)
    assert (alarm.code, alarm.detail) == ("not_renewed", "no_authority")


async def test_tokens_whose_certificate_has_ended_are_counted_and_never_renewed(
    lone: World, caplog: pytest.LogCaptureFixture
) -> None:
    await lone.anchor()
    lone.clock.move(201 * DAY)
    lone.take_new_key()
    assert await lone.renew() == 0
    assert (await renewals.read_state(lone.svc.store)).missed == 1
    assert any("1 time stamps have lost their strength" in each.message for each in caplog.records)
    assert await renewals.last_number(lone.svc.store) == 0


async def test_an_algorithm_that_ends_is_a_reason_like_a_certificate(
    lone: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lone.anchor()
    (row,) = await anchors.all_between(lone.svc.store, 0, 1 << 40)
    assert row.algorithms == "sha256 ecdsa:256 sha512"
    end = renewing._EPOCH.fromtimestamp((lone.clock.now() + 50 * DAY) / 1000, renewing._EPOCH.tzinfo)
    rules = tuple(one for one in Policy.default().algorithms if one.name != "ecdsa")
    policy = replace(Policy.default(), algorithms=(*rules, AlgorithmRule("ecdsa", bits=256, until=end)))
    monkeypatch.setattr(renewing, "POLICY", policy)
    assert await lone.renew() == 0
    state = await renewals.read_state(lone.svc.store)
    assert (state.ends_at // 1000, state.failure) == ((lone.clock.now() + 50 * DAY) // 1000, "ends_soon")


async def test_several_workers_renew_once(world: World) -> None:
    await world.anchor()
    world.clock.move(120 * DAY)
    world.take_new_key()
    counts = await asyncio.gather(*(world.renew() for _ in range(6)))
    assert sorted(counts) == [0, 0, 0, 0, 0, 1]
    assert await renewals.last_number(world.svc.store) == 2


async def test_a_read_only_log_renews_nothing(lone: World) -> None:
    await lone.anchor()
    lone.clock.move(120 * DAY)
    lone.take_new_key()
    lone.svc.log.read_only_reason = "a fork"
    assert await lone.renew() == 0


async def test_many_tokens_take_several_renewals(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewing, "BATCH", 2)
    for _ in range(3):
        await world.anchor()
    world.clock.move(120 * DAY)
    world.take_new_key()
    assert await world.renew() == 3
    assert await renewals.last_number(world.svc.store) == 4
    assert await world.findings() == []


async def test_fsck_finds_a_renewal_that_is_over_something_else(world: World) -> None:
    await world.anchor()
    world.clock.move(120 * DAY)
    world.take_new_key()
    assert await world.renew() == 1
    (row, _) = await renewals.after_number(world.svc.store, 0, 10)
    (older,) = [one for _, one in await renewals.places_of(world.svc.store, 1)]
    forged = replace(row, number=3, record_id="none", leaves=bytes(64))
    alone = replace(row, number=4, record_id="no", token=b"no token")
    for one, names in ((forged, [older]), (alone, [])):

        async def add(tx: object, one: renewals.RenewalRow = one, names: list[renewals.Older] = names) -> None:
            await renewals.add(tx, one, names)  # type: ignore[arg-type]  # a transaction

        await world.svc.store.transact(add)
    found = await world.findings()
    assert "renewal 3: the token is over something else" in found
    assert "renewal 3: it is over another token, or other material, at place 0" in found
    assert any(each.startswith("renewal 4: ") for each in found)


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_the_lead_is_bounded(days: int) -> None:
    given = {"issuer": "https://a.example", "log_origin": "a.example/1", "fence_file": "/f", "database": "log.sqlite"}
    given["keys_dir"] = "keys"
    with pytest.raises(ConfigurationError, match="renewal_lead_days"):
        settings.build({**given, "renewal_lead_days": days}, {})
