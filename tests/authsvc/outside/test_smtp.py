"""E-mail against a real server on loopback, with its faults (RFC 5321, 3207, 8314)."""

import logging
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.gateways import SmtpGateway
from authsvc.outside import Accepted, Message, Permanent, Temporary, Unusable
from authsvc.outside.smtp import Smtp
from tests.peers.smtp import MailServer
from tests.peers.tls import Authority

pytestmark = pytest.mark.anyio

TEXT = "Сіз 12 500,00 ₸ төлейсіз: ТОО «Жібек». Код: 1234 5678\n@id.example.kz #12345678"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("peers"))


def gateway(server: MailServer, authority: Authority, **changes: object) -> SmtpGateway:
    said = {
        "name": "mail",
        "carries": "email",
        "host": "localhost",
        "port": server.port,
        "sender": "Кереге <no-reply@bank.example>",
        "ca_file": str(authority.file),
        "seconds": 60.0,
    }
    return SmtpGateway(**{**said, **changes})  # type: ignore[arg-type]


def message(address: str = "aigul@example.kz") -> Message:
    return Message("email", address, TEXT, "r1", "12345678", subject="Растау коды", id="0198-1")


async def test_a_mail_arrives_as_written_over_starttls(authority: Authority, clock: HandClock) -> None:
    server = MailServer(tls=authority.server(), user="svc", password="s3cret")
    async with server.serving():
        known = gateway(server, authority, user="svc", password="s3cret")
        assert await Smtp(known, clock).send(message()) == Accepted("0198-1")
    [mail] = server.mails
    assert mail.get_content().splitlines() == TEXT.splitlines()
    assert (mail["subject"], mail["to"], mail["from"]) == ("Растау коды", "aigul@example.kz", known.sender)
    assert (mail["message-id"], mail["auto-submitted"]) == ("<0198-1@bank.example>", "auto-generated")
    assert server.raw[0].isascii()
    # Before TLS the wire has neither a secret nor a person.
    assert b"".join(server.plain).split(b"\r\n")[-2] == b"STARTTLS"
    assert b"AUTH" not in b"".join(server.plain)


async def test_a_mail_arrives_over_tls_from_the_first_byte(authority: Authority, clock: HandClock) -> None:
    server = MailServer(tls=authority.server(), implicit=True)
    async with server.serving():
        verdict = await Smtp(gateway(server, authority, security="tls"), clock).send(message())
    assert verdict == Accepted("0198-1")
    assert (len(server.mails), server.plain) == (1, [])


async def test_a_server_without_starttls_gets_no_mail(authority: Authority, clock: HandClock) -> None:
    server = MailServer(tls=authority.server(), faults={"strip_starttls"})
    async with server.serving():
        assert await Smtp(gateway(server, authority), clock).send(message()) == Unusable("no_starttls")
    assert b"aigul" not in b"".join(server.said)


async def test_bytes_slipped_in_before_tls_are_not_taken_for_answers(authority: Authority, clock: HandClock) -> None:
    server = MailServer(tls=authority.server(), faults={"inject"})
    async with server.serving():
        verdict = await Smtp(gateway(server, authority), clock).send(message())
    assert (verdict, len(server.mails)) == (Accepted("0198-1"), 1)


async def test_a_certificate_of_another_host_or_authority_is_refused(
    authority: Authority, clock: HandClock, tmp_path: Path
) -> None:
    for context in (authority.server("mail.evil.example"), Authority(tmp_path, "Strangers").server()):
        for implicit in (True, False):
            server = MailServer(tls=context, implicit=implicit)
            async with server.serving():
                known = gateway(server, authority, security="tls" if implicit else "starttls")
                assert await Smtp(known, clock).send(message()) == Unusable("certificate")
            assert b"aigul" not in b"".join(server.said)


@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        ("nobody@example.kz", Permanent("address_refused")),
        ("grey@example.kz", Temporary(10_000, "smtp_451")),
        ("full@example.kz", Temporary(10_000, "smtp_452")),
        ("a\r\nBcc: b@example.kz", Permanent("address_refused")),
        ("айгүл@example.kz", Permanent("address_refused")),
        ("aigul serik@example.kz", Permanent("address_refused")),
        ("@example.kz", Permanent("address_refused")),
        ("aigul@" + "x" * 300 + ".kz", Permanent("address_refused")),
    ],
)
async def test_what_a_server_says_of_an_address(
    authority: Authority, clock: HandClock, address: str, verdict: object
) -> None:
    server = MailServer(tls=authority.server())
    async with server.serving():
        assert await Smtp(gateway(server, authority), clock).send(message(address)) == verdict
    assert server.mails == []


async def test_a_domain_in_cyrillic_goes_in_its_ascii_form(authority: Authority, clock: HandClock) -> None:
    server = MailServer(tls=authority.server())
    async with server.serving():
        assert isinstance(await Smtp(gateway(server, authority), clock).send(message("a@пошта.қаз")), Accepted)
    assert server.mails[0]["to"].startswith("a@xn--")


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ("busy", Temporary(10_000, "smtp_421")),
        ("refuse_tls", Temporary(10_000, "smtp_454")),
        ("bad_text", Permanent("message_refused")),
        ("drop_after_data", Temporary(10_000, "unreachable")),
        ("half_answer", Temporary(10_000, "unreachable")),
    ],
)
async def test_what_a_servers_fault_is_taken_for(
    authority: Authority, clock: HandClock, fault: str, verdict: object
) -> None:
    server = MailServer(tls=authority.server(), faults={fault})
    async with server.serving():
        assert await Smtp(gateway(server, authority), clock).send(message()) == verdict


async def test_a_server_that_says_nothing_or_is_not_there_is_tried_again_later(
    authority: Authority, clock: HandClock
) -> None:
    server = MailServer(tls=authority.server(), faults={"silent"})
    async with server.serving():
        known = gateway(server, authority, seconds=0.3)
        assert await Smtp(known, clock).send(message()) == Temporary(10_000, "unreachable")
    assert await Smtp(known, clock).send(message()) == Temporary(10_000, "unreachable")


async def test_wrong_credentials_are_the_gateways_fault_and_not_the_messages(
    authority: Authority, clock: HandClock
) -> None:
    server = MailServer(tls=authority.server(), user="svc", password="right")
    async with server.serving():
        known = gateway(server, authority, user="svc", password="wrong")
        assert await Smtp(known, clock).send(message()) == Unusable("gateway_refused")
        assert await Smtp(known, clock).probe() == "gateway_refused"
        assert await Smtp(gateway(server, authority, user="svc", password="right"), clock).probe() == ""
    assert server.mails == []


async def test_neither_address_nor_text_nor_secret_is_logged(
    authority: Authority, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = MailServer(tls=authority.server(), user="svc", password="s3cret", faults={"bad_text"})
    async with server.serving():
        known = gateway(server, authority, user="svc", password="s3cret")
        await Smtp(known, clock).send(message())
        await Smtp(known, clock).send(message("nobody@example.kz"))
    for told in (caplog.text, repr(known)):
        for secret in ("aigul", "nobody@", "12345678", "1234 5678", "s3cret"):
            assert secret not in told
