"""Addresses that are secrets (freeze, recovery, invitation): no other site, cache or log of the service learns them."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable

import pytest

from authsvc import invitations, warning
from authsvc.replay import ReplayKey
from authsvc.store import Tx, recovering
from authsvc.store.recovering import CaseRow
from tests.authsvc.invitations.test_invitations import BODY, INVITER
from tests.authsvc.services import add_relying_party
from tests.authsvc.web.conftest import ORIGIN, House

pytestmark = pytest.mark.anyio


async def of_a_freeze(house: House) -> str:
    link, change = warning.make_link(house.svc, house.person.id)
    await house.svc.store.transact(lambda tx: tx.together(change))
    return link


async def of_a_recovery(house: House) -> str:
    """One that still waits: its link is told from when on it is good."""
    token = "R" * 27

    async def act(tx: Tx) -> None:
        soon = house.clock.now() + 60_000
        hashed = warning.hash_token(token)
        row = CaseRow("case", house.person.id, hashed, b"", "", "alone", recovering.WAITING, 0, soon)
        await recovering.insert_case(tx, row)

    await house.svc.store.transact(act)
    return f"{ORIGIN}/recover/{token}"


async def of_an_invitation(house: House) -> str:
    await add_relying_party(house.svc)
    await invitations.invite(house.svc, INVITER, BODY, ReplayKey.of("shop", "", "POST /v1/invitations", b""))
    await house.svc.courier.carried()
    return house.gateway.sent[-1].link


@pytest.mark.parametrize("make", [of_a_freeze, of_a_recovery, of_an_invitation])
async def test_a_link_with_a_secret_is_told_to_nobody(
    house: House, caplog: pytest.LogCaptureFixture, make: Callable[[House], Awaitable[str]]
) -> None:
    link = await make(house)
    token = link.rsplit("/", 1)[1]
    assert len(token) >= 27
    http = house.client(accept="text/html")
    with caplog.at_level(logging.DEBUG, logger="authsvc"):
        page, gone = await http.get(link), await http.get(f"{link}x")
        posted = await http.post(link, data={"form_token": "x"})
    assert (page.status_code, gone.status_code, posted.status_code) == (200, 404, 403)
    for answer in (page, gone, posted):
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert 'name="referrer"' not in answer.text
        assert "referrerpolicy" not in answer.text
    led = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)
    elsewhere = [each for each in led if not each.startswith(("/", "?", "#", ORIGIN, "otpauth:"))]
    assert (elsewhere, [each for each in led if each.startswith("//")]) == ([], [])
    told = [record.getMessage() for record in caplog.records]
    assert any(f"/{link.split('/')[3]}/" in line for line in told), "the requests are logged, by their route"
    assert token not in "".join(told)
