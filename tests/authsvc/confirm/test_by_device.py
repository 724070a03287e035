"""Requests that a device answers, over the acts and on both databases: number transfer, races, bombing, revocation."""

import asyncio
import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from authsvc import confirm, devices, freezing
from authsvc.devices import Caller
from authsvc.errors import Conflict, Forbidden, NotFound, ReadOnly, TooManyAttempts, Unauthenticated
from authsvc.evidence.fsck import check_log
from authsvc.factors import By
from authsvc.keys import unb64url
from authsvc.store import Tx
from confirmations import ConfirmationError
from confirmations.errors import AlreadyDecided, DeviceRefused, PolicyRefused, Replayed, TriesExhausted
from tests.authsvc.services import MULTI, ORIGIN, SINGLE, Party, add_person, add_relying_party, let_know
from tests.peers.device import Device, b64

pytestmark = pytest.mark.anyio

PUSH = {"methods": [["push"]]}
ISSUER = "http://localhost:8000"


@dataclass
class Held:
    """A person's device in a session."""

    party: Party
    device: Device
    caller: Caller

    async def told(self, request_id: str) -> dict[str, Any]:
        """What `GET /v1/devices/requests/{id}` says, as far as a device needs it."""
        shown = await confirm.open_on_device(self.party.svc, self.caller, request_id)
        texts = [{"locale": each.locale, "text": each.text} for each in shown.rendered]
        return {"id": request_id, "statement": shown.statement.decode(), "texts": texts}

    async def number(self, request_id: str) -> str:
        """What the relying party shows."""
        return (await confirm.read(self.party.svc, self.party.asker.client_id, request_id)).number

    async def answer(self, request_id: str, said: str = "yes", number: str = "", **changes: Any) -> None:
        signed = self.device.answer(await self.told(request_id), said, number, **changes)
        await confirm.answer_by_device(self.party.svc, self.caller, request_id, *signed)


async def hold(party: Party, device: Device | None = None, acr: str = MULTI, account: str = "") -> Held:
    """Enrol a device, and open its session."""
    device = device or Device()
    svc = party.svc
    by = By(account or party.person.id, "sid", "none", acr, party.clock.now())
    activation = await devices.begin(svc, by, own=device.publisher == "service")
    made = await devices.enrol(svc, *device.enrolment(activation.code, devices.offer_nonce(svc)), "127.0.0.1")
    device.id = made.row.id
    opened = await devices.open_session(
        svc, device.thumbprint, *device.opening(devices.offer_nonce(svc), ISSUER), "127.0.0.1"
    )
    device.token = opened.token
    return Held(party, device, await devices.read_session(svc, opened.token, device.thumbprint, "127.0.0.1"))


async def test_the_number_typed_on_the_device_confirms_and_the_record_names_device_and_session(party: Party) -> None:
    held = await hold(party)
    request_id = await party.ask(**PUSH)
    await party.delivered()
    assert party.gateway.sent[-1].request_id == ""  # the notice about the new device, and no code
    await held.answer(request_id, "yes", await held.number(request_id))
    view = await confirm.read(party.svc, party.asker.client_id, request_id)
    assert (view.outcome, view.tries, view.number) == ("confirmed", 1, "")
    assert view.record is not None
    slots = await slots_of(party, view.record)
    assert slots["credential"] == [held.caller.device.row.record_id]
    assert slots["authentication"] == held.caller.authentication
    assert (slots["acr"], slots["shown_by"], slots["locale"]) == (SINGLE, "service", "ru")
    blobs = await party.svc.log.vault.blobs(party.svc.store, view.record)
    assert b64(hashlib.sha256(blobs["answer"]).digest()) == slots["answer"]
    (evidence,) = json.loads(blobs["answer"])
    assert (evidence["method"], evidence["device"], evidence["key"]) == ("push", held.device.id, held.device.thumbprint)
    assert (await check_log(party.svc.store, ORIGIN, party.svc.log.signers.log.verifier, None)).clean


async def test_each_session_of_a_device_is_a_record_and_each_enrolment_too(party: Party) -> None:
    held = await hold(party)
    slots = await slots_of(party, held.caller.device.row.record_id)
    assert slots["factor"] == held.device.id
    assert slots["factor_key"]["credential_id"] == held.device.thumbprint
    assert slots["person_device"] == "Bank for phones 1.4.0 (service)"
    login = await slots_of(party, held.caller.authentication)
    assert login["credential"] == [held.caller.device.row.record_id]


