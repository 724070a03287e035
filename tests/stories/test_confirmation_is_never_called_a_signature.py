"""Digital Code articles 47 and 49: a confirmation is its own kind. No face of the service calls it a signature."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from authsvc.cases import Case, export_case
from authsvc.evidence import words
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.keyring import issuers_of
from authsvc.evidence.record import parse, verify_entry
from authsvc.sandbox.browser import Page
from authsvc.sandbox.relying_party import read_jws
from authsvc.web.sandbox.pki import sign_cms
from authsvc.web.words_signatures import SIGNATURE_PAGES
from confirmations import read_receipt, thumbprint
from confirmations.errors import ReceiptRefused
from confirmations.words import NOT_A_SIGNATURE
from signatures import ConfirmationIsNotASignature, TrustAnchors, verify
from tests.stories.standing import CHANGE, WRONG, Standing, signed_in
from tests.stranger import Entry, Objection, check_proof
from tests.world import World

pytestmark = pytest.mark.anyio

CALLED = re.compile(
    r"signature|\bsigned\b(?! in)|\bsigning\b(?! in)|\beds\b|подпис|эцп|эцқ|қолтаңба|қол қой", re.IGNORECASE
)
NEGATIVE = (*NOT_A_SIGNATURE, "A confirmation is not a signature")
ELSEWHERE = (*SIGNATURE_PAGES["verdict.title"],)
"""The link to the page where a signed file is verified: a thing of its own, beside the confirmations."""


def demand_own_name(text: str, where: str) -> None:
    """Nothing in this text calls anything a signature but the fixed sentences that say that it is none, and a link."""
    flat = " ".join(text.split())
    for sentence in (*NEGATIVE, *ELSEWHERE):
        flat = flat.replace(sentence, "")
    found = CALLED.search(flat)
    assert found is None, f"{where}: …{flat[max(0, found.start() - 60) : found.end() + 60]}…" if found else ""


def texts(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """(place, text) of every key and every value of a JSON document; JSON and entries inside texts are read too."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{at}.{name}", name
            yield from texts(inner, f"{at}.{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from texts(inner, f"{at}[{place}]")
    else:
        yield at, str(value)


def demand_own_name_in_json(value: Any, where: str) -> None:
    for place, text in texts(value):
        demand_own_name(text, f"{where}{place}")


async def every_outcome(here: Standing) -> dict[str, dict[str, Any]]:
    """One request for each way to end; as the relying party sees it at last."""
    ended = {"confirmed": await here.confirm(await here.ask()), "declined": await here.decline(await here.ask(CHANGE))}
    view = await here.ask()
    await here.bank.call("POST", f"/v1/confirmations/{view['id']}/cancel")
    ended["cancelled"] = await here.read(view)
    view = await here.ask()
    page = await here.open(view)
    for _ in range(5):
        await here.browser.submit(page, {"code": WRONG}, "confirm")
    ended["failed"] = await here.read(view)
    view = await here.ask(lifetime=120)
    here.world.clock.move(120_000)
    ended["expired"] = await here.read(view)
    assert {outcome: each["outcome"] for outcome, each in ended.items()} == {outcome: outcome for outcome in ended}
    return ended


async def test_no_answer_record_or_receipt_of_any_outcome_calls_it_a_signature(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    demand_own_name_in_json(view, "asked")
    demand_own_name_in_json(await here.read(view), "read")
    for outcome, ended in (await every_outcome(here)).items():
        assert ended["kind"] == "confirmation"
        demand_own_name_in_json(ended, outcome)
        header, payload = read_jws(ended["receipt"])
        assert header["typ"] == "confirmation-receipt+jwt"
        demand_own_name_in_json([header, payload], f"receipt of {outcome}")
        record = (await here.bank.call("GET", f"/v1/evidence/{ended['record']}")).json()
        assert record["type"] == "confirmation"
        demand_own_name_in_json(record, f"record of {outcome}")
        kind, plain, slots = await world.record(ended["record"])
        assert kind == "confirmation"
        demand_own_name_in_json([plain, slots], f"opened record of {outcome}")
        for name, blob in (await world.svc.log.vault.blobs(world.svc.store, ended["record"])).items():
            demand_own_name(blob.decode(), f"{name} of {outcome}")
    for message in await world.phone():
        demand_own_name(message["text"], "message")


@pytest.mark.parametrize("locale", ["kk", "ru", "en"])
async def test_no_page_of_the_citizens_calls_it_a_signature_and_each_says_that_it_is_none(
    world: World, locale: str
) -> None:
    here = await signed_in(world, locale)
    view = await here.ask()
    pages = {"asked": await here.open(view), "wrong": await here.answer(view, WRONG)}
    pages["confirmed"] = await here.answer(view, await here.code(view))
    pages["declined"] = await here.answer(await here.ask(CHANGE), "", "decline")
    for name, page in pages.items():
        assert NOT_A_SIGNATURE.say(locale) in " ".join(page.text.split()), name
        demand_own_name(page.text, name)
        demand_own_name(re.sub(r"<[^>]*>", " ", page.html), f"html of {name}")
        assert CALLED.search(" ".join(re.findall(r"<[^>]*>", page.html))) is None
    for address in ("/", "/confirm/01900000-0000-7000-8000-000000000000", "/consents"):
        page = await here.browser.open(address)
        # The way to a person's EDS certificates bears the name of what it leads to; no confirmation is there.
        named = re.sub(r'<a href="/account/certificates">[^<]*</a>', "", page.html)
        demand_own_name(Page(page.url, page.status, named).text, address)


ITS_NAME = ("Цифрлық растау", "Цифровое подтверждение", "Digital confirmation")
BYTES = [re.escape(each).replace(r"\{index\}", r"\d+").replace(r"\{size\}", r"\d+") for each in words.PROVEN]
"""The one other sentence with that word, in every record of a package: it is about bytes and the issuer's key."""


async def test_the_court_report_of_a_confirmation_calls_it_by_its_name(world: World) -> None:
    here = await signed_in(world)
    ended = await here.confirm(await here.ask())
    package = await export_case(world.svc, Case(acts=(ended["record"],), recipient="суд"))
    with ZipFile(BytesIO(package)) as files:
        report = files.read("report.html").decode()
        assert not [name for name in files.namelist() if name.startswith("documents/")]
    articles = [text_of(each) for each in re.findall(r"<article>.*?</article>", report, re.DOTALL)]
    about = [each for each in articles if any(f": {name}" in each[:80] for name in ITS_NAME)]
    assert len(about) == 3
    for text in about:
        assert any(sentence in text for sentence in NOT_A_SIGNATURE)
        for sentence in BYTES:
            text = re.sub(sentence, "", text)
        demand_own_name(text, "report")


def text_of(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", markup)).split())


async def test_the_description_of_the_api_keeps_the_two_apart(shared_world: World) -> None:
    described = (await shared_world.http().get("/openapi.json")).json()
    confirmations = {path: each for path, each in described["paths"].items() if "confirmation" in path}
    assert len(confirmations) >= 3
    demand_own_name_in_json(confirmations, "paths")
    assert described["paths"]["/v1/confirmations"]["post"]["responses"].keys() == {"201", "default"}
    schemas = described["components"]["schemas"]
    for name in ("ConfirmationAsked", "Confirmation"):
        demand_own_name_in_json(schemas[name], name)
    demand_own_name(
        described["info"]["description"].replace("verification of electronic digital signatures", ""), "info"
    )
    assert schemas["Confirmation"]["properties"]["kind"] == {"const": "confirmation"}
    assert schemas["Verification"]["properties"]["kind"] == {"const": "signature_verification"}
    verification = json.dumps({path: each for path, each in described["paths"].items() if "signatures" in path})
    assert "onfirmation" not in verification
    scopes = described["components"]["securitySchemes"]["relying_party"]["flows"]["clientCredentials"]["scopes"]
    demand_own_name(scopes["confirmations"], "scope")


async def test_the_paths_of_one_kind_do_not_know_the_ids_of_the_other(world: World) -> None:
    here = await signed_in(world)
    ended = await here.confirm(await here.ask())
    verified = await verified_letter(here)
    for record in (ended["id"], ended["record"]):
        for method in ("GET", "POST", "DELETE"):
            response = await here.bank.call(method, f"/v1/signatures/{record}")
            assert response.status_code == (404 if method == "GET" else 405)
            assert record not in response.text
    for method, path in (
        ("GET", f"/v1/confirmations/{verified['id']}"),
        ("POST", f"/v1/confirmations/{verified['id']}/cancel"),
        ("GET", f"/v1/confirmations/{ended['record']}"),
    ):
        assert (await here.bank.call(method, path)).status_code == 404
    assert (await here.browser.open(f"/confirm/{verified['id']}")).status == 404
    assert (await here.bank.call("GET", f"/v1/evidence/{verified['id']}")).json()["type"] == "signature_verification"
    assert (await here.bank.call("GET", f"/v1/evidence/{ended['record']}")).json()["type"] == "confirmation"


async def verified_letter(here: Standing) -> dict[str, Any]:
    """A document that a citizen signed by EDS, as it was verified: its record."""
    world = here.world
    person = world.people.pki.authority("ecdsa").issue_person(name=world.citizen["name"], iin=world.citizen["iin"])
    signed = sign_cms(b"letter", [person], signing_time=world.clock.now())
    response = await here.bank.call("POST", "/v1/signatures", {"signed": b64encode(signed).decode()})
    assert response.json()["report"]["indication"] == "TOTAL-PASSED"
    record: dict[str, Any] = response.json()["records"][0]
    return record


async def test_a_verification_can_not_be_dressed_as_a_receipt_even_by_the_receipts_own_key(world: World) -> None:
    here = await signed_in(world)
    ended, verified = await here.confirm(await here.ask()), await verified_letter(here)
    header, payload = read_jws(ended["receipt"])
    index, _ = check_proof(verified["proof"].encode(), verified["entry"].encode(), world.vkey)
    assert index == verified["index"]
    forged = sign_jws(world, header, {**payload, "entry": verified["entry"], "proof": verified["proof"]})
    key = world.svc.keys.receipts.private.public_key()
    with pytest.raises(ReceiptRefused):
        read_receipt(
            forged,
            keys={thumbprint(key): key},
            audience=here.bank.client_id,
            check_log=lambda entry, proof, time: "",
        )


def sign_jws(world: World, header: dict[str, Any], payload: dict[str, Any]) -> str:
    parts = [json.dumps(part, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for part in (header, payload)]
    text = ".".join(b64url(part.encode()) for part in parts)
    return f"{text}.{b64url(world.svc.keys.receipts.sign(text.encode()))}"


def b64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


async def test_an_entry_with_the_other_kinds_name_is_no_entry(world: World) -> None:
    here = await signed_in(world)
    ended, verified = await here.confirm(await here.ask()), await verified_letter(here)
    _, payload = read_jws(ended["receipt"])
    issuers = issuers_of(parse((await world.check_log()).entries[0].raw))
    for text, own, other in (
        (payload["entry"], "confirmation", "signature_verification"),
        (verified["entry"], "signature_verification", "confirmation"),
    ):
        assert verify_entry(text.encode(), issuers).type == own
        dressed = text.replace(f"\n{own}\n", f"\n{other}\n", 1).encode()
        assert dressed != text.encode()
        with pytest.raises(EvidenceError):
            verify_entry(dressed, issuers)
        with pytest.raises(Objection):
            Entry.parse(5, dressed, b"")
        # Not even with the name of the other family's key on its signature line.
        families = {"confirmation": "confirmation", "signature_verification": "verification"}
        renamed = dressed.replace(f"/issuer/{families[own]} ".encode(), f"/issuer/{families[other]} ".encode())
        with pytest.raises(EvidenceError):
            verify_entry(renamed, issuers)


async def test_the_verifier_of_documents_refuses_every_receipt_by_its_kind(world: World) -> None:
    here = await signed_in(world)
    for receipt in (await here.confirm(await here.ask()), await here.decline(await here.ask(CHANGE))):
        for form in (receipt["receipt"].encode(), receipt["receipt"].encode() + b"\r\n", json_form(receipt["receipt"])):
            with pytest.raises(ConfirmationIsNotASignature):
                verify(form, anchors=TrustAnchors.of(), at=datetime.now(UTC))


def json_form(compact: str) -> bytes:
    """The same JWS in the flattened JSON serialisation (RFC 7515 7.2.2)."""
    head, payload, value = compact.split(".")
    return json.dumps({"protected": head, "payload": payload, "signature": value}).encode()


async def test_tokens_of_a_login_say_nothing_of_a_signature(world: World) -> None:
    here = await signed_in(world)
    for token in (here.tokens.id_token, here.tokens.access_token):
        demand_own_name_in_json(list(read_jws(token)), "token")
