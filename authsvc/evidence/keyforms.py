"""Forms of the members that bind keys: genesis and `key` records (evidence format, sections 2, 4 and 9).

Each vkey is read under the strict rule of section 4, so a weak key is refused before it can ever be in force.
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping

from authsvc.evidence import codes
from authsvc.evidence.canonical import Value
from authsvc.evidence.errors import BadKey
from authsvc.evidence.forms import DIGEST_512_NEEDED, DIGEST_NEEDED, Form, listed
from authsvc.evidence.note import ED25519, ML_DSA_44, Verifier, is_key_name

MAX_ORIGIN = 200
"""Below the 255 bytes of a cosigned message, with room for `/issuer/administration`."""
TEST_PREFIX = "test."
"""Origins of test logs start with it, and no other origin does."""

_ORIGIN = re.compile(r"[a-z0-9][a-z0-9.:/_-]*").fullmatch


def issuer_name(origin: str, family: str) -> str:
    """The name of a family's issuer key: no key serves two origins."""
    return f"{origin}/issuer/{family}"


def _check_origin(value: Value) -> None:
    if type(value) is not str or len(value) > MAX_ORIGIN or not _ORIGIN(value) or not is_key_name(value):
        raise ValueError("not an origin")


def _read_vkey(value: Value, kinds: tuple[int, ...]) -> Verifier:
    if type(value) is not str:
        raise ValueError("not a verifier key")
    try:
        verifier = Verifier.parse(value)
    except BadKey as error:
        raise ValueError(error.message) from error
    if verifier.algorithm not in kinds or str(verifier) != value:
        raise ValueError("a verifier key of another kind")
    return verifier


def _check_issuers(value: Value) -> None:
    if not isinstance(value, list) or len(value) != len(codes.FAMILIES):
        raise ValueError("not one issuer for each family")
    keys = set()
    for issuer, family in zip(value, codes.FAMILIES, strict=True):
        if not isinstance(issuer, dict) or issuer.keys() != {"family", "vkey"} or issuer["family"] != family:
            raise ValueError("issuers are not in the order of the families")
        keys.add(_read_vkey(issuer["vkey"], (ED25519,)).key)
    if len(keys) != len(codes.FAMILIES):
        raise ValueError("one key for two families")


def _check_log_keys(value: Value) -> None:
    if not isinstance(value, list):
        raise ValueError("not an array")
    keys = [_read_vkey(each, (ED25519, ML_DSA_44)) for each in value]
    if not any(key.algorithm == ED25519 for key in keys) or len(set(keys)) != len(keys):
        raise ValueError("no Ed25519 log key, or one key twice")


def _check_receipt_keys(value: Value) -> None:
    if not isinstance(value, list) or len(value) > 16:
        raise ValueError("not an array of thumbprints")
    for thumbprint in value:
        DIGEST_NEEDED.judge(thumbprint)


def _check_key_value(value: Value) -> None:
    if isinstance(value, str) and "+" in value:
        _read_vkey(value, (ED25519, ML_DSA_44))
    else:
        DIGEST_NEEDED.judge(value)


def _check_predecessor(value: Value) -> None:
    if not isinstance(value, list) or len(value) > 1:
        raise ValueError("not an array of none or one")
    for each in value:
        if not isinstance(each, dict) or each.keys() != {
            "lost_from",
            "lost_to",
            "origin",
            "root",
            "root_512",
            "size",
        }:
            raise ValueError("not a predecessor")
        _check_origin(each["origin"])
        DIGEST_NEEDED.judge(each["root"])
        DIGEST_512_NEEDED.judge(each["root_512"])
        bounds = [each["size"], each["lost_from"], each["lost_to"]]
        if not all(type(bound) is int and bound > 0 for bound in bounds) or bounds != sorted(bounds, key=str_order):
            raise ValueError("the bounds of what was lost are out of order")


def str_order(value: Value) -> int:
    """Integers in their order; what is none comes first."""
    return value if isinstance(value, int) else -1


ORIGIN = Form("origin", _check_origin, needed=True)
ENVIRONMENT = listed(codes.ENVIRONMENTS, needed=True)
ISSUERS = Form("issuers", _check_issuers, needed=True)
LOG_KEYS = Form("keys", _check_log_keys, needed=True)
RECEIPT_KEYS = Form("thumbprints", _check_receipt_keys, needed=True)
KEY_VALUE = Form("key", _check_key_value, needed=True)
PREDECESSOR = Form("predecessor", _check_predecessor, needed=True)


def check_key_members(type_: str, body: Mapping[str, Value]) -> tuple[str, str] | None:
    """What no single member shows, in `genesis` and `key`: (member, reason) of the first fault, or None."""
    if type_ == "genesis":
        return _check_genesis(body)
    value, use = str(body["key_value"]), body["key_use"]
    if ("+" in value) is (use == "receipt"):
        return "key_value", "not the kind of key that key_use names"
    if use == "issuer" and value.partition("+")[0].rpartition("/issuer/")[2] not in codes.FAMILIES:
        return "key_value", "not the name of an issuer key"
    if (body["key_reason"] == "compromise") is (body["key_leaked_at"] == ""):
        return "key_leaked_at", "stands exactly for a compromise"
    return None


def _check_genesis(body: Mapping[str, Value]) -> tuple[str, str] | None:
    origin = str(body["origin"])
    if origin.startswith(TEST_PREFIX) is not (body["environment"] == "test"):
        return "environment", f"test origins start with {TEST_PREFIX} and no others do"
    issuers, log_keys = body["issuers"], body["log_keys"]
    for issuer in issuers if isinstance(issuers, list) else []:
        if isinstance(issuer, dict) and _name(issuer["vkey"]) != issuer_name(origin, str(issuer["family"])):
            return "issuers", "a key under another name than its family's in this origin"
    for key in log_keys if isinstance(log_keys, list) else []:
        if _name(key) != origin:
            return "log_keys", "a log key under another name than the origin"
    return None


def _name(vkey: Value) -> str:
    return str(vkey).partition("+")[0]


def digest_bytes(text: str) -> bytes:
    """The bytes of an unpadded base64url digest; empty when it is none."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
