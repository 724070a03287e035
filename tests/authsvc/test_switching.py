"""Switches: what is stopped is refused everywhere within a second, recorded, and started again by two."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from authsvc import app, confirm, switching
from authsvc.approving import Given
from authsvc.clock import HandClock
from authsvc.errors import Conflict, InvalidRequest, NotFound, ReadOnly, Suspended
from authsvc.evidence.record import parse
from authsvc.keys import b64url
from authsvc.oidc import clients
from authsvc.sandbox.seed import write_trust
from authsvc.service import Service
from authsvc.settings import Settings
from authsvc.store import evidence as rows
from authsvc.verify import Signed, verify_document
from authsvc.web.management import build_management
from authsvc.web.sandbox.pki import Credential, Family, TestPki, sign_cms
from tests import postgres
from tests.authsvc.sandbox.conftest import made_persons, made_pki
from tests.authsvc.sandbox.made import NOW, iin
from tests.authsvc.services import PAYMENT, Gateway, add_person, add_relying_party, let_know

__all__ = ["made_persons", "made_pki"]

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

GROUND = "incident 7"


both = pytest.mark.parametrize("settings", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
async def settings(request: pytest.FixtureRequest, tmp_path: Path, made_pki: TestPki) -> AsyncIterator[Settings]:
    database = str(tmp_path / "data" / "authsvc.sqlite")
    server: postgres.Cluster | None = None
    if getattr(request, "param", "sqlite") == "postgres":
        server = request.getfixturevalue("postgres_server")
        database = await server.make_database()
    write_trust(made_pki, tmp_path / "trust", NOW)
    made = Settings(
        issuer="http://localhost:8000",
        log_origin="test.switch.example/1",
        database=database,
        keys_dir=tmp_path / "keys",
        fence_file=tmp_path / "outside" / "fence.json",
        trust_dir=tmp_path / "trust",
        environment="test",
    )
    await app.initialise(made, ground="tests", clock=HandClock(NOW))
    yield made
    if server is not None:
        await server.drop_database(database)


@pytest.fixture
async def svc(settings: Settings) -> AsyncIterator[Service]:
    async with app.opened(settings, channels={"sms": Gateway()}, clock=HandClock(NOW + 1000)) as svc:
        yield svc


async def until(true: Callable[[], bool]) -> None:
    """Wait for a condition that comes by itself."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def ask(svc: Service) -> str:
    """A request for a confirmation by code, from a relying party that the person knows."""
    person = await add_person(svc)
    asker = await add_relying_party(svc)
    await let_know(svc, person, asker.client_id)
    return (await confirm.ask(svc, asker, {**PAYMENT, "subject": person.sub}, "", b"")).id


async def switches_recorded(svc: Service) -> list[dict[str, object]]:
    """The opened values of every record of a switch, in order."""
    found = []
    for entry in await rows.entries_between(svc.store, 0, 1_000):
        if parse(entry.body).body.get("administration_kind") == "switch":
            opened = await svc.log.vault.disclosures(svc.store, entry.record_id)
            found.append({one.name: one.value for one in opened})
    return found


@both
async def test_what_is_stopped_is_refused_and_recorded_with_its_ground(svc: Service) -> None:
    await switching.stop(svc, "method", "code", ground=GROUND)
    with pytest.raises(Suspended):
        await ask(svc)
    (record,) = await switches_recorded(svc)
    assert record["object"] == "method/code"
    states = [b64url(hashlib.sha256(state).digest()) for state in (b"running", b"stopped")]
    assert [record["before"], record["after"]] == states
    assert record["administration_ground"] == GROUND
    with pytest.raises(Conflict):
        await switching.stop(svc, "method", "code", ground=GROUND)


@both
async def test_another_process_follows_by_itself(settings: Settings, svc: Service) -> None:
    async with app.opened(settings, channels={}, clock=HandClock(NOW + 1000)) as other:
        await switching.stop(svc, "channel", "sms", ground=GROUND)
        await until(lambda: other.switches.is_stopped("channel", "sms"))
        await switching.start(svc, "channel", "sms", ground=GROUND, given=Given())
        await until(lambda: not other.switches.is_stopped("channel", "sms"))


async def test_a_stopped_channel_takes_no_new_request_and_what_waits_goes_on_waiting(svc: Service) -> None:
    await switching.stop(svc, "channel", "sms", ground=GROUND)
    with pytest.raises(Suspended, match="channel"):
        await ask(svc)
    await switching.start(svc, "channel", "sms", ground=GROUND, given=Given())
    assert svc.switches.is_stopped("channel", "sms") is False


async def test_a_stopped_relying_party_is_nobody(svc: Service) -> None:
    await add_relying_party(svc, "shop")
    await switching.stop(svc, "relying_party", "shop", ground=GROUND)
    assert await clients.find(svc, "shop") is None
    (record,) = await switches_recorded(svc)
    assert record["rp"] == "shop"
    with pytest.raises(InvalidRequest, match="no relying_party"):
        await switching.stop(svc, "relying_party", "nobody", ground=GROUND)


