"""Sealing a log and opening its successor (case 85, second branch): nothing lost unsaid, nothing signed again."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from authsvc import app, cases, succeed, succession
from authsvc.approving import Given
from authsvc.clock import HandClock
from authsvc.errors import ConfigurationError, Conflict, InvalidRequest, ReadOnly
from authsvc.evidence.log import Settled
from authsvc.evidence.package_check import check
from authsvc.evidence.proof import parse_proof
from authsvc.evidence.record import parse
from authsvc.evidence.trust import parse_trust, print_trust
from authsvc.evidence.verdict import Code
from authsvc.keys import b64url
from authsvc.sandbox.seed import write_trust
from authsvc.service import Service
from authsvc.settings import Settings
from authsvc.store import evidence as rows
from authsvc.web.sandbox.pki import Credential, Family, TestPki, sign_cms
from tests import postgres
from tests.authsvc.evidence.logs import Bench
from tests.authsvc.sandbox.conftest import made_persons, made_pki
from tests.authsvc.sandbox.made import NOW
from tests.authsvc.test_recovery import backed_up, sizes
from tests.authsvc.test_rotation import Steps, _confirmed, _two

__all__ = ["made_persons", "made_pki"]

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
Entropy = Callable[[int], bytes]
CLOCK = Steps(NOW + 60_000)
AIGUL, BOLAT, DANA = "iin:900101300017", "iin:880202400028", "iin:770303300011"


@pytest.fixture(params=["sqlite", "postgres"])
async def both(
    request: pytest.FixtureRequest, tmp_path: Path, made_pki: TestPki
) -> AsyncIterator[tuple[Settings, Settings]]:
    """A deployment with a log, and the settings of the one that will go on from it."""
    databases = [str(tmp_path / "data" / "one.sqlite"), str(tmp_path / "data" / "two.sqlite")]
    server: postgres.Cluster | None = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        databases = [await server.make_database(), await server.make_database()]
    write_trust(made_pki, tmp_path / "trust", NOW)
    made = Settings(
        issuer="http://localhost:8000",
        log_origin="test.succession.example/1",
        database=databases[0],
        keys_dir=tmp_path / "keys",
        key_store=str(tmp_path / "epochs"),
        fence_file=tmp_path / "outside" / "fence.json",
        root_key_file=tmp_path / "safe" / "root.json",
        trust_dir=tmp_path / "trust",
        environment="test",
    )
    heir = replace(
        made,
        log_origin="test.succession.example/2",
        database=databases[1],
        keys_dir=tmp_path / "keys2",
        fence_file=tmp_path / "outside" / "fence2.json",
        root_key_file=tmp_path / "safe" / "root2.json",
    )
    await app.initialise(made, ground="tests", clock=HandClock(NOW))
    yield made, heir
    if server is not None:
        for database in databases:
            await server.drop_database(database)


@asynccontextmanager
async def opened(settings: Settings, entropy: Entropy) -> AsyncIterator[tuple[Service, Bench]]:
    async with app.opened(settings, channels={}, clock=CLOCK) as svc:
        yield svc, Bench(svc.store, svc.keys, svc.log._fence, svc.clock, entropy, svc.log, svc.log.vault.epochs)  # type: ignore[arg-type]


@pytest.fixture
def approvers(made_pki: TestPki, made_persons: dict[Family, Credential]) -> list[Credential]:
    return _two(made_pki, made_persons)


def signed_by(approvers: list[Credential], request: bytes) -> Given:
    return Given([sign_cms(request, [person], signing_time=NOW) for person in approvers])


async def succeeded(settings: Settings, heir: Settings, approvers: list[Credential]) -> succeed.Succeeded:
    request = await succeed.request_seal(settings, heir, clock=CLOCK)
    given = signed_by(approvers, request)
    return await succeed.open_successor(settings, heir, request, given, ground="the disk burned", clock=CLOCK)


async def lost_tail(
    settings: Settings, request: pytest.FixtureRequest, entropy: Entropy, tmp_path: Path
) -> tuple[Settings, dict[str, Settled], Settled]:
    """Records, a backup, more records: the restored backup's settings, each person's last leaf in it, a lost record."""
    last = {}
    async with opened(settings, entropy) as (_, bench):
        for person in (AIGUL, BOLAT, AIGUL):
            last[person] = await bench.write(person)
    restored = await backed_up(settings, request, tmp_path)
    async with opened(settings, entropy) as (_, bench):
        for person in (AIGUL, DANA):
            lost = await bench.write(person)
    return restored, last, lost


async def link(svc: Service, settled: Settled) -> tuple[object, object]:
    """(number, previous) of the person of this record."""
    values = {each.name: each.value for each in await svc.log.vault.disclosures(svc.store, parse(settled.entry).id)}
    return values["person_number"], values["person_previous"]


async def test_85_a_lost_tail_is_sealed_by_two_persons_and_a_successor_goes_on(
    both: tuple[Settings, Settings],
    entropy: Entropy,
    approvers: list[Credential],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    settings, heir = both
    restored, last, lost = await lost_tail(settings, request, entropy, tmp_path)
    size, signed = (await sizes(restored))[-1], (await sizes(settings))[-1]
    found = await succeeded(restored, heir, approvers)
    assert (found.seal.size, found.seal.lost_from, found.seal.lost_to) == (size, size, signed)
    async with opened(heir, entropy) as (svc, bench):
        first = parse((await rows.entries_between(svc.store, 0, 1))[0].body)
        assert first.body["predecessor"] == [
            {
                "lost_from": size,
                "lost_to": signed,
                "origin": settings.log_origin,
                "root": b64url(found.seal.root),
                "root_512": b64url(found.seal.root_512),
                "size": size,
            }
        ]
        opened_values = {each.name: each.value for each in await svc.log.vault.disclosures(svc.store, first.id)}
        approvals = opened_values["approvals"]
        assert isinstance(approvals, list)
        assert len(approvals) == 2
        assert opened_values["genesis_ground"] == "the disk burned"
        for person in (AIGUL, BOLAT):
            assert await link(svc, await bench.write(person)) == (1, b64url(last[person].leaf))
        assert await link(svc, await bench.write(DANA)) == (1, "none")
        second = await bench.write(AIGUL)
        assert (await link(svc, second))[0] == 2
        trust = await cases.trust_of(svc)
        old = trust.of_origin(settings.log_origin)
        assert old is not None
        assert parse_trust(print_trust(trust)) == trust
    assert (await app.check_log(heir)).faults == []
    # A receipt from the lost range is itself the proof of that record, under the old origin.
    keys = [each.verifier for each in old.log_keys]
    assert parse_proof(lost.proof).verify(lost.entry, keys, settings.log_origin).size == signed


async def test_85_a_sealed_log_signs_nothing_again_and_is_not_served(
    both: tuple[Settings, Settings], entropy: Entropy, approvers: list[Credential]
) -> None:
    settings, heir = both
    async with opened(settings, entropy) as (_, bench):
        await bench.write(AIGUL)
    async with opened(settings, entropy) as (svc, live):
        request = await succession.request_seal(svc, heir.log_origin)
        found = await succeed.open_successor(settings, heir, request, signed_by(approvers, request), clock=CLOCK)
        assert found.seal.lost_from == found.seal.lost_to == found.seal.size
        with pytest.raises(ReadOnly, match=heir.log_origin):  # a process that ran all the while
            await live.write(BOLAT)
    before = await sizes(settings)
    async with opened(settings, entropy) as (svc, bench):
        assert svc.log.sealed
        assert heir.log_origin in str(svc.log.read_only_reason)
        with pytest.raises(ReadOnly):
            await bench.write(AIGUL)
        await svc.log.watch()
        assert svc.log.read_only_reason is not None
    with pytest.raises(ConfigurationError, match="sealed"):
        await app.run(settings)
    assert await sizes(settings) == before
    assert (await app.check_log(settings)).faults == []


async def test_85_old_packages_and_new_ones_verify_under_the_successors_trust(
    both: tuple[Settings, Settings], entropy: Entropy, approvers: list[Credential]
) -> None:
    settings, heir = both
    async with opened(settings, entropy) as (svc, bench):
        earlier = parse(await _confirmed(bench, AIGUL))
        before = await cases.export_case(svc, cases.Case(subject=AIGUL))
    await succeeded(settings, heir, approvers)
    async with opened(heir, entropy) as (svc, bench):
        digest = parse(await _confirmed(bench, AIGUL)).body["statement"]
        # What was enrolled under the old origin is used under the new one.
        used = replace(bench.confirmation(AIGUL), statement=str(digest), authentication=earlier.id)
        await bench.log.settled(await bench.stage(record=used))
        after = await cases.export_case(svc, cases.Case(subject=AIGUL))
        trust = await cases.trust_of(svc)
    for package in (before, after):
        verdict = check(package, trust, at=NOW + 3_600_000)
        assert verdict.code is Code.VALID, verdict.checks
    async with opened(heir, entropy) as (svc, _):
        (row,) = await svc.store.all("select record_id from entry where type = 'export'")
        values = {each.name: each.value for each in await svc.log.vault.disclosures(svc.store, row["record_id"])}
    left_out = values["export_left_out"]
    assert isinstance(left_out, list)
    assert [earlier.id, "earlier_log"] in left_out


async def test_85_fewer_than_two_persons_or_another_matter_seal_nothing(
    both: tuple[Settings, Settings], entropy: Entropy, approvers: list[Credential]
) -> None:
    settings, heir = both
    request = await succeed.request_seal(settings, heir, clock=CLOCK)
    good = signed_by(approvers, request)
    other = replace(heir, log_origin="test.succession.example/3")
    for given, target in (
        (Given(), heir),
        (Given(good.signed[:1]), heir),
        (Given([good.signed[0]] * 2), heir),
        (good, other),
        (signed_by(approvers, b"something else"), heir),
    ):
        with pytest.raises(InvalidRequest):
            await succeed.open_successor(settings, target, request, given, clock=CLOCK)
    for wrong in (
        replace(heir, database=settings.database),
        replace(heir, keys_dir=settings.keys_dir),
        replace(heir, fence_file=settings.fence_file),
        replace(heir, key_store="elsewhere"),
        replace(heir, root_key_file=settings.root_key_file),
        replace(heir, environment="production"),
        replace(heir, log_origin=settings.log_origin),
    ):
        with pytest.raises(ConfigurationError):
            await succeed.open_successor(settings, wrong, request, good, clock=CLOCK)
    async with opened(settings, entropy) as (svc, bench):
        assert not svc.log.sealed
        await bench.write(AIGUL)


async def test_85_what_two_persons_saw_must_still_be_so(
    both: tuple[Settings, Settings],
    entropy: Entropy,
    approvers: list[Credential],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    settings, heir = both
    restored, _, _ = await lost_tail(settings, request, entropy, tmp_path)
    asked = await succeed.request_seal(restored, heir, clock=CLOCK)
    await app.recover(restored, [settings.database])  # the tail came back meanwhile
    with pytest.raises(Conflict, match="no longer what the two persons saw"):
        await succeed.open_successor(restored, heir, asked, signed_by(approvers, asked), clock=CLOCK)
    async with opened(restored, entropy) as (svc, _):
        assert not svc.log.sealed
        assert svc.log.read_only_reason is None


async def test_85_a_fork_is_sealed_where_it_last_agrees_with_what_others_hold(
    both: tuple[Settings, Settings],
    entropy: Entropy,
    approvers: list[Credential],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    """Somebody removed the fence, and the restored backup was signed on; then the fence came back."""
    settings, heir = both
    restored, last, _ = await lost_tail(settings, request, entropy, tmp_path)
    true_fence = settings.fence_file.read_bytes()
    settings.fence_file.unlink()
    async with opened(restored, entropy) as (_, bench):
        for person in (BOLAT, AIGUL, DANA):
            await bench.write(person)
    settings.fence_file.write_bytes(true_fence)
    with pytest.raises(Conflict, match="no tree of this log agrees"):
        await succeed.request_seal(restored, heir, clock=CLOCK)
    kept = last[AIGUL].proof
    stranger = kept.replace(b"succession.example/1", b"succession.example/9")
    with pytest.raises(InvalidRequest, match="not this log's"):
        await succeed.request_seal(restored, heir, [stranger], clock=CLOCK)
    asked = await succeed.request_seal(restored, heir, [kept], clock=CLOCK)
    found = await succeed.open_successor(restored, heir, asked, signed_by(approvers, asked), [kept], clock=CLOCK)
    assert (found.seal.size, found.seal.lost_from) == (last[AIGUL].size, last[AIGUL].size)
    assert found.seal.lost_to == (await sizes(restored))[-1]
    async with opened(heir, entropy) as (svc, bench):
        assert await link(svc, await bench.write(AIGUL)) == (1, b64url(last[AIGUL].leaf))
        assert await link(svc, await bench.write(DANA)) == (1, "none")
    assert (await app.check_log(heir)).faults == []


async def test_85_a_cut_off_succession_goes_on_where_it_was(
    both: tuple[Settings, Settings], entropy: Entropy, approvers: list[Credential], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, heir = both
    async with opened(settings, entropy) as (_, bench):
        wanted = await bench.write(AIGUL)
    asked = await succeed.request_seal(settings, heir, clock=CLOCK)
    given = signed_by(approvers, asked)
    for step in ("seal_log", "move_persons"):
        with monkeypatch.context() as patched:

            async def cut(*args: object) -> None:
                raise OSError("power")

            patched.setattr(succession, step, cut)
            with pytest.raises(OSError, match="power"):
                await succeed.open_successor(settings, heir, asked, given, clock=CLOCK)
    for _ in range(2):  # and once more when all is done
        await succeed.open_successor(settings, heir, asked, given, clock=CLOCK)
    async with opened(heir, entropy) as (svc, bench):
        assert await link(svc, await bench.write(AIGUL)) == (1, b64url(wanted.leaf))
    assert (await app.check_log(heir)).faults == []


async def test_85_a_third_origin_names_both_before_it(
    both: tuple[Settings, Settings], entropy: Entropy, approvers: list[Credential], tmp_path: Path
) -> None:
    """A person with no record in the second origin still names their last one in the first."""
    settings, heir = both
    if settings.database.startswith("postgresql://"):
        return  # the same rows; SQLite shows it
    third = replace(
        heir,
        log_origin="test.succession.example/3",
        database=str(tmp_path / "data" / "three.sqlite"),
        keys_dir=tmp_path / "keys3",
        fence_file=tmp_path / "outside" / "fence3.json",
        root_key_file=tmp_path / "safe" / "root3.json",
    )
    async with opened(settings, entropy) as (_, bench):
        one, _ = await bench.write(AIGUL), await bench.write(BOLAT)
    await succeeded(settings, heir, approvers)
    async with opened(heir, entropy) as (_, bench):
        two = await bench.write(BOLAT)
    await succeeded(heir, third, approvers)
    async with opened(third, entropy) as (svc, bench):
        assert await link(svc, await bench.write(AIGUL)) == (1, b64url(one.leaf))
        assert await link(svc, await bench.write(BOLAT)) == (1, b64url(two.leaf))
        origins = [each.origin for each in (await cases.trust_of(svc)).predecessors]
    assert origins == [heir.log_origin, settings.log_origin]
