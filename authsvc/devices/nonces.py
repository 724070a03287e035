"""Nonces that a device signs (docs/devices.md): their time and chance under a MAC, so nothing is kept until one is
used."""

import hmac

from authsvc.keys import b64url, unb64url
from authsvc.service import Service
from confirmations.errors import DeviceRefused

LIFETIME_MS = 5 * 60 * 1000
_STAMP = 8
_CHANCE = 16
_MAC = 16


def offer_nonce(svc: Service) -> str:
    """A nonce for one enrolment or session; good for five minutes."""
    plain = svc.clock.now().to_bytes(_STAMP) + svc.entropy(_CHANCE)
    return b64url(plain + svc.keys.mac("device-nonce", plain)[:_MAC])


async def use_nonce(svc: Service, nonce: str) -> None:
    """Use it up. Raises DeviceRefused for one that is not ours, too old, or used before."""
    try:
        raw = unb64url(nonce)
    except ValueError:
        raw = b""
    plain, mac = raw[: _STAMP + _CHANCE], raw[_STAMP + _CHANCE :]
    if not hmac.compare_digest(mac, svc.keys.mac("device-nonce", plain)[:_MAC]):
        raise DeviceRefused("nonce", "the nonce is not one of this service")
    age = svc.clock.now() - int.from_bytes(plain[:_STAMP])
    if age >= LIFETIME_MS or not await svc.ephemeral.add(f"device-nonce:{nonce}", 2 * LIFETIME_MS):
        raise DeviceRefused("nonce", "the nonce is too old, or was used before")
