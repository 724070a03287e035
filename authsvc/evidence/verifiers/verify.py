#!/usr/bin/env python3
"""Checks a court package offline. Needs Python 3.8 or later and nothing else. Asks nobody, writes nothing.

    python3 verify.py PACKAGE --trust trust.json [--receipt FILE]... [--lang kk|ru|en] [--json]

PACKAGE is the ZIP, or the PDF that has it attached. trust.json comes from where the organisation publishes it, never
from the package. The exit status is 0 VALID, 1 INVALID, 2 NOT CONFIRMED, 65 not a court package, 64 a wrong call.

This file follows the published format (docs/evidence.md of authsvc) and shares no code with the service,
so that it does not repeat its mistakes. It is meant to be read: tables first, then bytes, signatures, the log, the
archive, the fifteen checks in their order, and the words. With the package `cryptography` installed it also checks
ML-DSA-44 signatures. What it can't check it says: electronic digital signatures, the certificates of time-stamp
authorities, the organisation's seal, and whether the report says what the records say. For these there is
`authsvc evidence check`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import time
import unicodedata
import zlib
from datetime import datetime, timedelta
from typing import Any, Callable, Iterator, NamedTuple, NoReturn, Sequence, Tuple
from xml.sax.saxutils import quoteattr

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
except Exception:  # absent, too old, or broken: Ed25519 needs none of it, and the verdict says what was not checked
    MLDSA44PublicKey = None  # type: ignore[assignment,misc]  # tested before use

RELEASE = "1"

# --- 1. The record types (format, sections 2 and 3) -------------------------------------------------------------------
#
# A form is a word of `judge` below; behind it `!` says that the value may not be empty, `?` that it may be `none` (and
# then not empty). `list:X` is a code of the list X.

CODES = {
    "FAMILIES": "root log administration identity confirmation verification case",
    "ROLES": "person entity grantor signer addressee resolver",
    "ENVIRONMENTS": "production test",
    "KEY_USES": "log issuer receipt",
    "KEY_EVENTS": "added retired revoked",
    "KEY_REASONS": "rotation superseded lost compromise",
    "METHODS": "code totp password identifier push passkey payment",
    "LOGIN_METHODS": "code totp password identifier push passkey payment eds hotp",
    "ACRS": "urn:authsvc:acr:single urn:authsvc:acr:multi urn:authsvc:acr:vouched",
    "LOGINS": "accepted refused",
    "OUTCOMES": "confirmed declined expired cancelled failed",
    "INDICATIONS": "TOTAL-PASSED TOTAL-FAILED INDETERMINATE",
    "SUB_INDICATIONS": "FORMAT_FAILURE HASH_FAILURE SIG_CRYPTO_FAILURE REVOKED EXPIRED NOT_YET_VALID"
    " SIG_CONSTRAINTS_FAILURE CHAIN_CONSTRAINTS_FAILURE CERTIFICATE_CHAIN_GENERAL_FAILURE CRYPTO_CONSTRAINTS_FAILURE"
    " POLICY_PROCESSING_ERROR SIGNATURE_POLICY_NOT_AVAILABLE TIMESTAMP_ORDER_FAILURE NO_SIGNING_CERTIFICATE_FOUND"
    " NO_CERTIFICATE_CHAIN_FOUND NO_CERTIFICATE_CHAIN_FOUND_NO_POE REVOKED_NO_POE REVOKED_CA_NO_POE"
    " OUT_OF_BOUNDS_NOT_REVOKED OUT_OF_BOUNDS_NO_POE REVOCATION_OUT_OF_BOUNDS_NO_POE CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    " NO_POE TRY_LATER SIGNED_DATA_NOT_FOUND",
    "EXPORT_KINDS": "court authority auditor person",
    "ERASURE_KINDS": "deleted anonymised restricted taken_down",
    "CORRECTION_KINDS": "note wrong_value wrong_person withdrawn",
    "ADMINISTRATION_KINDS": "relying_party policy trust_store template staff_role software switch look_up",
    "ADMINISTRATION_EVENTS": "added changed removed done",
    "CREDENTIAL_EVENTS": "enrolled changed suspended restored revoked",
    "MANDATE_EVENTS": "granted changed revoked",
    "CONSENT_EVENTS": "given withdrawn",
    "DELIVERY_EVENTS": "sent received refused",
    "READ_EVENTS": "opened acknowledged",
    "DECISION_RESULTS": "allowed step_up refused",
    "DISPUTE_EVENTS": "opened withdrawn",
    "RESOLUTION_RESULTS": "granted partly_granted rejected settled",
    "SHOWN_BY": "service relying_party device_app",
    "CONTENT_SEEN": "seen digest_only",
    "LOCALES": "kk ru en",
    "DISPUTE_KINDS": "review_of_decision not_me contract other",
    "YES_NO": "yes no",
    "AUTOMATIONS": "full partial",
    "MATERIAL_KINDS": "crl ocsp time_stamp certificate",
    "GROUP_OUTCOMES": "met failed",
}

# type: (family, {plain member: form}, slots in order); P(x) stands for x_subject, x_number, x_previous
TYPES = {
    "genesis": (
        "root",
        {
            "origin": "origin!",
            "environment": "list:ENVIRONMENTS!",
            "issuers": "issuers!",
            "log_keys": "log_keys!",
            "receipt_keys": "receipt_keys!",
            "predecessor": "predecessor!",
        },
        "approvals genesis_ground",
    ),
    "key": (
        "root",
        {
            "key_use": "list:KEY_USES!",
            "key_value": "key_value!",
            "key_event": "list:KEY_EVENTS!",
            "key_reason": "list:KEY_REASONS",
            "key_leaked_at": "time",
        },
        "approvals key_ground key_evidence",
    ),
    "anchor": (
        "log",
        {
            "anchor_size": "positive!",
            "anchor_root": "digest!",
            "anchor_root_512": "digest_512!",
            "anchor_tsa": "digest!",
            "anchor_token": "digest!",
        },
        "",
    ),
    "export": (
        "log",
        {"export_kind": "list:EXPORT_KINDS!"},
        "about rp export_recipient export_request export_ground export_list export_left_out export_count export_heads"
        " approvals",
    ),
    "erasure": (
        "log",
        {"erasure_kind": "list:ERASURE_KINDS!"},
        "P(person) P(entity) about rp erasure_scope erasure_ground approvals",
    ),
    "correction": (
        "log",
        {"correction_kind": "list:CORRECTION_KINDS!"},
        "P(person) P(entity) about rp correction_text correction_reason approvals",
    ),
    "administration": (
        "administration",
        {"administration_kind": "list:ADMINISTRATION_KINDS!", "administration_event": "list:ADMINISTRATION_EVENTS!"},
        "P(person) P(entity) about rp object before after administration_ground approvals",
    ),
    "credential": (
        "identity",
        {"credential_event": "list:CREDENTIAL_EVENTS!", "factor_method": "list:LOGIN_METHODS!"},
        "P(person) about rp authentication acr person_name factor factor_key person_address person_device attestation"
        " credential_ground vouched_by relying_party_record policy_record trust_store_record",
    ),
    "mandate": (
        "identity",
        {"mandate_event": "list:MANDATE_EVENTS!"},
        "P(entity) P(person) P(grantor) about rp authentication acr mandate_scope mandate_ground mandate_document"
        " mandate_from mandate_until policy_record",
    ),
    "consent": (
        "identity",
        {"consent_event": "list:CONSENT_EVENTS!"},
        "P(person) about rp authentication acr consent_scope consent_purpose consent_text locale consent_until"
        " template_record policy_record",
    ),
    "authentication": (
        "identity",
        {
            "login": "list:LOGINS!",
            "login_method": "methods:LOGIN_METHODS!",
            "login_acr": "list:ACRS",
            "login_statement": "digest!",
        },
        "P(person) P(entity) about rp mandate person_name credential login_answer tries first_try last_try"
        " person_address person_ip person_device login_session login_reason vouched_by relying_party_record"
        " policy_record",
    ),
    "confirmation": (
        "confirmation",
        {
            "method": "methods:METHODS!",
            "statement": "digest!",
            "challenge": "digest!",
            "outcome": "list:OUTCOMES!",
        },
        "P(person) P(entity) about rp mandate person_name authentication acr credential shown shown_by locale answer"
        " tries first_try last_try reason expires person_address person_ip person_device group vouched_by"
        " relying_party_record policy_record trust_store_record template_record",
    ),
    "signature_verification": (
        "verification",
        {"indication": "list:INDICATIONS!", "sub_indication": "list:SUB_INDICATIONS"},
        "P(signer) P(entity) about rp document document_name content_seen signature signature_place certificate"
        " material validation_time best_signature_time report relying_party_record policy_record trust_store_record",
    ),
    "delivery": (
        "case",
        {"delivery_event": "list:DELIVERY_EVENTS!"},
        "P(addressee) P(entity) about rp sender delivered addressee_address delivery_channel delivery_time"
        " delivery_proof relying_party_record",
    ),
    "notice_read": (
        "case",
        {"read_event": "list:READ_EVENTS!"},
        "P(person) P(entity) about rp mandate notice shown shown_by locale authentication acr person_ip person_device"
        " template_record",
    ),
    "decision": (
        "case",
        {"decision_result": "list:DECISION_RESULTS!"},
        "P(person) P(entity) about rp decision_rule decision_version decision_automation decision_model"
        " decision_factors decision_text locale informed_at review_due policy_record",
    ),
    "dispute": (
        "case",
        {"dispute_event": "list:DISPUTE_EVENTS!"},
        "P(person) P(entity) about rp mandate authentication acr dispute_kind dispute_text dispute_due",
    ),
    "resolution": (
        "case",
        {"resolution_result": "list:RESOLUTION_RESULTS!"},
        "P(person) P(entity) P(resolver) about rp resolver_name resolver_role authentication acr resolution_proposal"
        " resolution_reasons resolution_final",
    ),
}

# form: the slots that have it; a name means the same in every type
SLOT_FORMS = {
    "subject": "*_subject",
    "positive": "*_number",
    "previous": "*_previous",
    "approvals": "approvals",
    "ids": "about",
    "client": "rp",
    "client?": "vouched_by",
    "id?": "authentication mandate relying_party_record policy_record trust_store_record template_record",
    "enrolments!": "credential",
    "list:ACRS?": "acr",
    "digest": "key_evidence export_request correction_text before after attestation mandate_document consent_text"
    " login_answer shown answer document signature certificate report delivered delivery_proof notice decision_text"
    " dispute_text resolution_proposal resolution_reasons",
    "text": "genesis_ground key_ground export_recipient export_ground erasure_ground object administration_ground"
    " person_name factor person_address person_device credential_ground mandate_scope mandate_ground consent_scope"
    " consent_purpose person_ip login_session document_name sender addressee_address resolver_name",
    "text?": "decision_model",
    "code": "erasure_scope correction_reason login_reason reason delivery_channel decision_rule decision_version"
    " resolver_role",
    "time": "mandate_from mandate_until consent_until first_try last_try expires validation_time best_signature_time"
    " delivery_time informed_at review_due dispute_due",
    "count": "export_count tries",
    "list:LOCALES": "locale",
    "list:SHOWN_BY": "shown_by",
    "list:CONTENT_SEEN": "content_seen",
    "list:AUTOMATIONS": "decision_automation",
    "list:DISPUTE_KINDS": "dispute_kind",
    "list:YES_NO": "resolution_final",
    "factor_key?": "factor_key",
    "group": "group",
    "place": "signature_place",
    "material": "material",
    "codes": "decision_factors",
    "export_list": "export_list",
    "export_left_out": "export_left_out",
    "export_heads": "export_heads",
}

DOMAINS = {
    "statement": b"authsvc/confirmation/v1\0",
    "login_statement": b"authsvc/authentication/v1\0",
    "challenge": b"authsvc/challenge/v1\0",
}
REFERENCES = (
    "about authentication mandate credential relying_party_record policy_record trust_store_record template_record"
)
MAX_TEXT = 4096
MAX_ENTRY = 65535


def slots_of(type_: str) -> list[str]:
    """The slots of a type in order."""
    names: list[str] = []
    for word in TYPES[type_][2].split():
        role = word[2:-1] if word.startswith("P(") else ""
        names += [role + "_subject", role + "_number", role + "_previous"] if role else [word]
    return names


def roles_of(type_: str) -> list[str]:
    """The parties of a type in order."""
    return [word[2:-1] for word in TYPES[type_][2].split() if word.startswith("P(")]


def form_of_slot(name: str) -> str:
    """The form of a slot's value."""
    end = "*_" + name.rpartition("_")[2]
    for form, names in SLOT_FORMS.items():
        if name in names.split() or names == end:
            return form
    raise KeyError(name)


# --- 2. Bytes: base64, canonical JSON, forms of values ----------------------------------------------------------------


class Refused(Exception):
    """Something breaks the format. `member` is its place in a record, where there is one."""

    def __init__(self, member: str, reason: str) -> None:
        super().__init__(reason)
        self.member = member
        self.reason = reason


class Newer(Refused):
    """A version or code that this verifier does not know: the reader is too old, the record is no worse."""


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts, one behind the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def from_base64(text: str) -> bytes:
    """The bytes of canonical base64; empty when it is none."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        return b""
    return data if base64.b64encode(data).decode() == text else b""


def to_base64url(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes of canonical base64url without padding; empty when it is none."""
    try:
        data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return b""
    return data if to_base64url(data) == text else b""


