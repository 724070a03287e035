"""Digital Code article 47: an act of will about one concrete act, which the person saw, in their own session."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from authsvc.sandbox.browser import Page
from tests.stories.standing import PAYMENT, WRONG, Standing, signed_in
from tests.world import World, both_databases

pytestmark = pytest.mark.anyio

DIGEST_HEX = "e31ea74740a61978f2d1c5740c18c9ac7c2f8dcc9885648a9f99df41477e4b45"
SHOWN = {
    "kk": [
        "Төлем",
        "Сұраған",
        "Kerege Bank",
        "Сома",
        "125\u00a0000,50\u00a0₸",
        "Алушы",
        "ТОО «Жібек жолы»",
        "Құжат",
        "invoice-1147.pdf",
        "Құжаттың SHA-256 хеші",
        DIGEST_HEX,
        "№ 1147 шот бойынша төлем",
        "Бұл — цифрлық растау. Ол электрондық цифрлық қолтаңба болып табылмайды",
    ],
    "ru": [
        "Платёж",
        "Запрашивает",
        "Kerege Bank",
        "Сумма",
        "125\u00a0000,50\u00a0₸",
        "Получатель",
        "ТОО «Жібек жолы»",
        "Документ",
        "invoice-1147.pdf",
        "SHA-256 документа",
        DIGEST_HEX,
        "Оплата по счёту № 1147",
        "Это цифровое подтверждение. Оно не является электронной цифровой подписью",
    ],
    "en": [
        "Payment",
        "Asked by",
        "Kerege Bank",
        "Amount",
        "KZT\u00a0125,000.50",
        "Payee",
        "ТОО «Жібек жолы»",
        "Document",
        "invoice-1147.pdf",
        "SHA-256 of the document",
        DIGEST_HEX,
        "Payment of invoice No. 1147",
        "This is a digital confirmation. It is not an electronic digital signature",
    ],
}
"""What a person reads, in its order, typed by hand: amounts as each language writes them."""


def normal(text: str) -> str:
    """With every run of white space as one blank, as a browser shows it."""
    return " ".join(text.split())


def demand_order(page: Page, words: list[str]) -> None:
    text, at = normal(page.text), 0
    for each in words:
        found = text.find(normal(each), at)
        assert found >= 0, f"{each!r} does not stand after what precedes it in:\n{text}"
        at = found + len(normal(each))


def b64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture(scope="module")
async def standing(shared_world: World) -> Standing:
    """Somebody who stays signed in while relying parties ask what can't be asked."""
    return await signed_in(shared_world)


@pytest.mark.parametrize("locale", SHOWN)
async def test_the_page_shows_exactly_the_act_in_the_citizens_language(world: World, locale: str) -> None:
    here = await signed_in(world, locale)
    view = await here.ask()
    page = await here.open(view)
    assert (page.status, page.read().lang) == (200, locale)
    demand_order(page, SHOWN[locale])
    ended = await here.confirm(view)
    _, plain, slots = await world.record(ended["record"])
    blobs = await world.svc.log.vault.blobs(world.svc.store, ended["record"])
    assert slots["locale"] == locale
    assert slots["shown"] == b64url(hashlib.sha256(blobs["shown"]).digest())
    told = normal(blobs["shown"].decode())
    assert all(normal(each) in told for each in SHOWN[locale])
    assert plain["statement"] == b64url(hashlib.sha256(b"authsvc/confirmation/v1\0" + blobs["statement"]).digest())


async def test_the_code_comes_with_the_essential_words_in_the_citizens_own_language(world: World) -> None:
    here = await signed_in(world, "en")
    view = await here.ask()
    message = (await world.phone())[0]
    code = message["code"]
    assert (message["channel"], message["request_id"]) == ("sms", view["id"])
    assert code.isdigit()
    assert len(code) == 8
    lines = [normal(line) for line in message["text"].splitlines()]
    assert lines[0] == f"125 000,50 ₸, алушы ТОО «Жібек жолы», код {code[:4]} {code[4:]}"
    assert "Кодты ешкімге айтпаңыз." in lines
    assert lines[-1] == f"@localhost #{code}"


