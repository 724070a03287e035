"""Two services over one database: what one freezes the other refuses with its next act, whatever it had seen before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest

from authsvc import app, confirm, freezing
from authsvc.clock import HandClock
from authsvc.confirm import Answerer
from authsvc.login import answers, sessions
from authsvc.login.answers import Seen, SignedIn
from authsvc.login.decide import Demand
from authsvc.login.errors import LoginRefused
from authsvc.login.flow import Flow, Party, begin
from authsvc.sandbox.browser import Browser
from authsvc.service import Service
from authsvc.settings import Settings
from authsvc.web.cookies import SESSION, name_of
from authsvc.web.site import build_site
from confirmations.errors import AlreadyDecided
from confirmations.methods import totp
from tests import postgres
from tests.authsvc.services import MULTI, PAYMENT, Gateway, add_person, add_relying_party, let_know

pytestmark = pytest.mark.anyio

NOW = 1_900_000_000_000
PASSWORD = "құпия сөз ұзын 42"
SEED = b"Hello!\xde\xad\xbe\xef" * 2


@pytest.fixture(params=["sqlite", "postgres"])
async def settings(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Settings]:
    database = str(tmp_path / "data" / "authsvc.sqlite")
    server: postgres.Cluster | None = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        database = await server.make_database()
    made = Settings(
        issuer="http://localhost:8000",
        log_origin="test.freeze.example/1",
        database=database,
        keys_dir=tmp_path / "keys",
        fence_file=tmp_path / "fence.json",
        root_key_file=tmp_path / "safe" / "root.json",
        environment="test",
    )
    await app.initialise(made, ground="tests", clock=HandClock(NOW))
    yield made
    if server is not None:
        await server.drop_database(database)


async def sign_in(svc: Service, clock: HandClock, login: str) -> SignedIn:
    clock.move(31_000)
    flow = begin(svc, Demand(), Party(), "")
    seen = Seen("203.0.113.7", "Browser/1")
    went = await answers.answer_password(svc, flow, login, PASSWORD, seen, None)
    assert isinstance(went, Flow)
    return await answers.answer_totp(svc, went, totp.code_at(SEED, clock.now()), seen, None)


async def test_a_freeze_acts_on_another_process_in_the_same_second(settings: Settings) -> None:
    clock, gateway = HandClock(NOW + 1_000), Gateway()
    async with AsyncExitStack() as stack:
        here, there = [
            await stack.enter_async_context(app.opened(settings, channels={"sms": gateway}, clock=clock))
            for _ in range(2)
        ]
        person, shop = await add_person(here), await add_relying_party(here)
        await let_know(here, person, shop.client_id)
        signed_in = await sign_in(there, clock, person.login)
        request = (await confirm.ask(there, shop, {**PAYMENT, "subject": person.sub}, "", b"")).id
        await there.courier.carried()
        transport = httpx2.ASGITransport(app=build_site(there))
        cookies = {name_of(settings, SESSION): signed_in.token}
        browser = Browser(settings.issuer, "ru")
        await browser.close()
        browser._client = await stack.enter_async_context(
            httpx2.AsyncClient(transport=transport, base_url=settings.issuer, cookies=cookies)
        )
        assert (await browser.open("/account/sessions")).url.endswith("/account/sessions")
        before = clock.now()
        await freezing.by_session(here, person.id, "none", "none", "")
        assert "/login" in (await browser.open("/account/sessions")).url
        assert await sessions.find(there, signed_in.token) is None
        with pytest.raises(AlreadyDecided):
            await confirm.answer(there, Answerer(person.id, "none", MULTI), request, gateway.code_of(request), "kk")
        assert clock.now() - before < 1_000
        with pytest.raises(LoginRefused):
            await sign_in(there, clock, person.login)
