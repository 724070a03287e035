"""Metrics: what an operator's alerts stand on, and no word about a person, however hostile the request."""

import asyncio
import re
import socket
from dataclasses import replace

import httpx2
import pytest

from authsvc import management
from authsvc.errors import ConfigurationError
from authsvc.metrics import Metrics
from authsvc.web.edge import static_headers
from authsvc.web.management import build_management
from tests.authsvc.web.conftest import ORIGIN, PASSWORD, House

pytestmark = pytest.mark.anyio

PROMISED = {
    "authsvc_http_requests_total",
    "authsvc_confirmations_total",
    "authsvc_signature_verifications_total",
    "authsvc_evidence_entries_total",
    "authsvc_evidence_tree_size",
    "authsvc_outbox_lag_seconds",
    "authsvc_ocsp_requests_total",
    "authsvc_password_hash_seconds",
    "authsvc_build_info",
}
"""The names that operators were promised."""


def sample(text: str, name: str) -> float:
    """The value of the one sample that begins like this."""
    (line,) = [line for line in text.splitlines() if line.startswith(name) and line[len(name)] in " {"]
    return float(line.rsplit(" ", 1)[1])


async def read(house: House, **headers: str) -> str:
    response = await house.client().get("/metrics", headers=headers)
    assert response.status_code == 200
    return response.text


async def test_every_promised_name_is_there_from_the_start(house: House) -> None:
    text = await read(house)
    named = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    assert named >= PROMISED
    assert (await house.client().get("/metrics")).headers["content-type"].startswith("text/plain; version=")


async def test_a_sign_in_is_counted_by_route_and_outcome_and_names_nobody(house: House) -> None:
    await house.sign_in(house.browser())
    await house.client().post("/login?login=aigul1", data={"login": house.person.login, "password": PASSWORD})
    await house.client().request("BREW", "/" + house.person.login)
    text = await read(house)
    assert 'authsvc_logins_total{outcome="accepted"} 1.0' in text
    assert 'authsvc_evidence_entries_total{type="authentication"} 1.0' in text
    assert sample(text, "authsvc_password_hash_seconds_count") == 2  # enrolled, then signed in
    assert 'authsvc_http_requests_total{method="-",route="-",status="404"} 1.0' in text
    assert 'authsvc_http_requests_total{method="POST",route="/login"' in text
    for personal in (house.person.login, house.person.name, house.person.subject[4:], house.person.sub):
        assert personal not in text


async def test_attack_a_thousand_paths_make_no_thousand_series(house: House) -> None:
    client = house.client()
    for number in range(40):
        await client.get(f"/confirm/{number}")
        await client.get(f"/nothing/{number}")
        await client.get("/login", headers={"host": f"h{number}.example"})
    series = [line for line in (await read(house)).splitlines() if line.startswith("authsvc_http_requests_total{")]
    assert len(series) < 8, series


async def test_the_log_and_the_outbox_are_read_when_somebody_asks(house: House) -> None:
    before = sample(await read(house), "authsvc_evidence_tree_size")
    await house.sign_in(house.browser())

    async def post(tx: object) -> None:
        await tx.run(  # type: ignore[attr-defined]
            "insert into outbox (id, channel, request_id, sealed, attempts, due_at, created_at)"
            " values ('d', 'sms', 'r', $1, 1, $2, $3)",
            b"",
            house.clock.now() + 1_000_000,
            house.clock.now() - 90_000,
        )

    await house.svc.store.transact(post)
    text = await read(house)
    assert sample(text, "authsvc_evidence_tree_size") > before
    assert (sample(text, "authsvc_outbox_waiting"), sample(text, "authsvc_outbox_lag_seconds")) == (1, 90)
    assert (sample(text, "authsvc_database_up"), sample(text, "authsvc_log_read_only")) == (1, 0)


async def test_a_lost_database_is_a_metric_and_no_fault(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(*_: object) -> None:
        raise ConnectionError("postgresql://user:secret@db.internal/authsvc")

    monkeypatch.setattr("authsvc.web.health.rows.read_head", lost)
    text = await read(house)
    assert sample(text, "authsvc_database_up") == 0
    assert "secret" not in text


async def test_a_fault_of_ours_is_counted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("authsvc.login.sessions.rows.session_alive", broken)
    client = house.client()
    client.cookies.set("authsvc-session", "x" * 43)
    assert (await client.get("/login")).status_code == 500
    assert sample(await read(house), "authsvc_faults_total") == 1


async def test_two_services_in_one_process_do_not_add_to_each_other(house: House) -> None:
    other = Metrics()
    house.svc.metrics.count_record("confirmation", {"method": "code", "outcome": "confirmed"})
    assert b'type="confirmation"' not in other.write("")[0]
    assert 'authsvc_confirmations_total{outcome="confirmed",type="code"} 1.0' in await read(house)


async def test_in_production_the_pages_port_tells_nothing_and_the_management_port_does(house: House) -> None:
    from authsvc.web.site import build_site

    settings = replace(
        house.svc.settings, environment="production", issuer="https://id.example.kz", log_origin="log.example.kz/1"
    )
    svc = replace(house.svc, settings=settings)
    host = {"host": "id.example.kz"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=build_site(svc)), base_url=ORIGIN) as pages:
        for path in ("/metrics", "/health/live", "/health/ready"):
            assert (await pages.get(path, headers=host)).status_code == 404
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=build_management(svc)), base_url=ORIGIN) as own:
        for path in ("/metrics", "/health/live", "/health/ready", "/health/started"):
            response = await own.get(path)
            assert response.status_code == 200
            assert set(static_headers(settings)) <= set(response.headers)
        assert (await own.get("/login", headers=host)).status_code == 404
        assert (await own.post("/metrics")).status_code == 405


async def test_the_management_port_is_open_while_the_block_runs_and_closed_after(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    svc = replace(house.svc, settings=replace(house.svc.settings, management_port=port))
    async with httpx2.AsyncClient() as client:
        async with management.managed(svc):
            response = await client.get(f"http://127.0.0.1:{port}/health/live", timeout=30)
            assert response.json()["status"] == "up"
            with pytest.raises(ConfigurationError, match=f"management_port: 127.0.0.1:{port} can't be opened"):
                async with management.managed(svc):
                    raise AssertionError("opened twice")
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"http://127.0.0.1:{port}/health/live", timeout=30)


async def test_a_test_service_without_a_port_of_its_own_opens_none(house: House) -> None:
    tasks = asyncio.all_tasks()
    async with management.managed(house.svc):
        assert asyncio.all_tasks() == tasks
