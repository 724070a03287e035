"""The freeze on both databases: what it stops, in the same second; who can do it; that its link does not undo it."""

from __future__ import annotations

import asyncio

import pytest

from authsvc import confirm, freezing, recovery_codes, warning
from authsvc.errors import NotFound, TooManyAttempts
from authsvc.factors import By
from authsvc.login import answers, sessions
from authsvc.login.answers import Seen, SignedIn
from authsvc.login.decide import Demand
from authsvc.login.errors import LoginRefused
from authsvc.login.flow import Flow, begin
from authsvc.login.flow import Party as NoParty
from authsvc.outside import Message
from authsvc.store import Tx, erasures, people, recovering
from authsvc.warning import words
from confirmations.errors import AlreadyDecided
from confirmations.methods import totp
from tests.authsvc.services import Party, add_person

pytestmark = pytest.mark.anyio

PASSWORD = "құпия сөз ұзын 42"
SEED = b"Hello!\xde\xad\xbe\xef" * 2
SEEN = Seen("203.0.113.7", "Browser/1")


async def sign_in(party: Party) -> SignedIn:
    party.clock.move(31_000)
    flow = begin(party.svc, Demand(), NoParty(), "")
    went = await answers.answer_password(party.svc, flow, party.person.login, PASSWORD, SEEN, None)
    assert isinstance(went, Flow)
    return await answers.answer_totp(party.svc, went, totp.code_at(SEED, party.clock.now()), SEEN, None)


async def notice_of(party: Party) -> Message:
    """A notice as any act sends it."""
    notice = await warning.prepare(party.svc, party.person, words.PASSWORD_CHANGED)
    await party.svc.store.transact(lambda tx: tx.together(*notice.changes))
    notice.send(party.svc)
    await party.delivered()
    return party.gateway.sent[-1]


def token_of(message: Message) -> str:
    return message.link.rsplit("/", 1)[1]


async def credentials(party: Party) -> list[tuple[str, dict[str, object]]]:
    rows = await party.svc.store.all("select record_id, body from entry where type = 'credential' order by idx")
    found = []
    for row in rows:
        disclosed = await party.svc.log.vault.disclosures(party.svc.store, row["record_id"])
        found.append((bytes(row["body"]).decode(), {one.name: one.value for one in disclosed}))
    return found


async def test_not_me_stops_everything_at_once(party: Party) -> None:
    signed_in = await sign_in(party)
    request = await party.asked_and_delivered()
    code = party.gateway.code_of(request)
    await freezing.by_link(party.svc, token_of(await notice_of(party)))
    assert await sessions.find(party.svc, signed_in.token) is None
    view = await confirm.read(party.svc, party.asker.client_id, request)
    assert (view.outcome, view.reason) == ("cancelled", "subject_withdrawn")
    with pytest.raises(AlreadyDecided):
        await confirm.answer(party.svc, party.answerer, request, code, "kk")
    with pytest.raises(LoginRefused):
        await sign_in(party)
    suspended = [slots for entry, slots in await credentials(party) if '"credential_event":"suspended"' in entry]
    assert len(suspended) == 3
    assert {str(each["credential_ground"]) for each in suspended} == {
        "frozen by the link of a notice that went to the person's address"
    }
    await party.delivered()
    told = party.gateway.sent[-1]
    assert told.link == ""
    assert "бұғатталды" in told.text


async def test_a_request_to_a_frozen_person_runs_into_its_deadline_and_sends_nothing(party: Party) -> None:
    await freezing.by_session(party.svc, party.person.id, "none", "none", "")
    await party.delivered()
    before = len(party.gateway.sent)
    request = await party.asked_and_delivered()
    assert len(party.gateway.sent) == before
    party.clock.move(3_600_000)
    view = await confirm.read(party.svc, party.asker.client_id, request)
    assert view.outcome == "expired"