async def test_one_wrong_number_ends_the_request_and_the_signed_answer_is_kept(party: Party) -> None:
    held = await hold(party)
    request_id = await party.ask(**PUSH)
    right = await held.number(request_id)
    with pytest.raises(TriesExhausted):
        await held.answer(request_id, "yes", f"{(int(right) + 1) % 10_000:04d}")
    view = await confirm.read(party.svc, party.asker.client_id, request_id)
    assert (view.outcome, view.reason, view.tries) == ("failed", "wrong_number", 1)
    with pytest.raises(AlreadyDecided):
        await held.answer(request_id, "yes", right)
    assert view.record is not None
    assert (await slots_of(party, view.record))["answer"]


@pytest.mark.parametrize(("said", "reason"), [("no", "declined"), ("not_me", "not_me")])
async def test_a_refusal_is_signed_too(party: Party, said: str, reason: str) -> None:
    held = await hold(party)
    request_id = await party.ask(**PUSH)
    await held.answer(request_id, said)
    view = await confirm.read(party.svc, party.asker.client_id, request_id)
    assert (view.outcome, view.reason) == ("declined", reason)
    assert view.receipt


async def test_of_sixteen_parallel_right_answers_exactly_one_confirms(party: Party) -> None:
    held = await hold(party)
    request_id = await party.ask(**PUSH)
    number, told = await held.number(request_id), await held.told(request_id)
    signed = [held.device.answer(told, "yes", number) for _ in range(16)]
    results = await asyncio.gather(
        *(confirm.answer_by_device(party.svc, held.caller, request_id, *each) for each in signed),
        return_exceptions=True,
    )
    assert results.count(None) == 1
    assert all(one is None or isinstance(one, ConfirmationError) for one in results)
    (row,) = await party.svc.store.all("select count(*) as n from entry where type = 'confirmation'")
    assert row["n"] == 1


async def test_sixteen_guesses_at_once_are_one_guess(party: Party) -> None:
    held = await hold(party)
    request_id = await party.ask(**PUSH)
    right, told = int(await held.number(request_id)), await held.told(request_id)
    guesses = [f"{(right + 1 + n) % 10_000:04d}" for n in range(16)]
    signed = [held.device.answer(told, "yes", guess) for guess in guesses]
    results = await asyncio.gather(
        *(confirm.answer_by_device(party.svc, held.caller, request_id, *each) for each in signed),
        return_exceptions=True,
    )
    assert sum(isinstance(one, TriesExhausted) for one in results) >= 1
    view = await confirm.read(party.svc, party.asker.client_id, request_id)
    assert (view.outcome, view.reason, view.tries) == ("failed", "wrong_number", 1)


async def test_an_answer_counts_once_and_a_counter_that_stands_still_is_refused(party: Party) -> None:
    held = await hold(party)
    first, told = await party.ask(**PUSH), {}
    told = await held.told(first)
    message, signature = held.device.answer(told, "no", "")
    await confirm.answer_by_device(party.svc, held.caller, first, message, signature)
    with pytest.raises((Replayed, AlreadyDecided)):
        await confirm.answer_by_device(party.svc, held.caller, first, message, signature)
    fresh = replace(held, caller=await again(held))
    second = await party.ask(**PUSH)
    with pytest.raises(Replayed):
        await fresh.answer(second, "yes", await held.number(second), counter=1)
    with pytest.raises(DeviceRefused):
        await confirm.answer_by_device(party.svc, fresh.caller, second, message, signature)
    assert (await confirm.read(party.svc, party.asker.client_id, second)).outcome == ""


async def test_nobody_elses_device_sees_or_answers_the_request(party: Party) -> None:
    held = await hold(party)
    stranger = await add_person(party.svc, 2)
    other = await hold(party, account=stranger.id)
    request_id = await party.ask(**PUSH)
    told = await held.told(request_id)
    assert await confirm.waiting_on_device(party.svc, other.caller) == []
    with pytest.raises(NotFound):
        await confirm.open_on_device(party.svc, other.caller, request_id)
    number = await held.number(request_id)
    with pytest.raises(NotFound):
        await confirm.answer_by_device(party.svc, other.caller, request_id, *other.device.answer(told, "yes", number))
    with pytest.raises(DeviceRefused):  # signed by another device, in this one's session
        await confirm.answer_by_device(party.svc, held.caller, request_id, *other.device.answer(told, "yes", number))
    assert (await confirm.read(party.svc, party.asker.client_id, request_id)).tries == 0


async def test_an_app_of_a_relying_party_shows_the_requests_of_that_party_alone(party: Party) -> None:
    other = await add_relying_party(party.svc, "other")
    await let_know(party.svc, party.person, "other")
    held = await hold(party, Device(publisher=other.client_id))
    with pytest.raises(PolicyRefused):
        await party.ask(**PUSH)
    elsewhere = replace(party, asker=other)
    request_id = await elsewhere.ask(**PUSH)
    theirs = replace(held, party=elsewhere)
    await theirs.answer(request_id, "yes", await theirs.number(request_id))
    view = await confirm.read(party.svc, "other", request_id)
    assert view.record is not None
    assert (await slots_of(party, view.record))["shown_by"] == "device_app"


