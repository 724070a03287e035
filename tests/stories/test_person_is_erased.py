"""L13: a person's data are deleted on demand; what was proven stays proven, and what others keep they keep."""

from __future__ import annotations

import pytest

from authsvc import accounts, erasure, staff
from authsvc.erasure import Done, Wish
from authsvc.web.sandbox.pki import sign_cms
from tests.stories.standing import signed_in
from tests.world import STEP_MS, World, both_databases

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def delete(world: World, login: str) -> Done:
    """Two operators sign the order by their EDS."""
    subject = f"iin:{world.person(login)['iin']}"
    order = await erasure.propose(world.svc, Wish("erasure", "Application 5", subject, "deleted"))
    signatures = []
    for operator in ("ivan", "dana"):
        person = await accounts.person_by_login(world.svc, operator)
        assert person is not None
        await staff.give(world.svc, person.id, person.subject, "operator", ground="tests")
        key = world.people.pki.authority("ecdsa").issue_person(name=person.name, iin=person.subject[4:])
        signatures.append(sign_cms(order.request, [key], signing_time=world.clock.now()))
    return await erasure.carry_out(world.svc, order.id, signatures)


@both_databases
async def test_after_an_erasure_nobody_signs_in_and_the_bank_reads_what_may_remain(world: World) -> None:
    here = await signed_in(world)
    ended = await here.confirm(await here.ask())
    waiting = await here.ask()
    await delete(world, "aigul")

    now = await here.read(ended)
    assert (now["outcome"], now["record"], now["erased"]) == ("confirmed", ended["record"], True)
    assert (now["receipt"], now["statement"]) == (None, None)
    record = await here.bank.call("GET", f"/v1/evidence/{ended['record']}")
    if record.status_code == 200:
        assert record.json()["entry"] == now["entry"]
    assert (await here.read(waiting))["outcome"] == "cancelled"

    assert here.tokens.access_token
    userinfo = await world.http(authorization=f"Bearer {here.tokens.access_token}").get("/oauth/userinfo")
    assert userinfo.status_code == 401
    page = await here.browser.open(f"{world.issuer}/confirm/{waiting['id']}")
    assert "/login" in page.url
    refused = await world.answer_both(here.browser, page)
    assert "/login" in refused.url or refused.status in (400, 401)

    world.clock.move(STEP_MS)
    await world.check_log()
    for path in sorted(world.data.rglob("*")):
        if path.name.startswith("authsvc.sqlite"):
            data = path.read_bytes()
            for secret in (world.person("aigul")["iin"], world.person("aigul")["name"], "aigul"):
                assert secret.encode() not in data, path.name