def write_json(value: Any) -> bytes:
    """JCS (RFC 8785) of a value without floats and with ASCII member names."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read_json(data: bytes, most: int = MAX_ENTRY, members: int = 4096) -> Any:
    """The value of canonical JSON: parsed, written again, equal; else Refused. Bounds come before the parser."""
    bare = re.sub(rb'"(?:[^"\\]|\\.)*(?:"|\Z)', b"", data, flags=re.DOTALL) if len(data) <= most else b""
    depth = deepest = 0
    for byte in bare:
        depth += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, depth)
    if len(data) > most or deepest > 8 or bare.count(b",") >= members:
        raise Refused("", "too long, too deep or too many members")
    try:
        value = json.loads(data.decode(), parse_int=_read_int)
        _check_json(value)
        same = write_json(value) == data
    except (ValueError, RecursionError) as error:
        raise Refused("", "not JSON of this format") from error
    if not same:
        raise Refused("", "not in canonical form")
    return value


def _read_int(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) >= 2**53:
        raise ValueError("an integer of 2^53 or more")
    return int(digits)


def _check_json(value: Any) -> None:
    if isinstance(value, dict):
        for name, member in value.items():
            if not re.fullmatch("[a-z0-9_]+", name):
                raise ValueError("a member name outside [a-z0-9_]+")
            _check_json(member)
    elif isinstance(value, list):
        for element in value:
            _check_json(element)
    elif type(value) not in (str, int, bool):
        raise ValueError("null or a float")


ID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
DIGEST = re.compile("[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
DIGEST_512 = re.compile("[A-Za-z0-9_-]{85}[AQgw]")
PERSON = re.compile("(?:iin|bin):[0-9]{12}")
CODE = re.compile("[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,127}")
TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{3})Z")
ORIGIN = re.compile("[a-z0-9][a-z0-9.:/_-]{0,199}")


def read_time(text: str) -> int:
    """Milliseconds since the epoch; ValueError for another form."""
    match = TIME.fullmatch(text)
    if not match:
        raise ValueError("not a time with three fraction digits")
    year, month, day, hour, minute, second, fraction = map(int, match.groups())
    moment = datetime(year, month, day, hour, minute, second)
    return (moment - datetime(1970, 1, 1)) // timedelta(milliseconds=1) + fraction


def write_time(ms: int) -> str:
    """RFC 3339 in UTC with three fraction digits."""
    moment = datetime(1970, 1, 1) + timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds") + "Z"


def judge(form: str, value: Any) -> None:
    """ValueError with a reason unless the value may stand; Newer for a code that is not known here."""
    name = form.rstrip("!?")
    if value == "":
        if name != form:
            raise ValueError("may not be empty")
    elif not (form.endswith("?") and value == "none"):
        kind, _, listed = name.partition(":")
        _JUDGES[kind](value, listed) if listed else _JUDGES[kind](value)


def _need(holds: Any, reason: str) -> None:
    if not holds:
        raise ValueError(reason)


def _matching(pattern: Any, reason: str) -> Callable[[Any], None]:
    return lambda value: _need(type(value) is str and pattern.fullmatch(value), reason)


def _or_none(check: Callable[[Any], None]) -> Callable[[Any], None]:
    return lambda value: None if value == "none" else check(value)


def _array(value: Any, check: Callable[[Any], None]) -> None:
    _need(isinstance(value, list), "not an array")
    for element in value:
        check(element)


def _object(value: Any, **members: Callable[[Any], None]) -> None:
    _need(isinstance(value, dict) and value.keys() == members.keys(), "not an object of these members")
    for name, check in members.items():
        check(value[name])


def _pair(value: Any, first: Callable[[Any], None], second: Callable[[Any], None]) -> None:
    _need(isinstance(value, list) and len(value) == 2, "not an array of two")
    first(value[0])
    second(value[1])


def _listed(value: Any, listed: str) -> None:
    if not (type(value) is str and value in CODES[listed].split()):
        _code(value)
        raise Newer("", f"the code {value} is not known here")


def _methods(value: Any, listed: str) -> None:
    _array(value, lambda each: _listed(each, listed))
    _need(1 <= len(value) <= 16, "not 1 to 16 methods")


def _integer(value: Any, least: int = 1) -> None:
    _need(type(value) is int and least <= value < 2**53, "not an integer from %d" % least)


def _text(value: Any) -> None:
    _need(type(value) is str and 1 <= len(value) <= MAX_TEXT, "not a text of at most %d characters" % MAX_TEXT)


def _plain_text(value: Any) -> None:
    _need(type(value) is str, "not a text")


def _client(value: Any) -> None:
    _need(type(value) is str and 1 <= len(value) <= 255 and value != "none", "not a client id")


def _time(value: Any) -> None:
    _need(type(value) is str, "not a time")
    read_time(value)


def _place(value: Any) -> None:
    _object(value, n=_integer, of=_integer)
    _need(value["n"] <= value["of"], "a place beyond the last")


def _number_or_id(value: Any) -> None:
    _integer(value) if type(value) is int else _id(value)


_id = _matching(ID, "not a UUIDv7")
_digest = _matching(DIGEST, "not a SHA-256 as base64url")
_digest_512 = _matching(DIGEST_512, "not a SHA-512 as base64url")
_code = _matching(CODE, "not a code")
_person = _matching(PERSON, "not iin: or bin: and 12 digits")


def _factor_key(value: Any) -> None:
    _object(value, credential_id=_text, public_key=_text, registration=_digest)


def _group(value: Any) -> None:
    def outcome(each: Any) -> None:
        if each != "":
            _listed(each, "GROUP_OUTCOMES")

    _object(value, group=_text, k=_integer, n=_integer, outcome=outcome)


def _approval(value: Any) -> None:
    _object(value, person=_person, record=_or_none(_id), signature=_or_none(_digest))


def _material(value: Any) -> None:
    _object(value, digest=_digest, kind=lambda each: _listed(each, "MATERIAL_KINDS"))


def _origin(value: Any) -> None:
    _need(type(value) is str and ORIGIN.fullmatch(value), "not an origin")


def _vkey(value: Any, kinds: Sequence[int] = (1, 6)) -> Key:
    try:
        key = read_vkey(value)
    except Refused as error:
        raise ValueError(error.reason) from error
    _need(key.kind in kinds, "a verifier key of another kind")
    return key


def _issuers(value: Any) -> None:
    families = CODES["FAMILIES"].split()
    _need(isinstance(value, list) and len(value) == len(families), "not one issuer for each family")
    for each, family in zip(value, families):
        _need(isinstance(each, dict) and each.keys() == {"family", "vkey"}, "not an issuer")
        _need(each["family"] == family, "issuers are not in the order of the families")
    keys = {_vkey(each["vkey"], (1,)).public for each in value}
    _need(len(keys) == len(families), "one key for two families")


def _log_keys(value: Any) -> None:
    _need(isinstance(value, list), "not an array")
    keys = [_vkey(each) for each in value]
    _need(any(key.kind == 1 for key in keys) and len(set(keys)) == len(keys), "no Ed25519 log key, or one key twice")


def _receipt_keys(value: Any) -> None:
    _array(value, _digest)
    _need(len(value) <= 16, "more than 16 receipt keys")


def _key_value(value: Any) -> None:
    _vkey(value) if isinstance(value, str) and "+" in value else _digest(value)


def _predecessor(value: Any) -> None:
    _need(isinstance(value, list) and len(value) <= 1, "not an array of none or one")
    for each in value:
        _object(
            each,
            lost_from=_integer,
            lost_to=_integer,
            origin=_origin,
            root=_digest,
            root_512=_digest_512,
            size=_integer,
        )
        _need(each["size"] <= each["lost_from"] <= each["lost_to"], "the bounds of what was lost are out of order")


_JUDGES: dict[str, Callable[..., None]] = {
    "id": _id,
    "time": _time,
    "digest": _digest,
    "digest_512": _digest_512,
    "text": _text,
    "code": _code,
    "list": _listed,
    "methods": _methods,
    "client": _client,
    "count": lambda value: _integer(value, 0),
    "positive": _integer,
    "subject": _person,
    "previous": _or_none(_digest),
    "ids": lambda value: _array(value, _id),
    "enrolments": lambda value: _array(value, _or_none(_id)),
    "factor_key": _factor_key,
    "group": _group,
    "place": _place,
    "approvals": lambda value: _array(value, _approval),
    "material": lambda value: _array(value, _material),
    "codes": lambda value: _array(value, _code),
    "export_list": lambda value: _array(value, lambda each: _pair(each, _id, lambda names: _array(names, _code))),
    "export_left_out": lambda value: _array(value, lambda each: _pair(each, _number_or_id, _code)),
    "export_heads": lambda value: _array(value, lambda each: _pair(each, _integer, _digest)),
    "origin": _origin,
    "issuers": _issuers,
    "log_keys": _log_keys,
    "receipt_keys": _receipt_keys,
    "key_value": _key_value,
    "predecessor": _predecessor,
}

# --- 3. Ed25519 (RFC 8032) under the one rule of the format: S < L, R and the key canonical, the key not of small order

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
Point = Tuple[int, int, int, int]  # extended coordinates: x = X/Z, y = Y/Z, x y = T/Z
NEUTRAL: Point = (0, 1, 1, 0)


def _add(a: Point, b: Point) -> Point:
    s, t = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    u, v = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = t - s, v - u, v + u, t + s
    return e * f % P, g * h % P, f * g % P, e * h % P


def read_point(data: bytes) -> Point | None:
    """The point of 32 bytes; None unless they are its one canonical encoding."""
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if len(data) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * SQRT_M1 % P
    if x * x % P != square or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def is_good_key(data: bytes) -> bool:
    """Whether 32 bytes are a canonical point of the curve whose order does not divide 8."""
    point = read_point(data)
    if point is None:
        return False
    for _ in range(3):
        point = _add(point, point)
    return not (point[0] % P == 0 and (point[1] - point[2]) % P == 0)


_Y = 4 * pow(5, P - 2, P) % P
BASE = read_point(_Y.to_bytes(32, "little")) or NEUTRAL


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether R is the encoding of S·B - k·A, with k = SHA-512(R, A, message)."""
    if len(signature) != 64 or not is_good_key(public) or read_point(signature[:32]) is None:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    a = read_point(public) or NEUTRAL
    minus_a: Point = (P - a[0], a[1], 1, P - a[3])
    both = _add(BASE, minus_a)
    total = NEUTRAL
    for bit in range(max(s.bit_length(), k.bit_length()) - 1, -1, -1):
        total = _add(total, total)
        which = (s >> bit & 1) + 2 * (k >> bit & 1)
        if which:
            total = _add(total, (BASE, minus_a, both)[which - 1])
    inverse = pow(total[2], P - 2, P)
    x, y = total[0] * inverse % P, total[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# --- 4. Notes, keys, checkpoints, proofs, policies (C2SP signed-note, tlog-checkpoint, -cosignature, -proof, -policy) -

ED25519, COSIGNATURE, ML_DSA_44 = 1, 4, 6
KEY_SIZES = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312}
MAX_NOTE = 1_000_000
MAX_SIZE = 2**63 - 1


class Key(NamedTuple):
    """A public key under its name."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes before each of its signatures."""
        return sha256(self.name.encode(), b"\n", bytes([self.kind]), self.public)[:4]

    def say(self) -> str:
        """Kind and id, for people."""
        return "{} {}".format("ML-DSA-44" if self.kind == ML_DSA_44 else "Ed25519", self.id.hex())

    def verify(self, text: bytes, raw: bytes) -> bool | None:
        """Whether `raw` signs the note text; None where this can't be checked here."""
        if self.kind == ED25519:
            return verify_ed25519(self.public, text, raw)
        moment = int.from_bytes(raw[:8], "big")
        if len(raw) < 8 or moment > MAX_SIZE:
            return False
        if self.kind == COSIGNATURE:
            return verify_ed25519(self.public, b"cosignature/v1\ntime %d\n" % moment + text, raw[8:])
        return self._verify_ml_dsa(text, moment, raw[8:])

    def _verify_ml_dsa(self, text: bytes, moment: int, signature: bytes) -> bool | None:
        try:
            checkpoint = read_checkpoint(text)
        except Refused:
            return False
        names = self.name.encode(), checkpoint.origin.encode()
        if len(signature) != 2420 or any(len(name) > 255 for name in names):
            return False
        if MLDSA44PublicKey is None:
            return None
        message = b"subtree/v1\n\0" + bytes([len(names[0])]) + names[0] + struct.pack(">Q", moment)
        message += bytes([len(names[1])]) + names[1] + struct.pack(">QQ", 0, checkpoint.size) + checkpoint.root
        try:
            MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def is_key_name(name: str) -> bool:
    """Whether a key may have this name."""
    return bool(name) and not any(c == "+" or c.isspace() or c < " " for c in name)


def read_vkey(text: Any) -> Key:
    """The key of `NAME+ID+KEY`; Refused for a weak key too."""
    match = re.fullmatch(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)", text) if isinstance(text, str) else None
    data = from_base64(match[3]) if match else b""
    if match is None or not data or not is_key_name(match[1]):
        raise Refused("", "not a verifier key")
    key = Key(match[1], data[0], data[1:])
    if len(key.public) != KEY_SIZES.get(key.kind, -1) or key.id.hex() != match[2]:
        raise Refused("", "a verifier key of another kind, size or id")
    if key.kind != ML_DSA_44 and not is_good_key(key.public):
        raise Refused("", "an Ed25519 key of small order, not canonical, or not on the curve")
    return key


class Signature(NamedTuple):
    """One signature line; `raw` is what stands behind the key id."""

    name: str
    id: bytes
    raw: bytes


def read_note(data: bytes) -> tuple[bytes, list[Signature]]:
    """The text with its last newline, and the signature lines; no key is looked at."""
    split = data.rfind(b"\n\n")
    if len(data) > MAX_NOTE or re.search(rb"[\x00-\x09\x0b-\x1f]", data) or split < 0 or data[-1:] != b"\n":
        raise Refused("entry", "not a signed note")
    try:
        lines = data.decode()[len(data[: split + 2].decode()) : -1].split("\n")
    except UnicodeDecodeError as error:
        raise Refused("entry", "not UTF-8") from error
    signatures = []
    for line in lines:
        name, _, encoded = line[2:].partition(" ")
        raw = from_base64(encoded)
        if not line.startswith("— ") or not is_key_name(name) or len(raw) < 5:
            raise Refused("entry", "not a signature line")
        signatures.append(Signature(name, raw[:4], raw[4:]))
    if len(signatures) > 100:
        raise Refused("entry", "more than 100 signatures")
    return data[: split + 1], signatures


class Signed(NamedTuple):
    """A key that signed a note: its time in seconds where the kind has one, and whether the signature was checked."""

    key: Key
    time: int | None
    checked: bool


def open_note(data: bytes, keys: Sequence[Key]) -> list[Signed]:
    """Who of these keys signed. A line of an unknown key is ignored, a bad line of a known one refuses the note."""
    text, signatures = read_note(data)
    known = {(key.name, key.id): key for key in keys}
    found: dict[Key, Signed] = {}
    for each in signatures:
        key = known.get((each.name, each.id))
        if key is None:
            continue
        holds = key.verify(text, each.raw)
        if holds is False:
            raise Refused("", f"the signature of {key.name} does not verify")
        moment = None if key.kind == ED25519 else int.from_bytes(each.raw[:8], "big")
        found.setdefault(key, Signed(key, moment, holds is True))
    return list(found.values())


class Checkpoint(NamedTuple):
    """A tree head."""

    origin: str
    size: int
    root: bytes


def read_checkpoint(text: bytes) -> Checkpoint:
    """The checkpoint of a note's text."""
    try:
        lines = text.decode().split("\n")
    except UnicodeDecodeError as error:
        raise Refused("", "not UTF-8") from error
    if len(lines) < 4 or lines.pop() or "" in lines or re.search(rb"[\x00-\x09\x0b-\x1f]", text):
        raise Refused("", "not the lines of a checkpoint")
    root = from_base64(lines[2])
    if not re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]) or int(lines[1]) > MAX_SIZE or len(root) != 32:
        raise Refused("", "not the lines of a checkpoint")
    if int(lines[1]) == 0 and root != sha256():
        raise Refused("", "an empty tree has another root")
    return Checkpoint(lines[0], int(lines[1]), root)


class Proof(NamedTuple):
    """The entry's index, hashes from the leaf's sibling upwards, checkpoint; `extra` is covered by nothing."""

    place: int
    path: list[bytes]
    checkpoint: bytes
    extra: bytes


def read_proof(data: bytes) -> Proof:
    """The proof of a tlog-proof."""
    head, gap, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Refused("", "not a proof") from error
    if len(data) > 2 * MAX_NOTE or not gap or not checkpoint.strip(b"\n") or lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise Refused("", "not a proof")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0)[6:])
        if not extra or len(extra) > 65_536:
            raise Refused("", "an extra line that is not canonical")
    match = re.fullmatch("index (0|[1-9][0-9]{0,18})", lines.pop(0)) if lines else None
    path = [from_base64(line) for line in lines]
    if match is None or len(path) > 63 or any(len(each) != 32 for each in path):
        raise Refused("", "not a proof")
    return Proof(int(match[1]), path, checkpoint, extra)


