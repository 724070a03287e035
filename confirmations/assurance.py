"""Levels, acr and amr: RFC 8176 (names of amr), OpenID Connect Core 2 (acr); the order after NIST 800-63B.

The level is computed from the whole ordered list of what was accepted. Two elements of one kind are not two factors.
What the levels mean in the terms of another scheme (eIDAS) is configuration and is claimed nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

SINGLE: Final = "urn:authsvc:acr:single"
MULTI: Final = "urn:authsvc:acr:multi"
VOUCHED: Final = "urn:authsvc:acr:vouched"

ACRS: Final = (SINGLE, MULTI)
"""The ladder, weakest first, as discovery publishes it. `VOUCHED` stands outside it."""

LOW: Final = "low"
SUBSTANTIAL: Final = "substantial"
HIGH: Final = "high"

LEVELS: Final = (LOW, SUBSTANTIAL, HIGH)
"""The ladder of levels, weakest first. "vouched" (a subject that a relying party vouches for) stands outside it."""

_KNOWLEDGE: Final = "knowledge"
_POSSESSION: Final = "possession"
_INHERENCE: Final = "inherence"

_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "password": frozenset({_KNOWLEDGE}),
    "code": frozenset({_POSSESSION}),
    "totp": frozenset({_POSSESSION}),
    "hotp": frozenset({_POSSESSION}),
    "identifier": frozenset({_POSSESSION}),
    "push": frozenset({_POSSESSION}),
    "passkey": frozenset({_POSSESSION}),
    "payment": frozenset({_POSSESSION}),
    "eds": frozenset({_POSSESSION}),
}
_AMR: Final[Mapping[str, str]] = {
    "password": "pwd",
    "code": "otp",
    "totp": "otp",
    "hotp": "otp",
    "identifier": "otp",
    "push": "pop",
    "passkey": "pop",
    "payment": "pop",
    "eds": "pop",
}
_NO_FACTOR_CHANNELS: Final = frozenset({"email", "messenger"})
"""NIST: e-mail SHALL NOT be out-of-band; ASVS 6.3.6: no factor. A code over them confirms, but is no second factor."""


@dataclass(frozen=True, slots=True)
class Element:
    """One accepted element of a combination, with what is known of it.

    `channel` of a sent code or link ("sms", "email", "messenger"); `user_verified`: an authenticator says that it
    checked its user; `device_bound`: the key can't leave one device and its attestation was checked; `sim_checked`: no
    recent SIM change.
    """

    method: str
    channel: str = ""
    user_verified: bool = False
    device_bound: bool = False
    sim_checked: bool = False


@dataclass(frozen=True, slots=True)
class Assurance:
    """What a list of elements amounts to."""

    level: str
    acr: str
    amr: tuple[str, ...]


def assess(elements: Iterable[Element | str]) -> Assurance:
    """Compute level, acr and amr (in order, each name once) from the accepted elements, at least one."""
    known = [Element(one) if isinstance(one, str) else one for one in elements]
    if not known:
        raise ValueError("nothing was accepted")
    kinds: set[str] = set()
    amr: dict[str, None] = {}
    for element in known:
        amr[_AMR[element.method]] = None
        if element.channel == "sms":
            amr["sms"] = None
        if element.user_verified:
            amr["user"] = None
        if element.device_bound:
            amr["hwk"] = None
        kinds |= _kinds_of(element)
    several = len(kinds) > 1
    if several:
        amr["mfa"] = None
    return Assurance(_level(known, several), MULTI if several else SINGLE, tuple(amr))


def meets(acr: str, needed: str) -> bool:
    """Say whether one acr is at least another. An acr that is not on the ladder meets only itself."""
    if acr not in ACRS or needed not in ACRS:
        return acr == needed
    return ACRS.index(acr) >= ACRS.index(needed)


def _kinds_of(element: Element) -> frozenset[str]:
    if element.channel in _NO_FACTOR_CHANNELS:
        return frozenset()
    kinds = _KINDS[element.method]
    return kinds | {_INHERENCE} if element.user_verified else kinds


def _level(elements: list[Element], several: bool) -> str:
    if not several:
        return LOW
    if any(element.user_verified and element.device_bound for element in elements):
        return HIGH
    carried = [element for element in elements if element.channel not in _NO_FACTOR_CHANNELS]
    phones = [element for element in carried if element.channel == "sms" and not element.sim_checked]
    without_phones = {kind for element in carried if element not in phones for kind in _kinds_of(element)}
    return SUBSTANTIAL if len(without_phones) > 1 else LOW
