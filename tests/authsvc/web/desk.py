"""Members of staff with passkeys, in front of the in-process site."""

from __future__ import annotations

import json
from dataclasses import dataclass

from authsvc import accounts, staff
from authsvc.accounts import Enrolment, Person
from authsvc.sandbox.browser import Browser, Page
from confirmations.methods import totp
from tests.authsvc.web.conftest import ORIGIN, PASSWORD, SEED, House
from tests.authsvc.web.test_passkeys import data_of, field_of, post, show
from tests.peers.authenticator import Authenticator

STEP_MS = 31_000


@dataclass
class Member:
    """One member of staff: browser and passkey."""

    house: House
    person: Person
    browser: Browser
    key: Authenticator

    async def sign_in(self, start: str = "/login?return_to=/staff/counter") -> Page:
        """By the passkey, anew."""
        self.house.clock.move(1_000)
        self.browser = self.house.browser()
        return await show(self.browser, self.key, start)

    async def confirm(self, page: Page, *, action: str = "confirm") -> Page:
        """Answer the confirmation to which an approval leads."""
        await self.house.svc.courier.carried()
        request_id = page.url.rsplit("/", 1)[1].split("?")[0]
        code = self.house.gateway.code_of(request_id)
        page = await self.browser.open(f"/confirm/{request_id}")
        return await self.browser.submit(page, {"code": code} if action == "confirm" else {}, action)


async def add_member(house: House, number: int, role: str, *, passkey: bool = True) -> Member:
    """Enrol a member of staff, with a passkey unless told otherwise."""
    enrolment = Enrolment(
        login=f"staff{number}",
        password=PASSWORD,
        totp_secret=totp.write_seed(SEED),
        iin=f"8801013{number:05d}",
        name=f"Қызметкер {number}",
        locale="ru",
        address=f"+770200000{number:02d}",
        ground="tests",
    )
    account = await accounts.enrol(house.svc, enrolment)
    person = await accounts.person_by_id(house.svc, account)
    assert person is not None
    await staff.give(house.svc, account, person.subject, role, ground="tests")
    house.clock.move(STEP_MS)
    browser, key = house.browser(), Authenticator(ORIGIN)
    page = await browser.open("/login")
    page = await browser.submit(page, {"login": enrolment.login, "password": PASSWORD})
    await browser.submit(page, {"code": totp.code_at(SEED, house.clock.now())})
    if passkey:
        page = await browser.open("/account/passkeys/new")
        answer = key.create(json.loads(data_of(page, "options")))
        await post(browser, "/account/passkeys", page, ticket=field_of(page, "ticket"), passkey=answer, name="Desk")
    return Member(house, person, browser, key)
