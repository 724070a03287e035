"""A relying party sends a citizen to sign in: password and one-time code, consent, tokens, one record of it all."""

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.world import World

pytestmark = pytest.mark.anyio

MULTI = "urn:authsvc:acr:multi"


async def test_two_factors_are_one_authentication_and_the_token_names_its_record(world: World) -> None:
    browser, bank = world.browser("ru"), world.bank()
    visit = await bank.begin_login(scope="openid profile", locale="ru")
    page = await browser.open(visit.url)
    assert page.read().lang == "ru"
    assert "Кереге Банк" in page.text
    page = await world.answer_both(browser, page)
    assert "Согласие" in page.text
    page = await browser.submit(page, {}, "allow")
    tokens = await bank.finish_login(visit, page.left)
    claims = tokens.claims
    assert claims["acr"] == MULTI
    assert set(claims["amr"]) == {"pwd", "otp", "mfa"}

    kind, plain, slots = await world.record(claims["authentication_record"])
    assert kind == "authentication"
    assert (plain["login"], plain["login_method"], plain["login_acr"]) == ("accepted", ["password", "totp"], MULTI)
    assert slots["rp"] == bank.client_id
    assert slots["tries"] == 1
    assert len(slots["credential"]) == 2
    log = await world.check_log()
    assert len(log.of_type("authentication")) == 1
    assert len(log.of_type("consent")) == 1


async def test_wrong_tries_before_the_right_ones_are_in_the_same_record(world: World) -> None:
    browser, bank = world.browser("kk"), world.bank()
    visit = await bank.begin_login(locale="kk")
    page = await browser.open(visit.url)
    page = await browser.submit(page, {"login": world.citizen["login"], "password": "дұрыс емес"})
    page = await browser.submit(page, {"code": world.code()})
    assert "Кіру мүмкін болмады" in page.text
    page = await browser.submit(page, {"login": world.citizen["login"], "password": world.citizen["password"]})
    page = await browser.submit(page, {"code": "000000"})
    page = await world.answer_both(browser, page)
    page = await browser.submit(page, {}, "allow")
    tokens = await bank.finish_login(visit, page.left)
    _, _, slots = await world.record(tokens.claims["authentication_record"])
    assert slots["tries"] == 3
    assert len((await world.check_log()).of_type("authentication")) == 1


async def test_a_login_name_that_nobody_has_gets_the_same_pages_and_leaves_no_record(world: World) -> None:
    known, unknown = world.browser(), world.browser()
    texts = []
    for browser, login in ((known, world.citizen["login"]), (unknown, "nobody-here")):
        page = await browser.open((await world.bank().begin_login()).url)
        page = await browser.submit(page, {"login": login, "password": "wrong"})
        page = await browser.submit(page, {"code": "123456"})
        texts.append(page.text)
    assert texts[0] == texts[1]
    before = await world.check_log()
    assert before.of_type("authentication") == []


async def test_within_the_session_no_page_is_shown_again_and_no_second_login_is_recorded(world: World) -> None:
    browser, bank = world.browser(), world.bank()
    _, first = await world.log_in(browser, bank)
    visit = await bank.begin_login()
    page = await browser.open(visit.url)
    assert page.left
    again = await bank.finish_login(visit, page.left)
    assert again.claims["sub"] == first.claims["sub"]
    assert again.claims["authentication_record"] == first.claims["authentication_record"]
    assert len((await world.check_log()).of_type("authentication")) == 1


async def test_a_relying_party_may_ask_for_a_fresh_login_and_gets_a_new_record(world: World) -> None:
    browser, bank = world.browser(), world.bank()
    _, first = await world.log_in(browser, bank)
    world.clock.move(31_000)
    visit = await bank.begin_login(prompt="login")
    page = await browser.open(visit.url)
    assert not page.left
    page = await world.answer_both(browser, page)
    second = await bank.finish_login(visit, page.left)
    assert second.claims["authentication_record"] != first.claims["authentication_record"]
    assert second.claims["auth_time"] > first.claims["auth_time"]
    assert len((await world.check_log()).of_type("authentication")) == 2


async def test_one_factor_is_told_as_one_and_a_step_up_asks_for_the_other_alone(world: World) -> None:
    browser, bank = world.browser(), world.bank()
    visit = await bank.begin_login(acr_values="urn:authsvc:acr:single")
    page = await browser.open(visit.url)
    page = await browser.submit(page, {"login": world.citizen["login"], "password": world.citizen["password"]})
    page = await browser.submit(page, {}, "allow")
    one = await bank.finish_login(visit, page.left)
    assert (one.claims["acr"], one.claims["amr"]) == ("urn:authsvc:acr:single", ["pwd"])
    visit = await bank.begin_login(acr_values=MULTI)
    page = await browser.open(visit.url)
    assert "password" not in page.read().forms[0].fields
    page = await browser.submit(page, {"code": world.code()})
    two = await bank.finish_login(visit, page.left)
    assert two.claims["acr"] == MULTI
    assert two.claims["sid"] == one.claims["sid"]
    await world.check_log()


async def test_who_goes_back_or_refuses_sends_the_relying_party_away_with_access_denied(world: World) -> None:
    bank = world.bank()
    browser = world.browser()
    visit = await bank.begin_login()
    page = await browser.submit(await browser.open(visit.url), {}, "cancel")
    assert _told(page.left)["error"] == "access_denied"
    visit = await bank.begin_login()
    page = await world.answer_both(browser, await browser.open(visit.url))
    page = await browser.submit(page, {}, "deny")
    told = _told(page.left)
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", visit.state, world.issuer)
    assert (await world.check_log()).of_type("consent") == []


async def test_somebody_else_than_the_one_hinted_at_is_not_passed_off_as_them(world: World) -> None:
    bank = world.bank()
    _, aigul = await world.log_in(world.browser(), bank)
    other = world.browser()
    visit = await bank.begin_login(id_token_hint=aigul.id_token)
    page = await world.answer_both(other, await other.open(visit.url), world.people.subjects[1])
    assert "code" not in _told(page.left)
    assert _told(page.left)["error"] in ("login_required", "access_denied")


async def test_after_logout_the_tokens_open_nothing_more(world: World) -> None:
    browser, bank = world.browser(), world.bank()
    _, tokens = await world.log_in(browser, bank, scope="openid profile")
    endpoint = (await bank.discover())["userinfo_endpoint"]
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {tokens.access_token}"}) as http:
        assert (await http.get(endpoint)).json()["name"] == world.citizen["name"]
        await browser.submit(await browser.open("/logout"), {})
        assert (await http.get(endpoint)).status_code == 401


def _told(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
