"""RFC 8785 (JCS), restricted to ASCII member names and to values without floats and null; RFC 4648 base64url; RFC 3339.

In this restriction sorting by bytes is sorting by UTF-16 units and no number needs ECMAScript's rules, so `orjson` with
sorted keys writes exactly what `rfc8785` writes (a property test compares them).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NoReturn, TypeAlias

import orjson

from confirmations.errors import CanonicalRefused

Json: TypeAlias = "str | int | Sequence[Json] | Mapping[str, Json]"
"""A JSON value of the restricted form: text, integer, boolean (an `int` in Python), array, object."""

LARGEST_INTEGER = 2**53 - 1  # beyond it JSON readers disagree (RFC 8785 section 3.2.2.3, I-JSON)
DEEPEST = 8  # the depth limit of an evidence entry's body; nothing here nests deeper
LARGEST_TEXT = 262_144  # bytes; a receipt with statement, entry and proof stays far below
LATEST = 253_402_300_799_999  # ms; 9999-12-31T23:59:59.999Z, the last time with a four-digit year

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def write_canonical(value: Json) -> bytes:
    """Give the canonical bytes of a value; refuse floats, null, names that are not ASCII, lone surrogates, depth."""
    _check(value, DEEPEST)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise CanonicalRefused("a text holds a lone surrogate") from error


def parse_canonical(data: bytes) -> Json:
    """Read bytes that must be canonical already: written again they are the same, so one text has one reading.

    Duplicate members, other orders, white space, `1e2`, `-0` and needless escapes all differ when written again.
    """
    if len(data) > LARGEST_TEXT:
        raise CanonicalRefused(f"more than {LARGEST_TEXT} bytes")
    try:
        value: Json = orjson.loads(data)
    except ValueError as error:
        raise CanonicalRefused("not JSON") from error
    if write_canonical(value) != data:
        raise CanonicalRefused("not in canonical form")
    return value


def parse(data: bytes) -> Json:
    """Read JSON of any layout strictly: no duplicate members, floats, null, lone surrogates; bounded size and depth."""
    if len(data) > LARGEST_TEXT:
        raise CanonicalRefused(f"more than {LARGEST_TEXT} bytes")
    depth = 0
    for token in _TOKEN.findall(data):
        depth += 1 if token in b"[{" else -1 if token in b"]}" else 0
        if depth > DEEPEST:
            raise CanonicalRefused(f"nested deeper than {DEEPEST}")
    try:
        value: Json = json.loads(
            data.decode(),
            object_pairs_hook=_pairs,
            parse_int=_integer,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except (ValueError, RecursionError) as error:
        raise CanonicalRefused("not JSON") from error
    write_canonical(value)
    return value


def hash_domain(domain: bytes, data: bytes) -> bytes:
    """SHA-256(domain ‖ 0x00 ‖ data): 32 bytes. The domain keeps a digest of one kind from standing for another."""
    return hashlib.sha256(domain + b"\x00" + data).digest()


def write_base64url(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def read_base64url(text: str) -> bytes:
    """Read base64url without padding; refuse any second spelling of the same bytes."""
    if _BASE64URL.fullmatch(text) is None:
        raise CanonicalRefused("not base64url without padding")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise CanonicalRefused("not base64url without padding") from error
    if write_base64url(data) != text:
        raise CanonicalRefused("not the canonical base64url of its bytes")
    return data


def write_time(ms: int) -> str:
    """Write milliseconds since 1970 as RFC 3339 UTC with exactly three fraction digits."""
    if not 0 <= ms <= LATEST:
        raise CanonicalRefused("a time outside 1970 to 9999")
    seconds, fraction = divmod(ms, 1000)
    return f"{_write_second(seconds)}.{fraction:03d}Z"


@lru_cache(maxsize=1024)  # requests come in the same seconds
def _write_second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


def read_time(text: str) -> int:
    """Read RFC 3339 UTC with exactly three fraction digits as milliseconds since 1970."""
    if _TIME.fullmatch(text) is None:
        raise CanonicalRefused("not a time in UTC with three fraction digits")
    try:
        ms = (datetime.fromisoformat(text) - _EPOCH) // _MILLISECOND
    except ValueError as error:
        raise CanonicalRefused("no such time") from error
    if ms < 0:
        raise CanonicalRefused("a time before 1970")
    return ms


def _check(value: object, room: int) -> None:
    kind = type(value)
    if kind is str or kind is bool:
        return
    if kind is int:
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:  # type: ignore[operator]  # kind is int
            raise CanonicalRefused("an integer beyond 2^53 - 1")
    elif room == 0:
        raise CanonicalRefused(f"nested deeper than {DEEPEST}")
    elif isinstance(value, dict):
        for name, item in value.items():
            if type(name) is not str or not name.isascii():
                raise CanonicalRefused("a member name that is not ASCII text")
            if type(item) is not str:
                _check(item, room - 1)
    elif isinstance(value, list | tuple):
        for item in value:
            if type(item) is not str:
                _check(item, room - 1)
    else:
        raise CanonicalRefused(f"a value of kind {kind.__name__}")


def _pairs(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise CanonicalRefused("a member stands twice")
    return members


def _integer(text: str) -> int:
    if len(text) > 17 or text == "-0":
        raise CanonicalRefused("an integer beyond 2^53 - 1, or a negative zero")
    return int(text)


def _refuse_number(text: str) -> NoReturn:
    raise CanonicalRefused("a number that is not an integer")
