"""A person whom nobody here knows registers by their electronic digital signature, in each of the three languages.

They sign in by it for a bank, which is told how strongly, and confirm an act; the log says on whose word they are who
they are. No script is needed anywhere.
"""

from __future__ import annotations

import html
import re
from base64 import b32decode, b64encode
from dataclasses import dataclass
from urllib.parse import urljoin

import pytest

from authsvc.sandbox.browser import Browser, Page
from authsvc.web.sandbox.pki import Credential, Family, sign_cms
from confirmations.methods import totp
from tests.stories.standing import PAYMENT
from tests.world import STEP_MS, World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PASSWORD = "ақ бота төрт түлік мал"
MULTI, SINGLE = "urn:authsvc:acr:multi", "urn:authsvc:acr:single"


@dataclass(frozen=True)
class Newcomer:
    """A language, a person, their number and telephone, and the family of their key."""

    locale: str
    name: str
    iin: str
    phone: str
    family: Family
    title: str


NEWCOMERS = [
    Newcomer("kk", "ОСПАНОВ АСАН", "900101300018", "+77010000081", "gost", "ЭЦҚ арқылы тіркелу"),
    Newcomer("ru", "ИВАНОВА МАРИЯ", "910202400029", "+77010000082", "rsa", "Регистрация по ЭЦП"),
    Newcomer("en", "SMITH DANA", "920303400030", "+77010000083", "ecdsa", "Register by EDS"),
]


def key_of(world: World, who: Newcomer) -> Credential:
    return world.people.pki.authority(who.family).issue_person(name=who.name, iin=who.iin)


async def sign_here(world: World, browser: Browser, page: Page, key: Credential, **fields: str) -> Page:
    """Download the text, sign it in a program of one's own, upload it."""
    where = re.search(r'href="(/eds/[a-z]+/challenge[^"]*)"', page.html)
    assert where
    text = (await browser._client.get(urljoin(world.issuer, html.unescape(where[1])))).content
    signed = sign_cms(text, [key], signing_time=world.clock.now())
    [form] = page.read().forms
    given = {name: value for name, value in {**form.fields, **fields}.items() if name != "signed"}
    response = await browser._client.post(
        urljoin(world.issuer, form.action), data=given, files={"signed": ("login.cms", signed)}
    )
    assert response.status_code == 303, response.text
    return await browser.open(response.headers["location"])


async def register(world: World, browser: Browser, who: Newcomer, key: Credential) -> None:
    page = await browser.open("/")
    assert "/eds/registration" in page.html
    page = await browser.open("/eds/registration")
    assert who.title in page.html
    page = await sign_here(world, browser, page, key)
    assert who.name in page.html
    assert who.iin not in page.html
    page = await browser.submit(page, {"address": who.phone})
    await world.svc.courier.carried()
    code = world.people.phones._brought[who.phone][0].code
    seed = re.search(r"\b([A-Z2-7]{32})\b", html.unescape(page.html))
    assert seed
    app_code = totp.code_at(b32decode(seed[1]), world.clock.now())
    typed = {"login": f"new-{who.locale}", "password": PASSWORD, "code": code, "app_code": app_code}
    page = await browser.submit(page, typed)
    assert "/login" in page.url


@pytest.mark.parametrize("who", NEWCOMERS, ids=lambda who: who.locale)
async def test_a_newcomer_registers_signs_in_by_eds_and_confirms(world: World, who: Newcomer) -> None:
    browser, bank, key = world.browser(who.locale), world.bank(), key_of(world, who)
    await register(world, browser, who, key)
    world.clock.move(STEP_MS)
    visit = await bank.begin_login(scope="openid profile")
    page = await browser.open(visit.url)
    to_eds = re.search(r'href="(/eds/login\?flow=[^"]*)"', page.html)
    assert to_eds
    page = await sign_here(world, browser, await browser.open(to_eds[1]), key, password=PASSWORD)
    page = await browser.submit(page, {}, "allow")
    tokens = await bank.finish_login(visit, page.left)
    assert (tokens.claims["acr"], tokens.claims["amr"]) == (MULTI, ["pop", "pwd", "mfa"])
    kind, plain, told = await world.record(tokens.claims["authentication_record"])
    assert (kind, plain["login_method"], plain["login_acr"]) == ("authentication", ["eds", "password"], MULTI)
    _, enrolment, ground = await world.record(told["credential"][0])
    assert enrolment["factor_method"] == "eds"
    assert ground["credential_ground"].startswith("registered by EDS: certificate ")
    asked = await bank.call("POST", "/v1/confirmations", {**PAYMENT, "subject": tokens.claims["sub"]})
    await world.svc.courier.carried()
    code = world.people.phones._brought[who.phone][0].code
    await browser.submit(await browser.open(asked.json()["page"]), {"code": code}, "confirm")
    assert (await bank.call("GET", f"/v1/confirmations/{asked.json()['id']}")).json()["outcome"] == "confirmed"


async def test_a_signature_alone_is_one_factor_and_the_bank_is_told_so(world: World) -> None:
    who = NEWCOMERS[2]
    browser, bank, key = world.browser("en"), world.bank(), key_of(world, who)
    await register(world, browser, who, key)
    visit = await bank.begin_login(acr_values=SINGLE)
    page = await browser.open(visit.url)
    to_eds = re.search(r'href="(/eds/login\?flow=[^"]*)"', page.html)
    assert to_eds
    page = await browser.open(to_eds[1])
    assert 'type="password"' not in page.html
    page = await sign_here(world, browser, page, key)
    page = await browser.submit(page, {}, "allow")
    tokens = await bank.finish_login(visit, page.left)
    assert (tokens.claims["acr"], tokens.claims["amr"]) == (SINGLE, ["pop"])
    page = await browser.open("/eds/certificate")
    assert "/login?" in page.url  # alone it adds nothing: two factors are asked for
    page = await browser.open("/account/passkeys/new")
    assert "/login?" in page.url


async def test_attack_a_signed_login_is_no_document_for_a_relying_party(world: World) -> None:
    browser, bank = world.browser("en"), world.bank()
    page = await browser.open("/eds/registration")
    where = re.search(r'href="(/eds/registration/challenge[^"]*)"', page.html)
    assert where
    text = (await browser._client.get(urljoin(world.issuer, html.unescape(where[1])))).content
    signed = sign_cms(text, [key_of(world, NEWCOMERS[0])], signing_time=world.clock.now())
    said = await bank.call("POST", "/v1/signatures", {"signed": b64encode(signed).decode()})
    assert (said.status_code, said.json()["code"]) == (422, "login_challenge_is_not_a_document")
    detached = sign_cms(text, [key_of(world, NEWCOMERS[0])], signing_time=world.clock.now(), detached=True)
    body = {"signed": b64encode(detached).decode(), "content": b64encode(text).decode()}
    said = await bank.call("POST", "/v1/signatures", body)
    assert (said.status_code, said.json()["code"]) == (422, "login_challenge_is_not_a_document")
