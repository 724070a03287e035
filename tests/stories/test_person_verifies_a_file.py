"""A person hands in a signed file on a page, and reads in their language whether the signature is valid."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx2
import pytest

from authsvc.web import verdicts
from authsvc.web.sandbox.pki import Reason, sign_cms
from authsvc.web.words import say
from signatures import Indication
from signatures.words import ERRORS, INDICATIONS
from tests.world import World

pytestmark = pytest.mark.anyio

LETTER = "Құрметті әріптестер! Келісім күшіне енді.\n".encode()


class Person:
    """Somebody with a browser, a file, and no account."""

    def __init__(self, world: World, locale: str) -> None:
        self.client = world.http(**{"accept-language": locale, "accept": "text/html"})

    async def hand_in(self, *, token: str = "", **files: Any) -> httpx2.Response:
        page = await self.client.get("/signatures")
        found = re.search(r'name="form_token" value="([^"]+)"', page.text)
        assert found is not None
        given = files or {"signed": ("", b"")}
        return await self.client.post("/signatures", data={"form_token": token or found[1]}, files=given)


def said(response: httpx2.Response) -> str:
    """What the page says, without its markup."""
    return html.unescape(re.sub(r"<[^>]+>", " ", response.text))


@pytest.fixture
def sign(shared_world: World) -> Any:
    world = shared_world
    credential = world.people.pki.authority("ecdsa").issue_person(name=world.citizen["name"], iin=world.citizen["iin"])

    def sign(*credentials: Any, content: bytes = LETTER, **how: Any) -> bytes:
        return sign_cms(content, list(credentials) or [credential], signing_time=world.clock.now(), **how)

    return sign


async def records_of(world: World) -> int:
    (row,) = await world.svc.store.all("select count(*) as n from entry where type = 'signature_verification'")
    return int(row["n"])


@pytest.mark.parametrize("locale", ["kk", "ru", "en"])
async def test_a_good_signature_is_called_valid_with_its_signer_and_nothing_is_recorded(
    shared_world: World, sign: Any, locale: str
) -> None:
    before = await records_of(shared_world)
    page = await Person(shared_world, locale).hand_in(signed=("келісім.cms", sign()))
    assert page.status_code == 200
    text = said(page)
    assert INDICATIONS[Indication.TOTAL_PASSED].say(locale) in text
    assert shared_world.citizen["name"] in text
    assert shared_world.citizen["iin"] in text
    assert say("verdict.signer", locale) in text
    assert "келісім.cms" in text
    assert say("verdict.kept", locale) in text
    assert await records_of(shared_world) == before


async def test_a_document_apart_from_its_signature_is_handed_in_beside_it(shared_world: World, sign: Any) -> None:
    signed, person = sign(detached=True), Person(shared_world, "en")
    good = await person.hand_in(signed=("a.p7s", signed), content=("a.txt", LETTER))
    bad = await person.hand_in(signed=("a.p7s", signed), content=("a.txt", LETTER + b" "))
    missing = await person.hand_in(signed=("a.p7s", signed))
    verdicts_ = [Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE]
    for page, verdict in zip((good, bad, missing), verdicts_, strict=True):
        assert INDICATIONS[verdict].en in said(page)


async def test_a_revoked_certificate_names_its_holder_as_a_claim_and_says_why(shared_world: World, sign: Any) -> None:
    authority = shared_world.people.pki.authority("ecdsa")
    unknown = authority.succeed(at=shared_world.clock.now() - 3_600_000)
    stray = unknown.issue_person(name="Серік Айгүл", iin=shared_world.citizen["iin"])
    unknown.revoke(stray, shared_world.clock.now() - 1_000, Reason.KEY_COMPROMISE)
    signed = sign(
        stray,
        certificates=[unknown.issuing.credential.certificate_der],
        crls=[unknown.crl(shared_world.clock.now())],
    )
    text = said(await Person(shared_world, "ru").hand_in(signed=("a.cms", signed)))
    assert say("verdict.claimed_signer", "ru") in text
    assert say("verdict.signer", "ru") not in text.replace(say("verdict.claimed_signer", "ru"), "")
    assert say("verdict.why", "ru") in text


async def test_each_of_several_signers_has_a_verdict_of_their_own(shared_world: World, sign: Any) -> None:
    authority = shared_world.people.pki.authority("ecdsa")
    two = [authority.issue_person(name=name, iin=shared_world.citizen["iin"]) for name in ("Бір Адам", "Екі Адам")]
    page = await Person(shared_world, "en").hand_in(signed=("a.cms", sign(*two)))
    assert page.text.count("<section") == 2
    assert page.text.count('class="outcome good"') == 2


async def test_a_container_without_a_signature_is_never_called_valid(shared_world: World) -> None:
    empty = sign_cms(LETTER, [], signing_time=None)
    text = said(await Person(shared_world, "kk").hand_in(signed=("a.cms", empty)))
    assert say("verdict.none", "kk") in text
    assert INDICATIONS[Indication.TOTAL_PASSED].kk not in text


async def test_what_is_no_signed_document_is_told_by_its_kind(shared_world: World) -> None:
    page = await Person(shared_world, "ru").hand_in(signed=("a.txt", b"just a letter"))
    assert page.status_code == 422
    assert ERRORS["not_a_signed_document"].ru in said(page)


async def test_a_name_with_markup_is_shown_as_it_is_written(shared_world: World, sign: Any) -> None:
    stranger = shared_world.people.pki.authority("ecdsa").issue_person(
        name="<b>Алия</b> <script>1</script>", iin=shared_world.citizen["iin"]
    )
    page = await Person(shared_world, "en").hand_in(signed=("<img src=x>.cms", sign(stranger)))
    assert "<script>1" not in page.text
    assert "<img" not in page.text
    assert "&lt;script&gt;1" in page.text


async def test_no_file_is_asked_for_again(shared_world: World) -> None:
    page = await Person(shared_world, "en").hand_in()
    assert page.status_code == 422
    assert say("verdict.choose", "en") in said(page)


async def test_another_site_s_form_verifies_nothing(shared_world: World, sign: Any) -> None:
    page = await Person(shared_world, "en").hand_in(token="x" * 43, signed=("a.cms", sign()))
    assert page.status_code == 403


async def test_a_file_that_is_too_long_for_the_page_is_refused(shared_world: World) -> None:
    page = await Person(shared_world, "en").hand_in(signed=("a.cms", bytes(verdicts.FILE_BYTES + 1)))
    assert page.status_code == 413


async def test_one_address_hands_in_a_bounded_number_of_files(
    shared_world: World, sign: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "LOOKS", verdicts.Budget("verdicts_of_this_test", 2, 3_600_000))
    person, signed = Person(shared_world, "en"), sign()
    codes = [(await person.hand_in(signed=("a.cms", signed))).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
