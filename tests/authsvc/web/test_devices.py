"""Devices over HTTP: enrolled from the page, a session by the key, an answer; and what is refused of each."""

from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest

from authsvc import confirm, freezing
from authsvc.sandbox.browser import Browser
from tests.authsvc.services import Party, add_relying_party, let_know
from tests.authsvc.web.conftest import ORIGIN, House
from tests.authsvc.web.test_passkeys import data_of, field_of, post
from tests.peers.device import Device

pytestmark = pytest.mark.anyio


@dataclass
class Phone:
    """A device that speaks HTTP."""

    house: House
    http: httpx2.AsyncClient
    device: Device

    async def send(self, path: str, signed: tuple[bytes, str] | None = None, **headers: str) -> httpx2.Response:
        body = None if signed is None else {"message": signed[0].decode(), "signature": signed[1]}
        return await self.http.post(path, json=body, headers=headers)

    async def nonce(self) -> str:
        return str((await self.http.post("/v1/devices/nonce")).json()["nonce"])

    async def enrol(self, activation: str) -> httpx2.Response:
        response = await self.send("/v1/devices", self.device.enrolment(activation, await self.nonce()))
        self.device.id = response.json().get("device", "")
        return response

    def proof(self, method: str, path: str, token: str = "") -> dict[str, str]:
        return self.device.headers(method, ORIGIN + path, self.house.clock.now() // 1000, token)

    async def open(self) -> httpx2.Response:
        path = "/v1/devices/session"
        signed = self.device.opening(await self.nonce(), ORIGIN)
        response = await self.send(path, signed, **self.proof("POST", path))
        self.device.token = response.json().get("access_token", "")
        return response

    async def get(self, path: str) -> httpx2.Response:
        return await self.http.get(path, headers=self.proof("GET", path, self.device.token))

    async def answer(self, request: dict[str, Any], said: str, number: str = "") -> httpx2.Response:
        path = f"/v1/devices/requests/{request['id']}/answer"
        return await self.send(
            path, self.device.answer(request, said, number), **self.proof("POST", path, self.device.token)
        )


@pytest.fixture
async def party(house: House) -> Party:
    shop = await add_relying_party(house.svc)
    await let_know(house.svc, house.person, shop.client_id)
    return Party(house.svc, house.gateway, house.clock, house.person, shop)


@pytest.fixture
async def phone(house: House) -> Phone:
    """Enrolled from the page, with a session."""
    browser = house.browser()
    await house.sign_in(browser)
    phone = Phone(house, house.client(), Device(publisher="service"))
    page = await browser.open("/account/devices/new")
    assert (await phone.enrol(data_of(page, "activation"))).status_code == 201
    assert (await phone.open()).status_code == 200
    return phone


async def ask(party: Party) -> str:
    return await party.ask(methods=[["push"]])


async def test_a_device_lists_shows_and_answers_what_waits(party: Party, phone: Phone) -> None:
    request_id = await ask(party)
    (listed,) = (await phone.get("/v1/devices/requests")).json()["requests"]
    assert (listed["id"], listed["client_id"], listed["state"]) == (request_id, "shop", "requested")
    shown = (await phone.get(f"/v1/devices/requests/{request_id}")).json()
    assert (shown["state"], shown["digits"], shown["statement_digest"]) == ("seen", 4, listed["statement_digest"])
    assert [each["locale"] for each in shown["texts"]] == ["kk", "ru", "en"]
    number = (await confirm.read(party.svc, "shop", request_id)).number
    response = await phone.answer(shown, "yes", number)
    assert (response.status_code, response.json()["state"]) == (200, "confirmed")
    assert response.headers["cache-control"] == "no-store"
    assert (await phone.answer(shown, "yes", number)).json()["code"] == "already_decided"
    assert (await phone.get("/v1/devices/requests")).json() == {"requests": []}
    ended = (await phone.get(f"/v1/devices/requests/{request_id}")).json()
    assert (ended["state"], ended["digits"]) == ("confirmed", 0)


async def test_the_device_is_never_told_the_number(party: Party, phone: Phone) -> None:
    request_id = await ask(party)
    number = (await confirm.read(party.svc, "shop", request_id)).number
    shown = await phone.get(f"/v1/devices/requests/{request_id}")
    body = shown.json()
    told = [body[name] for name in body if name not in ("id", "statement", "statement_digest", "texts")]
    assert number not in [str(each) for each in told]
    assert "confirmation_number" not in shown.text


async def test_a_wrong_number_is_told_and_ends_it(party: Party, phone: Phone) -> None:
    request_id = await ask(party)
    number = int((await confirm.read(party.svc, "shop", request_id)).number)
    shown = (await phone.get(f"/v1/devices/requests/{request_id}")).json()
    response = await phone.answer(shown, "yes", f"{(number + 1) % 10_000:04d}")
    assert (response.status_code, response.json()["code"]) == (422, "tries_exhausted")


async def test_a_token_opens_nothing_without_a_proof_by_its_own_key(party: Party, phone: Phone) -> None:
    path, token = "/v1/devices/requests", phone.device.token
    other = replace(phone, device=Device(id=phone.device.id, token=token))
    refused = [
        await phone.http.get(path),
        await phone.http.get(path, headers={"authorization": f"Bearer {token}"}),
        await phone.http.get(path, headers={"authorization": f"DPoP {token}"}),
        await other.get(path),
        await phone.http.get(path, headers=phone.proof("POST", path, token)),
        await phone.http.get(path, headers=phone.proof("GET", "/v1/devices", token)),
        await phone.http.get(path, headers={**phone.proof("GET", path), "authorization": f"DPoP {token}"}),
    ]
    assert [each.status_code for each in refused] == [401] * len(refused)
    used = phone.proof("GET", path, token)
    assert [(await phone.http.get(path, headers=used)).status_code for _ in range(2)] == [200, 401]


async def test_a_relying_partys_token_is_no_devices_and_the_reverse(party: Party, phone: Phone) -> None:
    response = await phone.http.get("/v1/confirmations/x", headers=phone.proof("GET", "/v1/x", phone.device.token))
    assert response.status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"message": 1, "signature": "x"}', b"\xff"])
