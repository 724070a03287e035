"""Forms of values in records: what may stand in a plain member or a slot (evidence format, section 2).

A form judges a JSON value. The empty string ("does not apply") and `none` are judged by `Form.judge`, all else by the
form's own check. A code outside its closed list raises `UnknownCode`: the reader is too old, the record is no worse.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard

from authsvc.evidence import codes
from authsvc.evidence.canonical import Value

NONE = "none"
MAX_TEXT = 4_096
MAX_CLIENT_ID = 255
MAX_METHODS = 16

Check = Callable[[Value], None]
"""Raises ValueError with the reason when a value is outside the form."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}").fullmatch
_DIGEST = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]").fullmatch
_DIGEST_512 = re.compile(r"[A-Za-z0-9_-]{85}[AQgw]").fullmatch
_PERSON = re.compile(r"(?:iin|bin):[0-9]{12}").fullmatch
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,127}").fullmatch
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z").fullmatch


class UnknownCode(ValueError):
    """A well-formed code that is on no list known here."""


@dataclass(frozen=True, slots=True)
class Form:
    """`allows_none`: the string `none` may stand, and then the empty string may not. `needed`: it may not anyway."""

    name: str
    check: Check
    allows_none: bool = False
    needed: bool = False

    def judge(self, value: Value) -> None:
        """ValueError with a reason unless the value may stand."""
        if value == "":
            if self.allows_none or self.needed:
                raise ValueError("may not be empty")
        elif not (self.allows_none and value == NONE):
            self.check(value)


def _matching(match: Callable[[str], object], reason: str) -> Check:
    def check(value: Value) -> None:
        if type(value) is not str or not match(value):
            raise ValueError(reason)

    return check


def _of_list(known: Sequence[str]) -> Check:
    listed = frozenset(known)

    def check(value: Value) -> None:
        if type(value) is not str or value not in listed:
            _refuse_code(value)

    return check


def _refuse_code(value: Value) -> None:
    if isinstance(value, str) and _CODE(value):
        raise UnknownCode(f"the code {value} is not known here")
    raise ValueError("not a code")


def _array(check: Check) -> Check:
    def check_all(value: Value) -> None:
        if not isinstance(value, list):
            raise ValueError("not an array")
        for element in value:
            check(element)

    return check_all


def _or_none(check: Check) -> Check:
    def check_or_none(value: Value) -> None:
        if value != NONE:
            check(value)

    return check_or_none


def _object(**members: Check) -> Check:
    def check(value: Value) -> None:
        if not isinstance(value, dict) or value.keys() != members.keys():
            raise ValueError(f"not an object with the members {', '.join(members)}")
        for name, check_member in members.items():
            check_member(value[name])

    return check


def _pair(first: Check, second: Check) -> Check:
    def check(value: Value) -> None:
        if not isinstance(value, list) or len(value) != 2:
            raise ValueError("not an array of two")
        first(value[0])
        second(value[1])

    return check


def _either(first: Check, second: Check) -> Check:
    def check(value: Value) -> None:
        try:
            first(value)
        except ValueError:
            second(value)

    return check


def _check_text(value: Value) -> None:
    if type(value) is not str or not 1 <= len(value) <= MAX_TEXT:
        raise ValueError(f"not a text of at most {MAX_TEXT} characters")


def _check_client(value: Value) -> None:
    if type(value) is not str or not 1 <= len(value) <= MAX_CLIENT_ID or value == NONE:
        raise ValueError("not a client id")


def _is_integer(value: Value) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < 2**53


def _check_count(value: Value) -> None:
    if not _is_integer(value):
        raise ValueError("not a count")


def _check_positive(value: Value) -> None:
    if not _is_integer(value) or value < 1:
        raise ValueError("not an integer from 1")


def _check_time(value: Value) -> None:
    if type(value) is not str or not _TIME(value):
        raise ValueError("not a time with three fraction digits")
    datetime.fromisoformat(value)


def _check_place(value: Value) -> None:
    _object(n=_check_positive, of=_check_positive)(value)
    if isinstance(value, dict) and str(value["n"]) != str(value["of"]) and _number(value["n"]) > _number(value["of"]):
        raise ValueError("a place beyond the last")


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _check_outcome_of_group(value: Value) -> None:
    if value != "":
        _of_list(codes.GROUP_OUTCOMES)(value)


def _check_methods(known: Sequence[str]) -> Check:
    each = _of_list(known)

    def check(value: Value) -> None:
        _array(each)(value)
        if isinstance(value, list) and not 1 <= len(value) <= MAX_METHODS:
            raise ValueError(f"not 1 to {MAX_METHODS} methods")

    return check


_id = _matching(_ID, "not a UUIDv7")
_digest = _matching(_DIGEST, "not a SHA-256 as base64url")
_code = _matching(_CODE, "not a code")
_person = _matching(_PERSON, "not iin: or bin: and 12 digits")
_reference = _or_none(_id)

ID = Form("record id", _id, needed=True)
TIME = Form("time", _check_time)
TIME_NEEDED = Form("time", _check_time, needed=True)
DIGEST = Form("digest", _digest)
DIGEST_NEEDED = Form("digest", _digest, needed=True)
DIGEST_512_NEEDED = Form("digest", _matching(_DIGEST_512, "not a SHA-512 as base64url"), needed=True)
TEXT = Form("text", _check_text)
TEXT_OR_NONE = Form("text", _check_text, allows_none=True)
CODE = Form("code", _code)
ACR = Form("code", _of_list(codes.ACRS), allows_none=True)
CLIENT = Form("client id", _check_client)
CLIENT_OR_NONE = Form("client id", _check_client, allows_none=True)
COUNT = Form("integer", _check_count)
POSITIVE_NEEDED = Form("integer", _check_positive, needed=True)
SUBJECT = Form("person", _person)
NUMBER = Form("integer", _check_positive)
PREVIOUS = Form("leaf hash", _or_none(_digest))
"""Empty for an absent party; `none` for a person's first record."""
IDS = Form("record ids", _array(_id))
ID_OR_NONE = Form("record id", _id, allows_none=True)
ENROLMENTS = Form("record ids", _array(_reference), needed=True)
METHODS = Form("methods", _check_methods(codes.METHODS), needed=True)
LOGIN_METHODS = Form("methods", _check_methods(codes.LOGIN_METHODS), needed=True)

FACTOR_KEY = Form("key", _object(credential_id=_check_text, public_key=_check_text, registration=_digest), True)
GROUP = Form("group", _object(group=_check_text, k=_check_positive, n=_check_positive, outcome=_check_outcome_of_group))
PLACE = Form("place", _check_place)
APPROVALS = Form("approvals", _array(_object(person=_person, record=_reference, signature=_or_none(_digest))))
MATERIAL = Form("material", _array(_object(digest=_digest, kind=_of_list(codes.MATERIAL_KINDS))))
FACTORS = Form("codes", _array(_code))
EXPORT_LIST = Form("records and slots", _array(_pair(_id, _array(_code))))
EXPORT_LEFT_OUT = Form("records left out", _array(_pair(_either(_check_positive, _id), _code)))
EXPORT_HEADS = Form("heads", _array(_pair(_check_positive, _digest)))


def listed(known: Sequence[str], *, needed: bool = False) -> Form:
    """The form of a code from a closed list."""
    return Form("code", _of_list(known), needed=needed)


def is_absent(value: Value) -> bool:
    """Whether a slot says that it does not apply, or that there was none."""
    return value in ("", NONE)
