"""An invented relying party with pages of its own, so that a person can try the whole way in a browser.

It speaks to the service over HTTP as any other would: sign-in by the code flow, a confirmation asked over the API. What
it knows of a visitor lies in memory under a cookie; it holds nothing that matters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc.keys import b64url
from authsvc.web.pages import language_of, read_form, redirect, render, service_of

PATH = "/sandbox/bank"
CALLBACK = f"{PATH}/cb"
COOKIE = "sandbox-bank"
VISITORS = 1000
PAYMENT: Mapping[str, Any] = {
    "act": "payment",
    "fields": [{"kind": "payment", "payee": "ТОО «Жібек жолы»", "amount": 12_500_000, "currency": "KZT"}],
    "text": {
        "kk": "№ 1147 шот бойынша төлем",
        "ru": "Оплата по счёту № 1147",
        "en": "Payment of invoice No. 1147",
    },
}


class Client(Protocol):
    """The relying party's own client of the service."""

    async def begin_login(self, *, scope: str = "openid", locale: str = "ru", **extra: str) -> Any:
        """A visit under way, with the `url` to send the browser to."""

    async def finish_login(self, visit: Any, arrived: str) -> Any:
        """Tokens whose `claims` are those of the checked ID token."""

    async def call(self, method: str, path: str, body: object = None, *, key: str = "") -> Any:
        """One request to the API."""


@dataclass(slots=True)
class Visitor:
    """One browser at the bank."""

    visit: Any = None
    claims: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Bank:
    """The pages. `client` is registered with the redirect URI that ends in `CALLBACK`."""

    client: Client
    _visitors: dict[str, Visitor] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        """Start, sign-in and back, and asking for a confirmation."""
        return [
            Route(PATH, self._show, methods=["GET"]),
            Route(f"{PATH}/login", self._login, methods=["POST"]),
            Route(CALLBACK, self._back, methods=["GET"]),
            Route(f"{PATH}/ask", self._ask, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        visitor = self._visitor(request)
        asked = []
        for request_id in reversed(visitor.asked if visitor else []):
            asked.append((await self.client.call("GET", f"/v1/confirmations/{request_id}")).json())
        return render(request, "bank.html", claims=visitor.claims if visitor else {}, asked=asked)

    async def _login(self, request: Request) -> Response:
        await read_form(request)
        locale = language_of(request)
        visit = await self.client.begin_login(scope="openid profile", locale=locale)
        key = b64url(service_of(request).entropy(32))
        if len(self._visitors) >= VISITORS:
            self._visitors.clear()
        self._visitors[key] = Visitor(visit)
        response = redirect(visit.url)
        response.set_cookie(COOKIE, key, path=PATH, httponly=True, samesite="lax")
        return response

    async def _back(self, request: Request) -> Response:
        visitor = self._visitor(request)
        if visitor is not None and visitor.visit is not None and "code" in request.query_params:
            tokens = await self.client.finish_login(visitor.visit, str(request.url))
            visitor.visit, visitor.claims = None, tokens.claims
        return redirect(PATH)

    async def _ask(self, request: Request) -> Response:
        await read_form(request)
        visitor = self._visitor(request)
        if visitor is None or not visitor.claims:
            return redirect(PATH)
        said = await self.client.call("POST", "/v1/confirmations", {**PAYMENT, "subject": visitor.claims["sub"]})
        if said.status_code != 201:
            return render(request, "bank.html", status=409, claims=visitor.claims, asked=[], refused=said.json())
        visitor.asked.append(said.json()["id"])
        return redirect(said.json()["page"])

    def _visitor(self, request: Request) -> Visitor | None:
        return self._visitors.get(request.cookies.get(COOKIE, ""))
