"""Keys over time (evidence format, section 9; cases 36, 39): records by the root, overlapping signatures, leaks."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from authsvc import app, cases, rotation
from authsvc.approving import Given
from authsvc.clock import HandClock
from authsvc.errors import ConfigurationError, Conflict, InvalidRequest, NotFound
from authsvc.evidence.note import open_checkpoint
from authsvc.evidence.package_check import check
from authsvc.evidence.record import parse
from authsvc.evidence.verdict import Code
from authsvc.keys import b64url, load_keys, load_root
from authsvc.sandbox.seed import write_trust
from authsvc.service import Service
from authsvc.settings import Settings
from authsvc.web.sandbox.pki import Credential, Family, TestPki, sign_cms
from tests import postgres
from tests.authsvc.evidence.logs import Bench
from tests.authsvc.sandbox.conftest import made_persons, made_pki
from tests.authsvc.sandbox.made import NOW, iin

__all__ = ["made_persons", "made_pki"]

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
Entropy = Callable[[int], bytes]


class Steps(HandClock):
    """A clock that goes on whenever it is looked at, so that what waits for a second gets it."""

    def now(self) -> int:
        self.move(50)
        return super().now()


@pytest.fixture(params=["sqlite", "postgres"])
async def settings(request: pytest.FixtureRequest, tmp_path: Path, made_pki: TestPki) -> AsyncIterator[Settings]:
    database = str(tmp_path / "data" / "authsvc.sqlite")
    server: postgres.Cluster | None = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        database = await server.make_database()
    write_trust(made_pki, tmp_path / "trust", NOW)
    made = Settings(
        issuer="http://localhost:8000",
        log_origin="test.keys.example/1",
        database=database,
        keys_dir=tmp_path / "keys",
        fence_file=tmp_path / "fence.json",
        root_key_file=tmp_path / "safe" / "root.json",
        trust_dir=tmp_path / "trust",
        environment="test",
    )
    await app.initialise(made, ground="tests", clock=HandClock(NOW))
    yield made
    if server is not None:
        await server.drop_database(database)


@asynccontextmanager
async def opened(settings: Settings, entropy: Entropy) -> AsyncIterator[tuple[Service, Bench]]:
    async with app.opened(settings, channels={}, clock=Steps(NOW + 1000)) as svc:
        yield svc, Bench(svc.store, svc.keys, svc.log._fence, svc.clock, entropy, svc.log, svc.log.vault.epochs)  # type: ignore[arg-type]


async def faults(settings: Settings) -> list[str]:
    return (await app.check_log(settings)).faults


def signer(entry: bytes) -> bytes:
    return parse(entry).signature.key_id


async def test_the_service_runs_without_the_root_key(settings: Settings, entropy: Entropy) -> None:
    assert not (settings.keys_dir / "root.json").exists()
    settings.root_key_file.unlink()
    async with opened(settings, entropy) as (svc, bench):
        await bench.write("iin:900101300017")
        assert "root" not in svc.keys.issuers
    assert await faults(settings) == []


async def test_an_issuer_key_is_rotated_in_one_step(settings: Settings, entropy: Entropy) -> None:
    root = load_root(settings.root_key_file)
    async with opened(settings, entropy) as (svc, bench):
        before = await bench.write("iin:900101300017")
        made = await rotation.add_key(svc, root, use="issuer", family="confirmation", replaces=True, ground="yearly")
        after = await bench.write("iin:900101300017")
        assert signer(before.entry) != signer(after.entry) == bytes.fromhex(made.id)
        states = [
            (each.state, each.here)
            for each in rotation.list_keys(svc, load_keys(settings.keys_dir, entropy))
            if each.family == "confirmation"
        ]
        assert states == [("retired", False), ("in force", True)]
    assert await faults(settings) == []
    async with opened(settings, entropy) as (_, bench):
        assert signer((await bench.write("iin:900101300017")).entry) == bytes.fromhex(made.id)
    assert await faults(settings) == []


async def test_every_log_key_in_force_signs_each_checkpoint(settings: Settings, entropy: Entropy) -> None:
    root = load_root(settings.root_key_file)
    async with opened(settings, entropy) as (svc, bench):
        old = svc.log.signers.published()
        for kind in ("ed25519", "ml-dsa-44"):
            await rotation.add_key(svc, root, use="log", kind=kind)
        await bench.write("iin:900101300017")
        size, note = await svc.publishing.publish()
        _, read = open_checkpoint(note, svc.log.signers.published(), svc.log.origin)
        assert {one.verifier for one in read.verified} == set(svc.log.signers.published())
        assert set(old) < set(svc.log.signers.published())
        trust = await cases.trust_of(svc)
        assert {each.verifier for each in trust.log_keys if each.is_good(size)} == set(svc.log.signers.published())
        await rotation.end_key(svc, root, old[0].key_id.hex(), event="retired", reason="rotation")
        await rotation.end_key(svc, root, old[1].key_id.hex(), event="retired", reason="rotation")
        assert not set(svc.log.signers.published()) & set(old)
        await bench.write("iin:900101300017")
        with pytest.raises(ConfigurationError, match="no log key of each kind"):
            await rotation.end_key(
                svc, root, svc.log.signers.log.verifier.key_id.hex(), event="retired", reason="rotation"
            )
        await bench.write("iin:900101300017")
    assert await faults(settings) == []


async def test_acts_under_way_while_keys_change_are_signed_by_the_key_in_force(
    settings: Settings, entropy: Entropy
) -> None:
    """Two services and forty acts beside three rotations: nothing is left staged, nothing stands under an ended key."""
    root = load_root(settings.root_key_file)
    async with AsyncExitStack() as stack:
        (first, one), (_, two) = [await stack.enter_async_context(opened(settings, entropy)) for _ in range(2)]

        async def rotate() -> None:
            for _ in range(3):
                await rotation.add_key(first, root, use="issuer", family="confirmation", replaces=True)

        writes = [(one, two)[n % 2].write(f"iin:{900101300000 + n}") for n in range(40)]
        settled = await asyncio.gather(rotate(), *writes)
        assert len({each.index for each in settled[1:]}) == 40
        assert await first.store.all("select seq from staged") == []
    assert await faults(settings) == []


async def test_a_record_staged_before_the_change_takes_its_place_before_it(
    settings: Settings, entropy: Entropy
) -> None:
    root = load_root(settings.root_key_file)
    async with opened(settings, entropy) as (svc, bench):
        if svc.store.groups_commits:
            svc.store.before_commit = None
        ticket = await bench.stage("iin:900101300017")
        if svc.store.groups_commits:
            svc.store.before_commit = svc.log._sequence
        await rotation.add_key(svc, root, use="issuer", family="confirmation", replaces=True)
        settled = await svc.log.find(ticket.record_id)
        added = (await svc.store.all("select min(idx) as at from entry where type = 'key'"))[0]
        assert settled is not None
        assert settled.index < added["at"]
    assert await faults(settings) == []


async def test_an_entry_under_a_key_not_in_force_is_never_sequenced(settings: Settings, entropy: Entropy) -> None:
    """36: whoever still holds the retired key and a way into the table gets no place for it."""
    root = load_root(settings.root_key_file)
    async with opened(settings, entropy) as (svc, bench):
        old = svc.log.signers
        await rotation.add_key(svc, root, use="issuer", family="confirmation", replaces=True)
        svc.log.signers = replace(svc.log.signers, issuers=old.issuers)
        ticket = await bench.stage("iin:900101300017")
        await svc.log.sweep()
        assert await svc.log.find(ticket.record_id) is None
        svc.log.ring = None
        await svc.log.watch()
        await bench.write("iin:900101300025")
    assert any("signed by a key outside its interval" in fault for fault in await faults(settings))


async def test_receipts_of_old_records_keep_their_key(settings: Settings, entropy: Entropy) -> None:
    root = load_root(settings.root_key_file)
    async with opened(settings, entropy) as (svc, bench):
        old = await bench.write("iin:900101300017")
        before = svc.log.receipt_key(old.index).kid
        made = await rotation.add_key(svc, root, use="receipt", replaces=True)
        new = await bench.write("iin:900101300017")
        assert svc.log.receipt_key(old.index).kid == before != made.value
        assert svc.log.receipt_key(new.index).kid == made.value
        assert {key.kid for key in svc.log.receipt_keys()} == {before, made.value}
    async with opened(settings, entropy) as (svc, _):
        assert svc.log.receipt_key(old.index).kid == before
    assert await faults(settings) == []


async def test_a_revoked_key_signs_no_receipt_any_more_not_even_an_old_one(
    settings: Settings, entropy: Entropy
) -> None:
    root = load_root(settings.root_key_file)
    async with opened(settings, entropy) as (svc, bench):
        old = await bench.write("iin:900101300017")
        before = svc.log.receipt_key(old.index).kid
        made = await rotation.add_key(svc, root, use="receipt")
        listed = rotation.list_keys(svc, svc.keys)
        await rotation.end_key(
            svc, root, next(each.id for each in listed if each.value == before), event="revoked", reason="lost"
        )
        assert svc.log.receipt_key(old.index).kid == made.value
        assert {key.kid for key in svc.log.receipt_keys()} == {made.value}
    assert await faults(settings) == []


async def test_another_root_key_changes_nothing(settings: Settings, entropy: Entropy) -> None:
    async with opened(settings, entropy) as (svc, _):
        size = (await svc.publishing.publish())[0]
        with pytest.raises(ConfigurationError, match="not the root key"):
            await rotation.add_key(svc, svc.keys.issuers["case"], use="log")
        assert (await svc.publishing.publish())[0] == size


async def test_a_key_that_no_use_knows_is_refused(settings: Settings, entropy: Entropy) -> None:
    wrong = ("issuer root ed25519", "issuer  ed25519", "issuer case ml-dsa-44", "log case ed25519", "log  rsa")
    async with opened(settings, entropy) as (svc, _):
        for use, family, kind in (each.split(" ") for each in (*wrong, "receipt case ed25519", "token  ed25519")):
            with pytest.raises(InvalidRequest):
                await rotation.add_key(svc, load_root(settings.root_key_file), use=use, family=family, kind=kind)


async def test_a_key_ends_once_and_none_comes_back(settings: Settings, entropy: Entropy) -> None:
    root = load_root(settings.root_key_file)
    async with opened(settings, entropy) as (svc, _):
        made = await rotation.add_key(svc, root, use="issuer", family="case")
        await rotation.end_key(svc, root, made.id, event="retired", reason="superseded")
        with pytest.raises(InvalidRequest, match="retired already"):
            await rotation.end_key(svc, root, made.id, event="retired", reason="superseded")
        with pytest.raises(NotFound):
            await rotation.end_key(svc, root, "00000000", event="retired", reason="superseded")
        with pytest.raises(InvalidRequest, match="ends the origin"):
            await rotation.end_key(svc, root, _root_id(svc), event="revoked", reason="lost")
        again = rotation._record(svc, "issuer", made.value, "added", "", ground="")
        with pytest.raises(Conflict):
            await svc.log.change_keys([again], root)
    assert await faults(settings) == []


# --- a leak (case 36): two approvals, trust.json, verdicts ---


async def test_36_a_leaked_issuer_key_by_the_drill(
    settings: Settings, entropy: Entropy, made_pki: TestPki, made_persons: dict[Family, Credential]
) -> None:
    """Entries up to the revocation are NOT CONFIRMED with both dates, never INVALID; those after it are VALID."""
    root = load_root(settings.root_key_file)
    async with opened(settings, entropy) as (svc, bench):
        early = parse(await _confirmed(bench, "iin:900101300017"))
        leaked = svc.log.signers.issuers["confirmation"].verifier
        await rotation.add_key(svc, root, use="issuer", family="confirmation")
        request = rotation.request_revocation(svc, leaked.key_id.hex(), NOW)
        persons = _two(made_pki, made_persons)
        signed = [sign_cms(request, [person], signing_time=NOW, detached=n == 1) for n, person in enumerate(persons)]
        for few in ([], signed[:1], [signed[0], signed[0]]):
            with pytest.raises(InvalidRequest, match="approvals don't hold"):
                await rotation.revoke_leaked(svc, root, request, Given(few))
        view = await rotation.revoke_leaked(svc, root, request, Given(signed), ground="stolen laptop")
        assert (view.state, view.leaked_at, view.here) == ("revoked", NOW, False)
        late = parse(await _confirmed(bench, "iin:900101300025"))
        trust = await cases.trust_of(svc)
        assert [(each.verifier, each.leaked_at) for each in trust.revoked] == [(leaked, NOW)]
        package = await cases.export_case(svc, cases.Case(acts=(early.id, late.id)))
    verdict = check(package, trust, at=NOW + 600_000)
    by_id = {record.id: record for record in verdict.records}
    assert by_id[early.id].code is Code.NOT_CONFIRMED
    assert by_id[late.id].code is Code.VALID
    (finding,) = [each for each in verdict.findings() if each.code == "issuer_leaked"]
    assert {"leaked", "revoked", "size"} <= set(finding.params)
    assert "—" not in finding.params["revoked"]
    assert await faults(settings) == []


async def test_39_the_record_of_a_leak_keeps_who_approved(
    settings: Settings, entropy: Entropy, made_pki: TestPki, made_persons: dict[Family, Credential]
) -> None:
    root = load_root(settings.root_key_file)
    async with opened(settings, entropy) as (svc, _):
        await rotation.add_key(svc, root, use="issuer", family="case")
        key = svc.log.ring.in_force("case")[0].verifier if svc.log.ring else None
        assert key is not None
        request = rotation.request_revocation(svc, key.key_id.hex(), NOW)
        signed = [sign_cms(request, [person], signing_time=NOW) for person in _two(made_pki, made_persons)]
        await rotation.revoke_leaked(svc, root, request, Given(signed))
        (row,) = await svc.store.all("select record_id from entry where type = 'key' order by idx desc limit 1")
        values = {one.name: one.value for one in await svc.log.vault.disclosures(svc.store, row["record_id"])}
        assert isinstance(values["approvals"], list)
        assert len({str(each["person"]) for each in values["approvals"] if isinstance(each, dict)}) == 2
        blobs = await svc.log.vault.blobs(svc.store, row["record_id"])
        assert blobs["key_evidence"] == request
        with pytest.raises(InvalidRequest):
            await rotation.revoke_leaked(svc, root, request, Given(signed))
        with pytest.raises(InvalidRequest, match="still to come"):
            rotation.request_revocation(svc, svc.log.signers.log.verifier.key_id.hex(), NOW + 10_000_000)


async def _confirmed(bench: Bench, person: str) -> bytes:
    """A confirmation whose statement is the one kept beside it."""
    digest = hashlib.sha256(b"authsvc/confirmation/v1\x00" + b'{"act":"payment"}').digest()
    ticket = await bench.stage(record=replace(bench.confirmation(person), statement=b64url(digest)))
    return (await bench.log.settled(ticket)).entry


def _root_id(svc: Service) -> str:
    return next(each.id for each in rotation.list_keys(svc, svc.keys) if each.family == "root")


def _two(pki: TestPki, persons: dict[Family, Credential]) -> list[Credential]:
    authority = pki.authority("rsa")
    return [persons["rsa"], authority.issue_person(name="СЫНАҚОВ ЕКІНШІ ТЕСТҰЛЫ", iin=iin(3))]