@both_databases
async def test_a_wrong_code_and_then_the_right_one_are_two_tries_of_one_confirmation(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    assert (view["state"], view["tries"]) == ("requested", 0)
    page = await here.answer(view, WRONG)
    assert page.status == 422
    assert "Осталось попыток: 4." in page.text
    assert "record" not in await here.read(view)
    code = await here.code(view)
    page = await here.answer(view, f" {code[:4]} {code[4:]} ")
    assert "Подтверждено" in page.text
    assert page.read().forms == []

    ended = await here.read(view)
    assert (ended["state"], ended["outcome"], ended["tries"]) == ("witnessed", "confirmed", 2)
    assert ended["record"] in page.text
    kind, plain, slots = await world.record(ended["record"])
    assert (kind, plain["outcome"], plain["method"]) == ("confirmation", "confirmed", ["code"])
    assert (slots["tries"], slots["acr"], slots["shown_by"]) == (2, "urn:authsvc:acr:multi", "service")
    assert slots["authentication"] == here.tokens.claims["authentication_record"]
    assert slots["rp"] == here.bank.client_id
    assert slots["first_try"] <= slots["last_try"]
    assert len((await world.check_log()).of_type("confirmation")) == 1


async def test_after_the_fifth_wrong_code_not_even_the_right_one_counts(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    code = await here.code(view)
    shown = await here.open(view)
    for left in (4, 3, 2, 1):
        page = await here.browser.submit(shown, {"code": WRONG}, "confirm")
        assert f"Осталось попыток: {left}." in page.text
    await here.browser.submit(shown, {"code": WRONG}, "confirm")
    page = await here.browser.submit(shown, {"code": code}, "confirm")
    assert page.status == 409
    ended = await here.read(view)
    assert (ended["outcome"], ended["reason"], ended["tries"]) == ("failed", "attempts", 5)
    assert [each.body["outcome"] for each in (await world.check_log()).of_type("confirmation")] == ["failed"]


@both_databases
async def test_sixteen_wrong_answers_at_once_use_up_exactly_the_tries_allowed(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    await here.code(view)
    page = await here.open(view)
    answers = [here.browser.submit(page, {"code": WRONG}, "confirm") for _ in range(16)]
    statuses = sorted(each.status for each in await asyncio.gather(*answers))
    assert statuses == [409] * 12 + [422] * 4
    ended = await here.read(view)
    assert (ended["outcome"], ended["tries"]) == ("failed", 5)
    assert len((await world.check_log()).of_type("confirmation")) == 1


@both_databases
async def test_the_right_code_sent_sixteen_times_at_once_is_one_confirmation(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    code, page = await here.code(view), await here.open(view)
    answers = [here.browser.submit(page, {"code": code}, "confirm") for _ in range(16)]
    pages = await asyncio.gather(*answers)
    assert sorted(each.status for each in pages) == [200] + [409] * 15
    assert all("Подтверждено" in each.text for each in pages)
    ended = await here.read(view)
    assert (ended["outcome"], ended["tries"]) == ("confirmed", 1)
    assert len((await world.check_log()).of_type("confirmation")) == 1


async def test_a_code_is_good_for_its_own_request_alone(world: World) -> None:
    here = await signed_in(world)
    first, second = await here.ask(), await here.ask()
    assert first["id"] != second["id"]
    page = await here.answer(second, await here.code(first))
    assert page.status == 422
    assert "outcome" not in await here.read(second)
    assert (await here.confirm(first))["outcome"] == "confirmed"


async def test_without_a_session_the_page_leads_to_the_login_and_back_to_the_act(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    world.clock.move(31_000)
    browser = world.browser("ru")
    page = await browser.open(view["page"])
    assert "Оплата" not in page.text
    assert "password" in page.html
    page = await world.answer_both(browser, page)
    assert urlsplit(page.url).path == f"/confirm/{view['id']}"
    assert "Оплата по счёту № 1147" in page.text


async def test_a_form_posted_without_a_session_is_no_answer(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    fields = {**(await here.open(view)).read().forms[0].fields, "code": await here.code(view), "action": "confirm"}
    async with world.http(origin=world.issuer) as http:
        answered = await http.post(f"/confirm/{view['id']}", data=fields)
        assert answered.status_code == 403
        stranger = world.browser()
        page = await stranger.open("/login")
        http.cookies.update(stranger._client.cookies)
        own = page.read().forms[0].fields["form_token"]
        answered = await http.post(f"/confirm/{view['id']}", data={**fields, "form_token": own})
        assert answered.status_code == 303
        assert answered.headers["location"] == f"/login?return_to=/confirm/{view['id']}"
    assert (await here.read(view))["tries"] == 0


async def test_another_persons_request_is_not_there(world: World) -> None:
    aigul = await signed_in(world)
    view = await aigul.ask()
    code = await aigul.code(view)
    ivan = await signed_in(world, login="ivan")
    page = await ivan.open(view)
    absent = await ivan.browser.open("/confirm/01900000-0000-7000-8000-000000000000")
    assert (page.status, absent.status) == (404, 404)
    assert without_number(page.text) == without_number(absent.text)
    own = await ivan.ask()
    fields = (await ivan.open(own)).read().forms[0].fields
    async with world.http(origin=world.issuer, accept="text/html") as http:
        http.cookies.update(ivan.browser._client.cookies)
        for action in ("confirm", "decline"):
            answered = await http.post(f"/confirm/{view['id']}", data={**fields, "code": code, "action": action})
            assert answered.status_code == 404
    assert (await aigul.read(view))["tries"] == 0


def without_number(text: str) -> str:
    """An error page without the number of its request."""
    return "\n".join(line for line in text.splitlines() if "urn:" not in line and "Номер" not in line)


async def test_a_session_of_one_factor_is_too_weak_to_confirm(world: World) -> None:
    browser, bank = world.browser(), world.bank()
    visit = await bank.begin_login(acr_values="urn:authsvc:acr:single")
    page = await browser.open(visit.url)
    page = await browser.submit(page, {"login": world.citizen["login"], "password": world.citizen["password"]})
    page = await browser.submit(page, {}, "allow")
    here = Standing(world, bank, browser, await bank.finish_login(visit, page.left), "aigul")
    view = await here.ask()
    page = await here.answer(view, await here.code(view))
    assert page.status == 403
    assert (await here.read(view))["tries"] == 0


async def test_after_its_time_the_request_has_expired_and_takes_no_answer(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask(lifetime=120)
    code, page = await here.code(view), await here.open(view)
    world.clock.move(120_000)
    answered = await here.browser.submit(page, {"code": code}, "confirm")
    assert answered.status in (409, 422)
    assert "Подтверждено" not in answered.text
    page = await here.open(view)
    assert page.read().forms == []
    ended = await here.read(view)
    assert (ended["outcome"], ended["tries"]) == ("expired", 0)
    assert [each.body["outcome"] for each in (await world.check_log()).of_type("confirmation")] == ["expired"]


async def test_a_code_past_its_five_minutes_is_refused_while_the_request_goes_on(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    code = await here.code(view)
    world.clock.move(5 * 60_000)
    page = await here.answer(view, code)
    assert page.status == 422
    assert "outcome" not in await here.read(view)


HOSTILE = "<script>alert(1)</script> {{ 7*7 }} {left} %s & \" ' <b>"


async def test_markup_in_the_relying_partys_words_stays_text(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask(
        {
            "act": "payment",
            "fields": [
                {"kind": "payment", "payee": "<img src=x onerror=alert(1)>", "amount": 100, "currency": "KZT"},
                {"kind": "document", "name": HOSTILE, "digest": "4x6nR0CmGXjy0cV0DBjJrHwvjcyYhWSKn5nfQUd-S0U"},
                {"kind": "labelled", "label": dict.fromkeys(("kk", "ru", "en"), "<h1>"), "content": "</dd></main>"},
            ],
            "text": {"ru": f"{HOSTILE}\n</section><form action='https://evil.example'>"},
        }
    )
    page = await here.open(view)
    for markup in ("<script", "<img", "onerror=alert(1)>", "</dd></main>", "<form action='http", "<b>"):
        assert markup not in page.html
    assert HOSTILE in page.text
    assert "<img src=x onerror=alert(1)>" in page.text
    forms = page.read().forms
    assert [form.action for form in forms] == [f"/confirm/{view['id']}"]
    assert (await here.confirm(view))["outcome"] == "confirmed"


@pytest.mark.parametrize(
    ("member", "body"),
    [
        ("text.ru", {"act": "other", "text": {"ru": "оплата \u202e0001"}}),
        ("text.ru", {"act": "other", "text": {"ru": "a\u200bb"}}),
        ("text.ru", {"act": "other", "text": {"ru": "a\u0000b"}}),
        ("fields[0].payee", {"fields": [{**PAYMENT["fields"][0], "payee": "Кaspi"}]}),
        ("fields[0].payee", {"fields": [{**PAYMENT["fields"][0], "payee": "A\nКод 1234"}]}),
        ("fields[0].amount", {"fields": [{**PAYMENT["fields"][0], "amount": 0}]}),
    ],
)
async def test_words_that_could_deceive_are_refused_with_their_place(
    standing: Standing, member: str, body: dict[str, Any]
) -> None:
    asked = {**PAYMENT, "fields": [], **body, "subject": standing.sub}
    response = await standing.bank.call("POST", "/v1/confirmations", asked)
    assert response.status_code == 422
    problem = response.json()
    assert (problem["code"], problem["member"]) == ("statement_refused", member)
    assert await standing.world.phone() == []


async def test_a_form_from_another_site_or_page_is_refused(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    page = await here.open(view)
    good = {**page.read().forms[0].fields, "code": await here.code(view), "action": "confirm"}
    elsewhere = world.browser()
    token = (await elsewhere.open("/login")).read().forms[0].fields["form_token"]
    attempts: list[tuple[dict[str, str], dict[str, str]]] = [
        (good, {"origin": "https://evil.example"}),
        (good, {"origin": "null"}),
        (good, {"origin": world.issuer, "sec-fetch-site": "cross-site"}),
        (good, {"origin": world.issuer, "sec-fetch-site": "same-site"}),
        ({name: value for name, value in good.items() if name != "form_token"}, {"origin": world.issuer}),
        ({**good, "form_token": token}, {"origin": world.issuer}),
        ({**good, "form_token": ""}, {"origin": world.issuer}),
    ]
    async with world.http(accept="text/html") as http:
        http.cookies.update(here.browser._client.cookies)
        for fields, headers in attempts:
            answered = await http.post(f"/confirm/{view['id']}", data=fields, headers=headers)
            assert answered.status_code == 403, (fields, headers)
        answered = await http.post(f"/confirm/{view['id']}", json=good, headers={"origin": world.issuer})
        assert answered.status_code == 400
    assert (await here.read(view))["tries"] == 0
    assert (await here.confirm(view))["outcome"] == "confirmed"


async def test_opening_an_address_changes_nothing(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    code = await here.code(view)
    for query in (f"?action=confirm&code={code}", "?action=decline", "?action=not_me"):
        page = await here.browser.open(view["page"] + query)
        assert page.status == 200
        assert page.read().forms
    async with world.http(origin=world.issuer) as http:
        http.cookies.update(here.browser._client.cookies)
        for method in ("PUT", "DELETE", "PATCH"):
            assert (await http.request(method, f"/confirm/{view['id']}")).status_code == 405
    now = await here.read(view)
    assert (now["state"], now["tries"]) == ("seen", 0)
    assert "outcome" not in now


async def test_changing_the_language_of_the_page_keeps_the_act_and_is_recorded(world: World) -> None:
    here = await signed_in(world, "ru")
    view = await here.ask()
    page = await here.browser.open(f"{view['page']}?ui_locales=kk")
    assert page.read().lang == "kk"
    page = await here.browser.submit(page, {"code": await here.code(view)}, "confirm")
    assert "Расталды" in page.text
    _, _, slots = await world.record((await here.read(view))["record"])
    assert slots["locale"] == "kk"


async def test_what_was_asked_in_one_language_is_said_to_be_so_in_another(world: World) -> None:
    here = await signed_in(world, "en")
    view = await here.ask({"act": "change", "fields": [], "text": {"kk": "Мекенжайды өзгерту"}})
    page = await here.open(view)
    demand_order(page, ["Change of data", "The text below is in Kazakh.", "Мекенжайды өзгерту"])
    assert '<section class="words" lang="kk">' in page.html
    assert '<h2 lang="en">In the words of Kerege Bank: The text below is in Kazakh.</h2>' in page.html


async def test_the_pages_headers_let_nothing_in(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    async with world.http(accept="text/html") as http:
        http.cookies.update(here.browser._client.cookies)
        answered = await http.get(f"/confirm/{view['id']}")
    rules = dict(rule.split(" ", 1) for rule in answered.headers["content-security-policy"].split("; "))
    assert rules == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "script-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    assert answered.headers["cache-control"] == "no-store"
    assert answered.headers["content-language"] == "ru"
    assert parse_qs(urlsplit(str(answered.url)).query) == {}
