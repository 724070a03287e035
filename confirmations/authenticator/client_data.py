"""clientDataJSON (WebAuthn 3, section 5.8.1): what the browser says it did, and where."""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Collection, Sequence
from typing import Final

from confirmations.authenticator.errors import AuthenticatorFault, Malformed

MAX_BYTES: Final = 8_192

_BASE64: Final = re.compile(r"[A-Za-z0-9+/]*").fullmatch
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*").fullmatch


class WrongCeremony(AuthenticatorFault):
    """Another ceremony than the one that was asked for."""

    rule = "type"


class WrongChallenge(AuthenticatorFault):
    """An answer to another challenge."""

    rule = "challenge"


class WrongOrigin(AuthenticatorFault):
    """A page of another origin."""

    rule = "origin"


class CrossOrigin(AuthenticatorFault):
    """A page in a frame of another origin that is not allowed."""

    rule = "cross_origin"


def check_client_data(
    data: bytes,
    *,
    kind: str,
    challenge: bytes,
    origins: Collection[str],
    allow_cross_origin: bool,
    top_origins: Collection[str],
) -> None:
    """Raise unless the browser speaks of this ceremony (`webauthn.get`, …), challenge and origin, in no odd frame."""
    members = _read(data)
    if members.get("type") != kind:
        raise WrongCeremony("another ceremony")
    if not hmac.compare_digest(_challenge(members), challenge):
        raise WrongChallenge("another challenge")
    if members.get("origin") not in origins:
        raise WrongOrigin("another origin")
    crossed, top = members.get("crossOrigin", False), members.get("topOrigin")
    if type(crossed) is not bool or (top is not None and not isinstance(top, str)):
        raise Malformed("crossOrigin or topOrigin of another type")
    if crossed and not allow_cross_origin:
        raise CrossOrigin("a frame of another origin")
    if top is not None and (not crossed or top not in top_origins):
        raise CrossOrigin("a top origin that is not allowed")


def _challenge(members: dict[str, object]) -> bytes:
    text = members.get("challenge")
    if not isinstance(text, str):
        raise Malformed("a client data without a challenge")
    return decode_base64url(text)


def decode_base64url(text: str) -> bytes:
    """The bytes of base64url without padding; Malformed for any other text."""
    if not _BASE64URL(text) or len(text) % 4 == 1:
        raise Malformed("not base64url without padding")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def decode_transported(text: str) -> bytes:
    """The bytes of a member of the answer, in either alphabet of base64, padded or not: some relying parties send so.

    Nothing is signed over this encoding, so two of them are not two readings of what was signed.
    """
    bare = text.rstrip("=")
    if len(text) - len(bare) > 2 or not (_BASE64URL(bare) or _BASE64(bare)):
        raise Malformed("not base64")
    return decode_base64url(bare.replace("+", "-").replace("/", "_"))


def _read(data: bytes) -> dict[str, object]:
    """A JSON object in which no member stands twice: a text with two readings proves nothing."""
    if len(data) > MAX_BYTES or data.count(b"{") + data.count(b"[") > 64:
        raise Malformed("a client data that is too large")
    try:
        members = json.loads(data.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Malformed("a client data that is not JSON") from error
    if not isinstance(members, dict):
        raise Malformed("a client data that is no object")
    return members


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("a member of the client data twice")
    return members
