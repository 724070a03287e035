"""The edge stands around every route: its headers, its limits, and a log without a person in it."""

import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import orjson
import pytest

from authsvc.accounts import Person
from authsvc.logs import PLACE, Place, describe_fault
from authsvc.service import Service
from authsvc.settings import Settings
from authsvc.store import evidence as rows
from authsvc.web.edge import FORM_BYTES, Edge, limit_of, static_headers
from authsvc.web.site import build_site
from tests.authsvc.web.conftest import PASSWORD, House

pytestmark = pytest.mark.anyio

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
ID = "01a20cff-7d00-7359-9aa6-d3a9a1eb3570"


def every_path(house: House) -> list[str]:
    """Each route's path, filled in; the hot ones are among them."""
    paths = {getattr(route, "path", "") for route in house.app.router.routes}
    paths |= set(house.site._app._fixed)  # type: ignore[attr-defined]  # the dispatcher's own
    filled = {re.sub(r"\{path(:path)?\}", "0/000", path) for path in paths if path}
    return sorted({re.sub(r"\{[^}]+\}", ID, path) for path in filled} | {"/static/pages.css", "/nothing"})


async def test_every_route_answers_with_every_header_on_every_method(house: House) -> None:
    client = house.client()
    expected = static_headers(house.svc.settings)
    paths = every_path(house)
    assert {"/login", "/oauth/token", "/v1/confirmations", f"/confirm/{ID}", "/log/checkpoint", "/health/live"} <= {
        *paths
    }
    for path in paths:
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
            response = await client.request(method, path)
            assert response.status_code != 500, (method, path, response.text)
            assert set(expected) <= set(response.headers), (method, path)
            for name in ("x-content-type-options", "referrer-policy", "x-frame-options", "cross-origin-opener-policy"):
                assert response.headers[name] == expected[name], (method, path, name)
            assert response.headers.get_list("x-request-id") == [response.headers["x-request-id"]]
            policy = response.headers["content-security-policy"]
            assert "default-src 'none'" in policy, (method, path)
            assert "frame-ancestors 'none'" in policy, (method, path)
            assert "unsafe" not in policy
            assert "server" not in response.headers


async def test_what_is_not_said_to_be_kept_is_not_kept(house: House) -> None:
    client = house.client()
    assert (await client.get("/login")).headers["cache-control"] == "no-store"
    assert (await client.get("/health/live")).headers["cache-control"] == "no-store"
    assert (await client.get("/static/pages.css")).headers["cache-control"] == "public, max-age=3600"


def test_strict_transport_security_stands_exactly_when_the_issuer_is_https(house: House) -> None:
    settings = house.svc.settings
    assert "strict-transport-security" not in static_headers(settings)
    secure = Settings(
        issuer="https://id.example.kz",
        log_origin=settings.log_origin,
        database="",
        keys_dir=settings.keys_dir,
        fence_file=settings.fence_file,
    )
    assert "strict-transport-security" in static_headers(secure)


@pytest.mark.parametrize("host", ["evil.example", "localhost", "localhost:8001", "localhost:8000.evil.example", ""])
async def test_attack_another_host_is_refused(house: House, host: str) -> None:
    response = await house.client().get("/login", headers={"host": host})
    assert response.status_code == 421
    assert "location" not in response.headers


async def test_attack_another_host_is_refused_on_every_route(house: House) -> None:
    client = house.client()
    for path in every_path(house):
        response = await client.get(path, headers={"host": "evil.example"})
        assert response.status_code == 421 or path.startswith(("/health/", "/metrics")), path
        assert "evil.example" not in response.text


async def test_probes_come_by_address(house: House) -> None:
    response = await house.client().get("/health/live", headers={"host": "10.0.0.7:8000"})
    assert (response.status_code, response.json()["status"]) == (200, "up")


async def test_attack_forwarded_headers_are_not_believed(house: House) -> None:
    headers = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "x-forwarded-for": "203.0.113.1"}
    response = await house.client().get("/login", headers=headers)
    assert "evil.example" not in response.headers["location"]


async def test_a_form_too_large_is_refused_by_its_announced_length(house: House) -> None:
    response = await house.client().post("/login", content=b"x" * (FORM_BYTES + 1))
    assert response.status_code == 413


async def test_attack_a_body_that_hides_its_length_is_cut_off(house: House) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * FORM_BYTES

    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = await house.client().post("/login", content=chunks(), headers=headers)
    assert response.status_code == 413


def test_documents_may_be_larger_than_forms() -> None:
    assert limit_of("/v1/signatures") == 64 * 1024 * 1024
    assert limit_of("/v1/confirmations") == 1024 * 1024
    assert limit_of("/oauth/token") == FORM_BYTES


