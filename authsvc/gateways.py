"""Gateways, the tables `[channels.NAME]` of the settings: what carries messages to people. Pure.

Tables that carry the same channel are asked in the order in which they stand; the next one is a fallback. A secret
stands in a file of its own, which `NAME_file` names, or (not recommended) in the table itself.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from email.utils import parseaddr
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from authsvc.errors import ConfigurationError

CARRIES = ("sms", "email")
NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
PLACE = re.compile(r"\{([a-z_]*)\}")
PLACES = frozenset({"to", "text", "id", "sender", "secret"})
"""What a template of an HTTP gateway may name."""
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """What every gateway has. `a_minute`: messages that this process hands it in a minute; 0 for no bound."""

    kind: ClassVar[str]
    secrets: ClassVar[tuple[str, ...]] = ()

    name: str
    carries: str
    a_minute: int = 0
    a_day: int = 0
    at_once: int = 8
    """Messages under way at the same time."""
    seconds: float = 10.0
    """For one message, connecting included."""

    def fault(self, production: bool) -> str:
        """What is wrong with this combination; empty when nothing is."""
        if self.carries not in CARRIES:
            return f"carries: one of {', '.join(CARRIES)}"
        if not 0.1 <= self.seconds <= 60:
            return "seconds: from 0.1 to 60"
        if not 1 <= self.at_once <= 64:
            return "at_once: from 1 to 64"
        if min(self.a_minute, self.a_day) < 0:
            return "a_minute, a_day: 0 or more"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpGateway(Gateway):
    """A mail server (RFC 5321). `security`: `tls` from the first byte, `starttls` (RFC 3207; no mail without it)."""

    kind: ClassVar[str] = "smtp"
    secrets: ClassVar[tuple[str, ...]] = ("password",)

    host: str
    port: int = 587
    security: str = "starttls"
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    """Certificates of authorities that may stand behind the server's; empty for the machine's own."""

    def fault(self, production: bool) -> str:
        """See `Gateway.fault`."""
        mailbox = parseaddr(self.sender)[1]
        if self.carries != "email":
            return "carries: an SMTP gateway carries email"
        if self.security not in ("starttls", "tls", "none"):
            return "security: starttls or tls"
        if self.security == "none" and (production or self.host not in LOCAL):
            return "security: none is for a peer on this machine in the test environment alone"
        if not mailbox.isascii() or mailbox.count("@") != 1 or "\n" in self.sender:
            return "sender: one address, as in `Name <no-reply@example.kz>`"
        if bool(self.user) != bool(self.password):
            return "user and password go together"
        return _port_fault(self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpGateway(Gateway):
    """An HTTP gateway by templates: `{to}`, `{text}`, `{id}`, `{sender}`, `{secret}` in header values and the body."""

    kind: ClassVar[str] = "http"
    secrets: ClassVar[tuple[str, ...]] = ("secret",)

    url: str
    body: Mapping[str, Any]
    form: bool = False
    """Whether the body goes as a form; else as JSON."""
    headers: Mapping[str, Any] = field(default_factory=dict)
    sender: str = ""
    secret: str = field(default="", repr=False)
    inside: bool = False
    """Whether the host lies in a private network of yours; else only public addresses are reached."""
    answer_id: str = ""
    """JSON Pointer (RFC 6901) to the gateway's message id in its answer."""
    answer_code: str = ""
    """JSON Pointer to a code in an answer of the status 2xx; `accepted` and `temporary` list its values."""
    accepted: tuple[str, ...] = ()
    temporary: tuple[str, ...] = ()

    def fault(self, production: bool) -> str:
        """See `Gateway.fault`."""
        parts = urlsplit(self.url)
        if parts.scheme != "https" and (production or parts.scheme != "http"):
            return "url: an https address"
        if not parts.hostname or "@" in parts.netloc or PLACE.search(self.url):
            return "url: no templates and no credentials in it, since addresses are written to logs on the way"
        named = {place for text in _texts([self.body, self.headers]) for place in PLACE.findall(text)}
        if unknown := sorted(named - PLACES):
            return f"a template names {{{unknown[0]}}}; known are {', '.join(sorted(PLACES))}"
        in_body = {place for text in _texts(self.body) for place in PLACE.findall(text)}
        if not {"to", "text"} <= in_body:
            return "body: {to} and {text} must stand in it"
        if self.form and not all(isinstance(value, str) for value in self.body.values()):
            return "body: a form has texts alone"
        if not all(isinstance(value, str) and "\n" not in value for value in self.headers.values()):
            return "headers: texts of one line"
        if bool(self.answer_code) != bool(self.accepted):
            return "answer_code and accepted go together"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmppGateway(Gateway):
    """A message centre (SMPP 3.4), bound as transceiver; `at_once` is the window of its session."""

    kind: ClassVar[str] = "smpp"
    secrets: ClassVar[tuple[str, ...]] = ("password",)

    host: str
    port: int = 2775
    security: str = "tls"
    inside: bool = False
    """Whether the way to it lies within a network or a tunnel of yours: then it may go without TLS."""
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    sender: str
    latin: str = "gsm"
    """`gsm`: texts without Cyrillic go in the centre's default alphabet, GSM 7-bit; `ucs2`: everything is UCS-2."""
    ca_file: str = ""

    def fault(self, production: bool) -> str:
        """See `Gateway.fault`."""
        if self.carries != "sms":
            return "carries: an SMPP gateway carries sms"
        if self.security not in ("tls", "none"):
            return "security: tls or none"
        if self.security == "none" and production and not self.inside:
            return "security: without TLS only where inside = true says that the way lies within a network of yours"
        if self.latin not in ("gsm", "ucs2"):
            return "latin: gsm or ucs2"
        for name, most in (("system_id", 15), ("password", 8), ("system_type", 12), ("sender", 20)):
            value = getattr(self, name)
            if not value.isascii() or not (value.isprintable() and len(value) <= most):
                return f"{name}: at most {most} printable characters of ASCII"
        if not self.sender or (not self.sender.isdecimal() and len(self.sender) > 11):
            return "sender: a number, or a name of at most 11 characters"
        return _port_fault(self.port)


