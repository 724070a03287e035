"""SMPP 3.4 (issue 1.2) sections 3 to 5: the few PDUs that a sender of messages needs. Pure, and bounded.

Whatever bytes come, reading them gives a PDU or raises BadPdu.
"""

import re
import struct
from dataclasses import dataclass
from typing import Final

LARGEST: Final = 8_192
"""Octets of a PDU: the longest that a sender is sent is a deliver_sm with a payload of a few thousand."""
HEADER: Final = struct.Struct(">IIII")

GENERIC_NACK: Final = 0x80000000
SUBMIT_SM: Final = 0x00000004
DELIVER_SM: Final = 0x00000005
UNBIND: Final = 0x00000006
BIND_TRANSCEIVER: Final = 0x00000009
ENQUIRE_LINK: Final = 0x00000015
RESPONSE: Final = 0x80000000

OK: Final = 0x00
INVALID_COMMAND: Final = 0x03
VERSION: Final = 0x34

UDHI: Final = 0x40
"""esm_class: the message begins with a user data header."""
RECEIPT: Final = 0x04
"""esm_class (bits 5-2): a delivery receipt of the message centre."""
UCS2: Final = 0x08
RECEIPTED_ID: Final = 0x001E
MESSAGE_STATE: Final = 0x0427
PAYLOAD: Final = 0x0424
STATES: Final = {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD"}
RECEIPT_TEXT: Final = re.compile(r"id:([^ ]{1,65}) .*?stat:([A-Z]{7})", re.DOTALL | re.IGNORECASE)


class BadPdu(Exception):
    """Bytes that are no PDU; the message names the rule."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """A PDU as it came: command, status, sequence number, and the body unread."""

    command: int
    status: int
    sequence: int
    body: bytes = b""

    def write(self) -> bytes:
        """Its bytes."""
        return HEADER.pack(HEADER.size + len(self.body), self.command, self.status, self.sequence) + self.body


@dataclass(frozen=True, slots=True)
class Submission:
    """One submit_sm (4.4.1). `receipt`: ask for a delivery receipt; `validity` in seconds, 0 for the centre's own."""

    source: str
    destination: str
    text: bytes
    coding: int
    header: bool
    receipt: bool
    validity: int = 0

    def write(self) -> bytes:
        """The body. ValueError for an address or a text that does not fit."""
        ton, npi = (1, 1) if self.source.isdecimal() else (5, 0)
        if len(self.text) > 254:
            raise ValueError("a text of 254 octets at most")
        return b"".join(
            (
                _string("", 6),
                bytes((ton, npi)),
                _string(self.source, 21),
                b"\x01\x01",
                _string(self.destination, 21),
                bytes((UDHI if self.header else 0, 0, 0)),
                _string("", 17),
                _string(_relative(self.validity), 17),
                bytes((1 if self.receipt else 0, 0, self.coding, 0, len(self.text))),
                self.text,
            )
        )


@dataclass(frozen=True, slots=True)
class Delivered:
    """A deliver_sm (4.6.1): `receipt` is (message id, state) where it is one."""

    source: str
    text: bytes
    coding: int
    receipt: tuple[str, str] | None


def read_length(head: bytes) -> int:
    """The length that a PDU's first four octets announce, within bounds."""
    (length,) = struct.unpack(">I", head)
    if not HEADER.size <= length <= LARGEST:
        raise BadPdu("a length out of bounds")
    return int(length)


def read_pdu(data: bytes) -> Pdu:
    """A whole PDU."""
    if len(data) < HEADER.size or read_length(data[:4]) != len(data):
        raise BadPdu("not as long as it says")
    _, command, status, sequence = HEADER.unpack_from(data)
    return Pdu(command, status, sequence, data[HEADER.size :])


def write_bind(system_id: str, password: str, system_type: str) -> bytes:
    """The body of a bind_transceiver (4.1.5). ValueError for what does not fit."""
    texts = _string(system_id, 16) + _string(password, 9) + _string(system_type, 13)
    return texts + bytes((VERSION, 0, 0)) + _string("", 41)


def read_message_id(body: bytes) -> str:
    """The message id of a submit_sm_resp (4.4.2)."""
    return _Reader(body).string(65)


def read_delivered(body: bytes) -> Delivered:
    """A deliver_sm."""
    reader = _Reader(body)
    reader.string(6)
    reader.take(2)
    source = reader.string(21)
    reader.take(2)
    reader.string(21)
    esm_class = reader.take(3)[0]
    reader.string(17)
    reader.string(17)
    coding, length = reader.take(5)[2::2]
    text = reader.take(length)
    options = reader.options()
    text = options.get(PAYLOAD, text)
    is_receipt = (esm_class >> 2) & 0x0F == RECEIPT >> 2
    return Delivered(source, text, coding, _receipt(text, options) if is_receipt else None)


def _receipt(text: bytes, options: dict[int, bytes]) -> tuple[str, str] | None:
    """Message id and state: from the optional parameters (5.3.2), else from the text (appendix B)."""
    name, state = options.get(RECEIPTED_ID, b""), options.get(MESSAGE_STATE, b"")
    if name and len(state) == 1:
        return name.rstrip(b"\x00").decode("latin-1"), STATES.get(state[0], "UNKNOWN")
    found = RECEIPT_TEXT.search(text.decode("latin-1"))
    return (found[1], found[2].upper()) if found else None


def _string(text: str, most: int) -> bytes:
    """A C-octet string with its NUL, `most` octets with it."""
    data = text.encode("ascii")
    if len(data) >= most or b"\x00" in data:
        raise ValueError(f"at most {most - 1} characters of ASCII")
    return data + b"\x00"


def _relative(seconds: int) -> str:
    """A relative validity period (7.1.1.2): `YYMMDDhhmmss000R`, with days of 24 hours."""
    if not seconds:
        return ""
    days, rest = divmod(min(seconds, 30 * 86_400), 86_400)
    return f"0000{days:02d}{rest // 3600:02d}{rest // 60 % 60:02d}{rest % 60:02d}000R"


class _Reader:
    """Reads a body from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise BadPdu("it ends too early")
        self._at += count
        return taken

    def string(self, most: int) -> str:
        end = self._data.find(b"\x00", self._at, self._at + most)
        if end < 0:
            raise BadPdu("a text without its end")
        text = self._data[self._at : end].decode("latin-1")
        self._at = end + 1
        return text

    def options(self) -> dict[int, bytes]:
        """The optional parameters (3.2.4.1), the first of each."""
        found: dict[int, bytes] = {}
        while self._at < len(self._data):
            tag, length = struct.unpack(">HH", self.take(4))
            found.setdefault(int(tag), self.take(int(length)))
        return found
