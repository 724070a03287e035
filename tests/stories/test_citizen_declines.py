"""Digital Code article 47: nobody confirms by silence or by a refusal; each way to end a request is told apart."""

from __future__ import annotations

import pytest

from tests.stories.standing import CHANGE, WRONG, signed_in
from tests.world import World, both_databases

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@both_databases
async def test_a_refusal_is_recorded_as_one_and_is_final(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask(CHANGE)
    code, shown = await here.code(view), await here.open(view)
    page = await here.answer(view, "", "decline")
    assert "Отклонено" in page.text
    assert page.read().forms == []
    assert (await here.browser.submit(shown, {"code": code}, "confirm")).status == 409
    ended = await here.read(view)
    assert (ended["outcome"], ended["reason"], ended["tries"]) == ("declined", "declined", 0)
    kind, plain, slots = await world.record(ended["record"])
    assert (kind, plain["outcome"]) == ("confirmation", "declined")
    assert (slots["reason"], slots["shown_by"]) == ("declined", "service")
    assert slots["authentication"] == here.tokens.claims["authentication_record"]
    assert slots["answer"] == ""
    assert len((await world.check_log()).of_type("confirmation")) == 1


@pytest.mark.parametrize(("locale", "word"), [("kk", "Бас тартылды"), ("ru", "Отклонено"), ("en", "Declined")])
async def test_this_is_not_me_is_a_refusal_with_its_own_reason(world: World, locale: str, word: str) -> None:
    here = await signed_in(world, locale)
    view = await here.ask()
    page = await here.answer(view, "", "not_me")
    assert (page.read().lang, page.status) == (locale, 200)
    assert word in page.text
    ended = await here.read(view)
    assert (ended["outcome"], ended["reason"]) == ("declined", "not_me")


async def test_a_code_typed_beside_a_refusal_confirms_nothing(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    await here.answer(view, await here.code(view), "decline")
    ended = await here.read(view)
    assert (ended["outcome"], ended["tries"]) == ("declined", 0)


async def test_after_wrong_codes_a_refusal_keeps_their_number(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    await here.answer(view, WRONG)
    await here.answer(view, WRONG)
    ended = await here.decline(view)
    assert (ended["outcome"], ended["tries"]) == ("declined", 2)


async def test_what_is_confirmed_can_no_longer_be_declined(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    shown = await here.open(view)
    assert (await here.confirm(view))["outcome"] == "confirmed"
    for action in ("decline", "not_me"):
        page = await here.browser.submit(shown, {}, action)
        assert page.status == 409
        assert "Подтверждено" in page.text
    assert (await here.read(view))["outcome"] == "confirmed"
    assert len((await world.check_log()).of_type("confirmation")) == 1


async def test_a_button_that_is_not_on_the_page_does_nothing(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    form = (await here.open(view)).read().forms[0]
    assert [value for _, value in form.buttons] == ["confirm", "decline", "not_me"]
    http = world.http(origin=world.issuer)
    http.cookies.update(here.browser._client.cookies)
    for action in ("", "approve", "CONFIRM", "cancel"):
        fields = {**form.fields, "code": await here.code(view), "action": action}
        assert (await http.post(f"/confirm/{view['id']}", data=fields)).status_code == 400
    now = await here.read(view)
    assert "outcome" not in now
    assert now["tries"] == 0


async def test_the_relying_party_may_take_its_request_back_and_the_citizen_sees_it(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    code, shown = await here.code(view), await here.open(view)
    response = await here.bank.call("POST", f"/v1/confirmations/{view['id']}/cancel")
    assert response.status_code == 200
    assert (response.json()["outcome"], response.json()["reason"]) == ("cancelled", "relying_party_withdrawn")
    page = await here.browser.submit(shown, {"code": code}, "confirm")
    assert page.status == 409
    assert "Отозвано" in page.text
    again = await here.bank.call("POST", f"/v1/confirmations/{view['id']}/cancel")
    assert again.status_code == 409
    assert [each.body["outcome"] for each in (await world.check_log()).of_type("confirmation")] == ["cancelled"]


async def test_another_relying_party_can_neither_read_nor_cancel_the_request(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    other = world.bookkeeper()
    for method, path in (("GET", ""), ("POST", "/cancel")):
        response = await other.call(method, f"/v1/confirmations/{view['id']}{path}")
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"
    assert "outcome" not in await here.read(view)


async def test_a_citizen_whom_the_relying_party_does_not_know_can_not_be_asked(world: World) -> None:
    here = await signed_in(world)
    other = world.bookkeeper()
    for subject in (here.sub, "nobody"):
        asked = await other.call("POST", "/v1/confirmations", {**CHANGE, "subject": subject})
        assert (asked.status_code, asked.json()["code"]) == (404, "not_found")
    assert await world.phone() == []