async def test_without_a_device_the_next_list_of_the_statement_is_taken(party: Party) -> None:
    request_id = await party.asked_and_delivered(methods=[["push"], ["code"]])
    view = await confirm.read(party.svc, party.asker.client_id, request_id)
    assert (view.method, view.number) == ("code", "")
    await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")
    with pytest.raises(PolicyRefused):
        await party.ask(**PUSH)


async def test_a_code_answers_no_request_of_a_device(party: Party) -> None:
    held = await hold(party)
    request_id = await party.ask(**PUSH)
    await held.told(request_id)
    with pytest.raises(Conflict):
        await confirm.answer(party.svc, party.answerer, request_id, await held.number(request_id), "ru")
    await confirm.decline(party.svc, party.answerer, request_id, "declined", "ru")
    assert (await confirm.read(party.svc, party.asker.client_id, request_id)).outcome == "declined"


async def test_push_bombing_ends_after_one_at_a_time_and_three_without_an_answer(party: Party) -> None:
    await hold(party)
    first = await party.ask(**PUSH)
    with pytest.raises(TooManyAttempts):
        await party.ask(**PUSH)
    await confirm.cancel(party.svc, party.asker.client_id, first)
    for _ in range(2):
        await confirm.cancel(party.svc, party.asker.client_id, await party.ask(**PUSH))
    with pytest.raises(TooManyAttempts):
        await party.ask(**PUSH)
    party.clock.move(3_600_000)
    assert await party.ask(**PUSH)


async def test_after_not_me_this_relying_party_pushes_nothing_for_a_day_and_others_do(party: Party) -> None:
    held = await hold(party)
    await held.answer(await party.ask(**PUSH), "not_me")
    with pytest.raises(TooManyAttempts):
        await party.ask(**PUSH)
    other = await add_relying_party(party.svc, "other")
    await let_know(party.svc, party.person, "other")
    assert await replace(party, asker=other).ask(**PUSH)
    party.clock.move(24 * 3_600_000)
    assert await party.ask(**PUSH)


async def test_sixteen_requests_at_once_push_one(party: Party) -> None:
    await hold(party)
    results = await asyncio.gather(*(party.ask(**PUSH) for _ in range(16)), return_exceptions=True)
    assert sum(isinstance(one, str) for one in results) == 1
    assert sum(isinstance(one, TooManyAttempts) for one in results) == 15


async def test_a_revoked_device_answers_nothing_and_its_session_is_over(party: Party) -> None:
    held = await hold(party)
    request_id = await party.ask(**PUSH)
    told, number = await held.told(request_id), await held.number(request_id)
    by = By(party.person.id, "sid", "none", MULTI, party.clock.now())
    await devices.revoke(party.svc, by, held.device.id)
    with pytest.raises(Replayed):  # a session read before the revocation
        await confirm.answer_by_device(party.svc, held.caller, request_id, *held.device.answer(told, "yes", number))
    with pytest.raises(Unauthenticated):
        await again(held)
    with pytest.raises(DeviceRefused):
        await hold_again(held)
    assert (await confirm.read(party.svc, party.asker.client_id, request_id)).outcome == ""


async def test_a_frozen_account_answers_nothing_and_opens_no_session(party: Party) -> None:
    held = await hold(party)
    request_id = await party.ask(**PUSH)
    told, number = await held.told(request_id), await held.number(request_id)
    await freeze(party)
    with pytest.raises(ConfirmationError):
        await confirm.answer_by_device(party.svc, held.caller, request_id, *held.device.answer(told, "yes", number))
    with pytest.raises(Unauthenticated):
        await again(held)
    with pytest.raises(Forbidden):
        await hold_again(held)


async def test_an_activation_is_used_once_and_only_for_its_kind_of_app(party: Party) -> None:
    svc, by = party.svc, By(party.person.id, "sid", "none", MULTI, party.clock.now())
    code = (await devices.begin(svc, by, own=True)).code
    app = Device(publisher="shop")
    with pytest.raises(DeviceRefused) as refused:
        await devices.enrol(svc, *app.enrolment(code, devices.offer_nonce(svc)), "ip")
    assert refused.value.rule == "publisher"
    with pytest.raises(DeviceRefused) as refused:
        await devices.enrol(svc, *Device().enrolment(code, devices.offer_nonce(svc)), "ip")
    assert refused.value.rule == "activation"
    code = (await devices.begin(svc, by, own=False)).code
    with pytest.raises(DeviceRefused):
        await devices.enrol(svc, *Device(publisher="nobody").enrolment(code, devices.offer_nonce(svc)), "ip")