async def test_the_access_log_knows_routes_and_no_person(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    browser = house.browser()
    await house.sign_in(browser)
    await house.client().get(f"/confirm/{ID}")
    await house.client().post("/login?login=aigul1", data={"login": "aigul1", "password": PASSWORD})
    lines = [orjson.loads(record.getMessage()) for record in caplog.records if record.name == "authsvc.access"]
    assert {"/login", "/confirm/{id}"} <= {line["route"] for line in lines}
    assert all(set(line) - {"refusal"} == {"request", "method", "route", "status", "ms", "peer"} for line in lines)
    assert not _found(house.person, _ours(caplog))
    assert ID not in _ours(caplog)


async def test_a_refusal_stands_in_the_access_line_by_its_code_and_the_address_by_its_pseudonym(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await house.client().get("/v1/confirmations/" + ID)
    await house.client().post("/oauth/token", data={"grant_type": "authorization_code"})
    await house.client().get("/login", headers={"host": "evil.example"})
    lines = [orjson.loads(record.getMessage()) for record in caplog.records if record.name == "authsvc.access"]
    assert [line["refusal"] for line in lines] == ["token_missing", "invalid_client", "host_refused"]
    (peer,) = {line["peer"] for line in lines}
    assert re.fullmatch(r"ip~[a-z2-7]{13}", peer)


async def test_a_request_is_logged_under_the_callers_trace(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    places: list[Place | None] = []

    class Seen(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name == "authsvc.access":
                places.append(PLACE.get())

    seen = Seen()
    logging.getLogger().addHandler(seen)
    try:
        first = await house.client().get("/login", headers={"traceparent": PARENT})
        second = await house.client().get("/login", headers={"traceparent": "nonsense"})
    finally:
        logging.getLogger().removeHandler(seen)
    number = second.headers["x-request-id"]
    assert places[0] is not None
    assert places[1] is not None
    assert (places[0].request, places[0].trace) == (first.headers["x-request-id"], TRACE)
    assert (places[1].request, places[1].trace) == (number, number.replace("-", ""))
    assert PLACE.get() is None


async def test_behind_a_trusted_proxy_the_record_names_the_persons_own_address(house: House) -> None:
    settings = replace(house.svc.settings, trusted_proxies=("127.0.0.0/8", "10.0.0.0/8"))
    svc = replace(house.svc, settings=settings)
    site = build_site(svc)
    assert isinstance(site, Edge)
    told = {"x-forwarded-for": "198.51.100.9, 95.56.7.8, 10.0.0.3", "forwarded": "for=203.0.113.66"}
    behind = replace(house, svc=svc, site=site)
    browser = behind.browser()
    browser._client.headers.update(told)
    await behind.sign_in(browser)
    assert await addresses_in_records(svc) == ["95.56.7.8"]


async def test_attack_a_forwarded_address_of_a_stranger_enters_no_record(house: House) -> None:
    browser = house.browser()
    browser._client.headers.update({"x-forwarded-for": "203.0.113.66", "forwarded": "for=203.0.113.66"})
    await house.sign_in(browser)
    assert await addresses_in_records(house.svc) == ["127.0.0.1"]


async def addresses_in_records(svc: Service) -> list[str]:
    """The values `person_ip` of all records, opened."""
    entries = await rows.entries_between(svc.store, 0, 1_000)
    opened = [one for entry in entries for one in await svc.log.vault.disclosures(svc.store, entry.record_id)]
    return [str(one.value) for one in opened if one.name == "person_ip" and one.value]


def _ours(caplog: pytest.LogCaptureFixture) -> str:
    """What the service logged; the test's own HTTP client logs too."""
    return "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))


def _found(person: Person, text: str) -> list[str]:
    personal = (person.login, person.name, person.subject.removeprefix("iin:"), person.address, person.sub, PASSWORD)
    return [value for value in personal if value in text]


async def test_a_fault_is_logged_by_kind_and_place_and_answered_without_a_word(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError(f"row of {house.person.subject}")

    monkeypatch.setattr("authsvc.login.sessions.rows.session_alive", broken)
    client = house.client()
    client.cookies.set("authsvc-session", "x" * 43)
    for path in ("/login", f"/confirm/{ID}"):
        response = await client.get(path)
        assert response.status_code == 500
        assert house.person.subject not in response.text
    faults = [record.getMessage() for record in caplog.records if record.name == "authsvc.faults"]
    assert len(faults) == 2
    assert all("RuntimeError" in fault for fault in faults)
    assert not _found(house.person, _ours(caplog))


def test_a_fault_is_described_without_its_words() -> None:
    try:
        raise ValueError("890517300012")
    except ValueError as error:
        described = describe_fault(error)
    assert "ValueError" in described
    assert "test_edge.py" in described
    assert "890517300012" not in described
