"""The first day: a bank invites a person whom it has identified; a telephone alone is a complete path."""

from __future__ import annotations

import html
import re
from base64 import b32decode

import pytest

from confirmations.methods import totp
from tests.stories.standing import PAYMENT
from tests.world import STEP_MS, World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

INVITED = {"iin": "990101300123", "name": "Әлия Нұрланқызы", "locale": "kk", "address": "+77010000099"}
PASSWORD = "ақ бота төрт түлік мал"


def link_on_the_phone(world: World) -> str:
    [message] = world.people.phones._brought[INVITED["address"]]
    return message.link


async def test_an_invited_person_enrols_signs_in_and_confirms(world: World) -> None:
    bank = world.bank()
    asked = await bank.call("POST", "/v1/invitations", INVITED, key="once")
    assert asked.status_code == 201, asked.text
    invitation = asked.json()
    await world.svc.courier.carried()
    browser = world.browser("kk")
    page = await browser.open(link_on_the_phone(world))
    for told in (INVITED["name"], INVITED["iin"], INVITED["address"], "Kerege"):
        assert told not in page.html
    key = re.search(r"\b([A-Z2-7]{32})\b", html.unescape(page.html))
    assert key
    seed = b32decode(key[1])
    page = await browser.submit(page, {"login": "aliya", "password": PASSWORD, "code": "000000"})
    assert 'role="alert"' in page.html
    now = world.clock.now()
    page = await browser.submit(page, {"login": "aliya", "password": PASSWORD, "code": totp.code_at(seed, now)})
    assert "/login" in page.url
    assert (await bank.call("GET", f"/v1/invitations/{invitation['id']}")).json()["state"] == "used"
    assert (await browser.open(link_on_the_phone(world))).status == 404

    world.clock.move(STEP_MS)
    citizen = {"login": "aliya", "password": PASSWORD, "totp_secret": key[1]}
    _, tokens = await world.log_in(browser, bank, citizen)
    asked = await bank.call("POST", "/v1/confirmations", {**PAYMENT, "subject": tokens.claims["sub"]})
    await world.svc.courier.carried()
    code = world.people.phones._brought[INVITED["address"]][0].code
    page = await browser.submit(await browser.open(asked.json()["page"]), {"code": code}, "confirm")
    assert (await bank.call("GET", f"/v1/confirmations/{asked.json()['id']}")).json()["outcome"] == "confirmed"


async def test_only_a_relying_party_with_the_permission_invites(world: World) -> None:
    assert (await world.http().post("/v1/invitations", json=INVITED)).status_code == 401
    bank = world.bank()
    for body, words in (({**INVITED, "iin": "1"}, "iin"), ([], "JSON object"), ({**INVITED, "x": "y"}, "unknown")):
        refused = await bank.call("POST", "/v1/invitations", body)
        assert refused.status_code == 400
        assert words in refused.json()["detail"]
    assert (await bank.call("GET", "/v1/invitations/nothing")).status_code == 404
    for path in ("/invitations/AAAA", "/invitations/" + "A" * 100):
        assert (await world.browser().open(path)).status == 404
