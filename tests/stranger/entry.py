"""Section 4 of the evidence format: the bytes of one entry, and the form of its members (section 2)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from tests.stranger.note import ED25519, Key, Note, Objection, demand
from tests.stranger.table import DIGESTS, INDICATIONS, KINDS, LOGIN_METHODS, MAY_BE_EMPTY, METHODS

HEADER = "authsvc/evidence/v1"
MOST_BYTES = 65_535
DEEPEST = 8
EXACT = 2**53
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """One entry of the log, read once and in one way. `leaf` is its RFC 6962 leaf hash."""

    index: int
    type: str
    body: dict[str, Any]
    signer: tuple[str, bytes]
    raw: bytes
    leaf: bytes

    @classmethod
    def parse(cls, index: int, raw: bytes, leaf: bytes) -> Entry:
        demand(len(raw) <= MOST_BYTES, f"entry: {index} is too long")
        note = Note.parse(raw)
        lines = note.text.decode().split("\n")
        demand(len(lines) == 4 and lines[3] == "", f"entry: {index} has not exactly three lines")
        demand(lines[0] == HEADER, f"entry: {index} begins with {lines[0][:40]!r}")
        demand(lines[1] in KINDS, f"type: {index} is of no known type {lines[1][:40]!r}")
        demand(len(note.signatures) == 1, f"entry: {index} has {len(note.signatures)} signature lines")
        body = read_json(lines[2], index)
        demand_form(index, lines[1], body)
        name, key_id, _ = note.signatures[0]
        return cls(index, lines[1], body, (name, key_id), raw, leaf)

    def demand_signed_by(self, key: Key) -> None:
        demand(key.kind == ED25519, f"issuer: {key.name} is no Ed25519 key")
        demand(
            (key.name, key.key_id) == self.signer, f"issuer: {self.index} ({self.type}) is signed by {self.signer[0]}"
        )
        Note.parse(self.raw).verified_by([key])


def read_json(line: str, index: int) -> dict[str, Any]:
    """One reading only: parsed, written again, and the same bytes."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        demand(len(set(names)) == len(names), f"json: {index} names a member twice")
        demand(all(re.fullmatch(r"[a-z0-9_]+", name, re.ASCII) for name in names), f"json: {index} has a strange name")
        return dict(pairs)

    def refuse(text: str) -> Any:
        raise Objection(f"json: {index} holds {text}")

    try:
        body = json.loads(line, object_pairs_hook=once, parse_float=refuse, parse_constant=refuse)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Objection(f"json: {index}: {error}") from error
    demand(isinstance(body, dict), f"json: {index} is no object")
    demand_plain_values(body, index, 1)
    again = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    demand(again == line, f"json: {index} has another canonical form")
    return body


def demand_plain_values(value: Any, index: int, depth: int) -> None:
    demand(value is not None, f"json: {index} holds null")
    if isinstance(value, int):
        demand(abs(value) < EXACT, f"json: {index} holds an integer beyond 2^53")
    elif isinstance(value, dict | list):
        demand(depth <= DEEPEST, f"json: {index} is deeper than {DEEPEST}")
        for inner in value.values() if isinstance(value, dict) else value:
            demand_plain_values(inner, index, depth + 1)


def demand_form(index: int, name: str, body: dict[str, Any]) -> None:
    shape = KINDS[name]
    where = f"{index} ({name})"
    demand(set(body) == {"id", "time", "claims", *shape.plain}, f"members: {where} has {sorted(body)}")
    demand(isinstance(body["id"], str) and UUID7.fullmatch(body["id"]), f"id: {where}")
    demand(is_time(body["time"]), f"time: {where}")
    claims = body["claims"]
    demand(isinstance(claims, list) and len(claims) == shape.slots, f"slots: {where} has not {shape.slots}")
    demand(all(is_digest(claim) for claim in claims), f"slots: {where} has a claim that is no hash")
    for member, codes in shape.plain.items():
        value = body[member]
        if value == "" and member in MAY_BE_EMPTY:
            continue
        demand(codes is None or value in codes, f"code: {where} has {member} = {value!r}")
        demand_member(where, member, value)


def demand_member(where: str, member: str, value: Any) -> None:
    if member in ("method", "login_method"):
        known = METHODS if member == "method" else LOGIN_METHODS
        demand(isinstance(value, list) and value and set(value) <= known, f"code: {where} has {member} = {value!r}")
    elif member in DIGESTS:
        demand(is_digest(value), f"digest: {where} has {member} = {value!r}")
    elif member == "key_leaked_at":
        demand(is_time(value), f"time: {where} has {member} = {value!r}")
    elif member == "indication":
        demand(value in INDICATIONS, f"code: {where} has {member} = {value!r}")
    elif member in ("issuers", "log_keys", "receipt_keys", "predecessor"):
        demand(isinstance(value, list), f"members: {where} has {member} that is no array")
    elif member == "anchor_size":
        demand(isinstance(value, int) and value > 0, f"members: {where} has {member} = {value!r}")
    else:
        demand(isinstance(value, str) and value, f"members: {where} has {member} = {value!r}")


def is_time(value: Any) -> bool:
    return isinstance(value, str) and TIME.fullmatch(value) is not None


def is_digest(value: Any) -> bool:
    """base64url of 32 bytes without padding, canonical."""
    if not isinstance(value, str) or len(value) != 43:
        return False
    try:
        raw = base64.b64decode(value + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return encode(raw) == value


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def claim_hash(salt: str, name: str, value: Any) -> str:
    """base64url of SHA-256(`authsvc/claim/v1` ‖ 0x00 ‖ JCS([salt, name, value]))."""
    canonical = json.dumps([salt, name, value], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return encode(hashlib.sha256(b"authsvc/claim/v1\0" + canonical.encode()).digest())
