"""Devices: an app that holds a person's key (docs/devices.md), enrolled in their own fresh session, named, revoked.

The publisher of the app is the service (our pages) or a relying party; an app of a relying party sees the requests of
that relying party alone.
"""

from authsvc.devices.enrolling import Activation, begin, enrol, listed, rename, revoke
from authsvc.devices.keeping import METHOD, SERVICE, Device, find_active, find_device
from authsvc.devices.nonces import offer_nonce
from authsvc.devices.sessions import Caller, leave, open_session, read_session

__all__ = [
    "METHOD",
    "SERVICE",
    "Activation",
    "Caller",
    "Device",
    "begin",
    "enrol",
    "find_active",
    "find_device",
    "leave",
    "listed",
    "offer_nonce",
    "open_session",
    "read_session",
    "rename",
    "revoke",
]
