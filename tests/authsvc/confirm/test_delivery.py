"""Messages of a request on their way: to whom by what, and no longer than they are of use."""

import pytest

from authsvc import confirm
from authsvc.outside import Accepted, Message, Receipt, Temporary
from tests.authsvc.services import Party, add_person, let_know

pytestmark = pytest.mark.anyio


async def test_a_code_that_came_too_late_to_be_typed_is_not_sent(party: Party) -> None:
    party.gateway.verdicts = [Temporary(1_000)]
    await party.asked_and_delivered(lifetime=120)
    party.clock.move(120_000)
    assert await party.svc.courier.sweep() == 1
    assert party.gateway.sent == []
    assert await party.svc.store.all("select * from outbox") == []


async def test_a_person_with_a_mail_address_gets_a_mail_whose_subject_tells_nothing(party: Party) -> None:
    party.svc.courier._channels = {"email": party.gateway}  # type: ignore[misc]
    person = await add_person(party.svc, 2, address="aigul@example.kz")
    await let_know(party.svc, person, party.asker.client_id)
    await party.asked_and_delivered(subject=person.sub)
    [mail] = party.gateway.sent
    assert (mail.channel, mail.address, mail.subject) == ("email", "aigul@example.kz", "Растау коды")
    assert mail.code in mail.text
    assert mail.id


async def test_each_try_has_the_same_name(party: Party) -> None:
    names: list[str] = []
    send = party.gateway.send

    async def listen(message):  # type: ignore[no-untyped-def]
        names.append(message.id)
        return await send(message)

    party.gateway.send = listen  # type: ignore[method-assign]
    party.gateway.verdicts = [Temporary(1_000)]
    await party.asked_and_delivered()
    party.clock.move(60_000)
    await party.svc.courier.sweep()
    assert len(names) == 2
    assert len(set(names)) == 1


class Centre:
    """A gateway that tells later what became of its messages."""

    def __init__(self) -> None:
        self.taken = 0

    async def send(self, message: Message) -> Accepted:
        self.taken += 1
        return Accepted(f"m{self.taken}", "kcell")


async def test_a_receipt_that_nothing_arrived_ends_the_request_as_undeliverable(party: Party) -> None:
    party.svc.courier._channels = {"sms": Centre()}  # type: ignore[misc]
    lost, arrived, opened = [await party.asked_and_delivered() for _ in range(3)]
    await confirm.open_for(party.svc, party.answerer, opened, "ru")
    for at, came in ((1, False), (2, True), (3, False), (9, False)):
        party.svc.receipts.heard(Receipt("kcell", f"m{at}", came))
    party.svc.receipts.heard(Receipt("other", "m2", False))
    assert await party.svc.receipts.settle() == 3
    assert await confirm.end_overdue(party.svc) == 1
    states = [(await confirm.read(party.svc, party.asker.client_id, each)).outcome for each in (lost, arrived, opened)]
    assert states == ["failed", "", ""]


async def test_a_receipt_may_overtake_its_message_and_is_forgotten_after_a_minute(party: Party) -> None:
    party.svc.courier._channels = {"sms": Centre()}  # type: ignore[misc]
    party.svc.receipts.heard(Receipt("kcell", "m1", False))
    party.svc.receipts.heard(Receipt("kcell", "m7", False))
    assert await party.svc.receipts.settle() == 0
    await party.asked_and_delivered()
    assert await party.svc.receipts.settle() == 1
    party.clock.move(60_000)
    assert await party.svc.receipts.settle() == 0
    assert len(party.svc.receipts._heard) == 0