async def test_in_read_only_mode_nothing_is_recorded_but_its_own_end(svc: Service) -> None:
    await switching.stop(svc, "read_only", "all", ground=GROUND)
    with pytest.raises(ReadOnly, match="read-only mode"):
        await ask(svc)
    app_ = httpx2.ASGITransport(app=build_management(svc))
    async with httpx2.AsyncClient(transport=app_, base_url="http://localhost") as client:
        assert (await client.get("/health/ready")).status_code == 200  # what is there can be read
        assert "authsvc_log_read_only 1.0" in (await client.get("/metrics")).text
    await switching.start(svc, "read_only", "all", ground=GROUND, given=Given())
    assert await ask(svc)


async def test_drained_the_service_is_not_ready_and_answers_still(svc: Service) -> None:
    await switching.stop(svc, "drain", "all", ground=GROUND)
    transport = httpx2.ASGITransport(app=build_management(svc))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get("/health/ready")).status_code == 503
        assert (await client.get("/health/live")).status_code == 200
    assert await ask(svc)


async def test_no_verdict_is_given_on_a_path_through_a_stopped_authority(
    svc: Service, made_persons: dict[Family, Credential]
) -> None:
    signed = sign_cms(b"content", [made_persons["ecdsa"]], signing_time=NOW)
    judged = await verify_document(svc, "shop", "none", Signed(signed))
    assert len(judged.records) == 1
    stopped = 0
    for path in svc.settings.trust_dir.rglob("anchors/*"):
        await switching.stop(svc, "ca", hashlib.sha256(path.read_bytes()).hexdigest(), ground=GROUND)
        stopped += 1
    assert stopped
    size = len(await rows.entries_between(svc.store, 0, 1_000))
    with pytest.raises(Suspended, match="authority"):
        await verify_document(svc, "shop", "none", Signed(signed))
    assert len(await rows.entries_between(svc.store, 0, 1_000)) == size


@pytest.fixture
def two(made_pki: TestPki, made_persons: dict[Family, Credential]) -> list[Credential]:
    """Two persons with keys of their own."""
    other = made_pki.authority("ecdsa").issue_person(name="СЫНАҚОВ ЕКІНШІ ТЕСТҰЛЫ", iin=iin(3))
    return [made_persons["rsa"], other]


async def test_one_person_stops_and_two_start_again(svc: Service, two: list[Credential]) -> None:
    await switching.stop(svc, "method", "totp", ground=GROUND)
    request = await switching.request_start(svc, "method", "totp")
    one, other = (sign_cms(request, [each], signing_time=NOW) for each in two)
    for given in (Given(), Given([one]), Given([one, one])):
        with pytest.raises(InvalidRequest, match="approvals"):
            await switching.start(svc, "method", "totp", ground=GROUND, given=given)
    assert svc.switches.is_stopped("method", "totp")
    await switching.start(svc, "method", "totp", ground=GROUND, given=Given([one, other]))
    assert not svc.switches.is_stopped("method", "totp")
    approvals = (await switches_recorded(svc))[-1]["approvals"]
    assert isinstance(approvals, list)
    assert len(approvals) == 2


async def test_attack_an_approval_of_an_earlier_stop_starts_no_later_one(svc: Service, two: list[Credential]) -> None:
    await switching.stop(svc, "method", "totp", ground=GROUND)
    request = await switching.request_start(svc, "method", "totp")
    given = Given([sign_cms(request, [each], signing_time=NOW) for each in two])
    await switching.start(svc, "method", "totp", ground=GROUND, given=given)
    await switching.stop(svc, "method", "totp", ground=GROUND)
    with pytest.raises(InvalidRequest, match="approvals"):
        await switching.start(svc, "method", "totp", ground=GROUND, given=given)


@both
async def test_two_who_stop_at_once_leave_one_record(svc: Service) -> None:
    tried = await asyncio.gather(
        *(switching.stop(svc, "channel", "email", ground=GROUND) for _ in range(4)), return_exceptions=True
    )
    assert len([each for each in tried if isinstance(each, str)]) == 1
    assert all(isinstance(each, str | Conflict) for each in tried)
    assert len(await switches_recorded(svc)) == 1


@pytest.mark.parametrize(
    ("kind", "object_", "ground"),
    [
        *[("method", "telepathy", GROUND), ("channel", "../x", GROUND), ("ca", "ABCD", GROUND)],
        *[("read_only", "some", GROUND), ("weather", "all", GROUND), ("method", "code", "")],
    ],
)
async def test_a_typing_error_is_refused_and_stops_nothing(svc: Service, kind: str, object_: str, ground: str) -> None:
    with pytest.raises(InvalidRequest):
        await switching.stop(svc, kind, object_, ground=ground)
    assert await switches_recorded(svc) == []


async def test_what_is_not_stopped_can_not_be_started(svc: Service) -> None:
    with pytest.raises(NotFound):
        await switching.start(svc, "method", "code", ground=GROUND, given=Given())


async def test_with_the_database_away_what_was_known_stands(svc: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    await switching.stop(svc, "drain", "all", ground=GROUND)
    asked = 0

    async def lost(*_: object) -> None:
        nonlocal asked
        asked += 1
        raise ConnectionError

    monkeypatch.setattr("authsvc.switches.rows.stopped", lost)
    await until(lambda: asked >= 2)
    assert svc.switches.is_stopped("drain")


async def test_fewer_approvals_may_be_enough_by_setting(svc: Service) -> None:
    free = replace(svc, settings=replace(svc.settings, approvals_to_start=0))
    await switching.stop(free, "method", "code", ground=GROUND)
    await switching.start(free, "method", "code", ground=GROUND, given=Given())
    assert not free.switches.is_stopped("method", "code")
