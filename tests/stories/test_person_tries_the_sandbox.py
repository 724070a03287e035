"""`./dev up` for a person with a browser: the bank, the login, the virtual phone, the confirmation."""

import asyncio
import socket
from pathlib import Path

import pyotp
import pytest

from authsvc import app
from authsvc.sandbox import notaries, seed
from authsvc.sandbox.browser import Browser
from authsvc.sandbox.relying_party import RelyingPartyClient
from authsvc.serving import serve
from authsvc.web.sandbox.bank import CALLBACK, Bank

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_a_person_signs_in_at_the_bank_and_confirms_a_payment(tmp_path: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    settings = seed.settings_of(tmp_path / "data", listener.getsockname()[1])
    await seed.make(settings, tmp_path / "data")
    world = seed.load(tmp_path / "data")
    stop, ready = asyncio.Event(), asyncio.Event()
    secret = world.clients["basic"]
    bank = RelyingPartyClient(
        settings.issuer, secret["client_id"], secret["client_secret"], redirect=f"{settings.issuer}{CALLBACK}"
    )
    browser = Browser(settings.issuer, "ru")
    async with app.opened(settings, channels=world.channels, http=notaries.connect(settings, tmp_path / "data")) as svc:
        routes = [*world.phones.routes(), *Bank(bank).routes()]
        serving = asyncio.create_task(serve(svc, routes=routes, ready=ready.set, listener=listener, stop=stop))
        await ready.wait()
        try:
            await _walk(browser, world.subjects[1])
        finally:
            await browser.close()
            await bank.close()
            stop.set()
            await serving


async def _walk(browser: Browser, person: dict[str, str]) -> None:
    page = await browser.submit(await browser.open("/sandbox/bank"), {})
    page = await browser.submit(page, {"login": person["login"], "password": person["password"]})
    page = await browser.submit(page, {"code": pyotp.TOTP(person["totp_secret"]).now()})
    page = await browser.submit(page, {}, "allow")
    assert page.url.endswith("/sandbox/bank")
    page = await browser.submit(page, {})
    assert "/confirm/" in page.url
    phone = await browser.open(f"/sandbox/phones/{person['login']}")
    code = phone.text.partition("#")[2][:8]
    page = await browser.submit(page, {"code": code}, "confirm")
    assert "Подтверждено" in page.text
    assert "confirmed" in (await browser.open("/sandbox/bank")).text