async def test_a_link_freezes_once_and_looking_uses_nothing_up(party: Party) -> None:
    token = token_of(await notice_of(party))
    for _ in range(3):
        assert await freezing.is_link(party.svc, token)
    await freezing.by_link(party.svc, token)
    assert not await freezing.is_link(party.svc, token)
    with pytest.raises(NotFound):
        await freezing.by_link(party.svc, token)
    for wrong in ("", "x", "A" * 100, token + "A"):
        assert not await freezing.is_link(party.svc, wrong)
        with pytest.raises(NotFound):
            await freezing.by_link(party.svc, wrong)


async def test_race_sixteen_posts_of_one_link_freeze_once(party: Party) -> None:
    token = token_of(await notice_of(party))
    done = await asyncio.gather(*(freezing.by_link(party.svc, token) for _ in range(16)), return_exceptions=True)
    assert done.count(None) == 1
    assert all(each is None or isinstance(each, NotFound) for each in done)
    entries = [entry for entry, _ in await credentials(party) if '"credential_event":"suspended"' in entry]
    assert len(entries) == 3


async def test_a_link_of_last_month_is_over(party: Party) -> None:
    token = token_of(await notice_of(party))
    party.clock.move(warning.LINK_MS)
    with pytest.raises(NotFound):
        await freezing.by_link(party.svc, token)


async def test_a_recovery_code_freezes_and_is_used_up_and_a_stranger_with_a_login_name_freezes_nobody(
    party: Party,
) -> None:
    signed_in = (await sign_in(party)).session
    by = By(party.person.id, signed_in.sid, signed_in.record, signed_in.acr, signed_in.authenticated_at)
    codes = await recovery_codes.issue(party.svc, by)
    for login, code in (
        (party.person.login, "00000-00000"),
        ("nobody", codes[0]),
        (party.person.subject[4:], codes[0]),
    ):
        assert not await freezing.by_code(party.svc, login, code, "203.0.113.9")
    assert await recovering.frozen_at(party.svc.store, party.person.id) is None
    assert await freezing.by_code(party.svc, party.person.login.upper(), codes[0].lower(), "203.0.113.9")
    assert await recovering.frozen_at(party.svc.store, party.person.id) == party.clock.now()
    assert await recovery_codes.left(party.svc, party.person.id) == 9
    assert not await freezing.by_code(party.svc, party.person.login, codes[0], "203.0.113.9")
    for _ in range(freezing.BY_CODE.burst - 5):
        assert not await freezing.by_code(party.svc, "nobody", "00000-00000", "203.0.113.9")
    with pytest.raises(TooManyAttempts):
        await freezing.by_code(party.svc, "nobody", "00000-00000", "203.0.113.9")


async def test_support_without_the_role_or_with_one_factor_finds_nothing(party: Party) -> None:
    other = await add_person(party.svc, 2)
    for acr in ("urn:authsvc:acr:multi", "urn:authsvc:acr:single"):
        with pytest.raises(NotFound):
            await freezing.by_support(party.svc, other.id, acr, "none", party.person.subject[4:], "call back")


async def test_the_end_of_a_restriction_does_not_thaw_what_the_person_froze(party: Party) -> None:
    await freezing.by_session(party.svc, party.person.id, "none", "none", "")
    now = party.clock.now()

    async def restrict(tx: Tx) -> None:
        await erasures.freeze_account(tx, party.person.id, now)
        await erasures.thaw_account(tx, party.person.id)

    await party.svc.store.transact(restrict)
    account = await people.account_by_id(party.svc.store, party.person.id)
    assert account is not None
    assert account.state == "frozen"


async def test_a_second_freeze_does_no_harm_and_writes_no_second_record(party: Party) -> None:
    await freezing.by_session(party.svc, party.person.id, "none", "none", "")
    before = len(await credentials(party))
    await freezing.by_session(party.svc, party.person.id, "none", "none", "")
    assert len(await credentials(party)) == before
