"""The pages about evidence in one process: own records, exports, the auditor's desk; a stranger finds nothing."""

import json
import re
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZipFile

import pytest

from authsvc import confirm, exports, staff
from authsvc.accounts import Person
from authsvc.confirm import Answerer, Asker
from authsvc.evidence.package_pdf import read_pdf_form
from authsvc.login import sessions
from authsvc.oidc import clients
from authsvc.oidc.relying_party import RelyingParty
from authsvc.sandbox.browser import Browser, Page
from authsvc.store import Tx
from authsvc.web.edge import limit_of
from tests.authsvc.services import MULTI, Party, add_person, let_know
from tests.authsvc.web.conftest import ORIGIN, PASSWORD, House

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

NOBODY = "01900000-0000-7000-8000-000000000000"
REQUEST = {
    "kind": "court",
    "recipient": "Алмалы аудандық соты",
    "case_number": "2-1147/2027",
    "ground": "ГПК, статья 73",
    "subject_kind": "iin",
}


@dataclass
class Office:
    """A house with one confirmed act and two auditors."""

    house: House
    party: Party
    record: str
    auditors: tuple[Person, Person]

    async def browser(self, person: Person, language: str = "ru") -> Browser:
        """Signed in as this person."""
        self.house.clock.move(31_000)
        browser = self.house.browser(language)
        page = await browser.open("/login")
        page = await browser.submit(page, {"login": person.login, "password": PASSWORD})
        await browser.submit(page, {"code": self.house.code})
        return browser

    async def ask(self, browser: Browser, order: bytes = b"order", **changes: str) -> Page:
        """Send the auditor's form, as a browser does with a file."""
        page = await browser.open("/staff/exports/new")
        form = page.read().forms[0]
        fields = {**form.fields, **REQUEST, "subject": self.party.person.subject[4:], **changes}
        files = {"order": ("order.pdf", order, "application/pdf")}
        sent = await browser._client.post("/staff/exports", data=fields, files=files, headers={"origin": ORIGIN})
        return await browser._follow(sent)

    async def approve(self, browser: Browser, page: Page) -> Page:
        """Press approve and confirm with the code from the phone."""
        page = await browser.submit(page, {}, "approve")
        request_id = page.url.rsplit("/", 1)[1]
        await self.party.delivered()
        return await browser.submit(page, {"code": self.house.gateway.code_of(request_id)}, "confirm")

    async def work(self) -> None:
        await exports.settle_waiting(self.house.svc)
        while await exports.make_due(self.house.svc):
            pass


@pytest.fixture
async def office(house: House) -> Office:
    names = {"kk": "Дүкен", "ru": "Магазин", "en": "Shop"}
    shop = RelyingParty(id="shop", name=names, auth_method="client_secret_basic", redirect_uris=("https://shop.kz/cb",))
    registered = (await clients.register(house.svc, shop, ground="tests")).party
    asker = Asker(registered.id, registered.name, registered.record)
    await let_know(house.svc, house.person, asker.client_id)
    party = Party(house.svc, house.gateway, house.clock, house.person, asker)
    request_id = await party.asked_and_delivered()
    answerer = Answerer(house.person.id, "none", MULTI)
    await confirm.answer(house.svc, answerer, request_id, house.gateway.code_of(request_id), "ru")
    record = (await confirm.read(house.svc, asker.client_id, request_id)).record or ""
    first, second = await add_person(house.svc, 11), await add_person(house.svc, 12)
    for person in (first, second):
        await staff.give(house.svc, person.id, person.subject, "auditor", ground="tests")
    return Office(house, party, record, (first, second))


async def test_a_person_reads_their_record_with_what_is_proven_and_keeps_entry_proof_and_receipt(
    office: Office,
) -> None:
    browser = await office.browser(office.house.person)
    page = await browser.open("/evidence")
    assert f"/evidence/{office.record}" in page.html
    page = await browser.open(f"/evidence/{office.record}")
    for words in ("Что доказано", "Что известно только со слов сервиса", "Что не доказано"):
        assert words in page.text
    assert "не является электронной цифровой подписью" in page.text
    assert "ТОО «Жібек»" in page.text
    settled = await office.house.svc.log.find(office.record)
    assert settled is not None
    for name, body in (("entry", settled.entry), ("proof", settled.proof)):
        answer = await browser._client.get(f"/evidence/{office.record}/{name}")
        assert (answer.status_code, answer.content) == (200, body)
        assert answer.headers["content-disposition"].startswith("attachment")
    receipt = await browser._client.get(f"/evidence/{office.record}/receipt")
    assert receipt.text.count(".") == 2


