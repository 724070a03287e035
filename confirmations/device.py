"""What a device signs (ES256, RFC 7518 3.4): its enrolment, the opening of a session, its answer; docs/devices.md.

A message is the canonical bytes (RFC 8785) of an object with exactly its members; the key signs domain ‖ 0x00 ‖ bytes,
so a message of one kind never stands for another. The signature is r ‖ s, base64url, 64 bytes. Twins (n - s) verify
too, so nothing is ever recognised by a signature's bytes: the counter and our nonces are what is used up.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from confirmations.canonical import (
    LARGEST_INTEGER,
    Json,
    parse_canonical,
    read_base64url,
    read_time,
    write_base64url,
    write_canonical,
)
from confirmations.errors import CanonicalRefused, DeviceRefused

ENROLMENT: Final = b"authsvc/device-enrolment/v1"
SESSION: Final = b"authsvc/device-session/v1"
ANSWER: Final = b"authsvc/device-answer/v1"

ANSWERS: Final = ("yes", "no", "not_me")
LARGEST_MESSAGE: Final = 4_096  # bytes; a real one has less than a thousand
LONGEST: Final = 200  # characters of a text in a message
POINT_BYTES: Final = 65  # an uncompressed point of P-256 (SEC 1, 2.3.3)
_SIGNATURE_BYTES: Final = 64
_NUMBER: Final = re.compile(r"[0-9]{0,12}")
_APP: Final = ("name", "publisher", "version")


@dataclass(frozen=True, slots=True)
class App:
    """The program that holds the key, as it calls itself. `publisher`: "service", or the client id of its publisher."""

    name: str
    publisher: str
    version: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A device asks to be one. `key` is the point of its public key; `activation` and `nonce` are ours."""

    activation: str
    app: App
    key: bytes
    name: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A device opens a session: over our nonce, for this service (its issuer)."""

    device: str
    nonce: str
    service: str


@dataclass(frozen=True, slots=True)
class DeviceAnswer:
    """A device's answer. `shown` is the digest of the text that it showed, in `locale`; `time` its own clock (ms)."""

    answer: str
    counter: int
    device: str
    locale: str
    number: str
    request: str
    shown: str
    statement: str
    time: int


def to_sign(domain: bytes, message: bytes) -> bytes:
    """Give the bytes that the key signs."""
    return domain + b"\x00" + message


def verify(domain: bytes, message: bytes, signature: str, key: bytes) -> None:
    """Refuse a message that the key of this point did not sign. Raises DeviceRefused, whatever the input."""
    try:
        raw = read_base64url(signature)
        public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
        if len(raw) != _SIGNATURE_BYTES:
            raise DeviceRefused("signature", "a signature has 64 bytes")
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        public.verify(der, to_sign(domain, message), ECDSA(SHA256()))
    except (InvalidSignature, CanonicalRefused, ValueError) as error:
        raise DeviceRefused("signature", "the device's key did not sign this") from error


def read_enrolment(message: bytes) -> Enrolment:
    """Read an enrolment strictly. Raises DeviceRefused."""
    value = _read(message, ("activation", "app", "key", "name", "nonce"))
    app = value["app"]
    if not isinstance(app, dict) or tuple(sorted(app)) != _APP:
        raise DeviceRefused("form", "app: name, publisher and version are expected")
    return Enrolment(
        activation=_text(value, "activation"),
        app=App(*(_text(app, member) for member in _APP)),
        key=_point(value["key"]),
        name=_text(value, "name"),
        nonce=_text(value, "nonce"),
    )


def read_opening(message: bytes) -> Opening:
    """Read the opening of a session strictly. Raises DeviceRefused."""
    value = _read(message, ("device", "nonce", "service"))
    return Opening(_text(value, "device"), _text(value, "nonce"), _text(value, "service"))


def read_answer(message: bytes) -> DeviceAnswer:
    """Read an answer strictly. Raises DeviceRefused."""
    members = ("answer", "counter", "device", "locale", "number", "request", "shown", "statement", "time")
    value = _read(message, members)
    answer, number, counter = _text(value, "answer"), value["number"], value["counter"]
    if answer not in ANSWERS:
        raise DeviceRefused("form", f"answer: one of {', '.join(ANSWERS)}")
    if not isinstance(number, str) or _NUMBER.fullmatch(number) is None or bool(number) != (answer == "yes"):
        raise DeviceRefused("form", "number: the digits that were typed, with yes alone")
    if type(counter) is not int or not 0 < counter <= LARGEST_INTEGER:
        raise DeviceRefused("form", "counter: a whole number from 1")
    try:
        moment = read_time(_text(value, "time"))
    except CanonicalRefused as error:
        raise DeviceRefused("form", "time: RFC 3339 in UTC with three fraction digits") from error
    texts = (_text(value, name) for name in ("device", "locale", "request", "shown", "statement"))
    device, locale, request, shown, statement = texts
    return DeviceAnswer(answer, counter, device, locale, number, request, shown, statement, moment)


def key_id(key: bytes) -> str:
    """RFC 7638: the thumbprint of a P-256 key, from its point."""
    x, y = write_base64url(key[1:33]), write_base64url(key[33:])
    jwk = write_canonical({"crv": "P-256", "kty": "EC", "x": x, "y": y})
    return write_base64url(hashlib.sha256(jwk).digest())


def _read(message: bytes, members: tuple[str, ...]) -> Mapping[str, Json]:
    if len(message) > LARGEST_MESSAGE:
        raise DeviceRefused("form", f"a message has {LARGEST_MESSAGE} bytes at most")
    try:
        value = parse_canonical(message)
    except CanonicalRefused as error:
        raise DeviceRefused("form", f"the message is not in its canonical form: {error.message}") from error
    if not isinstance(value, dict) or tuple(sorted(value)) != members:
        raise DeviceRefused("form", f"exactly these members are expected: {', '.join(members)}")
    return value


def _text(value: Mapping[str, Json], name: str) -> str:
    text = value[name]
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST or not text.isprintable():
        raise DeviceRefused("form", f"{name}: 1 to {LONGEST} printable characters")
    return text


def _point(value: Json) -> bytes:
    """The point of a JWK of P-256, whose coordinates are on the curve. Raises DeviceRefused."""
    if not isinstance(value, dict) or tuple(sorted(value)) != ("crv", "kty", "x", "y"):
        raise DeviceRefused("key", "a JWK of exactly crv, kty, x and y is expected")
    if (value["kty"], value["crv"]) != ("EC", "P-256"):
        raise DeviceRefused("key", "a device's key is of P-256")
    try:
        x, y = (read_base64url(str(value[name])) for name in ("x", "y"))
        point = b"\x04" + x + y
        if len(point) != POINT_BYTES:
            raise DeviceRefused("key", "a coordinate has 32 bytes")
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except (CanonicalRefused, ValueError) as error:
        raise DeviceRefused("key", "not a point of the curve") from error
    return point
