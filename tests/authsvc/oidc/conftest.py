"""The whole site over ASGI: three relying parties, one person, browsers that keep cookies and run no script."""

from __future__ import annotations

import atexit
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, socket
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from authsvc.accounts import Person
from authsvc.clock import HandClock
from authsvc.keys import Es256Key, b64url
from authsvc.oidc import clients
from authsvc.oidc.relying_party import CIBA_GRANT, DEVICE_GRANT, EXCHANGE_GRANT, RelyingParty
from authsvc.sandbox.browser import Form, Page
from authsvc.service import Service
from authsvc.store import Store
from authsvc.web.site import build_site
from confirmations.methods import totp
from tests.authsvc.services import add_person, service_on
from tests.sqlite import open_migrated

ISSUER = "http://localhost:8000"
REDIRECT = "http://127.0.0.1:48931/cb"
BYE = "http://127.0.0.1:48931/bye"
BACK_CHANNEL_PORT = socket()
"""Bound and not listening: nobody else is given the port, and the test that listens there can take it."""
BACK_CHANNEL_PORT.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
BACK_CHANNEL_PORT.bind(("127.0.0.1", 0))
atexit.register(BACK_CHANNEL_PORT.close)
BACK_CHANNEL = f"http://127.0.0.1:{BACK_CHANNEL_PORT.getsockname()[1]}/backchannel"
PING = "http://127.0.0.1:48933/ping"
PASSWORD = "құпия сөз ұзын 42"
SEED = b"Hello!\xde\xad\xbe\xef" * 2
VERIFIER = "v" * 43
CHALLENGE = b64url(hashlib.sha256(VERIFIER.encode()).digest())
SCOPES = ("openid", "profile", "phone", "offline_access", "confirmations", "signatures", "evidence")
RESOURCE = "https://api.example.kz"
GRANTS = ("authorization_code", "refresh_token", DEVICE_GRANT, "client_credentials", EXCHANGE_GRANT, CIBA_GRANT)


@dataclass
class Browser:
    """One person's browser: cookies, redirects within the origin, real forms."""

    http: httpx2.AsyncClient

    async def open(self, url: str, **headers: str) -> Page:
        return await self._follow(await self.http.get(url, headers=headers))

    async def submit(
        self, page: Page, fields: Mapping[str, str] | None = None, button: str = "", **headers: str
    ) -> Page:
        form = form_of(page)
        pressed = next(((name, value) for name, value in form.buttons if name and value == button), None)
        sent = {**form.fields, **(fields or {}), **({pressed[0]: pressed[1]} if pressed else {})}
        headers = headers or {"origin": ISSUER}
        return await self._follow(await self.http.post(urljoin(page.url, form.action), data=sent, headers=headers))

    async def _follow(self, response: httpx2.Response) -> Page:
        while response.is_redirect:
            target = urljoin(str(response.url), response.headers["location"])
            if urlsplit(target).netloc != urlsplit(ISSUER).netloc:
                return Page(str(response.url), response.status_code, "", left=target)
            response = await self.http.get(target)
        return Page(str(response.url), response.status_code, response.text)


def form_of(page: Page) -> Form:
    forms: list[Form] = page.read().forms
    assert forms, page.text
    return forms[0]


def answer_in(page: Page) -> dict[str, str]:
    """What came back at the redirect URI."""
    assert page.left.startswith(REDIRECT), page.text or page.left
    return dict(parse_qsl(urlsplit(page.left).query, keep_blank_values=True))


