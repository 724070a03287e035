"""SMPP 3.4 against a message centre on loopback that shares no code with the service, with its faults."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.gateways import SmppGateway
from authsvc.outside import Accepted, Message, Permanent, Receipt, Temporary, Unusable
from authsvc.outside.smpp import Smpp
from tests.peers.smsc import MessageCentre
from tests.peers.tls import Authority

pytestmark = pytest.mark.anyio

TEXT = (
    "Сіз 12 500,00 ₸ төлейсіз: ТОО «Жібек жолы». Код: 1234 5678. Оны ешкімге айтпаңыз, тіпті банк қызметкеріне де."
    "\n@id.example.kz #12345678"
)


def gateway(centre: MessageCentre, **changes: object) -> SmppGateway:
    said = {
        "name": "kcell",
        "carries": "sms",
        "host": "localhost",
        "port": centre.port,
        "security": "none",
        "system_id": "bank",
        "password": "s3cret",
        "sender": "KEREGE",
        "seconds": 60.0,
    }
    return SmppGateway(**{**said, **changes})  # type: ignore[arg-type]


def message(number: str = "+77010000001", text: str = TEXT, until: int = 0) -> Message:
    return Message("sms", number, text, "r1", "12345678", until=until, id="0198-1")


@pytest.fixture
async def centre() -> AsyncIterator[MessageCentre]:
    async with MessageCentre().serving() as peer:
        yield peer


async def send(centre: MessageCentre, clock: HandClock, said: Message | None = None, **changes: object) -> object:
    smpp = Smpp(gateway(centre, **changes), clock, lambda _: None)
    try:
        return await smpp.send(said or message())
    finally:
        await smpp.close()


async def test_a_cyrillic_message_arrives_in_parts_as_written(centre: MessageCentre, clock: HandClock) -> None:
    verdict = await send(centre, clock)
    assert isinstance(verdict, Accepted)
    assert verdict.gateway == "kcell"
    [sms] = centre.messages
    assert (sms.text, sms.to, sms.source, sms.parts, sms.coding) == (TEXT, "77010000001", "KEREGE", 2, 8)


@pytest.mark.parametrize(
    ("text", "parts", "coding"),
    [
        ("Ә" * 70, 1, 8),
        ("Ә" * 71, 2, 8),
        ("Ә" * 66 + "😀" * 3, 2, 8),
        ("Ә" * 670, 10, 8),
        ("a" * 160, 1, 0),
        ("a" * 161, 2, 0),
        ("a" * 152 + "€" * 10, 2, 0),
        ("Code 1234: @id.example.kz #12345678 [{|}]", 1, 0),
    ],
)
async def test_a_text_is_cut_at_letters_and_arrives_whole(
    centre: MessageCentre, clock: HandClock, text: str, parts: int, coding: int
) -> None:
    assert isinstance(await send(centre, clock, message(text=text)), Accepted)
    [sms] = centre.messages
    assert (sms.text, sms.parts, sms.coding) == (text, parts, coding)


async def test_a_centre_that_knows_no_gsm_alphabet_gets_everything_as_ucs2(
    centre: MessageCentre, clock: HandClock
) -> None:
    await send(centre, clock, message(text="Code 1234 @id"), latin="ucs2")
    assert (centre.messages[0].text, centre.messages[0].coding) == ("Code 1234 @id", 8)


async def test_a_text_that_is_too_long_and_a_number_that_is_none_are_refused_here(
    centre: MessageCentre, clock: HandClock
) -> None:
    for said in (message(text="Ә" * 671), message("+7701000000100000000000"), message("айгүл")):
        assert await send(centre, clock, said) == Permanent("message_refused")
    assert centre.binds == 0


async def test_the_centre_drops_a_code_that_nobody_can_type_any_more(centre: MessageCentre, clock: HandClock) -> None:
    await send(centre, clock, message(until=clock.now() + 300_000))
    assert centre.messages[0].validity == "000000000500000R"


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        ("+77010000000", Permanent("smpp_0b")),
        ("+77010000011", Temporary(10_000, "smpp_58")),
        ("+77010000014", Temporary(10_000, "smpp_14")),
        ("+77010000066", Temporary(10_000, "smpp_08")),
        ("+77010000010", Unusable("smpp_0a")),
    ],
)
async def test_what_a_centre_says_of_a_message(
    centre: MessageCentre, clock: HandClock, number: str, verdict: object
) -> None:
    assert await send(centre, clock, message(number)) == verdict
    assert centre.messages == []


@pytest.mark.parametrize("fault", ["drop", "half", "garbage", "huge", "wrong_answer", "no_end"])
async def test_a_centre_that_breaks_the_protocol_is_tried_again_later(
    centre: MessageCentre, clock: HandClock, fault: str
) -> None:
    centre.faults = {fault}
    assert await send(centre, clock) == Temporary(10_000, "unreachable")


async def test_a_centre_that_knows_no_submission_is_unusable(centre: MessageCentre, clock: HandClock) -> None:
    centre.faults = {"nack"}
    assert await send(centre, clock) == Unusable("smpp_03")


async def test_a_centre_that_is_silent_or_not_there_is_tried_again_later(clock: HandClock) -> None:
    async with MessageCentre(faults={"silent"}).serving() as centre:
        assert await send(centre, clock, seconds=0.3) == Temporary(10_000, "unreachable")
    assert await send(centre, clock) == Temporary(10_000, "unreachable")


async def test_a_refused_bind_is_the_gateways_fault_and_the_probe_says_so(
    centre: MessageCentre, clock: HandClock
) -> None:
    assert await send(centre, clock, password="wrong") == Unusable("bind_refused")
    wrong = Smpp(gateway(centre, password="wrong"), clock, lambda _: None)
    right = Smpp(gateway(centre), clock, lambda _: None)
    assert (await wrong.probe(), await right.probe()) == ("smpp_0e", "")
    await right.close()
    assert centre.messages == []


async def test_one_session_carries_many_and_is_made_anew_after_it_broke(
    centre: MessageCentre, clock: HandClock
) -> None:
    smpp = Smpp(gateway(centre), clock, lambda _: None)
    for at in range(5):
        assert isinstance(await smpp.send(message(f"+7701000002{at}")), Accepted)
    assert centre.binds == 1
    centre.cut()
    verdicts = [await smpp.send(message("+77010000030")) for _ in range(3)]
    assert isinstance(verdicts[-1], Accepted)
    assert centre.binds == 2
    await smpp.close()


@pytest.mark.parametrize("option", [False, True])
@pytest.mark.parametrize(("state", "arrived"), [("DELIVRD", True), ("UNDELIV", False)])
async def test_a_receipt_is_heard_and_answered(clock: HandClock, option: bool, state: str, arrived: bool) -> None:
    async with MessageCentre(receipts=state, receipt_as_option=option).serving() as centre:
        heard: list[Receipt] = []
        smpp = Smpp(gateway(centre), clock, heard.append)
        verdict = await smpp.send(message())
        await centre.until("receipts_answered", 1)
        assert isinstance(verdict, Accepted)
        assert heard == [Receipt("kcell", verdict.id, arrived)]
        centre.ask(0x15)
        await centre.until("answered_enquiries", 1)
        await smpp.close()


async def test_tls_is_checked(clock: HandClock, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "a")
    async with MessageCentre(tls=authority.server()).serving() as centre:
        verdict = await send(centre, clock, security="tls", ca_file=str(authority.file))
        assert isinstance(verdict, Accepted)
        strange = Authority(tmp_path / "b", "Strangers").file
        assert await send(centre, clock, security="tls", ca_file=str(strange)) == Unusable("certificate")


async def test_neither_number_nor_text_nor_password_is_logged(
    centre: MessageCentre, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await send(centre, clock)
    await send(centre, clock, message("+77010000000"))
    for told in (caplog.text, repr(gateway(centre))):
        for secret in ("7701000", "1234", "s3cret"):
            assert secret not in told