async def test_an_activation_has_an_end_and_a_nonce_is_used_once(party: Party) -> None:
    svc, by = party.svc, By(party.person.id, "sid", "none", MULTI, party.clock.now())
    code = (await devices.begin(svc, by, own=True)).code
    nonce = devices.offer_nonce(svc)
    await devices.enrol(svc, *Device().enrolment(code.lower().replace("-", " "), nonce), "ip")
    code = (await devices.begin(svc, by, own=True)).code
    for bad in (nonce, "", "A" * 54, b64(bytes(40))):
        with pytest.raises(DeviceRefused):
            await devices.enrol(svc, *Device().enrolment(code, bad or "x"), "ip")
    party.clock.move(10 * 60_000)
    with pytest.raises(DeviceRefused) as refused:
        await devices.enrol(svc, *Device().enrolment(code, devices.offer_nonce(svc)), "ip")
    assert refused.value.rule == "activation"
    party.clock.move(1)
    with pytest.raises(Forbidden):
        await devices.begin(svc, by, own=True)


async def test_activations_are_not_guessed(party: Party) -> None:
    svc = party.svc
    guesses = [Device().enrolment("AAAAA-AAAAA", devices.offer_nonce(svc)) for _ in range(40)]
    results = [await asyncio.gather(devices.enrol(svc, *each, "ip"), return_exceptions=True) for each in guesses]
    assert [type(one) for (one,) in results] == [DeviceRefused] * 30 + [TooManyAttempts] * 10


async def test_a_session_belongs_to_its_key_and_ends(party: Party) -> None:
    held = await hold(party)
    with pytest.raises(Unauthenticated):
        await devices.read_session(party.svc, held.device.token, Device().thumbprint, "ip")
    for bad in ("", "x", b64(unb64url(held.device.token)[:-1])):
        with pytest.raises(Unauthenticated):
            await devices.read_session(party.svc, bad, held.device.thumbprint, "ip")
    other = held.device.opening(devices.offer_nonce(party.svc), "https://elsewhere.example")
    with pytest.raises(DeviceRefused):
        await devices.open_session(party.svc, held.device.thumbprint, *other, "ip")
    party.clock.move(12 * 3_600_000)
    with pytest.raises(Unauthenticated):
        await again(held)


async def test_a_device_of_a_weak_session_answers_no_act_that_needs_two_factors(party: Party) -> None:
    with pytest.raises(Forbidden):
        await hold(party, acr=SINGLE)


async def test_while_the_log_is_read_only_a_device_does_nothing(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    held = await hold(party)
    request_id = await party.ask(**PUSH)
    number, told = await held.number(request_id), await held.told(request_id)

    def refuse() -> None:
        raise ReadOnly("no evidence can be written now")

    monkeypatch.setattr(party.svc.log, "demand_writable", refuse)
    with pytest.raises(ReadOnly):
        await confirm.answer_by_device(party.svc, held.caller, request_id, *held.device.answer(told, "yes", number))
    assert (await confirm.read(party.svc, party.asker.client_id, request_id)).tries == 0


async def again(held: Held) -> Caller:
    return await devices.read_session(held.party.svc, held.device.token, held.device.thumbprint, "ip")


async def hold_again(held: Held) -> None:
    opening = held.device.opening(devices.offer_nonce(held.party.svc), ISSUER)
    await devices.open_session(held.party.svc, held.device.thumbprint, *opening, "ip")


async def freeze(party: Party) -> None:
    async def act(tx: Tx) -> None:
        await tx.run("update account set state = 'frozen' where id = $1", party.person.id)

    await party.svc.store.transact(act)


async def slots_of(party: Party, record: str) -> dict[str, Any]:
    disclosed = await party.svc.log.vault.disclosures(party.svc.store, record)
    return {one.name: one.value for one in disclosed}


async def test_a_freeze_names_the_devices_key_as_its_enrolment_did(party: Party) -> None:
    await hold(party)
    await freezing.by_session(party.svc, party.person.id, "none", MULTI, "")
    rows = await party.svc.store.all("select record_id from entry where type = 'credential' order by idx")
    told = []
    for row in rows:
        disclosed = await party.svc.log.vault.disclosures(party.svc.store, row["record_id"])
        told.append({one.name: one.value for one in disclosed})
    enrolled, suspended = [each for each in told if each["factor_key"] != "none"]
    assert enrolled["factor_key"] == suspended["factor_key"]
    assert enrolled["person_device"] == suspended["person_device"]
