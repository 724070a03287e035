"""Push with number transfer (NIST 800-63B-4: no compare-and-approve; ASVS 5.0 6.6.4; PSD2 RTS article 5).

The relying party shows a number, the person types it into their device, and the device's key signs request, statement
digest, digest of the text shown, answer, number, time and counter. The number is derived under a key that is not in the
database, so it can be told again to the relying party that asked, and a stolen database is no list of numbers.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

import orjson

from confirmations.canonical import Json, write_base64url, write_time
from confirmations.challenge import Accepted, Entropy, make_nonce
from confirmations.device import ANSWER, App, DeviceAnswer, key_id, read_answer, verify
from confirmations.errors import DeadlinePassed, DeviceRefused, Replayed, WrongAnswer

_DOMAIN: Final = b"authsvc/push-number/v1\x00"
_SMALLEST_KEY: Final = 32


@dataclass(frozen=True, slots=True)
class PushChallenge:
    """What was issued for one request. Times in ms. The number is no member: it is derived under the key."""

    request_id: str
    nonce: str
    digits: int
    created: int
    expires: int

    def issued(self) -> dict[str, Json]:
        """Give the element of the challenge array: nothing from which the number can be found without the key."""
        return {
            "created": write_time(self.created),
            "digits": self.digits,
            "expires": write_time(self.expires),
            "method": "push",
            "nonce": self.nonce,
            "request": self.request_id,
        }


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A device as it was enrolled: its id, the point of its key, the app that holds it, its last counter."""

    id: str
    key: bytes
    app: App
    counter: int


def issue(
    *, request_id: str, statement_digest: str, digits: int, lifetime: int, now: int, entropy: Entropy, key: bytes
) -> tuple[PushChallenge, str]:
    """Make the challenge of one request, and the number that the relying party shows. `lifetime` in ms."""
    challenge = PushChallenge(request_id, make_nonce(entropy), digits, now, now + lifetime)
    return challenge, number_of(challenge, statement_digest=statement_digest, key=key)


def number_of(challenge: PushChallenge, *, statement_digest: str, key: bytes) -> str:
    """Give the number again, for the relying party that asked."""
    if len(key) < _SMALLEST_KEY:
        raise ValueError("the key of numbers has at least 32 bytes")
    bound = orjson.dumps([challenge.request_id, challenge.nonce, statement_digest])
    drawn = int.from_bytes(hmac.digest(key, _DOMAIN + bound, "sha256"), "big")
    return f"{drawn % 10**challenge.digits:0{challenge.digits}d}"


def open_answer(
    message: bytes, signature: str, *, device: Enrolled, request_id: str, statement_digest: str, shown_digest: str
) -> DeviceAnswer:
    """Check who signed, and that it is about this very request, statement and text; the number is judged by `judge`.

    Raises DeviceRefused; nothing is used up, since without the key nobody gets further. Raises Replayed for a counter
    that did not move on.
    """
    answer = read_answer(message)
    verify(ANSWER, message, signature, device.key)
    if answer.device != device.id:
        raise DeviceRefused("device", "the answer names another device")
    if answer.request != request_id:
        raise DeviceRefused("request", "the answer is to another request")
    if answer.statement != statement_digest:
        raise DeviceRefused("statement", "the answer is about another statement")
    if answer.shown != shown_digest:
        raise DeviceRefused("shown", "the text that was shown is not this statement's")
    if answer.counter <= device.counter:
        raise Replayed
    return answer


def judge(
    challenge: PushChallenge,
    answer: DeviceAnswer,
    message: bytes,
    signature: str,
    *,
    device: Enrolled,
    statement_digest: str,
    now: int,
    key: bytes,
) -> Accepted:
    """Judge the number of an answer that `open_answer` gave. One wrong number ends the request: WrongAnswer.

    Raises DeadlinePassed after the challenge's end, right or wrong.
    """
    number = number_of(challenge, statement_digest=statement_digest, key=key)
    right = hmac.compare_digest(number.encode(), answer.number.encode())
    if now >= challenge.expires:
        raise DeadlinePassed
    if not right or answer.answer != "yes":
        raise WrongAnswer
    return Accepted("push", {**challenge.issued(), **write_evidence(message, signature, device, now)})


def write_evidence(message: bytes, signature: str, device: Enrolled, now: int) -> dict[str, Json]:
    """Give what a court sees of a signed answer, yes or no: the bytes signed, the signature, the key, the app."""
    return {
        "answered": write_time(now),
        "app": {"name": device.app.name, "publisher": device.app.publisher, "version": device.app.version},
        "device": device.id,
        "key": key_id(device.key),
        "public_key": write_base64url(device.key),
        "signature": signature,
        "signed": message.decode(),
    }
