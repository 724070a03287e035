"""World: the sandbox's people and relying parties before a running service, and a stranger who checks its log."""

import asyncio
import gc
import json
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pyotp
import pytest

from authsvc import app, cases
from authsvc.clock import Clock, HandClock, SystemClock
from authsvc.evidence.record import parse
from authsvc.evidence.trust import Trust
from authsvc.sandbox import notaries, seed
from authsvc.sandbox.browser import Browser, Page
from authsvc.sandbox.relying_party import Disappointed, RelyingPartyClient, Tokens, Visit
from authsvc.sandbox.transport import tls
from authsvc.service import Service
from authsvc.serving import serve
from tests import postgres
from tests.stranger import check_log
from tests.stranger.log import Log

both_databases = pytest.mark.parametrize("world", ["sqlite", "postgres"], indirect=True)
STEP_MS = 31_000
"""More than a step of a TOTP: what the app shows after it is another code."""


@dataclass(slots=True)
class KeyedRelyingParty(RelyingPartyClient):
    """A relying party that shows who it is by a signed assertion (RFC 7523) in place of a secret."""

    jwk: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=SystemClock)

    async def _own_token(self) -> str:
        endpoint = (await self.discover())["token_endpoint"]
        now = self.clock.now() // 1000
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.issuer, "iat": now, "exp": now + 60}
        signed = jwt.encode(
            {**claims, "jti": f"{self.client_id}-{id(self)}-{now}"},
            jwt.PyJWK.from_dict(dict(self.jwk), algorithm="ES256").key,
            algorithm="ES256",
            headers={"kid": self.jwk["kid"]},
        )
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        form = {"grant_type": "client_credentials", "client_assertion_type": kind, "client_assertion": signed}
        response = await self._http.post(endpoint, data=form)
        if response.status_code != 200:
            raise Disappointed(f"no token of its own: {response.text}")
        return str(response.json()["access_token"])


