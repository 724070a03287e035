"""World: the sandbox's people and relying parties before a running service, and a stranger who checks its log."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pyotp

from authsvc import app
from authsvc.clock import HandClock, SystemClock
from authsvc.evidence.record import parse
from authsvc.sandbox import seed
from authsvc.sandbox.browser import Browser, Page
from authsvc.sandbox.relying_party import RelyingPartyClient, Tokens, Visit
from authsvc.service import Service
from tests.stranger import check_log
from tests.stranger.log import Log


@dataclass
class World:
    """A running sandbox. `clock` stands until a story moves it; `seen` is the log at the last check."""

    svc: Service
    people: seed.World
    clock: HandClock
    issuer: str
    seen: Log | None = None
    _clients: list[Browser | RelyingPartyClient] = field(default_factory=list)

    @property
    def citizen(self) -> dict[str, str]:
        """Whom most stories are about."""
        return self.people.subjects[0]

    def code(self, citizen: dict[str, str] | None = None) -> str:
        """What the citizen's authenticator app shows now."""
        return pyotp.TOTP((citizen or self.citizen)["totp_secret"]).at(self.clock.now() // 1000)

    def browser(self, language: str = "ru") -> Browser:
        """A new browser of the citizen's."""
        browser = Browser(self.issuer, language)
        self._clients.append(browser)
        return browser

    def bank(self) -> RelyingPartyClient:
        """The relying party with a client secret, as it would be written elsewhere."""
        client = self.people.clients["basic"]
        bank = RelyingPartyClient(self.issuer, client["client_id"], client["client_secret"])
        self._clients.append(bank)
        return bank

    async def answer_both(self, browser: Browser, page: Page, citizen: dict[str, str] | None = None) -> Page:
        """Password and code on their two pages; the page that follows."""
        citizen = citizen or self.citizen
        page = await browser.submit(page, {"login": citizen["login"], "password": citizen["password"]})
        return await browser.submit(page, {"code": self.code(citizen)})

    async def log_in(self, browser: Browser, bank: RelyingPartyClient, **asked: Any) -> tuple[Visit, Tokens]:
        """The whole way: sent by the relying party, two factors, consent where it is asked, tokens."""
        visit = await bank.begin_login(**asked)
        page = await browser.open(visit.url)
        if not page.left:
            page = await self.answer_both(browser, page)
        if not page.left:
            page = await browser.submit(page, {}, "allow")
        return visit, await bank.finish_login(visit, page.left)

    async def record(self, record_id: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """(type, plain members, disclosed slots) of a record in the log."""
        settled = await self.svc.log.find(record_id)
        assert settled is not None
        entry = parse(settled.entry)
        disclosed = await self.svc.log.vault.disclosures(self.svc.store, record_id)
        return entry.type, dict(entry.body), {one.name: one.value for one in disclosed}

    async def check_log(self) -> Log:
        """Read the whole log over HTTP as a stranger would, and check it; it must extend what was seen before."""
        vkey = str(self.svc.log.signers.log.verifier)

        def read() -> Log:
            with httpx2.Client(base_url=self.issuer) as http:
                return check_log(lambda path: http.get(path).raise_for_status().content, vkey, before=self.seen)

        self.seen = await asyncio.to_thread(read)
        return self.seen

    async def close(self) -> None:
        """Close what was opened."""
        for client in self._clients:
            await client.close()


@asynccontextmanager
async def running(data: Path) -> AsyncIterator[World]:
    """Serve a sandbox that was made before, on a free port of the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
        settings = seed.settings_of(data, port)
        people = seed.load(data)
        clock = HandClock(SystemClock().now())
        async with app.opened(settings, channels={"sms": people.phones}, clock=clock) as svc:
            ready, stop = asyncio.Event(), asyncio.Event()
            serving = asyncio.create_task(
                app.serve(svc, routes=people.phones.routes(), ready=ready.set, listener=listener, stop=stop)
            )
            world = World(svc, people, clock, settings.issuer)
            try:
                await asyncio.wait_for(ready.wait(), 10)
                yield world
            finally:
                await world.close()
                stop.set()
                await serving