async def test_a_body_of_another_form_is_told_so(house: House, body: bytes) -> None:
    http = house.client()
    for path in ("/v1/devices", "/v1/devices/session"):
        response = await http.post(path, content=body)
        assert (response.status_code, response.json()["code"]) == (400, "invalid_request")


async def test_a_device_that_leaves_is_gone(party: Party, phone: Phone) -> None:
    path = "/v1/devices/leave"
    response = await phone.send(path, **phone.proof("POST", path, phone.device.token))
    assert (response.status_code, response.content) == (204, b"")
    assert (await phone.get("/v1/devices/requests")).status_code == 401
    assert (await phone.open()).json()["code"] == "device_refused"


async def test_a_freeze_ends_the_session_of_a_device_and_no_other_is_opened(party: Party, phone: Phone) -> None:
    request_id = await ask(party)
    shown = (await phone.get(f"/v1/devices/requests/{request_id}")).json()
    number = (await confirm.read(party.svc, "shop", request_id)).number
    await freezing.by_session(party.svc, party.person.id, "none", "none", "")
    assert (await phone.get("/v1/devices/requests")).status_code == 401
    assert (await phone.answer(shown, "yes", number)).status_code == 401
    refused = await phone.open()
    assert (refused.status_code, "access_token" in refused.json()) == (403, False)
    assert (await confirm.read(party.svc, "shop", request_id)).outcome == "cancelled"


async def test_a_notice_of_a_device_carries_the_link_that_freezes(house: House, phone: Phone) -> None:
    await house.svc.courier.carried()
    told = house.gateway.sent[-1]
    assert told.address == house.person.address
    assert told.text.endswith(told.link)
    assert "/freeze/" in told.link
    browser = house.browser()
    assert (await browser.submit(await browser.open(told.link), {})).url.endswith("/frozen")
    assert (await phone.get("/v1/devices/requests")).status_code == 401


async def test_the_page_lists_renames_and_removes_devices(house: House, phone: Phone) -> None:
    browser = house.browser()
    await house_signed_in_later(house, browser)
    page = await browser.open("/account/devices")
    assert "Телефон" in page.html
    assert "Bank for phones 1.4.0" in page.html
    path = f"/account/devices/{phone.device.id}"
    assert (await post(browser, path, page, action="dance")).status == 400
    page = await post(browser, path, page, action="rename", name="Рабочий телефон")
    assert "Рабочий телефон" in page.html
    page = await post(browser, path, page, action="revoke")
    assert "Рабочий телефон" not in page.html
    assert (await phone.get("/v1/devices/requests")).status_code == 401


async def test_without_a_session_the_pages_lead_to_the_login(house: House) -> None:
    http = house.client()
    for path in ("/account/devices", "/account/devices/new", "/inbox"):
        response = await http.get(path)
        assert (response.status_code, "/login" in response.headers["location"]) == (303, True)
        assert (await http.get(response.headers["location"])).status_code in (200, 303)
    assert (await http.post("/account/devices/x", data={"action": "revoke"})).status_code == 403


async def test_an_old_session_signs_in_anew_before_a_device_is_added_or_removed(house: House, phone: Phone) -> None:
    browser = house.browser()
    await house_signed_in_later(house, browser)
    page = await browser.open("/account/devices")
    house.clock.move(11 * 60_000)
    page = await post(browser, f"/account/devices/{phone.device.id}", page, action="revoke")
    assert field_of(page, "flow")
    assert (await phone.get("/v1/devices/requests")).status_code == 200


async def test_the_request_page_offers_no_code_where_a_device_answers(party: Party, house: House, phone: Phone) -> None:
    browser = house.browser()
    await house_signed_in_later(house, browser)
    request_id = await ask(party)
    page = await browser.open(f"/confirm/{request_id}")
    assert 'name="code"' not in page.html
    assert (await confirm.read(party.svc, "shop", request_id)).number not in page.html.replace(request_id, "")
    page = await browser.submit(page, {}, "not_me")
    assert "Отклонено" in page.text


async def house_signed_in_later(house: House, browser: Browser) -> None:
    """A code of the authenticator app is good once."""
    house.clock.move(31_000)
    await house.sign_in(browser)
