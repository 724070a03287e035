"""The whole face in one process: the site over a service on SQLite, and browsers that speak to it without a socket."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from authsvc.accounts import Person
from authsvc.clock import HandClock
from authsvc.sandbox.browser import Browser, Page
from authsvc.service import Service
from authsvc.web.dispatch import Dispatcher
from authsvc.web.edge import Edge
from authsvc.web.site import build_site
from confirmations.methods import totp
from tests.authsvc.services import Gateway, add_person, service_on
from tests.sqlite import open_migrated

ORIGIN = "http://localhost:8000"
PASSWORD = "құпия сөз ұзын 42"
SEED = b"Hello!\xde\xad\xbe\xef" * 2


@dataclass
class House:
    """The service, its site, and one person who can sign in."""

    svc: Service
    gateway: Gateway
    clock: HandClock
    person: Person
    site: Edge
    _clients: list[httpx2.AsyncClient] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        """The app behind the edge and the way of hot requests."""
        assert isinstance(self.site._app, Dispatcher)
        return self.site._app._app

    @property
    def code(self) -> str:
        return totp.code_at(SEED, self.clock.now())

    def client(self, **headers: str) -> httpx2.AsyncClient:
        """Plain HTTP, no redirect followed."""
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.site), base_url=ORIGIN, headers=headers)
        self._clients.append(client)
        return client

    def browser(self, language: str = "ru") -> Browser:
        browser = Browser(ORIGIN, language)
        browser._client = self.client(**{"accept": "text/html", "accept-language": language})
        return browser

    async def sign_in(self, browser: Browser, start: str = "/login") -> Page:
        """Both factors, right away."""
        page = await browser.open(start)
        page = await browser.submit(page, {"login": self.person.login, "password": PASSWORD})
        return await browser.submit(page, {"code": self.code})


@pytest.fixture
async def house(
    anyio_backend: object, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> AsyncIterator[House]:
    store = await open_migrated(tmp_path / "authsvc.sqlite")
    async with service_on(store, tmp_path, clock, entropy) as (svc, gateway):
        site = build_site(svc)
        assert isinstance(site, Edge)
        house = House(svc, gateway, clock, await add_person(svc), site)
        yield house
        for client in house._clients:
            await client.aclose()
    await store.close()