@pytest.mark.parametrize(
    "path",
    [
        "/evidence/{record}",
        "/evidence/{record}/entry",
        "/evidence/{record}/proof",
        "/evidence/{record}/receipt",
        "/evidence/exports/{export}",
        "/evidence/exports/{export}/package",
        "/evidence/exports/{export}/pdf",
        "/staff/exports",
        "/staff/exports/new",
        "/staff/exports/{request}",
        "/staff/exports/{request}/package",
        "/staff/exports/{request}/pdf",
        "/staff/exports/{request}/order",
    ],
)
async def test_a_stranger_finds_nothing_and_cannot_tell_it_from_what_is_not_there(office: Office, path: str) -> None:
    svc = office.house.svc
    export = await exports.ask_as_person(svc, Answerer(office.house.person.id, "none", MULTI))
    auditor = await office.browser(office.auditors[0])
    request = (await office.ask(auditor)).url.rsplit("/", 1)[1]
    stranger = await office.browser(await add_person(svc, 20))
    there = await stranger.open(path.format(record=office.record, export=export, request=request))
    absent = await stranger.open(path.format(record=NOBODY, export=NOBODY, request=NOBODY))
    assert (there.status, absent.status) == (404, 404)
    assert _without_ids(there.html) == _without_ids(absent.html)


def _without_ids(html: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "-", html)


@pytest.mark.parametrize("path", ["/evidence", "/evidence/exports", "/staff/exports", "/staff/exports/new"])
async def test_who_is_not_signed_in_signs_in_first_and_comes_back(office: Office, path: str) -> None:
    browser = office.house.browser()
    page = await browser.open(path)
    assert "/login" in page.url
    person = office.auditors[0]
    page = await browser.submit(page, {"login": person.login, "password": PASSWORD})
    page = await browser.submit(page, {"code": office.house.code})
    assert (page.status, page.url) == (200, f"{ORIGIN}{path}")


async def test_a_citizen_exports_their_own_and_sees_how_far_it_is(office: Office) -> None:
    browser = await office.browser(office.house.person)
    page = await browser.submit(await browser.open("/evidence/exports"), {"since": "", "until": ""})
    assert "В очереди" in page.text
    early = await browser._client.get(f"{page.url}/package")
    assert early.status_code == 409
    assert (await browser._client.get(f"{page.url}/pdf")).status_code == 409
    await office.work()
    page = await browser.open(page.url)
    assert "Готово" in page.text
    answer = await browser._client.get(f"{page.url}/package")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    with ZipFile(BytesIO(answer.content)) as archive:
        assert archive.read("mimetype") == b"application/vnd.etsi.asic-e+zip"
    report = await browser._client.get(f"{page.url}/pdf")
    assert report.headers["content-type"] == "application/pdf"
    assert read_pdf_form(report.content) == answer.content


@pytest.mark.parametrize(("since", "until"), [("2027-11-24", ""), ("2027-11-24", "2027-11-23"), ("x", "2027-11-24")])
async def test_days_that_are_none_are_told_on_the_page(office: Office, since: str, until: str) -> None:
    browser = await office.browser(office.house.person)
    page = await browser.submit(await browser.open("/evidence/exports"), {"since": since, "until": until})
    assert page.status == 422
    assert "Проверьте поле" in page.text


