"""The settings of gateways: what is refused, in which words, and where secrets come from."""

import tomllib
from pathlib import Path

import pytest

from authsvc.errors import ConfigurationError
from authsvc.gateways import HttpGateway, SmtpGateway, check_gateways, read_gateways

SMTP = """
[channels.mail]
kind = "smtp"
carries = "email"
host = "mail.bank.example"
sender = "Kerege <no-reply@bank.example>"
"""
HTTP = """
[channels.kcell]
kind = "http"
carries = "sms"
url = "https://gw.example/send"
secret = "t0ken"
[channels.kcell.body]
to = "{to}"
text = "{text}"
key = "{secret}"
"""
SMPP = """
[channels.centre]
kind = "smpp"
carries = "sms"
host = "smsc.example"
system_id = "bank"
password = "s3cret"
sender = "KEREGE"
"""


def read(text: str) -> tuple[object, ...]:
    gateways = read_gateways(tomllib.loads(text)["channels"])
    check_gateways(gateways, production=True)
    return gateways


def test_tables_are_gateways_in_their_order() -> None:
    mail, sms = read(SMTP + HTTP)
    assert isinstance(mail, SmtpGateway)
    assert isinstance(sms, HttpGateway)
    assert (mail.name, mail.port, mail.security) == ("mail", 587, "starttls")
    assert (sms.name, sms.carries, sms.inside) == ("kcell", "sms", False)


def test_the_same_as_text_for_the_environment() -> None:
    assert read_gateways(SMTP + HTTP) == read_gateways(tomllib.loads(SMTP + HTTP)["channels"])


def test_a_secret_comes_from_its_file_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    [mail] = read(SMTP + f'user = "svc"\npassword_file = "{file}"\n')
    assert isinstance(mail, SmtpGateway)
    assert mail.password == "s3cret"
    assert "s3cret" not in repr(mail)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SMTP.replace("smtp", "smtps"), "channels.mail: kind is one of"),
        (SMTP.replace("host", "hots"), "unknown hots; did you mean host?"),
        (SMTP.replace('host = "mail.bank.example"\n', ""), "channels.mail: missing host"),
        (SMTP + 'port = "587"', "channels.mail.port: a whole number is needed"),
        (SMTP + "port = 70000", "port: from 1 to 65535"),
        (SMTP + 'security = "none"', "test environment alone"),
        (SMTP + 'security = "ssl"', "security: starttls or tls"),
        (SMTP + 'user = "svc"', "user and password go together"),
        (SMTP + 'user = "svc"\npassword_file = "/nowhere"', "channels.mail.password_file: /nowhere can't be read"),
        (SMTP.replace("email", "sms"), "an SMTP gateway carries email"),
        (SMTP.replace("no-reply@bank.example", "no-reply"), "sender: one address"),
        (SMTP + "seconds = 0", "seconds: from 0.1 to 60"),
        (SMTP + "at_once = 0", "at_once: from 1 to 64"),
        (SMTP + "a_minute = -1", "a_minute, a_day"),
        (SMTP.replace("channels.mail", "channels.Mail"), "a name has small letters"),
        (HTTP.replace("https", "http"), "url: an https address"),
        (HTTP.replace("/send", "/send?to={to}"), "url: no templates"),
        (HTTP.replace("gw.example", "user:pw@gw.example"), "url: no templates and no credentials"),
        (HTTP.replace("{secret}", "{iin}"), "a template names {iin}"),
        (HTTP.replace('text = "{text}"\n', ""), "{to} and {text} must stand in it"),
        (HTTP.replace("secret =", 'form = true\naccepted = ["0"]\nsecret ='), "answer_code and accepted go together"),
        (HTTP.replace("secret =", "form = true\nsecret =") + "flash = 1", "a form has texts alone"),
        (HTTP.replace("secret =", 'headers = { X = "a\\nb" }\nsecret ='), "headers: texts of one line"),
        (HTTP.replace("sms", "pigeon"), "carries: one of sms, email"),
        (SMPP + 'security = "none"', "only where inside = true"),
        (SMPP.replace("s3cret", "far-too-long"), "password: at most 8 printable"),
        (SMPP.replace("KEREGE", "KEREGE BANK JSC"), "a name of at most 11 characters"),
        (SMPP.replace('"sms"', '"email"'), "an SMPP gateway carries sms"),
        (SMPP + 'latin = "ascii"', "latin: gsm or ucs2"),
        ("channels = 1", "channels: tables"),
        ("[channels]\nmail = 1", "channels: tables"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(text)
    assert words in refused.value.message