@dataclass
class World:
    """A running sandbox. `clock` stands until a story moves it; `seen` is the log at the last check."""

    svc: Service
    people: seed.World
    clock: HandClock
    issuer: str
    data: Path
    seen: Log | None = None
    _clients: list[Browser | RelyingPartyClient | httpx2.AsyncClient] = field(default_factory=list)

    @property
    def citizen(self) -> dict[str, str]:
        """Whom most stories are about."""
        return self.people.subjects[0]

    @property
    def vkey(self) -> str:
        """The log's verifier key, as the sandbox file tells it."""
        return str(self.svc.log.signers.log.verifier)

    def person(self, login: str) -> dict[str, str]:
        """The citizen of this login."""
        return next(each for each in self.people.subjects if each["login"] == login)

    def code(self, citizen: dict[str, str] | None = None) -> str:
        """What the citizen's authenticator app shows now."""
        return pyotp.TOTP((citizen or self.citizen)["totp_secret"]).at(self.clock.now() // 1000)

    def http(self, **headers: str) -> httpx2.AsyncClient:
        """Plain requests, no redirect followed."""
        client = httpx2.AsyncClient(base_url=self.issuer, headers=headers, timeout=30, verify=tls())
        self._clients.append(client)
        return client

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

    def bookkeeper(self) -> RelyingPartyClient:
        """Another relying party, with a key of its own."""
        client = self.people.clients["pkjwt"]
        party = KeyedRelyingParty(self.issuer, client["client_id"], "", jwk=client["jwk"], clock=self.clock)
        self._clients.append(party)
        return party

    async def answer_both(self, browser: Browser, page: Page, citizen: dict[str, str] | None = None) -> Page:
        """Password and code on their two pages; the page that follows."""
        citizen = citizen or self.citizen
        page = await browser.submit(page, {"login": citizen["login"], "password": citizen["password"]})
        return await browser.submit(page, {"code": self.code(citizen)})

    async def log_in(
        self, browser: Browser, bank: RelyingPartyClient, citizen: dict[str, str] | None = None, **asked: Any
    ) -> tuple[Visit, Tokens]:
        """The whole way: sent by the relying party, two factors, consent where it is asked, tokens."""
        visit = await bank.begin_login(**asked)
        page = await browser.open(visit.url)
        if not page.left:
            page = await self.answer_both(browser, page, citizen)
        if not page.left:
            page = await browser.submit(page, {}, "allow")
        return visit, await bank.finish_login(visit, page.left)

    async def phone(self, login: str = "aigul") -> list[dict[str, str]]:
        """The messages on a citizen's virtual phone, newest first."""
        await self.svc.courier.carried()
        messages: list[dict[str, str]] = (await self.http().get(f"/sandbox/phones/{login}")).json()
        return messages

    async def code_for(self, request_id: str, login: str = "aigul") -> str:
        """The code that came to the phone for this request."""
        return next(each["code"] for each in await self.phone(login) if each["request_id"] == request_id)

    async def trust(self) -> Trust:
        """What a court would have from the service beforehand."""
        return await cases.trust_of(self.svc)

    async def record(self, record_id: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """(type, plain members, disclosed slots) of a record in the log."""
        settled = await self.svc.log.find(record_id)
        assert settled is not None
        entry = parse(settled.entry)
        disclosed = await self.svc.log.vault.disclosures(self.svc.store, record_id)
        return entry.type, dict(entry.body), {one.name: one.value for one in disclosed}

    async def check_log(self) -> Log:
        """Read the whole log over HTTP as a stranger would, and check it; it must extend what was seen before."""
        size, _ = await self.svc.publishing.publish()
        await self.svc.publishing.reached(size - 1, "witnessed")

        def read() -> Log:
            with httpx2.Client(base_url=self.issuer, verify=tls()) as http:
                return check_log(lambda path: http.get(path).raise_for_status().content, self.vkey, before=self.seen)

        self.seen = await asyncio.to_thread(read)
        return self.seen

    async def close(self) -> None:
        """Close what was opened."""
        for client in self._clients:
            await (client.aclose() if isinstance(client, httpx2.AsyncClient) else client.close())


@dataclass(frozen=True)
class Seeded:
    """A sandbox that was made once; each world gets a copy. `database` is a PostgreSQL URL, or empty for SQLite."""

    data: Path
    cluster: postgres.Cluster | None = None

    @classmethod
    def make(cls, data: Path, cluster: postgres.Cluster | None = None) -> "Seeded":
        """Make it in `data`: on SQLite now, on PostgreSQL (in databases named apart) when the first copy is asked."""
        if cluster is not None:
            return cls(data, postgres.Cluster(cluster.admin_url, f"{cluster.prefix}_world"))
        asyncio.run(seed.make(seed.settings_of(data, 8000), data))
        return cls(data)

    @asynccontextmanager
    async def served(self, folder: Path, clock: HandClock | None = None, **changes: Any) -> AsyncIterator[World]:
        """Serve a copy of it that lies in `folder`, with these settings changed; its log is checked at the end."""
        url = await self.cluster.make_database(self._seed) if self.cluster else ""
        if url:
            changes["database"] = url
        shutil.copytree(self.data, folder / "data")
        shutil.copy(_fence_of(self.data), _fence_of(folder / "data"))
        async with running(folder / "data", clock, **changes) as world:
            yield world
            if world.svc.settings.log_entries_public:
                await world.check_log()
        if self.cluster:
            await self.cluster.drop_database(url)

    async def _seed(self, url: str) -> None:
        await seed.make(replace(seed.settings_of(self.data, 8000), database=url), self.data)


def _fence_of(data: Path) -> Path:
    return data.parent / f"{data.name}.fence.json"


@asynccontextmanager
async def running(data: Path, clock: HandClock | None = None, **changes: Any) -> AsyncIterator[World]:
    """Serve a sandbox that was made before, on a free port of the loopback; the clock stands unless one is given."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # The clock stands still, so a pace would never come round.
        settings = replace(seed.settings_of(data, int(listener.getsockname()[1])), publish_ms=0, **changes)
        people = seed.load(data)
        (data / "trust" / "hosts").write_text("")  # the port in its certificates is another's, if anybody's
        clock = clock or HandClock(SystemClock().now())
        witnesses = notaries.connect(settings, data)
        channels = None if settings.channels else people.channels
        async with app.opened(settings, channels=channels, clock=clock, http=witnesses) as svc:
            ready, stop = asyncio.Event(), asyncio.Event()
            serving = asyncio.create_task(
                serve(svc, routes=people.phones.routes(), ready=ready.set, listener=listener, stop=stop)
            )
            world = World(svc, people, clock, settings.issuer, data)
            try:
                await asyncio.wait_for(ready.wait(), 10)
                yield world
            finally:
                await world.close()
                stop.set()
                await serving
                gc.unfreeze()  # a served process freezes what it loaded; a test run goes on


def read_json(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))
