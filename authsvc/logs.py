"""What is written for operators: one JSON object a line, with the request's id and its trace (W3C Trace Context).

Nothing personal stands in a line. Callers name no person to begin with; behind them stands a last filter that puts a
keyed pseudonym in place of whatever looks like an IIN or BIN, a phone number, an e-mail address or an IP address
(OWASP ASVS 5.0 16.2.5). The same value has the same pseudonym while the key stands, so lines about one person can be
put side by side by somebody who has the key, and by nobody else.
"""

import base64
import ipaddress
import logging
import re
import sys
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TextIO

import orjson

from authsvc.clock import rfc3339

LEVELS = ("debug", "info", "warning", "error", "critical")
LETTERS = 13
"""Of a pseudonym: 65 bits, so that two persons of a country never share one by chance."""

Mac = Callable[[str, bytes], bytes]
"""HMAC of some data under the secret of a purpose (`Keys.mac`)."""


@dataclass(slots=True)
class Place:
    """The request in which a line is written: its id (UUIDv7) and the trace that it belongs to (32 hex digits).

    `refusal`: the wire code of what was refused, for the access line (OWASP ASVS 5.0 16.3); never why or to whom.
    """

    request: str
    trace: str
    refusal: str = ""


PLACE: ContextVar[Place | None] = ContextVar("authsvc_place", default=None)
"""Set by the edge for the time of a request."""


class Fields(dict[str, Any]):
    """Members of a line, given as the one argument of a message `%s`; as text it is their JSON."""

    def __str__(self) -> str:
        return orjson.dumps(self).decode()


class Pseudonyms:
    """Names for values that a line must not hold. Without a key (before it is read) they say the kind alone."""

    def __init__(self, mac: Mac | None = None) -> None:
        self._mac = mac

    def name(self, kind: str, value: str) -> str:
        """`kind~letters`, the same for the same value; `kind~` without a key."""
        if self._mac is None:
            return f"{kind}~"
        digest = self._mac("pseudonym", f"{kind}\0{value}".encode("utf-8", "surrogatepass"))
        return f"{kind}~{base64.b32encode(digest).decode().lower()[:LETTERS]}"

    def clean(self, text: str) -> str:
        """The text with a pseudonym in place of each thing that looks personal."""
        return PERSONAL.sub(self._named, text)

    def _named(self, found: re.Match[str]) -> str:
        kind, value = str(found.lastgroup), found[0]
        return value if kind == "ip" and not _is_somebodys(value) else self.name(kind, value)


def _is_somebodys(address: str) -> bool:
    """Whether an IP address is one of the world; loopback and private ones are the operator's own machines."""
    try:
        return not ipaddress.ip_address(address).is_private
    except ValueError:
        return False


PERSONAL = re.compile(
    r"(?P<email>(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
    r"|(?P<phone>(?<![\w.-])(?:\+\d{10,15}|8[ -]?\(?7\d\d\)?[ -]?\d{3}[ -]?\d\d[ -]?\d\d)(?![\w-]))"
    r"|(?P<number>(?<![0-9A-Za-z.-])\d{12}(?![0-9A-Za-z-]))"
    r"|(?P<ip>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]))"
)
"""What looks personal, by kind; a number of twelve digits is an IIN or a BIN. Hexadecimal ids and digests are left."""


CLOSED = frozenset({"at", "level", "logger", "request", "trace", "method", "route", "peer", "refusal"})
"""Members whose values come from closed lists or are pseudonyms already."""


class Lines(logging.Formatter):
    """One JSON object a line: `at`, `level`, `logger`, `message` or the fields given, `request`, `trace`, `fault`."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        super().__init__()
        self._pseudonyms = pseudonyms

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`. The words of an exception are left out: they may quote what was sent."""
        line: dict[str, Any] = {
            "at": rfc3339(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if isinstance(record.args, Fields):
            line |= record.args
        else:
            line["message"] = record.getMessage()
        place = PLACE.get()
        if place is not None:
            line = {**line, "request": place.request, "trace": place.trace}
        if record.exc_info and record.exc_info[1] is not None:
            line["fault"] = describe_fault(record.exc_info[1])
        return orjson.dumps(self._cleaned(line), default=str).decode()

    def _cleaned(self, line: dict[str, Any]) -> dict[str, Any]:
        return {
            name: self._pseudonyms.clean(value) if isinstance(value, str) and name not in CLOSED else value
            for name, value in line.items()
        }


def install(level: str, pseudonyms: Pseudonyms, stream: TextIO | None = None) -> None:
    """Let every logger of this process write such lines to standard error; what others installed is taken away."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Lines(pseudonyms))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)


def note_refusal(error: Exception) -> None:
    """Leave the wire code of a refusal for the access line of this request."""
    place = PLACE.get()
    if place is not None:
        place.refusal = str(getattr(error, "code", "fault"))


def describe_fault(error: BaseException) -> str:
    """Kind and place of a fault. Its words are left out: they may quote what a person sent."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames[::-1])
    return f"{type(error).__module__}.{type(error).__qualname__} at {places}"


_PARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


def trace_of(traceparents: list[str], request_id: str) -> str:
    """The trace of a request: the caller's, if its one `traceparent` (W3C Trace Context, 3.2) is well formed; else a
    new one, which is the request's own id."""
    return parent_of(traceparents)[0] or request_id.replace("-", "")


def parent_of(traceparents: list[str]) -> tuple[str, str]:
    """(trace, span) of the caller, in hexadecimal digits; empty where its one `traceparent` is not well formed."""
    found = _PARENT.fullmatch(traceparents[0]) if len(traceparents) == 1 else None
    if found is None:
        return "", ""
    version, trace, parent, _, more = found.groups()
    if version == "ff" or (version == "00" and more) or not int(trace, 16) or not int(parent, 16):
        return "", ""
    return trace, parent
