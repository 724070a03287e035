"""Signing in by EDS on both databases: what it opens, what it does not, and what its record says."""

import asyncio
from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from authsvc import eds
from authsvc.eds import begin_enrolment
from authsvc.errors import Conflict, Forbidden, TooManyAttempts
from authsvc.login import answers
from authsvc.login.answers import SignedIn
from authsvc.login.decide import EDS, Ask, Demand, assure, missing_by_eds, next_step
from authsvc.login.errors import FlowGone, LoginRefused
from authsvc.login.flow import Flow
from authsvc.login.sessions import Session
from authsvc.login.signed import answer_eds, challenge_of
from authsvc.passkeys import By
from authsvc.web.sandbox.pki import Credential
from confirmations.assurance import HIGH, MULTI, SINGLE, Element, assess
from confirmations.policy import LOGIN_BOUNDS
from signatures import verify as verify_signature
from signatures.policy import Policy
from tests.authsvc.cards import Cards, sign
from tests.authsvc.login.conftest import PASSWORD, SEEN, Door
from tests.authsvc.services import add_person

pytestmark = pytest.mark.anyio

IIN = "900101300001"
SINGLE_ALONE = Demand(acr_values=(SINGLE,))


@pytest.fixture
def hall(door: Door, cards: Cards) -> Door:
    """The door, with an authority that is trusted here."""
    door.svc = replace(door.svc, trust=cards.trust)
    return door


def by_of(session: Session) -> By:
    return By(session.account, session.sid, session.record, session.acr, session.authenticated_at, "Browser/1")


async def enrol(hall: Door, key: Credential, session: Session | None = None) -> str:
    session = session or (await hall.sign_in()).session
    ticket, challenge = begin_enrolment(hall.svc, by_of(session))
    return await eds.enrol(hall.svc, by_of(session), ticket, sign(challenge.canonical(), key), "Ноутбук")


async def show(
    hall: Door, key: Credential, flow: Flow | None = None, password: str = PASSWORD, session: Session | None = None
) -> SignedIn:
    flow = flow or hall.begin()
    signed = sign(challenge_of(hall.svc, flow).canonical(), key)
    return await answer_eds(hall.svc, flow, signed, password, SEEN, session)


async def test_a_certificate_and_the_password_are_two_factors_and_one_record(hall: Door, cards: Cards) -> None:
    await enrol(hall, cards.person(IIN))
    signed_in = await show(hall, cards.person(IIN))
    session = signed_in.session
    assert (session.methods, session.acr, session.amr) == (("eds", "password"), MULTI, ("pop", "pwd", "mfa"))
    text, told = (await hall.records("authentication"))[-1]
    assert '"login_method":["eds","password"]' in text
    assert f'"login_acr":"{MULTI}"' in text
    rows = await hall.svc.store.all("select record_id from factor where method in ('eds', 'password') order by method")
    assert told["credential"] == [row["record_id"] for row in rows]


async def test_alone_it_is_one_factor_and_enrols_nothing(hall: Door, cards: Cards) -> None:
    await enrol(hall, cards.person(IIN))
    session = (await show(hall, cards.person(IIN), hall.begin(SINGLE_ALONE), "")).session
    assert (session.methods, session.acr, session.amr) == (("eds",), SINGLE, ("pop",))
    with pytest.raises(Forbidden):
        begin_enrolment(hall.svc, by_of(session))
    with pytest.raises(Forbidden):
        await eds.revoke(hall.svc, by_of(session), "any")
    assert next_step(Demand(), session.standing, ()) == Ask("password")


def test_no_combination_with_a_signature_reaches_the_level_high() -> None:
    for methods in EDS.values():
        assert assess(Element(method) for method in methods).level != HIGH
        assert assure(methods).level != HIGH


async def test_the_blob_behind_the_record_is_enough_to_check_the_signature_again(hall: Door, cards: Cards) -> None:
    await enrol(hall, cards.person(IIN))
    await show(hall, cards.person(IIN))
    row = await hall.svc.store.one(
        "select record_id from entry where type = 'authentication' order by idx desc limit 1"
    )
    assert row is not None
    blobs = await hall.svc.log.vault.blobs(hall.svc.store, row["record_id"])
    shown, password = orjson.loads(blobs["login_answer"])
    assert (shown["method"], password["method"]) == ("eds", "password")
    statement, challenge = orjson.loads(blobs["login_statement"]), orjson.loads(shown["challenge"])
    assert (challenge["id"], challenge["nonce"]) == (statement["id"], statement["nonce"])
    assert ["eds", "password"] in statement["methods"]
    report = verify_signature(
        urlsafe_b64decode(shown["answer"] + "=="),
        anchors=cards.trust.anchors,
        at=datetime.fromtimestamp(hall.clock.now() / 1000, UTC),
        policy=Policy.login().without_revocation(),
    )
    [one] = report.signatures
    assert one.signer is not None
    assert one.signer.iin == IIN


async def test_attack_a_valid_certificate_that_is_not_enrolled_or_removed_or_of_another_opens_nothing(
    hall: Door, cards: Cards
) -> None:
    stray = cards.authority.issue_person(name="СЕРІКҚЫЗЫ АЙГҮЛ", iin=IIN)
    with pytest.raises(LoginRefused):
        await show(hall, stray)
    session = (await hall.sign_in()).session
    factor = await enrol(hall, stray, session)
    assert (await show(hall, stray)).session.account == hall.person.id
    await eds.revoke(hall.svc, by_of(session), factor)
    with pytest.raises(LoginRefused):
        await show(hall, stray)
    assert list(await eds.listed(hall.svc, hall.person.id)) == []
    await enrol(hall, stray, session)  # removed, it may be added again
    assert (await show(hall, stray)).session.account == hall.person.id