async def test_two_auditors_approve_on_their_pages_and_the_citizen_sees_it(office: Office) -> None:
    first, second = [await office.browser(person) for person in office.auditors]
    page = await office.ask(first)
    assert "Ожидает одобрения" in page.text
    assert office.party.person.subject[4:] not in page.url
    address = page.url
    done = await office.approve(first, page)
    assert "/staff/exports" in done.html
    await office.work()
    assert "Ожидает одобрения" in (await first.open(address)).text
    page = await second.open(address)
    assert (await second._client.get(f"{address}/order")).content == b"order"
    await office.approve(second, page)
    assert "В очереди" in (await second.open(address)).text
    await office.work()
    assert "Готово" in (await second.open(address)).text
    answer = await second._client.get(f"{address}/package")
    with ZipFile(BytesIO(answer.content)) as archive:
        assert json.loads(archive.read("request/request"))["case_number"] == "2-1147/2027"
    citizen = await office.browser(office.house.person)
    told = (await citizen.open("/evidence/exports")).text
    assert "Алмалы аудандық соты" in told
    assert "2-1147/2027" in told


@pytest.mark.parametrize(
    ("changes", "order", "field"),
    [
        ({"case_number": ""}, b"o", "Номер дела"),
        ({"subject": "123"}, b"o", "ИИН или БИН"),
        ({}, b"", "Файл судебного акта"),
        ({"since": "2027-01-02", "until": "2027-01-01"}, b"o", "Последний день"),
        ({"acts": "no-record", "subject": ""}, b"o", "Номера записей"),
        ({"subject": ""}, b"o", "Что выдаётся"),
    ],
)
async def test_a_wrong_field_is_named_and_what_was_typed_stays(
    office: Office, changes: dict[str, str], order: bytes, field: str
) -> None:
    browser = await office.browser(office.auditors[0])
    page = await office.ask(browser, order, **changes)
    assert page.status == 422
    assert f"Проверьте поле: {field}" in page.text
    assert "ГПК, статья 73" in page.html


async def test_the_forms_refuse_another_site_and_a_missing_token(office: Office) -> None:
    browser = await office.browser(office.auditors[0])
    fields = {**REQUEST, "subject": office.party.person.subject[4:]}
    files = {"order": ("o", b"o", "text/plain")}
    bare = await browser._client.post("/staff/exports", data=fields, files=files, headers={"origin": ORIGIN})
    assert bare.status_code == 403
    form = (await browser.open("/staff/exports/new")).read().forms[0]
    fields |= form.fields
    foreign = await browser._client.post(
        "/staff/exports", data=fields, files=files, headers={"origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    assert (
        await browser._client.post("/evidence/exports", data={"since": ""}, headers={"origin": ORIGIN})
    ).status_code == 403


async def test_the_order_s_size_is_bounded_at_the_edge(office: Office) -> None:
    browser = await office.browser(office.auditors[0])
    assert (await office.ask(browser, b"x" * (5 * 1024 * 1024 + 1))).status == 422
    assert (await office.ask(browser, b"x" * limit_of("/staff/exports"))).status == 413


@pytest.mark.parametrize("page", ["-1", "x", "99999999", "1e3", "٣"])
async def test_a_page_s_number_that_is_none_is_refused(office: Office, page: str) -> None:
    browser = await office.browser(office.house.person)
    assert (await browser.open(f"/evidence?page={page}")).status == 400


async def test_long_lists_have_pages(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("authsvc.exports.records.PAGE", 2)
    browser = await office.browser(office.house.person)
    first = await browser.open("/evidence")
    assert "/evidence?page=1" in first.html
    second = await browser.open("/evidence?page=1")
    assert "/evidence?page=0" in second.html
    assert not set(re.findall(r"/evidence/[0-9a-f-]{36}", first.html)) & set(
        re.findall(r"/evidence/[0-9a-f-]{36}", second.html)
    )


async def test_a_session_of_one_factor_steps_up_before_it_reads_evidence(office: Office) -> None:
    svc, person = office.house.svc, office.house.person
    opening = sessions.prepare(svc, person.id, person.sub, ("password",), "none", None)

    async def act(tx: Tx) -> None:
        await sessions.write(tx, opening, None)

    await svc.store.transact(act)
    browser = office.house.browser()
    browser._client.cookies.set("authsvc-session", opening.token)
    page = await browser.open("/evidence")
    assert "/login" in page.url
    assert 'name="code"' in page.html
    assert 'name="password"' not in page.html