def is_included(
    index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes, kind: Callable[..., Any] = hashlib.sha256
) -> bool:
    """RFC 9162, 2.1.3.2; `kind` is the tree's hash."""
    if not 0 <= index < size <= MAX_SIZE:
        return False
    node, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = kind(b"\1" + sibling + found).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = kind(b"\1" + found + sibling).digest()
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def is_extended(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree of `new` leaves extends the tree of `old` (RFC 9162, section 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = sha256(b"\1", sibling, first), sha256(b"\1", sibling, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = sha256(b"\1", second, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def read_der(data: bytes) -> list[tuple[int, bytes]]:
    """The elements (tag, contents) of these bytes (ITU-T X.690, definite lengths)."""
    found, at = [], 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            octets = length & 0x7F
            if not 1 <= octets <= 4:
                raise Refused("token", "a length that is not read here")
            length, at = int.from_bytes(data[at : at + octets], "big"), at + octets
        if at + length > len(data):
            raise Refused("token", "an element without its end")
        found.append((tag, data[at : at + length]))
        at += length
    return found


def within(data: bytes, *places: int) -> bytes:
    """The contents of the element at each place in turn, from the outside inwards."""
    for place in places:
        data = read_der(data)[place][1]
    return data


class Token(NamedTuple):
    """What an RFC 3161 token says: its imprint, by a hash (the DER of its OID), and the moments (ms) it may mean."""

    algorithm: bytes
    imprint: bytes
    earliest: int
    latest: int


def read_token(token: bytes) -> Token:
    """A token taken apart, its signature aside."""
    info = read_der(within(token, 0, 1, 0, 2, 1, 0, 0))
    imprint = read_der(info[2][1])
    oid = read_der(imprint[0][1])[0][1]
    text, _, fraction = info[4][1].decode("ascii").rstrip("Z").partition(".")
    moment = read_digits(text) + int(fraction[:3].ljust(3, "0"))
    unsure = max(1000 // 10 ** len(fraction), 1)  # nobody knows whether the authority rounds or cuts
    for tag, value in read_der(info[5][1]) if len(info) > 5 and info[5][0] == 0x30 else []:
        number = int.from_bytes(value, "big")
        unsure += {0x02: number * 1000, 0x80: number, 0x81: 1}.get(tag, 0)
    return Token(b"\x06" + bytes([len(oid)]) + oid, imprint[1][1], moment - unsure, moment + unsure)


def read_digits(text: str) -> int:
    """Milliseconds since the epoch of YYYYMMDDhhmmss."""
    year, month, day, hour, minute, second = (int(text[at : at + 2]) for at in (2, 4, 6, 8, 10, 12))
    moment = datetime(int(text[:2]) * 100 + year, month, day, hour, minute, second)
    return (moment - datetime(1970, 1, 1)) // timedelta(milliseconds=1)


def read_signer(token: bytes) -> tuple[bytes, bytes]:
    """Issuer and serial number of the certificate that has signed a token (RFC 5652, section 5.3)."""
    signers = read_der(within(token, 0, 1, 0))[-1][1]
    issuer, serial = read_der(within(signers, 0, 1))[:2]
    return issuer[1], serial[1]


def read_end(certificate: bytes) -> tuple[tuple[bytes, bytes], int]:
    """Issuer and serial number of a certificate, and the last moment (ms) at which it is valid (RFC 5280, 4.1).

    `certificate` are the contents of its outermost element.
    """
    members = [each for each in read_der(within(certificate, 0)) if each[0] != 0xA0]
    tag, value = read_der(members[3][1])[1]
    text = value.decode("ascii").rstrip("Z")
    if tag == 0x17:  # UTCTime: years from 1950
        text = ("20" if text < "50" else "19") + text
    return (members[2][1], members[0][1]), read_digits(text)


class Renewed(NamedTuple):
    """An older token under a renewal: its SHA-256 in hex, its place, the SHA-512 of its material, its path."""

    token: str
    place: int
    material: list[bytes]
    path: list[bytes]


def read_covers(data: bytes) -> list[Renewed]:
    """covers.json of a renewal; Refused or ValueError for another form."""
    value = read_json(data, 4 * 1024 * 1024, 200_000)
    _need(isinstance(value, list) and 0 < len(value) <= 2000, "not an array of renewed tokens")
    for each in value:
        _object(
            each,
            material=lambda array: _array(array, _digest_512),
            path=lambda array: _array(array, _digest_512),
            place=lambda place: _integer(place, 0),
            token=_matching(re.compile("[0-9a-f]{64}"), "not a SHA-256"),
        )
    found = [
        Renewed(
            each["token"],
            each["place"],
            [from_base64url(one) for one in each["material"]],
            [from_base64url(one) for one in each["path"]],
        )
        for each in value
    ]
    names = [each.token for each in found]
    _need(names == sorted(set(names)), "tokens out of order")
    return found


class Policy(NamedTuple):
    """Witnesses by name, groups by name as (k, members), and what makes the quorum."""

    witnesses: dict[str, Key]
    groups: dict[str, tuple[int, list[str]]]
    quorum: str

    def is_met(self, keys: set[Key]) -> bool:
        """Whether these witnesses make the quorum."""
        met = {name: key in keys for name, key in self.witnesses.items()}
        for name, (k, members) in self.groups.items():
            met[name] = sum(met[member] for member in members) >= k
        return self.quorum == "none" or met[self.quorum]

    def keys_below(self, name: str) -> set[Key]:
        """The witness keys under this name."""
        if name in self.witnesses:
            return {self.witnesses[name]}
        keys: set[Key] = set()
        for member in self.groups.get(name, (0, []))[1]:
            keys |= self.keys_below(member)
        return keys


def read_policy(data: bytes) -> Policy:
    """The tlog-policy of a text."""
    if len(data) > 262_144 or re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", data) or (data and data[-1:] != b"\n"):
        raise Refused("", "not a policy")
    policy, quorum = Policy({}, {}, ""), ""
    members: set[str] = set()
    logs: list[bytes] = []
    for line in data.decode(errors="surrogateescape").split("\n"):
        words = re.split("[ \t]+", line.strip(" \t"))
        taken = {**policy.witnesses, **policy.groups, "none": None}
        if not words[0] or words[0].startswith("#"):
            continue
        if words[0] == "log" and len(words) in (2, 3):
            logs.append(_policy_key(words[1], (ED25519, ML_DSA_44), logs))
        elif words[0] == "witness" and len(words) in (3, 4) and words[1] not in taken and len(taken) <= 256:
            others = [key.public for key in policy.witnesses.values()]
            _policy_key(words[2], (COSIGNATURE, ML_DSA_44), others)
            policy.witnesses[words[1]] = read_vkey(words[2])
        elif words[0] == "group" and len(words) >= 4 and words[1] not in taken and len(taken) <= 256:
            policy.groups[words[1]] = _policy_group(policy, words[2], words[3:], members)
        elif words[0] == "quorum" and len(words) == 2 and not quorum and words[1] in taken:
            quorum = words[1]
        else:
            raise Refused("", f"not a line of a policy: {words[0]!a}")
    if not quorum:
        raise Refused("", "no quorum line")
    return policy._replace(quorum=quorum)


def _policy_key(text: str, kinds: Sequence[int], others: Sequence[bytes]) -> bytes:
    key = read_vkey(text)
    if key.kind not in kinds or key.public in others:
        raise Refused("", "a key that does not fit its line, or twice")
    return key.public


def _policy_group(policy: Policy, k: str, names: list[str], members: set[str]) -> tuple[int, list[str]]:
    for name in names:
        if (name not in policy.witnesses and name not in policy.groups) or name in members:
            raise Refused("", "a group names a member that is not defined before, or one twice")
        members.add(name)
    if k not in ("all", "any") and not re.fullmatch("[1-9][0-9]{0,3}", k):
        raise Refused("", "the threshold is not a plain decimal")
    threshold = {"all": len(names), "any": 1}.get(k) or int(k)
    if threshold > len(names):
        raise Refused("", "a threshold above the number of members")
    return threshold, names


# --- 5. Entries and their disclosures (format, sections 1 and 3) ------------------------------------------------------


class Entry(NamedTuple):
    """A record at rest: every member has passed its form; the signature is checked elsewhere."""

    type: str
    id: str
    time: int
    body: dict[str, Any]
    claims: list[str]
    signature: Signature
    text: bytes
    data: bytes

    @property
    def family(self) -> str:
        """The family whose key must have signed."""
        return TYPES[self.type][0]

    @property
    def leaf(self) -> bytes:
        """The leaf hash."""
        return sha256(b"\0", self.data)


def read_entry(data: bytes) -> Entry:
    """One reading or Refused; Newer for a version or code of a later release."""
    if len(data) > MAX_ENTRY:
        raise Refused("entry", "longer than %d bytes" % MAX_ENTRY)
    text, signatures = read_note(data)
    lines = text.split(b"\n")
    if lines[0] != b"authsvc/evidence/v1":
        if re.fullmatch(rb"authsvc/evidence/v[1-9][0-9]{0,5}", lines[0]):
            raise Newer("entry", "a newer version of the format")
        raise Refused("entry", "not an entry of an evidence log")
    if len(lines) != 4 or len(signatures) != 1:
        raise Refused("entry", "not exactly three lines and one signature")
    type_ = lines[1].decode()
    if type_ not in TYPES:
        raise Refused("type", "not a record type")
    if not signatures[0].name.endswith("/issuer/" + TYPES[type_][0]) or len(signatures[0].raw) != 64:
        raise Refused("signature", f"not by an issuer of the family {TYPES[type_][0]}")
    try:
        body = read_json(lines[2])
    except Refused as error:
        raise Refused("body", error.reason) from error
    _check_body(type_, body)
    return Entry(type_, body["id"], read_time(body["time"]), body, body["claims"], signatures[0], text, data)


def _check_body(type_: str, body: Any) -> None:
    plain: dict[str, str] = TYPES[type_][1]
    if not isinstance(body, dict) or body.keys() != {"id", "time", "claims", *plain}:
        odd = sorted(body.keys() ^ {"id", "time", "claims", *plain}) if isinstance(body, dict) else ["body"]
        raise Refused(odd[0], "a member is missing or too many")
    for name, form in [("id", "id!"), ("time", "time!"), *plain.items()]:
        _judge(name, form, body[name])
    claims, expected = body["claims"], len(slots_of(type_))
    if not isinstance(claims, list) or len(claims) != expected or len(set(map(str, claims))) != expected:
        raise Refused("claims", "not %d distinct hashes" % expected)
    for claim in claims:
        _judge("claims", "digest!", claim)
    if type_ == "genesis":
        _check_genesis(body)
    elif type_ == "key":
        _check_key(body)
    elif type_ == "authentication" and body["login"] == "accepted" and not body["login_acr"]:
        raise Refused("login_acr", "is missing from an accepted login")


def _judge(name: str, form: str, value: Any) -> None:
    try:
        judge(form, value)
    except Newer as error:
        raise Newer(name, error.reason) from error
    except ValueError as error:
        raise Refused(name, str(error)) from error


def _check_genesis(body: dict[str, Any]) -> None:
    origin = body["origin"]
    if origin.startswith("test.") is not (body["environment"] == "test"):
        raise Refused("environment", "test origins start with test. and no others do")
    if any(read_vkey(each["vkey"]).name != "{}/issuer/{}".format(origin, each["family"]) for each in body["issuers"]):
        raise Refused("issuers", "a key under another name than its family's in this origin")
    if any(read_vkey(each).name != origin for each in body["log_keys"]):
        raise Refused("log_keys", "a log key under another name than the origin")


def _check_key(body: dict[str, Any]) -> None:
    value, use = body["key_value"], body["key_use"]
    name = value.partition("+")[0]
    if ("+" in value) is (use == "receipt"):
        raise Refused("key_value", "not the kind of key that key_use names")
    if use == "issuer" and name.rpartition("/issuer/")[2] not in CODES["FAMILIES"].split():
        raise Refused("key_value", "not the name of an issuer key")
    if (body["key_reason"] == "compromise") is (body["key_leaked_at"] == ""):
        raise Refused("key_leaked_at", "stands exactly for a compromise")


class Disclosure(NamedTuple):
    """The opening of one slot."""

    slot: int
    name: str
    salt: str
    value: Any


def read_disclosure(value: Any) -> Disclosure:
    """The disclosure of a JSON object."""
    if not isinstance(value, dict) or value.keys() != {"name", "salt", "slot", "value"}:
        raise Refused("", "not a disclosure")
    if type(value["name"]) is not str or type(value["salt"]) is not str or type(value["slot"]) is not int:
        raise Refused("", "not a disclosure")
    return Disclosure(value["slot"], value["name"], value["salt"], value["value"])


def check_disclosure(entry: Entry, opened: Disclosure) -> None:
    """Refused unless place, name, hash and form agree."""
    names = slots_of(entry.type)
    if not 0 <= opened.slot < len(names) or names[opened.slot] != opened.name:
        raise Refused(opened.name, "not the name of this slot")
    _judge("salt", "digest", opened.salt)
    claim = sha256(b"authsvc/claim/v1\0", write_json([opened.salt, opened.name, opened.value]))
    if to_base64url(claim) != entry.claims[opened.slot]:
        raise Refused(opened.name, "the value is not the one that the entry commits to")
    _judge(opened.name, form_of_slot(opened.name), opened.value)
    methods: list[str] = entry.body.get("method", entry.body.get("login_method", []))
    if opened.name == "credential" and len(opened.value) != len(methods):
        raise Refused(opened.name, "not one enrolment (or none) for each method")


def opens(entry: Entry, opened: Disclosure) -> bool:
    """Whether the disclosure holds."""
    try:
        check_disclosure(entry, opened)
    except Refused:
        return False
    return True


# --- 6. The archive: all rules before anything is unpacked (format, section 7) ----------------------------------------

MAX_FILES = 2000
MAX_TOTAL = 512 * 1024 * 1024
BOUNDS = ("too_many_files", "too_large", "nested_too_deep", "bomb")
ASIC = b"application/vnd.etsi.asic"


class NotAPackage(Exception):
    """These bytes are no court package at all."""


class Member(NamedTuple):
    """One file as the archive's directory describes it."""

    name: str
    raw: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def _break(rule: str) -> NoReturn:
    raise Refused(rule, rule)


class Archive:
    """Reads one archive and the archives inside it, all within one budget."""

    def __init__(self) -> None:
        self.files = MAX_FILES
        self.total = MAX_TOTAL

    def read(self, data: bytes, depth: int = 0) -> dict[str, bytes]:
        """Name to bytes in the directory's order. NotAPackage for no ZIP, Refused with the rule that breaks."""
        if depth > 3:
            _break("nested_too_deep")
        members = self._read_directory(data)
        names = [unicodedata.normalize("NFC", member.name.rstrip("/")).casefold() for member in members]
        if len(set(names)) != len(names):
            _break("duplicate_name")
        starts = _check_layout(data, members)
        self.total -= sum(member.size for member in members)
        if self.total < 0:
            _break("too_large")
        files = {
            member.name: _unpack(member, data[start : start + member.packed])
            for member, start in zip(members, starts)
            if not member.name.endswith("/")
        }
        for content in files.values():
            if content[:4] == b"PK\3\4":
                self._read_inner(content, depth)
        return files

    def _read_inner(self, content: bytes, depth: int) -> None:
        """All rules for an ASiC container inside; of any other archive the bounds alone: it stays packed."""
        try:
            self.read(content, depth + 1)
        except (Refused, NotAPackage) as error:
            is_asic = content[30:38] == b"mimetype" and ASIC in content[38:100]
            if isinstance(error, Refused) and (error.reason in BOUNDS or is_asic):
                raise
            if is_asic:
                _break("not_a_zip")

    def _read_directory(self, data: bytes) -> list[Member]:
        at = data.rfind(b"PK\5\6", max(0, len(data) - 22 - 0xFFFF))
        if at < 0 or at + 22 > len(data):
            raise NotAPackage
        disk, first, here, count, size, offset, comment = struct.unpack_from("<4H2LH", data, at + 4)
        if disk or first or here != count or at + 22 + comment != len(data):
            _break("broken_directory")
        self.files -= count
        if self.files < 0:
            _break("too_many_files")
        if offset + size != at:
            _break("broken_directory")
        members, position = [], offset
        for _ in range(count):
            if position + 46 > at:
                _break("broken_directory")
            member, position = _read_member(data, position)
            members.append(member)
        if position != at:
            _break("broken_directory")
        return members


def _read_member(data: bytes, at: int) -> tuple[Member, int]:
    fields = struct.unpack_from("<4s2B5H3L5H2L", data, at)
    signature, _, host, _, flags, method, _, _, crc, packed, size = fields[:11]
    name_length, extra, comment, disk, _, attributes, offset = fields[11:]
    raw = data[at + 46 : at + 46 + name_length]
    if signature != b"PK\1\2" or disk or len(raw) != name_length:
        _break("broken_directory")
    if flags & 0x2041:  # encrypted, strongly encrypted, masked
        _break("encrypted")
    if flags & 0x20 or method not in (0, 8):
        _break("compression")
    if method == 0 and packed != size:
        _break("broken_directory")
    if size > 200 * max(packed, 64):
        _break("bomb")
    name = _read_name(raw, flags)
    kind = attributes >> 28 if host == 3 else 0  # the file type bits of Unix; elsewhere DOS label or device
    plain = (0, 4) if name.endswith("/") else (0, 8)
    if kind not in plain or (host != 3 and attributes & 0x48) or (name.endswith("/") and size):
        _break("not_a_plain_file")
    return Member(name, raw, flags, method, crc, packed, size, offset), at + 46 + name_length + extra + comment


def _read_name(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & 0x800 else "ascii")
    except UnicodeDecodeError:
        _break("broken_name")
    if not name or len(raw) > 255 or re.search("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", name):
        _break("broken_name")
    parts = (name[:-1] if name.endswith("/") else name).split("/")
    if name[0] == "/" or "\\" in name or name[1:2] == ":" or any(part in ("", ".", "..") for part in parts):
        _break("path_traversal")
    return name


def _check_layout(data: bytes, members: Sequence[Member]) -> list[int]:
    """Where each file's bytes begin: local headers agree with the directory, files lie one behind the other."""
    starts = {member.offset: _check_local(data, member) for member in members}
    if len(starts) != len(members):
        _break("overlap")
    expected = 0
    for member in sorted(members, key=lambda each: each.offset):
        if member.offset != expected:
            _break("prefix" if expected == 0 else "overlap")
        expected = starts[member.offset] + member.packed
        if member.flags & 8:
            plain = struct.pack("<3L", member.crc, member.packed, member.size)
            long = data[expected : expected + 16] == b"PK\7\x08" + plain
            if not long and data[expected : expected + 12] != plain:
                _break("local_header")
            expected += 16 if long else 12
    if data[expected : expected + 4] not in (b"PK\1\2", b"PK\5\6"):
        _break("overlap")
    return [starts[member.offset] for member in members]


def _check_local(data: bytes, member: Member) -> int:
    if member.offset + 30 > len(data):
        _break("local_header")
    fields = struct.unpack_from("<4s5H3L2H", data, member.offset)
    signature, _, flags, method, _, _, crc, packed, size, name_length, extra = fields
    name_at = member.offset + 30
    start: int = name_at + name_length + extra
    same = signature == b"PK\3\4" and data[name_at : name_at + name_length] == member.raw
    same = same and (flags, method) == (member.flags, member.method)
    if not member.flags & 8:
        same = same and (crc, packed, size) == (member.crc, member.packed, member.size)
    if not same or start + member.packed > len(data):
        _break("local_header")
    return start


def _unpack(member: Member, packed: bytes) -> bytes:
    content = packed
    if member.method == 8:
        inflater = zlib.decompressobj(-15)
        try:
            content = inflater.decompress(packed, member.size + 1)
        except zlib.error:
            _break("damaged")
        if not inflater.eof or inflater.unused_data:
            _break("bomb")
    if len(content) != member.size or zlib.crc32(content) != member.crc:
        _break("damaged")
    return content


def find_in_pdf(data: bytes) -> bytes:
    """The package attached to a PDF. NotAPackage without one, Refused when there are several that differ."""
    found = set()
    for match in re.finditer(rb"/EmbeddedFile\b[^\0]{0,2000}?stream(?:\r\n|\n)", data):
        head = data[data.rfind(b" obj", 0, match.start()) : match.end()]
        content = data[match.end() : match.end() + MAX_TOTAL]
        if b"/FlateDecode" in head:
            inflater = zlib.decompressobj()
            try:
                content = inflater.decompress(content, MAX_TOTAL)
            except zlib.error:
                continue
        else:
            length = re.search(rb"/Length\s+([0-9]{1,10})(\s+[0-9]+\s+R)?", head)
            if length and length[2]:
                length = re.search(rb"(?<![0-9])%b\s+[0-9]+\s+obj\s+([0-9]{1,10})" % length[1], data)
            content = content[: int(length[1])] if length else b""
        if content[:4] == b"PK\3\4" and content[30:38] == b"mimetype" and ASIC in content[38:100]:
            found.add(content)
    if not found:
        raise NotAPackage
    if len(found) > 1:
        _break("several_packages")
    return found.pop()


# --- 7. trust.json (format, section 8) --------------------------------------------------------------------------------


class LogKey(NamedTuple):
    """A log key and the tree sizes at which it must have signed."""

    key: Key
    start: int
    end: int | None

    def is_good(self, size: int) -> bool:
        """Whether it must have signed a checkpoint of this size."""
        return self.start <= size and (self.end is None or size <= self.end)


class Trust(NamedTuple):
    """What one origin is trusted for."""

    origin: str
    environment: str
    genesis: str
    log_keys: list[LogKey]
    policy: str
    witnesses: list[tuple[Key, str]]
    revoked: list[tuple[Key, int | None, int]]
    verifiers: dict[str, str]


MEMBERS = "origin environment genesis log_keys policy witnesses tsa_anchors eds_anchors revoked verifiers"


def read_trust(data: bytes) -> list[Trust]:
    """This log's trust first, then its predecessors'. Refused for anything that is not known here."""
    try:
        value = json.loads(data.decode(), object_pairs_hook=_once, parse_int=_read_int)
        if value.pop("version") != 1:
            raise Refused("", "a version that is not known here")
        before = value.pop("predecessors", [])
        return [_read_trust(each) for each in (value, *before)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, Refused) as error:
        raise Refused("", f"trust.json: {error}") from error


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members


def _read_trust(value: dict[str, Any]) -> Trust:
    rule = value["log_keys"]
    if value.keys() != set(MEMBERS.split()) or rule.keys() != {"rule", "keys"} or rule["rule"] != "all of":
        raise ValueError("other members or another rule than known here")
    hexes = [value["genesis"], *value["verifiers"].values(), *value["eds_anchors"]]
    if not rule["keys"] or any(not re.fullmatch("[0-9a-f]{64}", each) for each in hexes):
        raise ValueError("no log key, or not a SHA-256 in hex")
    if value["environment"] not in CODES["ENVIRONMENTS"].split() or not value["origin"]:
        raise ValueError("no origin or no environment")
    read_policy(value["policy"].encode())
    return Trust(
        value["origin"],
        value["environment"],
        value["genesis"],
        [LogKey(read_vkey(each["vkey"]), _size(each["from"]), _end(each)) for each in rule["keys"]],
        value["policy"],
        [(read_vkey(each["vkey"]), str(each["holder"])) for each in value["witnesses"]],
        [(read_vkey(each["vkey"]), _leak(each["leaked_at"]), _size(each["size"])) for each in value["revoked"]],
        value["verifiers"],
    )


def _size(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MAX_SIZE:
        raise ValueError("not a tree size")
    return value


def _end(value: dict[str, Any]) -> int | None:
    return _size(value["to"]) if "to" in value else None


def _leak(value: str) -> int | None:
    return read_time(value) if value else None


# --- 8. The package and its keys --------------------------------------------------------------------------------------

MIMETYPE = b"application/vnd.etsi.asic-e+zip"
VERSION = "authsvc/package/v1"
MANIFEST, SEAL = "META-INF/ASiCManifest.xml", "META-INF/signature001.p7s"
MEDIA_TYPES = {
    "html": "text/html",
    "json": "application/json",
    "note": "text/plain",
    "pdf": "application/pdf",
    "py": "text/x-python",
    "txt": "text/plain",
    "xml": "application/xml",
}
PATHS = re.compile(
    r"mimetype|records/[0-9]{4}\.note|disclosures/[0-9]{4}\.json|proofs/[0-9]{4}\.tlog-proof|log/checkpoint|log/policy"
    r"|log/genesis\.note|log/genesis\.tlog-proof|log/keys/[0-9]{4}\.(?:note|tlog-proof)|blobs/[0-9a-f]{64}"
    r"|documents/[0-9]{4}/(?:document\.json|again\.json|signed|content|(?:certificates|crls|ocsp|anchors)/[0-9a-f]{64})"
    r"|request/(?:request|order)|verify/HOW-TO\.(?:kk|ru|en)\.txt|verify/verify\.(?:py|html)|report\.html|report\.pdf"
    r"|custody\.json|META-INF/(?:ASiCManifest\.xml|signature001\.p7s)"
    r"|time/checkpoints/[1-9][0-9]{0,18}/(?:stamped|consistency|tokens/[0-9a-f]{64})"
    r"|time/anchors/(?:0|[1-9][0-9]{0,18})\.(?:note|tlog-proof)|time/material/(?:certificate|crl|ocsp)/[0-9a-f]{64}"
    r"|time/renewals/[1-9][0-9]{0,18}/(?:text|token|covers\.json)|time/failure"
)


class Item:
    """An entry of the package: its note, its proof and its disclosures, None where they can't be read."""

    def __init__(self, files: dict[str, bytes], path: str, unread: list[str]) -> None:
        self.path = path
        self.data = files[path]
        self.number = path[8:12] if path.startswith("records/") else ""
        self.proof_path = f"proofs/{self.number}.tlog-proof" if self.number else path[:-5] + ".tlog-proof"
        self.opened_path = f"disclosures/{self.number}.json"
        self.entry: Entry | None = None
        self.fault: Refused | None = None
        self.proof: Proof | None = None
        self.opened: list[Disclosure] | None = []
        try:
            self.entry = read_entry(self.data)
        except Refused as error:
            self.fault = error
        try:
            self.proof = read_proof(files.get(self.proof_path, b""))
        except Refused:
            unread.append(self.proof_path)
        if self.number:
            try:
                found = read_json(files.get(self.opened_path, b""), 16 * 1024 * 1024, 200_000)
                self.opened = [read_disclosure(each) for each in (found if isinstance(found, list) else [found])]
            except Refused:
                self.opened = None
                unread.append(self.opened_path)
        self.values: dict[str, Any] = {}
        for opened in self.opened or ():
            if self.entry is not None and opens(self.entry, opened):
                self.values.setdefault(opened.name, opened.value)

    @property
    def index(self) -> int:
        """Its place in the log as the proof says."""
        return self.proof.place if self.proof else 0

    def value(self, name: str) -> Any:
        """The plain member, or the disclosed value that the entry commits to; None when neither is there."""
        plain = self.entry.body if self.entry is not None else {}
        return plain.get(name, self.values.get(name))


class Interval:
    """A key of the log's own records: good from `start` to `end` (None: in force); `leaked` in ms."""

    def __init__(self, key: Key, family: str, start: int) -> None:
        self.key = key
        self.family = family
        self.start = start
        self.end: int | None = None
        self.leaked: int | None = None
        self.ended: int | None = None

    def is_good(self, index: int) -> bool:
        """Whether the key may sign at this index."""
        return self.start <= index and (self.end is None or index <= self.end)


class Ring:
    """The keys that genesis and `key` records bind; the family `checkpoint` stands for the log's own keys."""

    def __init__(self, genesis: Entry) -> None:
        body = genesis.body
        self.origin: str = body["origin"]
        self.receipts = dict.fromkeys(body["receipt_keys"], True)  # whether it is in force
        self.intervals = [Interval(read_vkey(each["vkey"]), each["family"], 0) for each in body["issuers"]]
        self.intervals += [Interval(read_vkey(each), "checkpoint", 0) for each in body["log_keys"]]

    def apply(self, entry: Entry, index: int) -> bool:
        """Take a `key` record into account; False when it does not fit the keys before it.

        It ends a key in force, or adds one under this origin's name that was never there: no key comes back.
        """
        body, added = entry.body, entry.body["key_event"] == "added"
        if body["key_use"] == "receipt":
            fits = (body["key_value"] not in self.receipts) if added else self.receipts.get(body["key_value"], False)
            if fits:
                self.receipts[body["key_value"]] = added
            return fits
        key = read_vkey(body["key_value"])
        if added:
            family = "checkpoint" if body["key_use"] == "log" else key.name.rpartition("/issuer/")[2]
            name = self.origin if family == "checkpoint" else f"{self.origin}/issuer/{family}"
            if key.name != name or any(each.key.public == key.public for each in self.intervals):
                return False
            self.intervals.append(Interval(key, family, index + 1))
            return True
        in_force = [each for each in self.intervals if each.key == key and each.end is None]
        for each in in_force:
            each.end = index - 1
            each.leaked = read_time(body["key_leaked_at"]) if body["key_leaked_at"] else None
            each.ended = read_time(body["time"])
        return bool(in_force)

    def note_leak(self, key: Key, leaked: int | None, size: int) -> None:
        """A revocation that trust.json states, whatever the package says."""
        for each in self.intervals:
            if each.key == key:
                each.end = size - 1 if each.end is None else min(each.end, size - 1)
                each.leaked = leaked if leaked is not None else each.leaked

    def keys(self, family: str) -> list[Key]:
        """All keys that the family ever had."""
        return [each.key for each in self.intervals if each.family == family]

    def signer_of(self, entry: Entry, index: int) -> Interval | None:
        """The interval of the key that the entry names: one good at the index if there is any."""
        mark = (entry.family, entry.signature.name, entry.signature.id)
        found = [each for each in self.intervals if (each.family, each.key.name, each.key.id) == mark]
        return next((each for each in found if each.is_good(index)), found[0] if found else None)


# --- 9. The fifteen checks --------------------------------------------------------------------------------------------

CHECKS = (
    "container trust log_signatures quorum genesis issuer_keys entry_bytes slots inclusion time chains export eds"
    " report seal"
).split()
OF_THE_LOG = ("trust", "log_signatures", "quorum", "genesis")
NOTE, DOUBT, FAULT = 0, 1, 2
VERDICTS = ("VALID", "NOT_CONFIRMED", "INVALID")
FUTURE = 300  # seconds by which a cosignature may run ahead of this computer's clock


class Finding(NamedTuple):
    """What a check found, how much it weighs, and where: a path, with `#member` behind it where one is meant."""

    check: str
    code: str
    weight: int
    where: str
    params: dict[str, str]


class Checker:
    """All checks on one package. Nothing in it makes this raise anything but NotAPackage."""

    def __init__(self, trusted: list[Trust] | None, receipts: Sequence[bytes], now: float) -> None:
        self.trusted = trusted
        self.receipts = receipts
        self.now = now
        self.findings: list[Finding] = []
        self.done: set[str] = set()
        self.check = CHECKS[0]
        self.files: dict[str, bytes] = {}
        self.export = ""
        self.environment = trusted[0].environment if trusted else ""
        self.independent = False
        self.records: list[Item] = []
        self.key_records: list[Item] = []
        self.genesis: Item | None = None
        self.checkpoint: Checkpoint | None = None
        self.trust: Trust | None = None
        self.ring: Ring | None = None
        self.signed: list[Signed] | None = None
        self.tokens: dict[tuple[int, bytes], tuple[bytes, bytes]] = {}  # of packaged tokens: the roots they are over
        self.renewing: set[bytes] = set()  # SHA-256 of the tokens that renew others

    def open(self, check: str) -> None:
        """Findings stand under this check from here on."""
        self.check = check
        self.done.add(check)

    def leave(self, code: str) -> None:
        """The open check can't be made here; that is said, and weighs nothing."""
        self.done.discard(self.check)
        self.note(code)

    def fault(self, code: str, where: str = "", **params: Any) -> None:
        """The check fails."""
        self._add(FAULT, code, where, params)

    def doubt(self, code: str, where: str = "", **params: Any) -> None:
        """Consistent, but not confirmed."""
        self._add(DOUBT, code, where, params)

    def note(self, code: str, where: str = "", **params: Any) -> None:
        """Something that the reader should know."""
        self._add(NOTE, code, where, params)

    def _add(self, weight: int, code: str, where: str, params: dict[str, Any]) -> None:
        texts = {name: str(value) for name, value in params.items()}
        self.findings.append(Finding(self.check, code, weight, where, texts))

    def run(self, data: bytes) -> None:
        """All checks in their order."""
        self.open("container")
        try:
            if data[:1024].find(b"%PDF-") >= 0 and data[:4] != b"PK\3\4":
                data = find_in_pdf(data)
                self.note("pdf_not_compared")
            self.files = Archive().read(data)
        except Refused as error:
            self.fault("archive", rule=error.reason)
            return
        if self.files.get("mimetype") != MIMETYPE or "custody.json" not in self.files:
            raise NotAPackage
        self.check_container()
        self.read_items()
        for check in CHECKS[1:]:
            self.open(check)
            getattr(self, "check_" + check)()

    # 1
    def check_container(self) -> None:
        """The files are exactly those that custody.json lists, in its order."""
        if next(iter(self.files)) != "mimetype":
            self.fault("mimetype", "mimetype")
        try:
            custody = read_json(self.files["custody.json"], 16 * 1024 * 1024, 200_000)
        except Refused as error:
            self.fault("custody_unreadable", "custody.json", reason=error.reason)
            return
        if not isinstance(custody, dict) or not isinstance(custody.get("version"), str):
            self.fault("custody_unreadable", "custody.json", reason="version")
            return
        if custody["version"] != VERSION:
            self.doubt("newer_package", "custody.json", version=custody["version"])
        listed = [
            (str(each.get("path")), str(each.get("sha256")))
            for each in (custody["files"] if isinstance(custody.get("files"), list) else [])
            if isinstance(each, dict)
        ]
        self._check_listed(dict(listed))
        if not isinstance(custody.get("export"), str):
            self.fault("custody_unreadable", "custody.json", reason="export")
            return
        self.export = custody["export"]
        paths = [path for path in self.files if path != "custody.json" and not path.startswith("META-INF/")]
        if custody["version"] == VERSION and (
            custody.keys() != {"absent", "export", "files", "version"}
            or [{"path": path, "sha256": sha256(self.files[path]).hex()} for path in paths] != custody["files"]
            or not self._is_absent(custody["absent"])
        ):
            self.fault("custody_differs", "custody.json")
        sealed = isinstance(custody.get("absent"), list) and "seal" not in custody["absent"]
        if sealed and SEAL not in self.files:
            self.fault("seal_removed", "custody.json")
        if not sealed and SEAL in self.files:
            self.fault("seal_added", "custody.json")

    def _is_absent(self, told: Any) -> bool:
        """Whether what is called absent is, and nothing else. The seal comes after custody.json and is asked apart."""
        absent = [each for each in self._absent() if each != "seal"]
        if not isinstance(told, list) or told not in (
            sorted({*map(str, told), "seal"}),
            sorted({*map(str, told)} - {"seal"}),
        ):
            return False
        named = [each for each in told if each != "seal"]
        return named in (absent, [each for each in absent if each != "report_pdf"])

    def _absent(self) -> list[str]:
        """What custody.json has to call absent."""
        there = {"report_pdf": "report.pdf", "seal": "META-INF/", "time": "time/", "verifiers": "verify/verify."}
        missing = [
            name
            for name, start in there.items()
            if not any(path.startswith(start) for path in self.files)
            or (name == "time" and "time/failure" in self.files)
        ]
        return missing if self._has_quorum() else ["quorum", *missing]

    def _has_quorum(self) -> bool:
        """Whether the checkpoint has the lines of a quorum under the packaged policy; whether they hold is check 4."""
        try:
            policy = read_policy(self.files.get("log/policy", b""))
            lines = read_note(self.files.get("log/checkpoint", b""))[1]
        except Refused:
            return True
        signed = {(each.name, each.id) for each in lines}
        return policy.is_met({key for key in policy.witnesses.values() if (key.name, key.id) in signed})

    def _check_listed(self, listed: dict[str, str]) -> None:
        for path, data in self.files.items():
            if path == "custody.json":
                continue
            if path not in listed and not path.startswith("META-INF/"):
                self.fault("unlisted_file", path)
            elif path in listed and sha256(data).hex() != listed[path]:
                self.fault("file_changed", path)
            if not PATHS.fullmatch(path):
                self.doubt("newer_file", path)
        for path in listed.keys() - self.files.keys():
            self.fault("file_missing", path)

    def read_items(self) -> None:
        """Take the files apart; what can't be read is said with its place."""
        unread: list[str] = []
        try:
            self.checkpoint = read_checkpoint(read_note(self.files.get("log/checkpoint", b""))[0])
        except Refused:
            unread.append("log/checkpoint")
        for path in self.files:
            if re.fullmatch(r"records/[0-9]{4}\.note", path):
                self.records.append(Item(self.files, path, unread))
            elif re.fullmatch(r"log/keys/[0-9]{4}\.note", path):
                self.key_records.append(Item(self.files, path, unread))
        self.key_records.sort(key=lambda item: item.index)
        if "log/genesis.note" in self.files:
            self.genesis = Item(self.files, "log/genesis.note", unread)
        self.documents = [found for path in self.files if (found := self._read_document(path, unread)) is not None]
        for path in dict.fromkeys(unread):
            self.fault("unreadable", path)

    def _read_document(self, path: str, unread: list[str]) -> tuple[str, dict[str, Any]] | None:
        if not re.fullmatch(r"documents/[0-9]{4}/document\.json", path):
            return None
        try:
            index = read_json(self.files[path])
            judged = isinstance(index, dict) and index.keys() == {"at", "detached", "records"}
            judged = judged and type(index["at"]) is int and type(index["detached"]) is bool
            if judged and isinstance(index["records"], list) and path[:15] + "signed" in self.files:
                self._read_again(path[:15] + "again.json", unread)
                return path[:14], index
        except Refused:
            pass
        unread.append(path)
        return None

    def _read_again(self, path: str, unread: list[str]) -> None:
        """The report of judging a document again at the export: its form alone, since no EDS is judged here."""
        if path not in self.files:
            return
        try:
            value = read_json(self.files[path], 16 * 1024 * 1024, 200_000)
            verdict = {"indication": _plain_text, "sub_indication": _plain_text}
            _object(
                value, report=_plain_text, signatures=lambda all_: _array(all_, lambda each: _object(each, **verdict))
            )
        except (Refused, ValueError):
            unread.append(path)

    # 2
    def check_trust(self) -> None:
        """Trust comes from trust.json; without it the package's own genesis stands in."""
        if self.trusted is None:
            self.doubt("no_trust")
        else:
            origin = self.checkpoint.origin if self.checkpoint else ""
            self.trust = next((each for each in self.trusted if each.origin == origin), None)
            if self.trust is None:
                self.fault("other_log", "log/checkpoint", origin=origin, trusted=self.trusted[0].origin)
        if self.genesis and self.genesis.entry and self.genesis.entry.type == "genesis":
            self.ring = Ring(self.genesis.entry)
            for item in self.key_records:
                if item.entry and item.entry.type == "key":
                    self.ring.apply(item.entry, item.index)
            for revoked in self.trust.revoked if self.trust else ():
                self.ring.note_leak(*revoked)

    def log_keys(self) -> list[Key]:
        """The keys that must have signed the package's checkpoint."""
        size = self.checkpoint.size if self.checkpoint else 0
        if self.trust:
            return [each.key for each in self.trust.log_keys if each.is_good(size)]
        intervals = self.ring.intervals if self.ring else []
        return [each.key for each in intervals if each.family == "checkpoint" and each.is_good(size)]

    # 3
    def check_log_signatures(self) -> None:
        """Every log key in force at this size has signed the checkpoint."""
        if self.checkpoint is None:
            self.fault("checkpoint_unreadable", "log/checkpoint")
            return
        needed = self.log_keys()
        if not needed:
            self.fault("no_log_key", "log/checkpoint")
            return
        witnesses = [key for key, _ in self.trust.witnesses] if self.trust else []
        try:
            signed = open_note(self.files["log/checkpoint"], [*needed, *witnesses])
            if not any(each.key.name == self.checkpoint.origin for each in signed):
                raise Refused("", "the log's own key has not signed")
        except Refused as error:
            self.fault("log_signature", "log/checkpoint", reason=error.reason)
            return
        self.signed = signed
        for key in needed:
            found = next((each for each in signed if each.key == key), None)
            if found is None:
                self.fault("log_signature_missing", "log/checkpoint", key=key.say())
            elif not found.checked:
                self.note("ml_dsa_not_checked", "log/checkpoint", key=key.say())
        for key, leaked, _ in self.trust.revoked if self.trust else ():
            if key in needed and leaked is not None and not self._is_witnessed_before(leaked):
                self.doubt("log_key_leaked", "log/checkpoint", key=key.say(), leaked=write_time(leaked))

    def _is_witnessed_before(self, moment: int) -> bool:
        """Whether witnesses that the operator does not hold made the quorum before this moment (ms): then the leak of a
        log key leaves the checkpoint as it was."""
        if self.trust is None:
            return False
        held_outside = {key for key, holder in self.trust.witnesses if holder != "operator"}
        cosigned = {
            each.key
            for each in self.signed or ()
            if each.key in held_outside and each.checked and each.time is not None and each.time * 1000 < moment
        }
        return bool(cosigned) and read_policy(self.trust.policy.encode()).is_met(cosigned)

    # 4
    def check_quorum(self) -> None:
        """The quorum of trust.json's policy, by witnesses that the operator does not hold."""
        own = self.files.get("log/policy", b"")
        try:
            policy = read_policy(self.trust.policy.encode() if self.trust else own)
        except Refused as error:
            self.fault("policy_unreadable", "log/policy", reason=error.reason)
            return
        if self.trust is None:
            self.note("policy_not_trusted", "log/policy")
            return
        if own != self.trust.policy.encode():
            self.note("policy_differs", "log/policy")
        if self.signed is None:
            return
        held_outside = {key for key, holder in self.trust.witnesses if holder != "operator"}
        counted = set()
        for each in self.signed:
            if each.key in held_outside and each.time:  # time 0 says nothing of the newest tree
                if each.time > self.now + FUTURE:
                    self.note("cosignature_from_future", "log/checkpoint", witness=each.key.name)
                elif each.checked:
                    counted.add(each.key)
                else:
                    self.note("ml_dsa_not_checked", "log/checkpoint", key=each.key.say())
        if not policy.is_met(counted):
            self.doubt("quorum_not_met", "log/checkpoint")
        self.independent = bool(policy.keys_below(policy.quorum) & held_outside)
        if not self.independent:
            self.note("no_independent_witness", "log/policy")

    # 5
    def check_genesis(self) -> None:
        """The first entry, signed by its own root, the one that trust.json names."""
        item, where = self.genesis, "log/genesis.note"
        if item is None:
            self.fault("genesis_missing", where)
            return
        if item.entry is None or item.entry.type != "genesis":
            self.fault("genesis_unreadable", where, reason=item.fault.reason if item.fault else "type")
            return
        self.environment = item.entry.body["environment"]
        if not self._is_by_root(item.entry, Ring(item.entry)):
            self.fault("genesis_unreadable", where, reason="not signed by its root")
        if item.proof is not None and item.proof.place != 0:
            self.fault("genesis_not_first", where)
        if self.checkpoint and item.entry.body["origin"] != self.checkpoint.origin:
            self.fault("genesis_of_another_log", where)
        if self.trust and sha256(item.data).hex() != self.trust.genesis:
            self.fault("genesis_not_trusted", where)
        if self.trust and self.environment != self.trust.environment:
            self.fault("environment", where)

    @staticmethod
    def _is_by_root(entry: Entry, ring: Ring) -> bool:
        signature = entry.signature
        keys = [key for key in ring.keys("root") if (key.name, key.id) == (signature.name, signature.id)]
        return entry.family == "root" and any(key.verify(entry.text, signature.raw) for key in keys)

    # 6
    def check_issuer_keys(self) -> None:
        """Each `key` record is the root's and fits the keys in force before it."""
        if self.genesis is None or self.genesis.entry is None or self.genesis.entry.type != "genesis":
            self.fault("no_issuer_keys", "log/genesis.note")
            return
        ring = Ring(self.genesis.entry)
        for item in self.key_records:
            if item.entry is None or item.entry.type != "key":
                self.fault("key_record", item.path, reason=item.fault.reason if item.fault else "type")
                continue
            if not self._is_by_root(item.entry, ring):
                self.fault("key_record", item.path, reason="not signed by the root")
            if not ring.apply(item.entry, item.index):
                self.fault("key_out_of_order", item.path)

    # 7
    def check_entry_bytes(self) -> None:
        """Each record reads in one way and is signed by a key good at its index."""
        seen: set[str] = set()
        for item in self.records:
            if item.entry is None:
                self._refuse(item)
                continue
            if item.entry.type in ("genesis", "key"):
                self.fault("misplaced", item.path, type=item.entry.type)
            else:
                self._check_signature(item, item.entry)
            if item.entry.id in seen:
                self.fault("record_twice", item.path)
            seen.add(item.entry.id)

    def _refuse(self, item: Item) -> None:
        fault = item.fault
        if isinstance(fault, Newer):
            if fault.member != "entry" and self.ring and not self._is_signed(item.data):
                self.fault("entry_signature", item.path + "#signature")
            self.doubt("newer_format", item.path + "#" + fault.member, reason=fault.reason)
        elif fault is not None:
            self.fault("entry", item.path + "#" + fault.member, reason=fault.reason)

    def _is_signed(self, data: bytes) -> bool:
        try:
            return bool(open_note(data, [each.key for each in self.ring.intervals] if self.ring else []))
        except Refused:
            return False

    def _check_signature(self, item: Item, entry: Entry) -> None:
        if self.ring is None or item.proof is None:
            return
        where, signer = item.path + "#signature", self.ring.signer_of(entry, item.index)
        if signer is None:
            self.fault("wrong_issuer", where, family=entry.family)
        elif not signer.key.verify(entry.text, entry.signature.raw):
            self.fault("entry_signature", where)
        else:
            self.open("issuer_keys")
            if not signer.is_good(item.index):
                self.fault("key_outside_interval", where)
            elif signer.leaked is not None:
                revoked = "—" if signer.ended is None else write_time(signer.ended)
                place = signer.end + 1 if signer.end is not None else 0
                self.doubt("issuer_leaked", where, leaked=write_time(signer.leaked), size=place, revoked=revoked)
            self.open("entry_bytes")

    # 8
    def check_slots(self) -> None:
        """Each disclosed value is the one committed to, in the form of its slot; each blob is behind a digest."""
        used: set[str] = set()
        for item in self.records:
            if item.opened is None:
                self.fault("disclosures_unreadable", item.opened_path)
                continue
            if item.entry is None:
                continue
            places = [each.slot for each in item.opened]
            if places != sorted(set(places)):
                self.fault("slot_twice", item.opened_path)
            for opened in item.opened:
                self._check_slot(item, item.entry, opened)
            for where, name, digest in self._digests(item, item.entry):
                path = "blobs/" + from_base64url(digest).hex()
                used.add(path)
                blob = self.files.get(path)
                if blob is not None and sha256(DOMAINS.get(name, b""), blob).hex() != path[6:]:
                    self.fault("blob", where + "#" + name)
        for path in self.files:
            if path.startswith("blobs/") and path not in used:
                self.fault("blob_of_nothing", path)

    def _check_slot(self, item: Item, entry: Entry, opened: Disclosure) -> None:
        where = item.opened_path + "#" + opened.name
        try:
            check_disclosure(entry, opened)
        except Newer as error:
            self.doubt("newer_format", where, reason=error.reason)
            return
        except Refused as error:
            self.fault("slot", where, reason=error.reason)
            return
        if opened.name == "approvals" and isinstance(opened.value, list):
            persons = [each["person"] for each in opened.value]
            if len(set(persons)) != len(persons):
                self.fault("approved_twice", where)
            elif not persons:
                self.note("no_approvals", where)

    @staticmethod
    def _digests(item: Item, entry: Entry) -> Iterator[tuple[str, str, str]]:
        """(where, name, digest) of each digest that is known and stands for bytes."""
        for name, form in TYPES[entry.type][1].items():
            if form == "digest!" and entry.type != "anchor":
                yield item.path, name, entry.body[name]
        for opened in item.opened or ():
            known = opened.name in slots_of(entry.type) and form_of_slot(opened.name) == "digest"
            if known and isinstance(opened.value, str) and DIGEST.fullmatch(opened.value):
                yield item.opened_path, opened.name, opened.value

    # 9
    def check_inclusion(self) -> None:
        """Each entry stands at its index of the one tree of the package's checkpoint."""
        last = -1
        size, root = (self.checkpoint.size, self.checkpoint.root) if self.checkpoint else (0, b"")
        for item in [*([self.genesis] if self.genesis else []), *self.key_records, *self.records]:
            if item.proof is None:
                self.fault("proof_unreadable", item.proof_path)
                continue
            if item.proof.checkpoint != self.files.get("log/checkpoint") or item.proof.extra:
                self.fault("proof_to_another_checkpoint", item.proof_path)
            if not is_included(item.index, size, sha256(b"\0", item.data), item.proof.path, root):
                self.fault("not_included", item.proof_path, index=item.index)
            if item.number:
                if item.index <= last:
                    self.fault("order", item.proof_path)
                last = item.index

    # 10
    def check_time(self) -> None:
        """Time stamps are over checkpoints that this log signed and went on from, and bound each record's own time.

        The certificates of the authorities are not judged here, so a time stamp proves nothing here by itself.
        """
        stamps = [found for path in self.files if (found := self._read_stamp(path)) is not None]
        self._check_renewals()
        for path in self.files:
            if re.fullmatch(r"time/anchors/[0-9]+\.note", path):
                self._check_anchor(path)
        if stamps:
            self.note("tsa_not_here")
            self._bound_times(sorted(stamps))
            return
        if not any(path.startswith("time/checkpoints/") for path in self.files):
            self.leave("no_time")
        latest = 0
        for item in self.records:
            if item.entry is not None:
                if item.entry.time < latest:
                    self.note("logged_late", item.path, seconds=(latest - item.entry.time) // 1000)
                latest = max(latest, item.entry.time)

    def _read_stamp(self, path: str) -> tuple[int, int] | None:
        """(size, ms before which the tokens say that it was there) of a stamped checkpoint; None if it doesn't hold."""
        match = re.fullmatch(r"time/checkpoints/([0-9]+)/stamped", path)
        if match is None:
            return None
        try:
            return self._judge_stamp(path, int(match[1]))
        except Refused as error:
            self.fault(error.member, path, reason=error.reason, origin=error.reason)
            return None

    def _judge_stamp(self, path: str, size: int) -> tuple[int, int] | None:
        text, folder, own = self.files[path], path[: -len("stamped")], self.checkpoint
        start = text.rfind(b"\n", 0, len(text) - 1) + 1
        try:
            root_512 = base64.b64decode(text[start + 7 : -1], validate=True)
            checkpoint = read_checkpoint(read_note(text[:start])[0])
            proof = [from_base64(line) for line in self.files[folder + "consistency"].decode("ascii").splitlines()]
        except (Refused, KeyError, ValueError) as error:
            raise Refused("stamp_unreadable", "form") from error
        if text[start:] != b"sha512 " + base64.b64encode(root_512) + b"\n" or len(root_512) != 64 or len(proof) > 130:
            raise Refused("stamp_unreadable", "form")
        if own is None or checkpoint.origin != own.origin or checkpoint.size != size:
            raise Refused("stamp_of_another_log", checkpoint.origin)
        if not is_extended(checkpoint.size, own.size, checkpoint.root, own.root, proof):
            raise Refused("stamp_not_linked", "consistency")
        self._check_stamp_keys(path, text[:start], checkpoint.size)
        names = [name for name in self.files if name.startswith(folder + "tokens/")]
        if not names:
            self.fault("stamp_without_token", path)
        for name in names:
            self.tokens[checkpoint.size, sha256(self.files[name])] = (checkpoint.root, root_512)
        bounds = [bound for name in self.files if (bound := self._read_token(folder, name, text)) is not None]
        return (checkpoint.size, min(bounds)) if bounds else None

    def _check_stamp_keys(self, path: str, note: bytes, size: int) -> None:
        trusted = self.trust.log_keys if self.trust is not None else []
        needed = [each.key for each in trusted if each.is_good(size)]
        try:
            signed = {each.key for each in open_note(note, needed)} if needed else set()
        except Refused as error:
            self.fault("stamp_log_signature", path, reason=error.reason)
            return
        if signed != set(needed):
            self.fault("stamp_log_signature", path, reason="missing")

    def _read_token(self, folder: str, name: str, text: bytes) -> int | None:
        """The moment (ms) before which a token says that this text was there; None for another file, or if it fails."""
        if not name.startswith(folder + "tokens/"):
            return None
        token = self._judge_token(name, self.files[name], text)
        return token.latest if token else None

    def _judge_token(self, name: str, data: bytes, text: bytes) -> Token | None:
        """What a token says, if it is over this text; else None."""
        try:
            token = read_token(data)
        except (Refused, ValueError, IndexError):
            self.fault("stamp_fails", name, reason="stamp.format")
            return None
        hashed = {"0609608648016503040201": "sha256", "0609608648016503040203": "sha512"}.get(token.algorithm.hex())
        if hashed is not None and hashlib.new(hashed, text).digest() != token.imprint:
            self.fault("stamp_fails", name, reason="stamp.imprint")
            return None
        return token

    def _check_renewals(self) -> None:
        """Each renewal is over older tokens of this package, after them, and before their certificates had ended."""
        folder = "time/checkpoints/[0-9]+/tokens/"
        older = {sha256(data).hex(): (path, data) for path, data in self.files.items() if re.match(folder, path)}
        matches = [re.match("time/renewals/([0-9]+)/", path) for path in self.files]
        for number in sorted({int(match[1]) for match in matches if match}):
            path = "time/renewals/%d" % number
            token = self.files.get(path + "/token", b"")
            self._check_renewal(path, token, older)
            older[sha256(token).hex()] = (path + "/token", token)
            self.renewing.add(sha256(token))

    def _check_renewal(self, path: str, data: bytes, older: dict[str, tuple[str, bytes]]) -> None:
        text = self.files.get(path + "/text", b"")
        match = re.fullmatch(rb"authsvc/renewal/v1\n([1-9][0-9]{0,18})\n([A-Za-z0-9+/]{86}==)\n", text)
        root = from_base64(match[2].decode()) if match else b""
        try:
            covers = read_covers(self.files[path + "/covers.json"])
        except (Refused, KeyError, ValueError):
            covers = []
        if match is None or not root or not covers:
            self.fault("renewal_unreadable", path)
            return
        token = self._judge_token(path + "/token", data, text)
        for each in covers:
            found = older.get(each.token)
            if found is None:
                self.fault("renewal_of_unknown", path + "/covers.json", token=each.token[:16])
                continue
            leaf = hashlib.sha512(b"\0" + hashlib.sha512(found[1]).digest() + b"".join(each.material)).digest()
            if not is_included(each.place, int(match[1]), leaf, each.path, root, hashlib.sha512):
                self.fault("renewal_not_linked", path + "/covers.json", token=each.token[:16])
            elif token is not None:
                self._check_order(path + "/token", token, *found)

    def _check_order(self, where: str, later: Token, path: str, data: bytes) -> None:
        """A renewal comes after the token that it renews, and before the end of that one's certificate."""
        try:
            earlier, signer = read_token(data), read_signer(data)
        except (Refused, ValueError, IndexError):
            return  # said already, or a certificate that is named in another way: one for the full check
        ends = [end for named, end in self._certificates(data) if named == signer]
        if later.latest < earlier.earliest:
            self.fault("renewal_before_token", where)
        elif ends and later.latest > min(ends):
            self.fault("renewal_too_late", where, end=write_time(min(ends)))
        else:
            self.note("stamp_renewed", path, time=write_time(later.latest))

    def _certificates(self, token: bytes) -> Iterator[tuple[tuple[bytes, bytes], int]]:
        """Name and end of each certificate at hand for a token: those of the package, and those inside it."""
        found = [data for path, data in self.files.items() if path.startswith("time/material/certificate/")]
        inside = [value for tag, value in read_der(within(token, 0, 1, 0)) if tag == 0xA0]
        for data in [*found, *inside]:
            try:
                for _, contents in read_der(data):
                    yield read_end(contents)
            except (Refused, ValueError, IndexError):
                continue

    def _check_anchor(self, path: str) -> None:
        """The record of a token at its place: what it names is what the package holds."""
        item = Item(self.files, path, [])
        entry, proof, own = item.entry, item.proof, self.checkpoint
        if entry is None or proof is None or own is None or entry.type != "anchor":
            self.fault("anchor_unreadable", path)
            return
        placed = path == f"time/anchors/{proof.place}.note" and proof.checkpoint == self.files.get("log/checkpoint")
        if not placed or not is_included(proof.place, own.size, entry.leaf, proof.path, own.root):
            self.fault("anchor_not_included", path)
            return
        signer = self.ring.signer_of(entry, proof.place) if self.ring else None
        holds = signer and signer.is_good(proof.place) and signer.key.verify(entry.text, entry.signature.raw)
        if self.ring and not holds:
            self.fault("anchor_signature", path)
            return
        size, body = entry.body["anchor_size"], entry.body
        if from_base64url(body["anchor_token"]) in self.renewing:
            if proof.place < size:
                self.fault("anchor_differs", path)
            return
        named = self.tokens.get((size, from_base64url(body["anchor_token"])))
        if named is None:
            self.note("anchor_without_token", path)
        elif proof.place < size or named != tuple(from_base64url(body[x]) for x in ("anchor_root", "anchor_root_512")):
            self.fault("anchor_differs", path)

    def _bound_times(self, stamps: Sequence[tuple[int, int]]) -> None:
        for item in self.records:
            above = next((bound for size, bound in stamps if size > item.index), None)
            if item.entry is None or item.proof is None:
                continue
            if above is None:
                self.note("not_anchored", item.path)
            elif item.entry.time > above:
                self.fault("time_after_bound", item.path, time=write_time(item.entry.time), bound=write_time(above))

    # 11
    def check_chains(self) -> None:
        """Each person's records: ascending indices, each number once, each naming the one before."""
        unread = any(item.entry is None for item in self.records)
        out = {each for each in self.left_out() if isinstance(each, int)}
        for subject, links in sorted(self.chains().items()):
            before: Link | None = None
            for link in links:
                self._check_link(link, before)
                for number in range(before.number + 1 if before else 1, link.number):
                    if number in out:
                        self.note("chain_left_out", link.where, number=number)
                        continue
                    (self.note if unread else self.fault)("chain_gap", link.where, number=number)
                    break
                before = link
            self.note("chain_up_to", f"{subject[:4]}…{subject[-4:]}", number=links[-1].number)
        for place, data in enumerate(self.receipts, 1):
            self.check_receipt("receipt %d" % place, data)

    def chains(self) -> dict[str, list[Link]]:
        """Person to their disclosed links, by number."""
        found: dict[str, list[Link]] = {}
        for item in self.records:
            if item.entry is None or item.proof is None:
                continue
            for role in roles_of(item.entry.type):
                subject, number, previous = (item.value(role + end) for end in ("_subject", "_number", "_previous"))
                if isinstance(subject, str) and subject and isinstance(number, int) and isinstance(previous, str):
                    found.setdefault(subject, []).append(Link(item, role, number, previous))
        for links in found.values():
            links.sort(key=lambda link: (link.number, link.item.index))
        return found

    def _check_link(self, link: Link, before: Link | None) -> None:
        if (link.previous == "none") is (link.number > 1) and not (link.number == 1 and self.goes_on()):
            self.fault("chain_start", link.where)
        if before is None:
            return
        if before.item is link.item:
            if (before.number, before.previous) != (link.number, link.previous):
                self.fault("chain_two_numbers", link.where)
            return
        if link.number == before.number:
            self.fault("chain_number_twice", link.where)
        elif link.number == before.number + 1 and from_base64url(link.previous) != before.leaf:
            self.fault("chain_previous", link.where)
        if link.item.index <= before.item.index:
            self.fault("chain_order", link.where)

    def goes_on(self) -> bool:
        """Whether the log goes on from another one: a person's first record may then name their last one there."""
        genesis = self.genesis.entry if self.genesis else None
        return genesis is not None and genesis.type == "genesis" and bool(genesis.body["predecessor"])

    def record(self, record_id: str) -> Item | None:
        """The packaged record of this id."""
        return next((item for item in self.records if item.entry and item.entry.id == record_id), None)

    def left_out(self) -> list[Any]:
        """Record ids and numbers that the export record lists as left out."""
        export = self.record(self.export)
        value = export.value("export_left_out") if export else None
        return [each[0] for each in value if isinstance(each, list) and each] if isinstance(value, list) else []

    def check_receipt(self, where: str, data: bytes) -> None:
        """What a person kept against what the court got. The JWS is transport: entry and proof count."""
        try:
            entry, proof, number, previous, files = read_receipt(data)
            mark = (entry.signature.name, entry.signature.id)
            keys = [key for key in self.ring.keys(entry.family) if (key.name, key.id) == mark] if self.ring else []
            if not any(key.verify(entry.text, entry.signature.raw) for key in keys):
                raise Refused("", "not signed by an issuer of this log")
            trusted = [each.key for each in self.trust.log_keys] if self.trust else self.log_keys()
            checkpoint = read_checkpoint(read_note(proof.checkpoint)[0])
            signed = open_note(proof.checkpoint, trusted)
            if checkpoint.origin != trusted[0].name or not any(each.key.name == checkpoint.origin for each in signed):
                raise Refused("", "not of this log")
            if not is_included(proof.place, checkpoint.size, entry.leaf, proof.path, checkpoint.root):
                raise Refused("", "the entry does not stand at this place of the tree")
        except (Refused, ValueError, IndexError) as error:
            self.doubt("receipt_unreadable", where, reason=error)
            return
        self._compare_receipt(where, entry, proof.place, number, previous)
        if files is not None:
            self._check_receipt_time(where, files, proof, checkpoint)

    def _check_receipt_time(self, where: str, files: dict[str, bytes], proof: Proof, checkpoint: Checkpoint) -> None:
        """The time part is that of a package of this one record, over the checkpoint of the receipt's proof."""
        part = Checker(self.trusted, (), self.now)
        part.files, part.checkpoint, part.trust, part.ring = files, checkpoint, self.trust, self.ring
        part.records = [Item(files, "records/0001.note", [])]
        part.open("time")
        part.check_time()
        faults = [each.code for each in part.findings if each.weight == FAULT]
        if any(each.code in ("not_anchored", "no_time") for each in part.findings):
            faults.append("not_anchored")
        if faults:
            self.doubt("receipt_time_fails", where, receipt=where, reason=faults[0])
        else:
            self.note("receipt_time_not_judged", where, receipt=where)

    def _compare_receipt(self, where: str, entry: Entry, index: int, number: int, previous: str) -> None:
        item, out = self.record(entry.id), self.left_out()
        if item is not None and item.entry is not None:
            if item.entry.leaf != entry.leaf or item.proof is None or item.index != index:
                self.fault("receipt_differs", item.path, receipt=where)
            else:
                self.note("receipt_holds", item.path, receipt=where, number=number)
            return
        if index >= (self.checkpoint.size if self.checkpoint else 0):
            self.note("receipt_later", where, number=number)
        elif entry.id in out:
            self.note("receipt_left_out", where, number=number)
        elif number not in out and any(
            from_base64url(previous) == link.leaf or from_base64url(link.previous) == entry.leaf
            for links in self.chains().values()
            for link in links
        ):
            self.fault("receipt_withheld", where, number=number, id=entry.id)
        else:
            self.doubt("receipt_not_in_package", where, number=number, id=entry.id)

    # 12
    def check_export(self) -> None:
        """The package holds exactly what the export record says, and the records that its records name."""
        export = self.record(self.export)
        if export is None or export.entry is None or export.entry.type != "export":
            self.fault("no_export_record", "custody.json")
            return
        value = export.value("export_list")
        if not isinstance(value, list):
            self.fault("export_not_disclosed", export.opened_path)
            return
        pairs = [each for each in value if isinstance(each, list) and len(each) == 2 and isinstance(each[1], list)]
        listed = {str(each[0]): sorted(map(str, each[1])) for each in pairs}
        others = [item for item in self.records if item is not export and item.entry is not None]
        for item in others:
            record_id = item.entry.id if item.entry else ""
            if record_id not in listed:
                self.fault("record_added", item.path)
            elif listed[record_id] != sorted(each.name for each in item.opened or ()):
                self.fault("slots_differ", item.opened_path)
        gone = sorted(listed.keys() - {item.entry.id for item in others if item.entry})
        unread = sum(item.entry is None for item in self.records)
        for record_id in gone:  # a record that can't be read is there and has its own verdict
            (self.fault if len(gone) > unread else self.note)("record_removed", id=record_id)
        if export.value("export_count") != len(listed):
            self.fault("export_count", export.opened_path)
        request, digest = self.files.get("request/request"), export.value("export_request")
        if request is not None and isinstance(digest, str) and digest and sha256(request) != from_base64url(digest):
            self.fault("request_differs", "request/request")
        self._check_heads(export)
        self._check_closure(others)

    def _check_heads(self, export: Item) -> None:
        value = export.value("export_heads")
        pairs = [each for each in value if isinstance(each, list) and len(each) == 2] if isinstance(value, list) else []
        for links in self.chains().values():
            last = links[-1]
            if not any(
                isinstance(number, int)
                and (number > last.number or (number == last.number and from_base64url(str(leaf)) == last.leaf))
                for number, leaf in pairs
            ):
                self.fault("head", last.where, number=last.number)

    def _check_closure(self, others: Sequence[Item]) -> None:
        known = [*self.records, *self.key_records, *([self.genesis] if self.genesis else [])]
        present = {item.entry.id for item in known if item.entry} | {each for each in self.left_out() if each}
        for item in others:
            opened = {each.name: each.value for each in item.opened or ()}
            for name, record_id in sorted(references(opened)):
                if record_id not in present:
                    self.fault("reference_missing", item.opened_path + "#" + name, id=record_id)

    # 13
    def check_eds(self) -> None:
        """Electronic digital signatures are not judged here; whether the documents are the recorded ones is."""
        judged: set[str] = set()
        for folder, index in self.documents:
            for record_id in map(str, index["records"]):
                judged.add(record_id)
                item = self.record(record_id)
                if item is None or item.entry is None or item.entry.type != "signature_verification":
                    self.fault("document_of_nothing", folder)
                else:
                    self._check_document(item, folder, index["detached"])
        for item in self.records:
            if item.entry is not None and item.entry.type == "signature_verification":
                if item.value("content_seen") == "digest_only":
                    self.note("content_not_seen", item.path)
                if item.entry.id not in judged:
                    self.note("document_not_packaged", item.path)
        if self.documents:
            self.leave("eds_not_here")

    def _check_document(self, item: Item, folder: str, detached: bool) -> None:
        value, content = item.value("document"), self.files.get(folder + "/content")
        if content is None and detached:
            self.note("content_not_packaged", folder)
            return
        hashed = [sha256(each) for each in (self.files[folder + "/signed"], content) if each is not None]
        if isinstance(value, str) and value and from_base64url(value) not in hashed:
            self.fault("document_digest", item.opened_path + "#document")

    # 14
    def check_report(self) -> None:
        """The report is there; whether it says what the records say is not checked here. The verifiers are known."""
        if "report.html" not in self.files:
            self.fault("report_missing", "report.html")
        else:
            self.leave("report_not_compared")
        for name in ("verify.html", "verify.py"):
            data = self.files.get("verify/" + name)
            known = self.trust.verifiers if self.trust else {}
            hashes = [each for path, each in known.items() if path.rpartition("/")[2] == name]
            if data is not None and not hashes:
                self.note("verifier_not_named", "verify/" + name)
            elif data is not None and sha256(data).hex() not in hashes:
                self.doubt("verifier_unknown", "verify/" + name)

    # 15
    def check_seal(self) -> None:
        """The seal covers exactly these files; its signature and certificates are beyond this program."""
        there = [path for path in (MANIFEST, SEAL) if path in self.files]
        if not there:
            self.leave("no_seal")
        elif len(there) == 1:
            self.fault("seal_incomplete", SEAL if there == [MANIFEST] else MANIFEST)
        else:
            if self.files[MANIFEST] != self._write_manifest():
                self.fault("seal_manifest", MANIFEST)
            self.leave("seal_not_here")

    def _write_manifest(self) -> bytes:
        """The ASiCManifest (ETSI EN 319 162-1, annex A.4) of these files."""
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#"'
            ' xmlns:ds="http://www.w3.org/2000/09/xmldsig#">',
            f'<asic:SigReference URI="{SEAL}" MimeType="application/pkcs7-signature"/>',
        ]
        for path, data in self.files.items():
            if path != "mimetype" and not path.startswith("META-INF/"):
                kind = MEDIA_TYPES.get(path.rpartition(".")[2], "application/octet-stream")
                digest = base64.b64encode(sha256(data)).decode()
                lines.append(
                    f'<asic:DataObjectReference URI={quoteattr(path)} MimeType="{kind}">'
                    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
                    f"<ds:DigestValue>{digest}</ds:DigestValue></asic:DataObjectReference>"
                )
        return "\n".join([*lines, "</asic:ASiCManifest>", ""]).encode()

    # The verdict
    @property
    def weight(self) -> int:
        """The weight of the heaviest finding."""
        return max((each.weight for each in self.findings), default=NOTE)

    def weight_of(self, item: Item) -> tuple[int, list[str]]:
        """A record's own weight, and the places of what weighs on it."""
        own = [each for each in self.findings if item.number and number_of(each.where) == item.number]
        log = [each for each in self.findings if each.check in OF_THE_LOG]
        heavy = dict.fromkeys(each.where for each in own if each.weight)
        return max((each.weight for each in own + log), default=NOTE), list(heavy)


class Link(NamedTuple):
    """A record's place in a person's chain, as disclosed."""

    item: Item
    role: str
    number: int
    previous: str

    @property
    def where(self) -> str:
        """Its place in a finding."""
        return f"{self.item.opened_path}#{self.role}_number"

    @property
    def leaf(self) -> bytes:
        """The record's leaf hash."""
        return sha256(b"\0", self.item.data)


def number_of(where: str) -> str:
    """`0001` of `records/0001.note`, `disclosures/0001.json#slot`, `proofs/0001.tlog-proof`; else empty."""
    match = re.match("(?:records|disclosures|proofs)/([0-9]{4})", where)
    return match[1] if match else ""


def references(opened: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(slot, record id) of each record that these disclosed values name."""
    for name, value in opened.items():
        if name in REFERENCES.split():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, str) and each not in ("", "none"):
                    yield name, each
        elif name == "approvals" and isinstance(value, list):
            for approval in value:
                record = approval.get("record", "") if isinstance(approval, dict) else ""
                if record not in ("", "none"):
                    yield name, str(record)


def read_receipt(data: bytes) -> tuple[Entry, Proof, int, str, dict[str, bytes] | None]:
    """Entry, proof, the person's number (0: none) and previous leaf of a receipt; the files of its time part."""
    parts = data.strip().split(b".")
    if len(data) > 1_048_576 or len(parts) != 3:
        raise Refused("", "not a receipt")
    decoded = [base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)) for part in parts[:2]]
    header, payload = (read_json(part, 1_048_576) for part in decoded)
    kinds = {"confirmation-receipt+jwt": "confirmation", "authentication-receipt+jwt": "authentication"}
    kind = kinds.get(str(header.get("typ"))) if isinstance(header, dict) else None
    if kind is None or not isinstance(payload, dict):
        raise Refused("", "not a receipt")
    entry_text, proof_text = payload.get("entry"), payload.get("proof")
    if not isinstance(entry_text, str) or not isinstance(proof_text, str):
        raise Refused("", "not a receipt")
    entry, proof = read_entry(entry_text.encode()), read_proof(proof_text.encode())
    if entry.type != kind or not isinstance(payload.get("disclosures"), list):
        raise Refused("", "not a receipt of this kind")
    values = {}
    for each in payload["disclosures"]:
        opened = read_disclosure(each)
        check_disclosure(entry, opened)
        values[opened.name] = opened.value
    number, previous = values.get("person_number"), values.get("person_previous")
    files = None
    if "time" in payload:
        own = {"log/checkpoint": proof.checkpoint, "records/0001.note": entry_text.encode()}
        files = {**read_time_part(payload["time"]), **own, "proofs/0001.tlog-proof": proof_text.encode()}
        files["disclosures/0001.json"] = b"[]"
    return entry, proof, number if isinstance(number, int) else 0, str(previous or ""), files


def read_time_part(value: Any) -> dict[str, bytes]:
    """The files of a receipt's time part. Revocation data that are too long are named by path and size alone."""
    _object(value, files=lambda listed: _need(isinstance(listed, list), "not an array"))
    files: dict[str, bytes] = {}
    before = ""
    for each in value["files"]:
        _need(isinstance(each, dict) and each.keys() in ({"data", "path"}, {"path", "size"}), "not a file")
        path, text, size = each["path"], each.get("data"), each.get("size")
        _need(type(path) is str and path.startswith("time/") and PATHS.fullmatch(path), "not a file of time/")
        _need(path > before, "files out of order")
        before = path
        if text is None:
            _need(re.match("time/material/(?:crl|ocsp)/", path), "this file may not be left out")
            _integer(size)
        else:
            _need(type(text) is str and (text == "" or from_base64url(text)), "not base64url")
            files[path] = from_base64url(text)
    return files


# --- 10. Words: Kazakh, Russian, English ------------------------------------------------------------------------------

LOCALES = ("kk", "ru", "en")
FINDINGS = {
    "archive": (
        "архив ережені бұзады ({rule}), ол ашылған жоқ",
        "архив нарушает правило ({rule}) и не распакован",
        "the archive breaks a rule ({rule}) and was not unpacked",
    ),
    "mimetype": (
        "пакет түрі бірінші файл емес",
        "тип пакета стоит не первым файлом",
        "the kind of package is not the first file",
    ),
    "custody_unreadable": (
        "сақтау тізімі оқылмайды",
        "опись хранения не читается",
        "the custody record can't be read",
    ),
    "custody_differs": (
        "сақтау тізімі файлдарға сай емес",
        "опись хранения не соответствует файлам",
        "the custody record does not fit the files",
    ),
    "newer_package": (
        "пакет нұсқасы жаңарақ: жаңа тексергіш қажет",
        "версия пакета новее: нужна более новая программа проверки",
        "a newer version of the package: needs a newer verifier",
    ),
    "newer_file": (
        "бұл тексергішке белгісіз файл: жаңа тексергіш қажет",
        "файл, неизвестный этой программе: нужна более новая программа проверки",
        "a file that is not known here: needs a newer verifier",
    ),
    "unlisted_file": (
        "тізімде жоқ файл",
        "файл, которого нет в описи",
        "a file that custody.json does not list",
    ),
    "file_changed": (
        "файл экспорттан кейін өзгертілген",
        "файл изменён после выгрузки",
        "the file was changed after the export",
    ),
    "file_missing": (
        "тізімдегі файл жоқ",
        "файла из описи нет",
        "a listed file is missing",
    ),
    "unreadable": (
        "файл оқылмайды",
        "файл не читается",
        "the file can't be read",
    ),
    "no_trust": (
        "trust.json берілмеген, сондықтан пакеттің кімнен шыққаны расталмады",
        "не дан файл trust.json, поэтому происхождение пакета не подтверждено",
        "no trust.json was given, so the package's origin is not confirmed",
    ),
    "other_log": (
        "пакет trust.json атаған журналдан емес: {origin}",
        "пакет из другого журнала, чем назван в trust.json: {origin}",
        "the package is of another log than trust.json names: {origin}",
    ),
    "checkpoint_unreadable": (
        "бақылау нүктесі оқылмайды",
        "контрольная точка не читается",
        "the checkpoint can't be read",
    ),
    "no_log_key": (
        "бұл көлемдегі журналға сенімді кілт жоқ",
        "для журнала такого размера нет доверенного ключа",
        "no trusted key for a log of this size",
    ),
    "log_signature": (
        "бақылау нүктесіне сенімді журнал кілті қол қоймаған",
        "контрольная точка не подписана доверенным ключом журнала",
        "the checkpoint is not signed by the trusted key of the log",
    ),
    "log_signature_missing": (
        "журнал кілтінің қолтаңбасы жоқ: {key}",
        "нет подписи ключа журнала: {key}",
        "no signature of the log key {key}",
    ),
    "log_key_leaked": (
        "журнал кілті {leaked} бастап бөтен қолда болуы мүмкін: {key}",
        "ключ журнала мог быть в чужих руках с {leaked}: {key}",
        "the log key {key} may have been in other hands since {leaked}",
    ),
    "policy_unreadable": (
        "куәлар саясаты оқылмайды",
        "политика свидетелей не читается",
        "the policy of witnesses can't be read",
    ),
    "policy_not_trusted": (
        "пакеттегі куәлар саясаты есепке алынбайды: сенім тек trust.json файлынан",
        "политика свидетелей из пакета не учитывается: доверие берётся только из trust.json",
        "the package's own policy does not count: trust comes from trust.json alone",
    ),
    "policy_differs": (
        "пакеттегі саясат trust.json саясатынан өзге; соңғысы қолданылды",
        "политика в пакете отличается от trust.json; применена последняя",
        "the package's policy differs from the one of trust.json, which was applied",
    ),
    "cosignature_from_future": (
        "{witness} куәсінің қолтаңбасы болашақтан, ол есепке алынбады",
        "подпись свидетеля {witness} из будущего и не засчитана",
        "the cosignature of {witness} is from the future and does not count",
    ),
    "quorum_not_met": (
        "тәуелсіз куәлар кворумы жиналмаған",
        "кворум независимых свидетелей не набран",
        "the quorum of independent witnesses is not met",
    ),
    "no_independent_witness": (
        "саясатта тәуелсіз куә жоқ",
        "политика не называет независимого свидетеля",
        "the policy names no independent witness",
    ),
    "genesis_missing": (
        "журналдың бірінші жазбасы жоқ",
        "нет первой записи журнала",
        "genesis is missing",
    ),
    "genesis_unreadable": (
        "журналдың бірінші жазбасы жарамсыз",
        "первая запись журнала недействительна",
        "genesis does not hold",
    ),
    "genesis_not_first": (
        "бірінші жазба журналдың басында тұрған жоқ",
        "первая запись стоит не в начале журнала",
        "genesis does not stand at the beginning of the log",
    ),
    "genesis_of_another_log": (
        "бірінші жазба басқа журналдан",
        "первая запись из другого журнала",
        "genesis is of another log",
    ),
    "genesis_not_trusted": (
        "бірінші жазба trust.json атаған жазба емес",
        "первая запись не та, которую называет trust.json",
        "genesis is not the one that trust.json names",
    ),
    "environment": (
        "орта (сынақ немесе жұмыс) trust.json файлынан өзге",
        "среда (тестовая или рабочая) не та, что в trust.json",
        "the environment (test or production) is not the one of trust.json",
    ),
    "no_issuer_keys": (
        "жазба шығарушылардың кілттері белгісіз",
        "ключи издателей неизвестны",
        "the issuer keys are not known",
    ),
    "key_record": (
        "кілт туралы жазба жарамсыз",
        "запись о ключе недействительна",
        "a record about a key does not hold",
    ),
    "key_out_of_order": (
        "кілт туралы жазба алдыңғы кілттерге сай емес",
        "запись о ключе не согласуется с действовавшими ключами",
        "a record about a key does not fit the keys in force before it",
    ),
    "newer_format": (
        "белгісіз нұсқа немесе код: жаңа тексергіш қажет",
        "неизвестная версия или код: нужна более новая программа проверки",
        "a version or code that is not known here: needs a newer verifier",
    ),
    "entry": (
        "жазбаның байттары форматқа сай емес",
        "байты записи не соответствуют формату",
        "the record's bytes break the format",
    ),
    "misplaced": (
        "мұндай жазба бұл жерде тұрмауы керек ({type})",
        "записи этого типа здесь не место ({type})",
        "a record of this type does not belong here ({type})",
    ),
    "record_twice": (
        "жазба екі рет кездеседі",
        "запись встречается дважды",
        "the record is there twice",
    ),
    "wrong_issuer": (
        "жазбаға өз түрінің шығарушысы қол қоймаған ({family})",
        "запись подписана не издателем своего вида ({family})",
        "the record is not signed by the issuer of its kind ({family})",
    ),
    "entry_signature": (
        "жазбаның қолтаңбасы сәйкес келмейді: жазба өзгертілген",
        "подпись записи не сходится: запись изменена",
        "the record's signature does not verify: the record was changed",
    ),
    "key_outside_interval": (
        "жазбаға сол кезде күші жоқ кілтпен қол қойылған",
        "запись подписана ключом, который тогда не действовал",
        "the record is signed by a key that was not in force there",
    ),
    "issuer_leaked": (
        "шығарушы кілті {leaked} бастап бөтен қолда болуы мүмкін; ол {size}-орында кері қайтарылды, уақыты {revoked}",
        "ключ издателя мог быть в чужих руках с {leaked}; он отозван на месте {size}, время {revoked}",
        "the issuer's key may have been in other hands since {leaked}; it was revoked at place {size}, {revoked}",
    ),
    "disclosures_unreadable": (
        "ашылған мәндер оқылмайды",
        "раскрытые значения не читаются",
        "the disclosed values can't be read",
    ),
    "slot_twice": (
        "бір орын екі рет ашылған",
        "одно место раскрыто дважды",
        "one slot is opened twice, or the order is wrong",
    ),
    "slot": (
        "ашылған мән жазбадағы міндеттемеге сай емес",
        "раскрытое значение не то, которое зафиксировано в записи",
        "the disclosed value is not the one that the record commits to",
    ),
    "approved_twice": (
        "бір адам екі рет мақұлдаған",
        "одно лицо одобрило дважды",
        "one person approved twice",
    ),
    "no_approvals": (
        "мақұлдаулар жоқ",
        "одобрений нет",
        "no approvals",
    ),
    "blob": (
        "қоса берілген мәтін жазбадағы хешке сай емес",
        "приложенный текст не соответствует хешу в записи",
        "the attached text is not the one behind the digest in the record",
    ),
    "blob_of_nothing": (
        "бұл мәтінді ешбір жазба атамайды",
        "этот текст не назван ни одной записью",
        "a text that no record names",
    ),
    "proof_unreadable": (
        "журналға енгізу дәлелі оқылмайды",
        "доказательство включения не читается",
        "the inclusion proof can't be read",
    ),
    "proof_to_another_checkpoint": (
        "дәлел басқа бақылау нүктесіне берілген",
        "доказательство дано к другой контрольной точке",
        "the proof is to another checkpoint than the package's",
    ),
    "not_included": (
        "жазба журналдың {index} орнында тұрған жоқ",
        "записи нет на месте {index} журнала",
        "the record does not stand at place {index} of the log",
    ),
    "order": (
        "жазбалар журналдағы ретімен тұрған жоқ",
        "записи стоят не в порядке журнала",
        "records are not in the log's order",
    ),
    "logged_late": (
        "журналға {seconds} секунд кеш енгізілген",
        "занесена в журнал на {seconds} с позже",
        "logged {seconds} s late",
    ),
    "chain_up_to": (
        "бұл адамның жазбалары {number} нөміріне дейін көрсетілген; толықтығы — сырттағы біреу сақтаған соңғы нөмірге"
        " дейін",
        "записи этого лица показаны до номера {number}; полнота — до последнего номера, который есть у кого-то вне"
        " сервиса",
        "this person's records are shown up to number {number}; complete up to the last number that someone outside"
        " holds",
    ),
    "chain_start": (
        "тізбектің басы нөмірге сай емес",
        "начало цепочки не согласуется с номером",
        "the chain's start does not fit the number",
    ),
    "chain_two_numbers": (
        "бір адамның бір жазбада екі нөмірі бар",
        "у одного лица два номера в одной записи",
        "one person has two numbers in one record",
    ),
    "chain_number_twice": (
        "нөмір екі рет берілген",
        "номер выдан дважды",
        "a number was given twice",
    ),
    "chain_previous": (
        "алдыңғы жазбаға сілтеме дұрыс емес",
        "ссылка на предыдущую запись неверна",
        "the link to the record before is wrong",
    ),
    "chain_order": (
        "нөмірлер журнал ретіне қайшы",
        "номера противоречат порядку журнала",
        "numbers contradict the log's order",
    ),
    "chain_left_out": (
        "{number} нөмірлі жазба тізім бойынша алынбаған",
        "запись номер {number} не взята, как указано в списке",
        "number {number} is left out, as the export record says",
    ),
    "chain_gap": (
        "{number} нөмірлі жазба жоқ және тізімде аталмаған",
        "записи номер {number} нет, и в списке она не названа",
        "number {number} is missing and not listed as left out",
    ),
    "receipt_unreadable": (
        "бұл осы журналдың түбіртегі емес",
        "это не квитанция этого журнала",
        "not a receipt of this log",
    ),
    "receipt_differs": (
        "{receipt}: түбіртектегі жазба пакеттегіден өзге",
        "{receipt}: запись в квитанции не та, что в пакете",
        "{receipt}: the record in the receipt is not the one in the package",
    ),
    "receipt_holds": (
        "{receipt}: {number} нөмірлі жазба пакетте бар",
        "{receipt}: запись номер {number} есть в пакете",
        "{receipt}: record number {number} is in the package",
    ),
    "receipt_later": (
        "{number} нөмірлі жазба бұл пакеттен кейін жасалған",
        "запись номер {number} сделана позже этого пакета",
        "record number {number} came after this package",
    ),
    "receipt_left_out": (
        "{number} нөмірлі жазба тізім бойынша алынбаған",
        "запись номер {number} не взята, как указано в списке",
        "record number {number} is left out, as the export record says",
    ),
    "receipt_withheld": (
        "{number} нөмірлі жазба соттан жасырылған: ол пакетте де, тізімде де жоқ",
        "запись номер {number} утаена от суда: её нет ни в пакете, ни в списке",
        "record number {number} was withheld from the court: neither in the package nor listed as left out",
    ),
    "receipt_time_not_judged": (
        "{receipt}: уақыт белгілері орталықтарының сертификаттары мұнда тексерілмеді",
        "{receipt}: сертификаты центров меток времени здесь не проверялись",
        "{receipt}: the certificates of its time stamp authorities were not judged here",
    ),
    "receipt_time_fails": (
        "{receipt}: уақыт белгілері жазбаның орнын дәлелдемейді",
        "{receipt}: метки времени не доказывают место записи",
        "{receipt}: the time stamps do not prove the place of the record",
    ),
    "receipt_not_in_package": (
        "{number} нөмірлі жазба пакетте де, тізімде де жоқ",
        "записи номер {number} нет ни в пакете, ни в списке",
        "record number {number} is neither in the package nor listed as left out",
    ),
    "no_export_record": (
        "экспорт туралы жазба жоқ",
        "записи о выгрузке нет",
        "the record of the export is missing",
    ),
    "export_not_disclosed": (
        "экспорт тізімі ашылмаған",
        "список выгрузки не раскрыт",
        "the export list is not disclosed",
    ),
    "record_added": (
        "жазба экспорт тізімінде жоқ: ол қосылған",
        "записи нет в списке выгрузки: она добавлена",
        "the record is not in the export list: it was added",
    ),
    "record_removed": (
        "экспорт тізіміндегі жазба жоқ: {id}",
        "записи из списка выгрузки нет: {id}",
        "a record of the export list was removed: {id}",
    ),
    "slots_differ": (
        "ашылған мәндер экспорт тізіміне сай емес",
        "раскрыты не те значения, что в списке выгрузки",
        "other values are disclosed than the export list says",
    ),
    "export_count": (
        "жазбалар саны экспорт жазбасына сай емес",
        "число записей не совпадает с записью о выгрузке",
        "the number of records is not the one of the export record",
    ),
    "request_differs": (
        "сұрау салу экспорт жазбасы айтқан сұрау салу емес",
        "запрос не тот, о котором говорит запись о выгрузке",
        "the request is not the one that the export record speaks of",
    ),
    "head": (
        "экспорт жазбасы адамның {number} нөмірлі соңғы жазбасын атамайды",
        "запись о выгрузке не называет последнюю запись лица, номер {number}",
        "the export record does not name this person's head, number {number}",
    ),
    "reference_missing": (
        "аталған жазба пакетте де, тізімде де жоқ: {id}",
        "названной записи нет ни в пакете, ни в списке: {id}",
        "the record named here is neither in the package nor listed as left out: {id}",
    ),
    "content_not_seen": (
        "мазмұн көрілмеген: тексеріс құжаттың хеші бойынша жасалған",
        "содержание не видели: проверка была по хешу документа",
        "content not seen: the verification was by digest",
    ),
    "content_not_packaged": (
        "құжаттың өзі пакетте жоқ",
        "самого документа в пакете нет",
        "the document itself is not in the package",
    ),
    "document_not_packaged": (
        "қол қойылған құжат пакетте жоқ, қолтаңба қайта тексерілмеді",
        "подписанного документа в пакете нет, подпись повторно не проверялась",
        "the signed document is not in the package; its signature was not judged again",
    ),
    "document_of_nothing": (
        "бұл құжат туралы тексеріс жазбасы жоқ",
        "о проверке этого документа нет записи",
        "no record of a verification of this document",
    ),
    "document_digest": (
        "құжат жазба айтқан құжат емес",
        "документ не тот, о котором говорит запись",
        "the document is not the one that the record speaks of",
    ),
    "report_missing": (
        "есеп жоқ",
        "отчёта нет",
        "the report is missing",
    ),
    "no_seal": (
        "пакетте ұйымның мөрі жоқ",
        "в пакете нет печати организации",
        "the package carries no seal of the organisation",
    ),
    "no_time": (
        "уақыт дәлелденбеген: бұл жазбалардан кейін уақыт белгісі жоқ",
        "время не доказано: над этими записями нет метки времени",
        "no time is proven: there is no time stamp above these records",
    ),
    "stamp_unreadable": (
        "уақыт белгісі қойылған бақылау нүктесі оқылмайды",
        "контрольная точка под меткой времени не читается",
        "the time-stamped checkpoint can't be read",
    ),
    "stamp_of_another_log": (
        "уақыт белгісі басқа журналдың бақылау нүктесіне қойылған: {origin}",
        "метка времени стоит на контрольной точке другого журнала: {origin}",
        "the time stamp is over a checkpoint of another log: {origin}",
    ),
    "stamp_not_linked": (
        "уақыт белгісі қойылған бақылау нүктесі пакеттің журналына жалғаспайды",
        "контрольная точка под меткой времени не связана с журналом пакета",
        "the time-stamped checkpoint is not linked to the package's log",
    ),
    "stamp_log_signature": (
        "уақыт белгісі қойылған бақылау нүктесіне журнал кілттерінің бәрі қол қоймаған",
        "контрольная точка под меткой времени подписана не всеми ключами журнала",
        "not all keys of the log have signed the time-stamped checkpoint",
    ),
    "stamp_fails": (
        "уақыт белгісі жарамсыз ({reason})",
        "метка времени недействительна ({reason})",
        "the time stamp fails ({reason})",
    ),
    "stamp_without_token": (
        "бақылау нүктесінің уақыт белгісі жоқ",
        "у контрольной точки нет метки времени",
        "a checkpoint without time stamp",
    ),
    "anchor_unreadable": (
        "уақыт белгісі туралы жазба оқылмайды",
        "запись о метке времени не читается",
        "the record of a time stamp can't be read",
    ),
    "anchor_not_included": (
        "уақыт белгісі туралы жазба журналда бұл орында тұрған жоқ",
        "запись о метке времени не стоит на этом месте журнала",
        "the record of a time stamp does not stand at this place of the log",
    ),
    "anchor_signature": (
        "уақыт белгісі туралы жазбаның қолтаңбасы дұрыс емес",
        "подпись записи о метке времени неверна",
        "the signature of the record of a time stamp does not hold",
    ),
    "anchor_without_token": (
        "бұл жазба атаған уақыт белгісі пакетте жоқ немесе есепке алынбады",
        "метки времени, названной записью, в пакете нет, или она не засчитана",
        "the time stamp that this record names is not in the package, or does not count",
    ),
    "anchor_differs": (
        "уақыт белгісі туралы жазба уақыт белгісіне сай емес",
        "запись о метке времени не соответствует метке времени",
        "the record of a time stamp does not fit the time stamp",
    ),
    "renewal_unreadable": (
        "уақыт белгісін жаңарту оқылмайды",
        "продление метки времени не читается",
        "a renewal of time stamps can't be read",
    ),
    "renewal_of_unknown": (
        "жаңарту пакетте жоқ уақыт белгісін атайды, тізбек үзілген: {token}",
        "продление называет метку времени, которой нет в пакете, цепочка прервана: {token}",
        "a renewal names a time stamp that is not in the package, the chain is broken: {token}",
    ),
    "renewal_not_linked": (
        "жаңарту басқа уақыт белгісінің үстінен қойылған: {token}",
        "продление стоит на другой метке времени: {token}",
        "a renewal is over another time stamp: {token}",
    ),
    "renewal_before_token": (
        "жаңарту өзі жаңартатын уақыт белгісінен ерте",
        "продление раньше метки времени, которую оно продлевает",
        "a renewal is earlier than the time stamp that it renews",
    ),
    "renewal_too_late": (
        "уақыт белгісі сертификатының мерзімі {end} бітті, жаңарту одан кейін жасалған",
        "продление сделано после {end}, когда закончился срок сертификата метки времени",
        "the renewal came after {end}, when the certificate of the time stamp had ended",
    ),
    "stamp_renewed": (
        "уақыт белгісі кейінгі белгімен жаңартылған, {time} кешіктірілмей",
        "метка времени продлена более поздней меткой, не позднее {time}",
        "the time stamp was renewed by a later one, not after {time}",
    ),
    "not_anchored": (
        "бұл жазбадан кейін уақыт белгісі жоқ: уақыты дәлелденбеген",
        "над этой записью нет метки времени: время не доказано",
        "there is no time stamp above this record: no time is proven",
    ),
    "time_after_bound": (
        "жазба өз уақытын {time} деп атайды, ал ол {bound} дейін журналда тұрған",
        "запись называет своё время {time}, а в журнале она стояла уже до {bound}",
        "the record says {time}, but it stood in the log before {bound} already",
    ),
    "tsa_not_here": (
        "уақыт белгілері орталықтарының сертификаттары мұнда тексерілмейді, сондықтан уақыт дәлелденбеген",
        "сертификаты центров меток времени здесь не проверяются, поэтому время не доказано",
        "the certificates of the time stamp authorities are not judged here, so no time is proven",
    ),
    "ml_dsa_not_checked": (
        "ML-DSA-44 қолтаңбасы мұнда тексерілмеді: {key}",
        "подпись ML-DSA-44 здесь не проверялась: {key}",
        "the ML-DSA-44 signature was not checked here: {key}",
    ),
    "eds_not_here": (
        "электрондық цифрлық қолтаңбаларды бұл тексергіш тексермейді",
        "электронные цифровые подписи эта программа проверки не проверяет",
        "this verifier does not judge electronic digital signatures",
    ),
    "pdf_not_compared": (
        "PDF беттері мұнда салыстырылмады: тек оған тіркелген пакет тексерілді",
        "страницы PDF здесь не сравнивались: проверен только приложенный к нему пакет",
        "the pages of the PDF were not compared here: only the package attached to it was checked",
    ),
    "report_not_compared": (
        "есеп жазбалармен салыстырылмады: жазбалардың өзін оқыңыз",
        "отчёт не сравнивался с записями: читайте сами записи",
        "the report was not compared with the records: read the records themselves",
    ),
    "seal_removed": (
        "ұйымның мөрі алынып тасталған",
        "печать организации удалена",
        "the seal of the organisation was removed",
    ),
    "seal_added": (
        "пакетте мөр бар, ал сақтау тізімі ол жоқ дейді",
        "в пакете есть печать, а опись хранения говорит, что её нет",
        "there is a seal, and the custody record says that there is none",
    ),
    "seal_incomplete": (
        "ұйымның мөрі толық емес",
        "печать организации неполна",
        "the seal of the organisation is incomplete",
    ),
    "seal_manifest": (
        "мөр пакеттің дәл осы файлдарын қамтымайды",
        "печать охватывает не в точности эти файлы пакета",
        "the seal does not cover exactly these files",
    ),
    "seal_not_here": (
        "ұйымның мөрін бұл тексергіш тексермейді",
        "печать организации эта программа проверки не проверяет",
        "this verifier does not check the organisation's seal",
    ),
    "verifier_not_named": (
        "trust.json бұл тексергіштің шығарылымдарын атамайды: тексергішті басқа жерден алыңыз",
        "trust.json не называет выпусков этой программы проверки: возьмите её в другом месте",
        "trust.json names no release of this verifier: get the verifier elsewhere",
    ),
    "verifier_unknown": (
        "пакеттегі тексергіш trust.json атаған шығарылымдардың бірі емес: оны іске қоспаңыз",
        "программа проверки в пакете не из тех выпусков, что названы в trust.json: не запускайте её",
        "the verifier in the package is none of the releases that trust.json names: do not run it",
    ),
}
CHECK_NAMES = {
    "container": (
        "файлдар құрамы",
        "состав файлов",
        "container",
    ),
    "trust": (
        "сенім негізі",
        "основание доверия",
        "trust",
    ),
    "log_signatures": (
        "журнал қолтаңбалары",
        "подписи журнала",
        "signatures of the log",
    ),
    "quorum": (
        "куәлар кворумы",
        "кворум свидетелей",
        "quorum of witnesses",
    ),
    "genesis": (
        "бірінші жазба",
        "первая запись",
        "genesis",
    ),
    "issuer_keys": (
        "жазба шығарушылардың кілттері",
        "ключи издателей записей",
        "issuer keys",
    ),
    "entry_bytes": (
        "жазбалардың байттары",
        "байты записей",
        "entry bytes",
    ),
    "slots": (
        "ашылған мәндер",
        "раскрытые значения",
        "disclosed values",
    ),
    "inclusion": (
        "журналдағы орны",
        "место в журнале",
        "inclusion in the log",
    ),
    "time": (
        "уақыт",
        "время",
        "time",
    ),
    "chains": (
        "адамдардың тізбектері",
        "цепочки лиц",
        "chains of persons",
    ),
    "export": (
        "экспорт тізімі және толықтығы",
        "список выгрузки и его полнота",
        "export list and closure",
    ),
    "eds": (
        "электрондық цифрлық қолтаңбалар",
        "электронные цифровые подписи",
        "electronic digital signatures",
    ),
    "report": (
        "есеп",
        "отчёт",
        "report",
    ),
    "seal": (
        "ұйымның мөрі",
        "печать организации",
        "seal of the organisation",
    ),
}
WORDS = {
    "test": (
        "СЫНАҚ: бұл — сынақ ортасының жазбалары, олардың заңдық мәні жоқ.",
        "ТЕСТ: это записи тестовой среды, юридического значения они не имеют.",
        "TEST: these are records of a test environment and have no legal meaning.",
    ),
    "VALID": (
        "ЖАРАМДЫ: осы тексергіштің барлық тексерісі орындалды",
        "ДЕЙСТВИТЕЛЕН: все проверки, которые делает эта программа проверки, выполнены",
        "VALID: every check that this verifier makes holds",
    ),
    "INVALID": ("ЖАРАМСЫЗ", "НЕДЕЙСТВИТЕЛЕН", "INVALID"),
    "NOT_CONFIRMED": (
        "РАСТАЛМАДЫ: пакет өз ішінде қайшылықсыз",
        "НЕ ПОДТВЕРЖДЁН: пакет сам по себе непротиворечив",
        "NOT CONFIRMED: the package is consistent in itself",
    ),
    "not_a_package": (
        "Бұл файл сот пакеті емес.",
        "Этот файл не является судебным пакетом.",
        "This file is not a court package.",
    ),
    "no_witness": (
        "тәуелсіз куә жоқ: оператор бұл журналды {date} күніне дейін қайта жаза алар еді",
        "независимого свидетеля нет: оператор мог переписать этот журнал до {date}",
        "no independent witness: the operator could have rewritten this log before {date}",
    ),
    "not_checked": (
        "мұнда тексерілмегені: {what}; ол үшін authsvc evidence check қолданыңыз",
        "здесь не проверялось: {what}; для этого есть authsvc evidence check",
        "not checked here: {what}; use authsvc evidence check for these",
    ),
    "holds": ("орындалды", "выполнено", "holds"),
    "not_confirmed": ("расталмады", "не подтверждено", "not confirmed"),
    "fails": ("ОРЫНДАЛМАДЫ", "НЕ ВЫПОЛНЕНО", "FAILS"),
    "not_made": ("тексерілмеді", "не проверялось", "not made"),
    "records": ("Жазбалар", "Записи", "Records"),
}
# findings that say what was not checked here: as they stand in the verdict
NOT_CHECKED = {
    "ml_dsa_not_checked": ("ML-DSA-44 қолтаңбалары", "подписи ML-DSA-44", "ML-DSA-44 signatures"),
    "eds_not_here": (
        "электрондық цифрлық қолтаңбалар",
        "электронные цифровые подписи",
        "electronic digital signatures",
    ),
    "pdf_not_compared": (
        "PDF беттерінің пакетке сәйкестігі",
        "соответствие страниц PDF пакету",
        "whether the pages of the PDF are those of the package",
    ),
    "report_not_compared": (
        "есептің жазбаларға сәйкестігі",
        "соответствие отчёта записям",
        "whether the report says what the records say",
    ),
    "tsa_not_here": (
        "уақыт белгілері орталықтарының сертификаттары",
        "сертификаты центров меток времени",
        "the certificates of the time stamp authorities",
    ),
    "receipt_time_not_judged": (
        "түбіртектердің уақыт белгілері орталықтарының сертификаттары",
        "сертификаты центров меток времени в квитанциях",
        "the certificates of the time stamp authorities of receipts",
    ),
    "seal_not_here": ("ұйымның мөрі", "печать организации", "the organisation's seal"),
}


def say(words: tuple[str, str, str], lang: str, params: dict[str, str] | None = None) -> str:
    """The text in this language, with its places in braces filled in. What is filled in is never read for places."""
    values = params or {}
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), words[LOCALES.index(lang)])


def say_finding(finding: Finding, lang: str) -> str:
    """What was found, with its place and, where there is one, the reason."""
    text = say(FINDINGS[finding.code], lang, finding.params)
    text += f" ({finding.where})" if finding.where else ""
    return text + (" [{}]".format(finding.params["reason"]) if "reason" in finding.params else "")


def say_verdict(checker: Checker, lang: str) -> str:
    """The verdict in one sentence: its first reason, then what was not proven or not checked."""
    first = say(WORDS[VERDICTS[checker.weight]], lang)
    worst = next((each for each in checker.findings if each.weight == checker.weight > NOTE), None)
    if worst is not None:
        where = f" ({worst.where})" if worst.where else ""
        first += ("; " if ":" in first else ": ") + say(FINDINGS[worst.code], lang, worst.params) + where
    parts = [first]
    if checker.weight != FAULT:
        codes = {each.code for each in checker.findings}
        if "no_time" in codes:
            parts.append(say(FINDINGS["no_time"], lang))
        if not checker.independent:
            date = write_time(int(checker.now * 1000))[:10]
            parts.append(say(WORDS["no_witness"], lang, {"date": date}))
        what = ", ".join(say(words, lang) for code, words in NOT_CHECKED.items() if code in codes)
        if what:
            parts.append(say(WORDS["not_checked"], lang, {"what": what}))
    return "; ".join(parts) + "."


def outcome(checker: Checker, check: str) -> str:
    """`holds`, `not_confirmed`, `fails`, or `not_made`."""
    weight = max((each.weight for each in checker.findings if each.check == check), default=NOTE)
    if check not in checker.done and weight == NOTE:
        return "not_made"
    return ("holds", "not_confirmed", "fails")[weight]


def to_text(checker: Checker, lang: str) -> str:
    """The verdict for people. TEST comes before anything else, the sentence in all three languages last."""
    lines = [say(WORDS["test"], each) for each in LOCALES] if checker.environment == "test" else []
    for number, check in enumerate(CHECKS, 1):
        lines.append("%2d. %s: %s" % (number, say(CHECK_NAMES[check], lang), say(WORDS[outcome(checker, check)], lang)))
        lines += ["      " + say_finding(each, lang) for each in checker.findings if each.check == check]
    lines.append("{}:".format(say(WORDS["records"], lang)))
    for item in checker.records:
        weight, places = checker.weight_of(item)
        shown = [item.path, item.entry.type if item.entry else "?", VERDICTS[weight]]
        lines.append("    " + "  ".join(shown) + ("  <- " + ", ".join(places) if places else ""))
    return printable("\n".join([*lines, "", *(say_verdict(checker, each) for each in LOCALES)]))


def printable(text: str) -> str:
    """Characters that could move the cursor, hide or turn text are shown by their code."""
    shown = "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
    return re.sub(shown, lambda match: f"\\u{ord(match[0]):04x}", text)


def to_json(checker: Checker, lang: str) -> str:
    """The verdict for programs, with the members that `authsvc evidence check --json` has."""
    checks = [
        {
            "number": number,
            "check": check,
            "outcome": outcome(checker, check),
            "findings": [
                {
                    "code": each.code,
                    "weight": ("note", "doubt", "fault")[each.weight],
                    "where": each.where,
                    "params": each.params,
                    "text": say(FINDINGS[each.code], lang, each.params),
                }
                for each in checker.findings
                if each.check == check
            ],
        }
        for number, check in enumerate(CHECKS, 1)
    ]
    records = []
    for item in checker.records:
        weight, places = checker.weight_of(item)
        entry_id, type_ = (item.entry.id, item.entry.type) if item.entry else ("", "")
        records.append({"path": item.path, "id": entry_id, "type": type_, "verdict": VERDICTS[weight], "where": places})
    value = {
        "environment": checker.environment,
        "verdict": VERDICTS[checker.weight],
        "sentence": say_verdict(checker, lang),
        "checks": checks,
        "records": records,
    }
    return json.dumps(value, indent=2)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Check a court package offline.")
    parser.add_argument("package", metavar="PACKAGE", help="the package: the ZIP, or the PDF that carries it")
    parser.add_argument("--trust", metavar="FILE", help="trust.json, got from elsewhere than the package")
    parser.add_argument("--receipt", metavar="FILE", action="append", default=[], help="a receipt that you kept")
    parser.add_argument("--lang", choices=LOCALES, default="en", help="language of the words")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    parser.error = lambda message: parser.exit(64, f"{message}\n")  # type: ignore[method-assign]  # its 2 is taken
    options = parser.parse_args(arguments)
    try:
        data, *receipts = [_read(path) for path in (options.package, *options.receipt)]
        trusted = read_trust(_read(options.trust)) if options.trust else None
    except (OSError, Refused) as error:
        print(f"verify.py: {error}", file=sys.stderr)
        return 64
    checker = Checker(trusted, receipts, time.time())
    try:
        checker.run(data)
    except NotAPackage:
        text = say(WORDS["not_a_package"], options.lang)
        _print(json.dumps({"verdict": "NOT_A_PACKAGE", "sentence": text}) if options.json else text)
        return 65
    _print(to_json(checker, options.lang) if options.json else to_text(checker, options.lang))
    return (0, 2, 1)[checker.weight]


def _print(text: str) -> None:
    """UTF-8 whatever the terminal's encoding is."""
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.buffer.flush()


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        data = file.read(2**30 + 1)
    if len(data) > 2**30:
        raise OSError(f"{path}: larger than any package")
    return data


if __name__ == "__main__":
    sys.exit(main())
