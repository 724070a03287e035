"""Law on personal data, and OWASP ASVS 5.0 16.2.5: what is written for operators names no citizen and no secret."""

from __future__ import annotations

import json
import logging
import re
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from authsvc.sandbox.story import PAYMENT
from authsvc.web.sandbox.pki import sign_cms
from tests.stories.standing import WRONG, Standing, signed_in
from tests.world import World

pytestmark = pytest.mark.anyio

CALLERS = ("httpx2", "httpcore2", "tests")
"""Loggers of the browser and the relying party, which run in this process too."""


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Every line that any logger of the service's own process writes, at its most talkative, filled when asked."""
    lines: list[str] = []

    class Everything(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not record.name.startswith(CALLERS):
                lines.append(f"{record.name} {self.format(record)} {record.args!r}")

    handler = Everything()
    caplog.set_level(logging.DEBUG)
    names = ["authsvc", "uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "asyncio", "fastapi", "starlette"]
    names += [name for name in logging.root.manager.loggerDict if name.startswith("authsvc.")]
    for name in names:
        caplog.set_level(logging.DEBUG, logger=name)
    logging.getLogger().addHandler(handler)
    yield lines
    logging.getLogger().removeHandler(handler)


async def go_wrong_and_right(world: World) -> tuple[Standing, list[str]]:
    """A login with wrong answers, a confirmation, verifications, refusals of each kind; and the secrets in them."""
    secrets: list[str] = []
    browser = world.browser()
    visit = await world.bank().begin_login()
    page = await browser.open(visit.url)
    page = await browser.submit(page, {"login": world.citizen["login"], "password": "менің-қате-құпиясөзім"})
    page = await browser.submit(page, {"code": world.code()})
    page = await browser.submit(page, {"login": "nobody.at.all", "password": "wrong-password-1"})
    page = await browser.submit(page, {"code": "918273"})
    secrets += ["менің-қате-құпиясөзім", "nobody.at.all", "wrong-password-1", "918273", visit.state, visit.nonce]
    secrets += [urlsplit(page.url).query, *parse_qs(urlsplit(page.url).query)["flow"]]

    here = await signed_in(world, scope="openid profile phone")
    view = await here.ask(PAYMENT)
    code = await here.code(view)
    await here.answer(view, WRONG)
    form = (await here.open(view)).read().forms[0].fields
    ended = await here.confirm(view)
    secrets += [code, f"{code[:4]} {code[4:]}", form["form_token"], ended["receipt"], here.sub]
    secrets += [here.tokens.access_token, here.tokens.id_token, here.bank._token]
    secrets += [cookie.value for cookie in here.browser._client.cookies.jar if cookie.value]
    await refuse(here)
    return here, [each for each in secrets if len(each) > 3]


async def refuse(here: Standing) -> None:
    """Verifications, and requests that can't be served, with the citizen's data in every part of them."""
    world, citizen = here.world, here.world.citizen
    person = world.people.pki.authority("ecdsa").issue_person(name=citizen["name"], iin=citizen["iin"])
    signed = b64encode(sign_cms(citizen["name"].encode(), [person], signing_time=world.clock.now())).decode()
    for body in ({"signed": signed, "name": citizen["name"]}, {"signed": citizen["iin"]}, {"signed": "AAAA"}):
        await here.bank.call("POST", "/v1/signatures", body)
    for asked in (
        {"subject": citizen["iin"], "act": "payment"},
        [citizen["name"]],
        {"subject": here.sub, "act": "iin"},
    ):
        await here.bank.call("POST", "/v1/confirmations", asked)
    http = world.http(accept="text/html")
    for path in (f"/v1/confirmations/{citizen['iin']}", f"/confirm/{citizen['iin']}", f"/{citizen['iin']}"):
        await http.get(path)
    await http.get(f"/login?return_to=/{citizen['iin']}&name={citizen['name']}")
    await http.post("/login", data={"login": citizen["login"], "password": citizen["password"]})
    await http.post("/oauth/token", data={"grant_type": "authorization_code", "code": citizen["iin"]})
    await http.post("/oauth/token", content=b"x" * 70_000)
    await http.request(citizen["iin"], "/")
    await http.get("/", headers={"host": f"{citizen['iin']}.example"})
    await http.get("/oauth/userinfo", headers={"authorization": f"Bearer {citizen['iin']}.{citizen['iin']}"})


def leaks(lines: list[str], secrets: list[str]) -> list[tuple[str, str]]:
    """(what, in which line); a number is looked for on its own, not inside a longer one."""
    found = []
    for secret in secrets:
        pattern = re.escape(secret) if not secret.isdigit() else rf"(?<![0-9a-f]){secret}(?![0-9a-f])"
        found += [(secret, line) for line in lines if re.search(pattern, line)]
    return found


def of_citizens(world: World) -> list[str]:
    told = [citizen[name] for citizen in world.people.subjects for name in ("iin", "login", "name", "password")]
    told += [citizen["totp_secret"] for citizen in world.people.subjects]
    told += [part for citizen in world.people.subjects for part in citizen["name"].split()]
    told += [*world.people.phones.numbers.values(), "7010000001", "127.0.0.1"]
    told += [world.people.clients["basic"]["client_secret"], world.people.clients["pkjwt"]["jwk"]["d"]]
    told += ["Жібек", "12500000", "125 000", "125\u00a0000", "invoice-1147", "Оплата по", "Payment of"]
    return told


async def test_nothing_personal_and_no_secret_is_written_at_any_level(world: World, written: list[str]) -> None:
    here, secrets = await go_wrong_and_right(world)
    assert leaks(written, [*of_citizens(world), *secrets]) == []
    told = "\n".join(written)
    assert '"route":"/confirm/{id}"' in told
    assert '"route":"/v1/signatures"' in told
    assert here.tokens.claims["authentication_record"] not in told


async def test_a_fault_is_written_down_without_what_it_says(
    world: World, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await signed_in(world)
    view = await here.ask()
    said = f"{world.citizen['iin']} {world.citizen['name']} {world.citizen['password']}"

    async def fail(*_: object) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr(type(world.svc.trust), "verify", fail)
    monkeypatch.setattr("authsvc.confirm.open_for", fail)
    response = await here.bank.call("POST", "/v1/signatures", {"signed": "AAAA"})
    assert (response.status_code, response.json()["code"]) == (500, "fault")
    assert "detail" not in response.json()
    page = await here.open(view)
    assert page.status == 500
    for text in (response.text, page.html):
        assert not [part for part in said.split() if part in text]
    faults = [json.loads(line.split(" ", 1)[1].rsplit("} ", 1)[0] + "}") for line in written if "RuntimeError" in line]
    assert len(faults) == 2
    assert {fault["request"] for fault in faults} >= {response.headers["x-request-id"]}
    assert all("fail" in fault["fault"] for fault in faults)
    assert leaks(written, of_citizens(world)) == []


async def test_a_delivery_that_fails_names_neither_address_nor_code(
    world: World, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await signed_in(world)
    sent: list[str] = []

    async def fail(_: object, message: object) -> None:
        sent.append(str(getattr(message, "code", "")))
        raise ConnectionError(f"{message}")

    monkeypatch.setattr(type(world.people.phones), "send", fail)
    await here.ask(PAYMENT)
    await world.svc.courier.carried()
    assert len(sent) == 1
    assert [line for line in written if "channel sms failed" in line]
    assert leaks(written, [*of_citizens(world), *sent]) == []
