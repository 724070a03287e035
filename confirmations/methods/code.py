"""Codes that are sent (SMS, e-mail, messenger): ASVS 5.0 V6.5 and V6.6, PSD2 RTS article 4; RFC 2104 (HMAC).

A code is kept as HMAC-SHA256 under a key that is not in the database, over (request id, statement digest, channel
address id, send n, code). So a stolen database is no list of codes, and a code answers one send of one request over one
statement.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import Final, NoReturn

import orjson

from confirmations.canonical import Json, write_time
from confirmations.challenge import Accepted, Entropy, make_nonce
from confirmations.errors import DeadlinePassed, WrongAnswer

_DOMAIN: Final = b"authsvc/code/v1\x00"
_RANDOM_BYTES: Final = 16  # a remainder of 128 bits is even to 2^-100: no digit is likelier than another
_LONGEST_ANSWER: Final = 64  # typed digits with any grouping; more is not looked at
_GROUPING: Final = re.compile(r"[\s\u00a0\u202f-]")  # spaces as sent, and the hyphen people type for them
_SMALLEST_KEY: Final = 32  # bytes: as long as the MAC


@dataclass(frozen=True, slots=True)
class CodeChallenge:
    """One code that was sent. `mac` and `key_id` stay inside; `issued()` is what evidence may know. Times in ms."""

    request_id: str
    address_id: str
    send: int
    digits: int
    nonce: str
    mac: bytes
    key_id: str
    created: int
    expires: int

    def issued(self) -> dict[str, Json]:
        """Give the element of the challenge array: no code, and nothing from which one can be found."""
        return {
            "address": self.address_id,
            "created": write_time(self.created),
            "digits": self.digits,
            "expires": write_time(self.expires),
            "key": self.key_id,
            "method": "code",
            "nonce": self.nonce,
            "request": self.request_id,
            "send": self.send,
        }


def issue(
    *,
    request_id: str,
    statement_digest: str,
    address_id: str,
    send: int,
    digits: int,
    lifetime: int,
    now: int,
    entropy: Entropy,
    key: bytes,
    key_id: str,
) -> tuple[CodeChallenge, str]:
    """Make a new code for a send (1, 2, …): the challenge to keep, and the code for the channel alone.

    `digits` and `lifetime` (ms) come from `policy.Bounds`. A new send kills the code of the one before: keep one
    challenge per request.
    """
    if len(key) < _SMALLEST_KEY:
        raise ValueError("the key of codes has at least 32 bytes")
    code = f"{int.from_bytes(entropy(_RANDOM_BYTES), 'big') % 10**digits:0{digits}d}"
    mac = _mac(key, request_id, statement_digest, address_id, send, code)
    challenge = CodeChallenge(
        request_id=request_id,
        address_id=address_id,
        send=send,
        digits=digits,
        nonce=make_nonce(entropy),
        mac=mac,
        key_id=key_id,
        created=now,
        expires=now + lifetime,
    )
    return challenge, code


def judge(challenge: CodeChallenge, answer: str, *, statement_digest: str, now: int, key: bytes) -> Accepted:
    """Judge an answer as typed, with or without spaces, against the code of this challenge over this very statement.

    Give the digest of the statement as it stands now: over another text no code is right. The work is the same for
    every answer; a code past its time is `DeadlinePassed`, right or wrong.
    """
    right = _compare(challenge, answer, statement_digest, key)
    if now >= challenge.expires:
        raise DeadlinePassed
    if not right:
        raise WrongAnswer
    return Accepted("code", {**challenge.issued(), "answered": write_time(now), "statement": statement_digest})


def judge_nothing(answer: str, *, key: bytes) -> NoReturn:
    """Refuse an answer to a request that is not there or has ended, after the work of judging one."""
    _compare(_NOTHING, answer, "", key)
    raise WrongAnswer


def group_code(code: str) -> str:
    """Group a code for reading: 12345678 is 1234 5678, 123456 is 123 456."""
    half = (len(code) + 1) // 2
    return f"{code[:half]} {code[half:]}"


def _compare(challenge: CodeChallenge, answer: str, statement_digest: str, key: bytes) -> bool:
    typed = _GROUPING.sub("", answer[:_LONGEST_ANSWER])
    # No code is the empty text, so what could not have been typed as one is judged as that, and is wrong.
    code = typed if len(answer) <= _LONGEST_ANSWER and typed.isascii() else ""
    mac = _mac(key, challenge.request_id, statement_digest, challenge.address_id, challenge.send, code)
    return hmac.compare_digest(mac, challenge.mac)


def _mac(key: bytes, request_id: str, statement_digest: str, address_id: str, send: int, code: str) -> bytes:
    # A JSON array separates its members, so no two different tuples give the same bytes.
    bound = orjson.dumps([request_id, statement_digest, address_id, send, code])
    return hmac.digest(key, _DOMAIN + bound, "sha256")


_NOTHING: Final = CodeChallenge("", "", 0, 0, "", bytes(32), "", 0, 0)