KINDS: Mapping[str, type[Gateway]] = {each.kind: each for each in (SmtpGateway, HttpGateway, SmppGateway)}


def read_gateways(value: object) -> tuple[Gateway, ...]:
    """The gateways of the member `channels`: its tables, or the same as TOML text (`AUTHSVC_CHANNELS_FILE`).

    Reads the files of secrets. Raises ConfigurationError, which names table and member.
    """
    if isinstance(value, str):
        try:
            value = tomllib.loads(value)
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError(f"channels: {error}") from error
        value = value.get("channels", value)
    if not isinstance(value, dict) or not all(isinstance(table, dict) for table in value.values()):
        raise ConfigurationError("channels: tables `[channels.NAME]` are needed")
    return tuple(_read(name, table) for name, table in value.items())


def check_gateways(gateways: tuple[Gateway, ...], production: bool) -> None:
    """Raises ConfigurationError for the first gateway whose combination is refused."""
    for gateway in gateways:
        if fault := Gateway.fault(gateway, production) or gateway.fault(production):
            raise ConfigurationError(f"channels.{gateway.name}: {fault}")


def _read(name: str, table: Mapping[str, object]) -> Gateway:
    place = f"channels.{name}"
    if not NAME.fullmatch(name):
        raise ConfigurationError(f"{place}: a name has small letters, digits, - and _ (32 at most)")
    kind = KINDS.get(str(table.get("kind")))
    if kind is None:
        raise ConfigurationError(f"{place}: kind is one of {', '.join(KINDS)}")
    known = {each.name: each for each in fields(kind) if each.name != "name"}
    given: dict[str, object] = {}
    for member, value in table.items():
        secret = member.removesuffix("_file")
        if member == "kind":
            continue
        if member.endswith("_file") and secret in kind.secrets:
            member, value = secret, _secret(f"{place}.{member}", str(value))
        elif member not in known:
            near = difflib.get_close_matches(member, known, n=1)
            raise ConfigurationError(f"{place}: unknown {member}" + (f"; did you mean {near[0]}?" if near else ""))
        if member in given:
            raise ConfigurationError(f"{place}: {member} and {member}_file exclude each other")
        given[member] = _typed(f"{place}.{member}", value, known[member].type)
    missing = [
        each for each, one in known.items() if each not in given and one.default is one.default_factory is MISSING
    ]
    if missing:
        raise ConfigurationError(f"{place}: missing {', '.join(missing)}")
    made: dict[str, Any] = {"name": name, **given}
    return kind(**made)


def _secret(place: str, path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{place}: {path} can't be read ({type(error).__name__})") from error
    if not text:
        raise ConfigurationError(f"{place}: {path} is empty")
    return text


def _typed(place: str, value: object, wanted: object) -> object:
    if wanted == tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ConfigurationError(f"{place}: a list of texts is needed")
        return tuple(value)
    if wanted is float and type(value) is int:
        return float(value)
    needed = dict if wanted == Mapping[str, Any] else wanted
    if type(value) is not needed:
        words = {str: "a text", int: "a whole number", bool: "true or false", float: "a number", dict: "a table"}
        raise ConfigurationError(f"{place}: {next(w for t, w in words.items() if t is needed)} is needed")
    return value


def _texts(value: object) -> list[str]:
    """Every text within tables and lists."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        value = list(value.values())
    return [text for each in value for text in _texts(each)] if isinstance(value, list) else []


def _port_fault(port: int) -> str:
    return "" if 0 < port < 65536 else "port: from 1 to 65535"
