"""A phone is stolen while its owner is signed in: from the notice of what the thief did to the end.

Everything that people do goes over pages: the freeze by the link in a notice, the counter with two members of staff, a
day's hold, new factors, an act confirmed with the new phone. The log says each step and on whose word it was done.
"""

from __future__ import annotations

import html
import json
import re
from base64 import b32decode
from dataclasses import dataclass

import httpx2
import pytest

from authsvc import accounts, staff
from authsvc.accounts import Enrolment
from authsvc.outside import Message
from authsvc.sandbox.browser import Browser, Page
from confirmations.methods import totp
from tests.authsvc.web.test_passkeys import data_of
from tests.peers.authenticator import Authenticator
from tests.stories.standing import PAYMENT, Standing, signed_in
from tests.world import STEP_MS, World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MAILBOX, NEW_PHONE = "aigul@example.kz", "+77019998877"
NEW_PASSWORD = "ақ бота төрт түлік мал"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
DAY_MS = 24 * 3600 * 1000
FACTORS = ("code", "code", "passkey", "password", "totp")
"""What Aigul has when her phone is gone: phone, mailbox, the thief's passkey, password and app."""


@dataclass
class Clerk:
    """A member of staff at the counter, with a passkey."""

    world: World
    person: dict[str, str]
    key: Authenticator

    async def sign_in(self) -> tuple[Browser, Page]:
        """By the passkey, anew; the counter."""
        self.world.clock.move(1_000)
        browser = self.world.browser()
        page = await browser.open("/login?return_to=/staff/counter")
        shown = self.key.get(data_of(page, "challenge"), data_of(page, "rp-id"))
        at = next(n for n, form in enumerate(page.read().forms) if "passkey" in form.fields)
        return browser, await browser.submit(page, {"passkey": shown}, at=at)

    async def approve(self, case: str) -> Page:
        """Read the case, confirm the approval with the code on one's own phone; the case as it stands then."""
        browser, _ = await self.sign_in()
        page = await browser.submit(await browser.open(f"/staff/counter/recoveries/{case}"), {})
        request = page.url.rsplit("/", 1)[1].partition("?")[0]
        sent = await brought(self.world, self.person["address"])
        code = next(each.code for each in sent if each.request_id == request)
        await browser.submit(page, {"code": code}, "confirm")
        return await browser.open(f"/staff/counter/recoveries/{case}")


async def brought(world: World, address: str) -> list[Message]:
    """What came to an address, newest first."""
    await world.svc.courier.carried()
    return list(world.people.phones._brought.get(address, ()))


async def add_passkey(world: World, browser: Browser, name: str) -> Authenticator:
    """In a fresh session."""
    key = Authenticator(world.issuer)
    page = await browser.open("/account/passkeys/new")
    answer = key.create(json.loads(data_of(page, "options")))
    at = next(n for n, form in enumerate(page.read().forms) if "passkey" in form.fields)
    page = await browser.submit(page, {"passkey": answer, "name": name}, at=at)
    assert name in page.html
    return key


async def clerk(world: World, person: dict[str, str]) -> Clerk:
    """They sign in with password and code, and add their passkey."""
    world.clock.move(STEP_MS)
    browser = world.browser()
    await world.answer_both(browser, await browser.open("/login"), person)
    return Clerk(world, person, await add_passkey(world, browser, "Касса"))


async def two_clerks(world: World) -> tuple[Clerk, Clerk]:
    """That of the sandbox, and one whom the operator appoints besides."""
    told = next(each for each in world.people.staff if each["role"] == "enroller")
    first = {**told, "address": world.people.phones.numbers[told["login"]]}
    second = {"login": "enroller2", "password": NEW_PASSWORD, "totp_secret": SEED, "address": "+77010000019"}
    enrolment = Enrolment(**second, iin="840228300012", name="Сергеева Анна", locale="ru", ground="hired")
    account = await accounts.enrol(world.svc, enrolment)
    await staff.give(world.svc, account, f"iin:{enrolment.iin}", "enroller", ground="hired")
    return await clerk(world, first), await clerk(world, second)


async def add_mailbox(world: World, browser: Browser) -> None:
    """Long before: notices shall come to a mailbox too."""
    page = await browser.submit(await browser.open("/account/mailbox"), {"mailbox": MAILBOX})
    [sent, *_] = await brought(world, MAILBOX)
    page = await browser.submit(page, {"code": sent.code})
    assert MAILBOX in page.html


async def credentials(world: World) -> list[tuple[str, str, str, list[str]]]:
    """(event, method, ground, what it is about) of every `credential` record, in the log's order."""
    found = []
    for row in await world.svc.store.all("select record_id from entry where type = 'credential' order by idx"):
        _, plain, slots = await world.record(row["record_id"])
        told = str(plain["credential_event"]), str(plain["factor_method"]), str(slots["credential_ground"])
        found.append((*told, list(slots["about"])))
    return found