@dataclass
class Site:
    """The service behind its whole web, and who meets there."""

    svc: Service
    clock: HandClock
    person: Person
    app: Any
    secrets: dict[str, str]
    key: Es256Key
    opened: list[httpx2.AsyncClient] = field(default_factory=list)

    def http(self, **headers: str) -> httpx2.AsyncClient:
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url=ISSUER, headers=headers)
        self.opened.append(client)
        return client

    def browser(self, **headers: str) -> Browser:
        return Browser(self.http(**headers))

    def parameters(self, client_id: str = "basic", **changes: str | None) -> dict[str, str]:
        asked: dict[str, str | None] = {
            "client_id": client_id,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": "openid",
            "state": "st-1",
            "nonce": "no-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def address(self, client_id: str = "basic", **changes: str | None) -> str:
        return f"/oauth/authorize?{urlencode(self.parameters(client_id, **changes))}"

    async def log_in(self, browser: Browser, page: Page, *, password: str = PASSWORD, login: str = "aigul1") -> Page:
        """Password, then the code of a step not used before."""
        self.clock.move(30_000)
        page = await browser.submit(page, {"login": login, "password": password})
        if "code" not in form_of(page).fields:
            return page
        return await browser.submit(page, {"code": totp.code_at(SEED, self.clock.now())})

    async def arrive(self, browser: Browser, client_id: str = "basic", **changes: str | None) -> dict[str, str]:
        """From the relying party's link to what comes back there, consent given where it is asked."""
        page = await browser.open(self.address(client_id, **changes))
        if not page.left and "password" in form_of(page).fields:
            page = await self.log_in(browser, page)
        if not page.left and any(value == "allow" for _, value in form_of(page).buttons):
            page = await browser.submit(page, button="allow")
        return answer_in(page)

    async def redeem(self, issued: str, client_id: str = "basic", **changes: str | None) -> httpx2.Response:
        """The token endpoint, as this client authenticates."""
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": issued,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            **changes,
        }
        return await self.token(client_id, form)

    async def refresh(self, token: str, client_id: str = "basic", **changes: str) -> httpx2.Response:
        return await self.token(client_id, {"grant_type": "refresh_token", "refresh_token": token, **changes})

    async def token(
        self, client_id: str, form: Mapping[str, str | None], path: str = "/oauth/token", **headers: str
    ) -> httpx2.Response:
        sent = {name: value for name, value in form.items() if value is not None}
        auth = ("basic", self.secrets["basic"]) if client_id == "basic" else None
        if client_id == "pkjwt":
            sent |= self.assertion_form()
        elif client_id == "public":
            sent |= {"client_id": "public"}
        elif client_id == "post":
            sent |= {"client_id": "post", "client_secret": self.secrets["post"]}
        return await self.http(**headers).post(path, data=sent, **({"auth": auth} if auth else {}))

    def assertion_form(self, assertion: str | None = None) -> dict[str, str]:
        return {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion or self.assert_client(),
        }

    def assert_client(
        self, *, key: Any = None, alg: str = "ES256", head: Mapping[str, Any] | None = None, **changes: Any
    ) -> str:
        now = self.clock.now() // 1000
        claims: dict[str, Any] = {
            "iss": "pkjwt",
            "sub": "pkjwt",
            "aud": ISSUER,
            "iat": now,
            "exp": now + 60,
            "jti": self.svc.entropy(16).hex(),
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key or self.key.private, alg, headers={"kid": self.key.kid, **(head or {})})

    async def tokens(
        self, client_id: str = "basic", browser: Browser | None = None, **changes: str | None
    ) -> dict[str, Any]:
        """A whole login: the token response."""
        came = await self.arrive(browser or self.browser(), client_id, **changes)
        response = await self.redeem(came["code"], client_id)
        assert response.status_code == 200, response.text
        said: dict[str, Any] = response.json()
        return said

    async def userinfo(self, token: str, method: str = "GET") -> httpx2.Response:
        return await self.http().request(method, "/oauth/userinfo", headers={"authorization": f"Bearer {token}"})

    async def claims_of(self, id_token: str, audience: str = "basic") -> dict[str, Any]:
        keys = jwt.PyJWKSet.from_dict((await self.http().get("/oauth/jwks")).json())
        key = keys[jwt.get_unverified_header(id_token)["kid"]]
        options = {"verify_exp": False, "verify_iat": False}  # the test's clock is set by hand
        claims: dict[str, Any] = jwt.decode(
            id_token, key.key, algorithms=["ES256", "RS256"], audience=audience, issuer=ISSUER, options=options
        )
        return claims


async def build(svc: Service, clock: HandClock) -> Site:
    person = await add_person(svc)
    key = Es256Key.of(ec.generate_private_key(ec.SECP256R1()))
    methods = {
        "basic": "client_secret_basic",
        "post": "client_secret_post",
        "pkjwt": "private_key_jwt",
        "public": "none",
    }
    secrets = {}
    for name, method in methods.items():
        registered = await clients.register(
            svc,
            RelyingParty(
                id=name,
                name={"kk": "Дүкен", "ru": "Магазин", "en": "Shop"},
                auth_method=method,
                redirect_uris=(REDIRECT,),
                grant_types=GRANTS[: 3 if name == "public" else 6],
                scopes=SCOPES[:4] if name == "public" else SCOPES,
                resources=(RESOURCE,),
                extra={
                    "post_logout_redirect_uris": [BYE],
                    "backchannel_logout_uri": BACK_CHANNEL,
                    "ciba_number_display": name == "basic",
                    **({"backchannel_token_delivery_mode": "ping"} if name == "post" else {}),
                    "backchannel_client_notification_endpoint": PING,
                },
                jwks=({**key.jwk, "kid": key.kid},) if name == "pkjwt" else (),
                id_token_alg="RS256" if name == "post" else "ES256",
            ),
            ground="tests",
        )
        secrets[name] = registered.client_secret
    return Site(svc, clock, person, build_site(svc), secrets, key)


@pytest.fixture
async def site(
    tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes], anyio_backend: object
) -> AsyncIterator[Site]:
    """On SQLite."""
    store = await open_migrated(tmp_path / "authsvc.sqlite")
    async with service_on(store, tmp_path, clock, entropy) as (svc, _):
        made = await build(svc, clock)
        yield made
        for client in made.opened:
            await client.aclose()
    await store.close()


@pytest.fixture
async def site_on(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> AsyncIterator[Site]:
    """On each database."""
    async with service_on(db, tmp_path, clock, entropy) as (svc, _):
        made = await build(svc, clock)
        yield made
        for client in made.opened:
            await client.aclose()