async def test_attack_another_persons_certificate_is_not_added_and_one_certificate_has_one_account(
    hall: Door, cards: Cards
) -> None:
    session = (await hall.sign_in()).session
    with pytest.raises(eds.EdsRefused) as caught:
        await enrol(hall, cards.person("900101300002"), session)
    assert caught.value.reason == "another_person"
    await enrol(hall, cards.person(IIN), session)
    with pytest.raises(Conflict):
        await enrol(hall, cards.person(IIN), session)


async def test_attack_a_wrong_password_and_an_unknown_certificate_are_told_alike_and_counted(
    hall: Door, cards: Cards
) -> None:
    await enrol(hall, cards.person(IIN))
    with pytest.raises(LoginRefused) as wrong:
        await show(hall, cards.person(IIN), password="дұрыс емес құпия сөз")
    with pytest.raises(LoginRefused) as unknown:
        await show(hall, cards.person("900101300009"))
    assert str(wrong.value) == str(unknown.value)
    row = await hall.svc.store.one("select failures from account where id = $1", hall.person.id)
    assert row is not None
    assert row["failures"] == 1
    for _ in range(LOGIN_BOUNDS["password"].tries - 1):
        with pytest.raises(LoginRefused):
            await show(hall, cards.person(IIN), password="дұрыс емес құпия сөз")
    with pytest.raises(TooManyAttempts):
        await show(hall, cards.person(IIN))


async def test_attack_one_signature_sixteen_times_at_once_opens_one_session(hall: Door, cards: Cards) -> None:
    await enrol(hall, cards.person(IIN))
    flow = hall.begin(SINGLE_ALONE)
    signed = sign(challenge_of(hall.svc, flow).canonical(), cards.person(IIN))
    ended = await asyncio.gather(
        *(answer_eds(hall.svc, flow, signed, "", SEEN, None) for _ in range(16)), return_exceptions=True
    )
    assert sum(isinstance(each, SignedIn) for each in ended) == 1
    assert all(isinstance(each, SignedIn | LoginRefused | TooManyAttempts) for each in ended)


async def test_attack_a_signature_for_another_login_or_place_opens_nothing(hall: Door, cards: Cards) -> None:
    await enrol(hall, cards.person(IIN))
    flow = hall.begin()
    for other in (hall.begin(), replace(flow, nonce="A" * 22), replace(flow, party=replace(flow.party, name="Bank"))):
        signed = sign(challenge_of(hall.svc, other).canonical(), cards.person(IIN))
        with pytest.raises(eds.EdsRefused) as caught:
            await answer_eds(hall.svc, flow, signed, PASSWORD, SEEN, None)
        assert caught.value.reason == "other_content"
    elsewhere = replace(challenge_of(hall.svc, flow), origin="https://evil.example").canonical()
    with pytest.raises(eds.EdsRefused):
        await answer_eds(hall.svc, flow, sign(elsewhere, cards.person(IIN)), PASSWORD, SEEN, None)


async def test_attack_a_session_of_somebody_else_lends_no_password(hall: Door, cards: Cards) -> None:
    """Two persons at one browser: what one proved before is not the other's second factor."""
    await enrol(hall, cards.person(IIN))
    other = await add_person(hall.svc, 2)
    low = hall.begin(SINGLE_ALONE)
    signed_in = await answers.answer_password(hall.svc, low, other.login, PASSWORD, SEEN, None)
    assert isinstance(signed_in, SignedIn)
    assert missing_by_eds(Demand(), signed_in.session.standing) == ("eds",)
    with pytest.raises(LoginRefused):
        await show(hall, cards.person(IIN), password="", session=signed_in.session)


async def test_a_session_by_password_is_stepped_up_by_a_signature(hall: Door, cards: Cards) -> None:
    await enrol(hall, cards.person(IIN))
    low = await answers.answer_password(hall.svc, hall.begin(SINGLE_ALONE), hall.person.login, PASSWORD, SEEN, None)
    assert isinstance(low, SignedIn)
    up = await show(hall, cards.person(IIN), password="", session=low.session)
    assert (up.session.methods, up.session.acr) == (("password", "eds"), MULTI)
    assert up.session.sid == low.session.sid
    with pytest.raises(FlowGone):
        await show(hall, cards.person(IIN), session=up.session)


async def test_enrolment_and_removal_are_records_and_the_phone_hears_of_it(hall: Door, cards: Cards) -> None:
    session = (await hall.sign_in()).session
    factor = await enrol(hall, cards.person(IIN), session)
    await eds.rename(hall.svc, by_of(session), factor, "Карта")
    [kept] = await eds.listed(hall.svc, hall.person.id)
    assert kept.name == "Карта"
    await eds.revoke(hall.svc, by_of(session), factor)
    (_, added), (_, removed) = (await hall.records("credential"))[-2:]
    assert added["factor_key"] == removed["factor_key"]
    assert added["attestation"] == added["factor_key"]["registration"]  # type: ignore[index]
    assert (added["acr"], added["authentication"]) == (MULTI, session.record)
    assert str(added["credential_ground"]).startswith("by the person, in their own session: certificate ")
    assert removed["about"] == [kept.row.record_id]
    blobs = await hall.svc.log.vault.blobs(hall.svc.store, kept.row.record_id)
    assert blobs["attestation"]