async def freeze_by_mail(world: World, aigul: Standing, thief: Browser, waiting: dict[str, str]) -> None:
    """Not me: the mailbox has the link, any browser will do; looking changes nothing, the button stops everything."""
    [notice, *_] = await brought(world, MAILBOX)
    assert "passkey" in notice.text
    elsewhere = world.browser()
    page = await elsewhere.open(notice.link)
    assert (await thief.open("/account")).url.endswith("/account")
    page = await elsewhere.submit(page, {})
    assert page.url.endswith("/frozen")
    assert (await elsewhere.open(notice.link)).status == 404
    assert "/login" in (await thief.open("/account")).url
    view = await aigul.read(waiting)
    assert (view["outcome"], view["reason"]) == ("cancelled", "subject_withdrawn")
    endpoint = (await aigul.bank.discover())["userinfo_endpoint"]
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {aigul.tokens.access_token}"}) as http:
        assert (await http.get(endpoint)).status_code == 401
    world.clock.move(STEP_MS)
    stranger = world.browser()
    page = await world.answer_both(stranger, await stranger.open("/login"))
    assert 'role="alert"' in page.html
    suspended = [each for each in await credentials(world) if each[0] == "suspended"]
    assert sorted(method for _, method, _, _ in suspended) == sorted(FACTORS)
    assert {ground for _, _, ground, _ in suspended} == {
        "frozen by the link of a notice that went to the person's address"
    }


async def come_to_the_counter(world: World, iin: str) -> str:
    """Identity card and a new number: one clerk begins, two approve; the link on the paper, held for a day."""
    first, second = await two_clerks(world)
    browser, page = await first.sign_in()
    asked = {"iin": iin, "shown": "жеке куәлік, ІІМ", "address": NEW_PHONE}
    page = await browser.submit(page, asked, at=1)
    paper = re.search(r"<code>(http[^<]*/recover/[^<]*)</code>", page.html)
    case = re.search(r"/staff/counter/recoveries/([0-9a-f-]{36})", page.html)
    assert paper
    assert case
    link = html.unescape(paper[1])
    assert not (await world.browser().open(link)).read().forms
    await first.approve(case[1])
    before = len(await brought(world, MAILBOX))
    await second.approve(case[1])
    assert len(await brought(world, MAILBOX)) == before + 1
    assert "/freeze/" in (await brought(world, MAILBOX))[0].link
    assert not (await world.browser().open(link)).read().forms
    return link


async def set_up_anew(world: World, link: str) -> str:
    """After the hold: new password, new app; the new seed."""
    world.clock.move(DAY_MS)
    browser = world.browser("kk")
    page = await browser.open(link)
    seed = re.search(r"\b([A-Z2-7]{32})\b", html.unescape(page.html))
    assert seed
    code = totp.code_at(b32decode(seed[1]), world.clock.now())
    page = await browser.submit(page, {"password": NEW_PASSWORD, "code": code})
    assert len(re.findall(r"<li><code>[0-9A-Z]{5}-[0-9A-Z]{5}</code></li>", page.html)) == 10
    assert (await browser.open(link)).status == 404
    return seed[1]


async def test_a_stolen_phone_from_not_me_to_an_account_that_is_ones_own_again(world: World) -> None:
    aigul = await signed_in(world, scope="openid profile")
    await add_mailbox(world, aigul.browser)
    waiting = await aigul.ask()
    thief = aigul.browser
    key = await add_passkey(world, thief, "Ноутбук")
    await freeze_by_mail(world, aigul, thief, waiting)
    iin = world.citizen["iin"]
    seed = await set_up_anew(world, await come_to_the_counter(world, iin))

    world.clock.move(STEP_MS)
    stolen, old = world.browser(), world.browser()
    page = await stolen.open("/login")
    shown = key.get(data_of(page, "challenge"), data_of(page, "rp-id"))
    at = next(n for n, form in enumerate(page.read().forms) if "passkey" in form.fields)
    assert 'role="alert"' in (await stolen.submit(page, {"passkey": shown}, at=at)).html
    assert 'role="alert"' in (await world.answer_both(old, await old.open("/login"))).html

    again = {**world.citizen, "password": NEW_PASSWORD, "totp_secret": seed}
    browser, bank = world.browser(), world.bank()
    page = await world.answer_both(browser, await browser.open("/login?return_to=/account"), again)
    assert page.url.endswith("/account")
    asked = (await bank.call("POST", "/v1/confirmations", {**PAYMENT, "subject": aigul.sub})).json()
    sent = await brought(world, NEW_PHONE)
    code = next(each.code for each in sent if each.request_id == asked["id"])
    await browser.submit(await browser.open(asked["page"]), {"code": code}, "confirm")
    assert (await bank.call("GET", f"/v1/confirmations/{asked['id']}")).json()["outcome"] == "confirmed"
    await check_records(world)


async def check_records(world: World) -> None:
    """Old factors ended, new ones enrolled, each on the word of two members of staff whose confirmations are named."""
    recovered = [each for each in await credentials(world) if each[2].startswith("recovered at the counter; shown: ")]
    ended = sorted(method for event, method, _, _ in recovered if event == "revoked")
    made = sorted(method for event, method, _, _ in recovered if event == "enrolled")
    assert ended == ["code", "passkey", "password", "totp"]
    assert made == ["code", "code", "password", "totp"]  # the new phone, and the list of recovery codes
    for _, _, ground, about in recovered:
        assert "approved by 2 members of staff" in ground
        kinds = [await world.record(each) for each in about]
        approvals = [plain for kind, plain, _ in kinds if kind == "confirmation"]
        assert [each["outcome"] for each in approvals] == ["confirmed", "confirmed"]
