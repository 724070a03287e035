"""A signed challenge shows its signer, and nothing else does."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from authsvc import eds
from authsvc.clock import HandClock
from authsvc.eds.challenge import LIFE_MS, begin, open_ticket
from authsvc.errors import InvalidRequest
from authsvc.service import Service
from authsvc.verify import Signed
from authsvc.verify import judge as judge_document
from authsvc.web.sandbox.pki import sign_cms
from signatures import LOGIN_CHALLENGE_KIND, LoginChallengeIsNotADocument
from tests.authsvc.cards import DAY, REVOKED_IIN, Cards, sign
from tests.authsvc.services import service_on
from tests.conftest import START_MS
from tests.sqlite import open_migrated

pytestmark = pytest.mark.anyio

IIN = "900101300001"


@pytest.fixture
async def svc(
    anyio_backend: object, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes], cards: Cards
) -> AsyncIterator[Service]:
    store = await open_migrated(tmp_path / "authsvc.sqlite")
    async with service_on(store, tmp_path, clock, entropy) as (made, _):
        yield replace(made, trust=cards.trust)
    await store.close()


def challenge_of(svc: Service, purpose: str = eds.LOGIN) -> bytes:
    return begin(svc, purpose, "browser")[1].canonical()


async def test_a_challenge_says_in_three_languages_that_it_is_a_login_with_origin_nonce_and_purpose(
    svc: Service,
) -> None:
    for purpose in (eds.LOGIN, eds.REGISTRATION, eds.CERTIFICATE):
        _, made = begin(svc, purpose, "browser")
        said = orjson.loads(made.canonical())
        assert said["kind"] == LOGIN_CHALLENGE_KIND
        assert (said["origin"], said["purpose"]) == (svc.settings.issuer, purpose)
        assert (len(said["nonce"]), said["nonce"]) == (22, made.nonce)
        assert set(said["text"]) == {"kk", "ru", "en"}
        assert "signs no document" in said["text"]["en"]
        assert "не подписание документа" in said["text"]["ru"]


@pytest.mark.parametrize("detached", [False, True])
async def test_the_holder_is_whom_the_certificate_names(svc: Service, cards: Cards, detached: bool) -> None:
    challenge = challenge_of(svc)
    key = cards.person(IIN)
    holder = await eds.judge_signed(svc, challenge, sign(challenge, key, detached=detached))
    assert (holder.iin, holder.is_representative, holder.is_for_signing) == (IIN, False, True)
    assert "АЙГҮЛ" in holder.name
    employee = await eds.judge_signed(svc, challenge, sign(challenge, cards.employee(IIN)))
    assert (employee.iin, employee.is_representative) == (IIN, True)
    login_key = cards.authority.issue_person(name="А Б", iin=IIN, purpose="authentication")
    assert not (await eds.judge_signed(svc, challenge, sign(challenge, login_key))).is_for_signing


async def refused(svc: Service, challenge: bytes, signed: bytes) -> str:
    with pytest.raises(eds.EdsRefused) as caught:
        await eds.judge_signed(svc, challenge, signed)
    assert caught.value.reason in eds.REASONS
    return caught.value.reason


async def test_attack_anything_but_this_challenge_signed_by_one_living_person_is_refused(
    svc: Service, cards: Cards
) -> None:
    challenge, key = challenge_of(svc), cards.person(IIN)
    other, login = challenge_of(svc), challenge_of(svc, eds.REGISTRATION)
    tampered = bytearray(sign(challenge, key))
    tampered[-5] ^= 1
    system = cards.authority.issue_system(name="SYSTEM", bin="950340000015", organization="ТОО")
    late = cards.person(IIN, life=10 * DAY)
    stranger = cards.other.issue_person(name="СЕРІКҚЫЗЫ АЙГҮЛ", iin=IIN)
    cases = {
        "a login of somebody else": (sign(other, key), "other_content"),
        "a challenge for another purpose": (sign(login, key), "other_content"),
        "beside another content": (sign(other, key, detached=True), "other_content"),
        "a document": (sign(b"I owe you a million", key), "other_content"),
        "the same text with a blank": (sign(challenge + b" ", key), "other_content"),
        "nothing": (b"", "unread"),
        "no signature": (challenge, "unread"),
        "an XML": (b"<?xml version='1.0'?><a/>", "unread"),
        "a PDF": (b"%PDF-1.7\n", "unread"),
        "too long": (b"0" * (eds.MOST_BYTES + 1), "unread"),
        "two signers": (sign_cms(challenge, [key, cards.person("900101300002")], signing_time=START_MS), "several"),
        "a flipped bit": (bytes(tampered), "broken"),
        "revoked": (sign(challenge, cards.person(REVOKED_IIN)), "revoked"),
        "expired": (sign(challenge, late), "expired"),
        "an authority of nobody's": (sign(challenge, stranger), "unknown_issuer"),
        "no person": (sign(challenge, system), "nobody"),
    }
    for name, (signed, reason) in cases.items():
        assert await refused(svc, challenge, signed) == reason, name


async def test_attack_a_signed_challenge_is_no_document_in_any_form(svc: Service, cards: Cards) -> None:
    for purpose in (eds.LOGIN, eds.REGISTRATION, eds.CERTIFICATE):
        challenge = challenge_of(svc, purpose)
        with pytest.raises(LoginChallengeIsNotADocument):
            await judge_document(svc, Signed(sign(challenge, cards.person(IIN))), START_MS)
        detached = sign(challenge, cards.person(IIN), detached=True)
        with pytest.raises(LoginChallengeIsNotADocument):
            await judge_document(svc, Signed(detached, challenge), START_MS)


async def test_status_that_cannot_be_had_is_no_login(svc: Service, cards: Cards, clock: HandClock) -> None:
    clock.move(8 * DAY)  # the lists at hand are out of force
    challenge = challenge_of(svc)
    assert await refused(svc, challenge, sign(challenge, cards.person(IIN))) == "no_status"


async def test_a_ticket_is_good_for_one_purpose_one_browser_and_half_an_hour(svc: Service, clock: HandClock) -> None:
    ticket, made = begin(svc, eds.REGISTRATION, "browser")
    assert open_ticket(svc, eds.REGISTRATION, ticket, "browser") == made
    for purpose, text, bound_to in (
        (eds.REGISTRATION, ticket, "another"),
        (eds.CERTIFICATE, ticket, "browser"),
        (eds.REGISTRATION, ticket[:-1], "browser"),
        (eds.REGISTRATION, "", "browser"),
        (eds.REGISTRATION, "A" * 3_000, "browser"),
    ):
        with pytest.raises(InvalidRequest):
            open_ticket(svc, purpose, text, bound_to)
    clock.move(LIFE_MS)
    with pytest.raises(InvalidRequest):
        open_ticket(svc, eds.REGISTRATION, ticket, "browser")
