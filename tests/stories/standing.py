"""A citizen who is signed in, and the relying party that sent them: where most stories about confirmations begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from authsvc.sandbox.browser import Browser, Page
from authsvc.sandbox.relying_party import RelyingPartyClient, Tokens
from tests.world import World

PAYMENT: dict[str, Any] = {
    "act": "payment",
    "fields": [
        {"kind": "payment", "payee": "ТОО «Жібек жолы»", "amount": 12_500_050, "currency": "KZT"},
        {"kind": "document", "name": "invoice-1147.pdf", "digest": "4x6nR0CmGXjy0cV0DBjJrHwvjcyYhWSKn5nfQUd-S0U"},
    ],
    "text": {
        "kk": "№ 1147 шот бойынша төлем",
        "ru": "Оплата по счёту № 1147",
        "en": "Payment of invoice No. 1147",
    },
}
CHANGE: dict[str, Any] = {"act": "change", "fields": [], "text": {"ru": "Изменение адреса для связи"}}
WRONG = "0000 0000"
"""A code that is right once in a hundred million times."""


@dataclass
class Standing:
    """One citizen in their browser before one relying party."""

    world: World
    bank: RelyingPartyClient
    browser: Browser
    tokens: Tokens
    login: str

    @property
    def sub(self) -> str:
        """The citizen, as the relying party knows them."""
        return str(self.tokens.claims["sub"])

    async def ask(self, act: dict[str, Any] = PAYMENT, *, key: str = "", **changes: Any) -> dict[str, Any]:
        """The relying party asks; the request as it sees it."""
        response = await self.bank.call("POST", "/v1/confirmations", {**act, "subject": self.sub, **changes}, key=key)
        assert response.status_code == 201, response.text
        asked: dict[str, Any] = response.json()
        return asked

    async def read(self, view: dict[str, Any]) -> dict[str, Any]:
        """The request as the relying party sees it now."""
        response = await self.bank.call("GET", f"/v1/confirmations/{view['id']}")
        assert response.status_code == 200, response.text
        now: dict[str, Any] = response.json()
        return now

    async def code(self, view: dict[str, Any]) -> str:
        """The code on the citizen's phone."""
        return await self.world.code_for(view["id"], self.login)

    async def open(self, view: dict[str, Any]) -> Page:
        """The citizen opens the page."""
        return await self.browser.open(view["page"])

    async def answer(self, view: dict[str, Any], code: str, action: str = "confirm") -> Page:
        """The citizen opens the page, types, presses a button."""
        return await self.browser.submit(await self.open(view), {"code": code}, action)

    async def confirm(self, view: dict[str, Any]) -> dict[str, Any]:
        """The citizen types the code that came; the request as the relying party then sees it."""
        await self.answer(view, await self.code(view))
        return await self.read(view)

    async def decline(self, view: dict[str, Any]) -> dict[str, Any]:
        """The citizen says no."""
        await self.answer(view, "", "decline")
        return await self.read(view)


async def signed_in(world: World, locale: str = "ru", login: str = "aigul", **asked: Any) -> Standing:
    """The citizen has signed in through the bank with both factors, in this language, and consented."""
    browser, bank = world.browser(locale), world.bank()
    _, tokens = await world.log_in(browser, bank, world.person(login), locale=locale, **asked)
    return Standing(world, bank, browser, tokens, login)
