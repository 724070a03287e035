"""Canonical JSON: RFC 8785 (JCS) restricted as in the evidence format, section 4.

Strings without lone surrogates, integers below 2^53 in absolute value, booleans, arrays, objects with keys
`[a-z0-9_]+`; no floats, no null, no duplicate keys, depth at most 8. For such values JCS is JSON with sorted keys and
without white space, which orjson writes.
"""

import re
from typing import TypeAlias

import orjson

from authsvc.evidence.errors import NotCanonical

Value: TypeAlias = str | int | bool | list["Value"] | dict[str, "Value"]

MAX_BYTES = 65_535
"""An entry's length prefix in a tlog-tiles bundle has 16 bits."""
MAX_DEPTH = 8
"""The deepest value of a record has depth 5; the rest is room."""
MAX_MEMBERS = 4_096
"""Members and elements in all. A record has about 40; a statement with many fields stays far below."""

_KEY = re.compile(r"[a-z0-9_]+")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\Z)', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SAFE = 2**53


def dumps(value: object) -> bytes:
    """The canonical bytes; NotCanonical for a value outside the restricted form."""
    _check(value, MAX_DEPTH)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise NotCanonical("a string holds a lone surrogate") from error


def loads_strict(data: bytes, *, max_bytes: int = MAX_BYTES, max_members: int = MAX_MEMBERS) -> Value:
    """The value of canonical bytes; NotCanonical unless serialising it again gives the same bytes.

    Size, depth and number of members are bounded before the parser sees anything.
    """
    if len(data) > max_bytes:
        raise NotCanonical(f"longer than {max_bytes} bytes")
    _bound(data, max_members)
    try:
        value: Value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NotCanonical("not JSON") from error
    if dumps(value) != data:
        raise NotCanonical("not in canonical form")
    return value


def _bound(data: bytes, max_members: int) -> None:
    if data.count(b"{") + data.count(b"[") <= MAX_DEPTH and data.count(b",") < max_members:
        return
    bare = _STRING.sub(b"", data)
    if bare.count(b",") >= max_members:
        raise NotCanonical(f"more than {max_members} members")
    depth = 0
    for character in bare.translate(None, _NOT_BRACKETS):
        depth += 1 if character in b"[{" else -1
        if depth > MAX_DEPTH:
            raise NotCanonical(f"deeper than {MAX_DEPTH}")


def _check(value: object, depth: int) -> None:
    kind = type(value)
    if kind is str or kind is bool:
        return
    if kind is int:
        if not -_SAFE < value < _SAFE:  # type: ignore[operator]  # kind is int
            raise NotCanonical("an integer of 2^53 or more")
        return
    if depth == 0:
        raise NotCanonical(f"deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        for key, member in value.items():
            if type(key) is not str or not _KEY.fullmatch(key):
                raise NotCanonical("a key outside [a-z0-9_]+")
            _check(member, depth - 1)
    elif isinstance(value, list | tuple):
        for element in value:
            _check(element, depth - 1)
    else:
        raise NotCanonical(f"{'null' if value is None else kind.__name__} is not allowed")
