"""How a device lies in the database: a factor found by the thumbprint of its key, the rest sealed; its record."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from authsvc import credentials
from authsvc.credentials import Ground, Whose
from authsvc.evidence import kinds
from authsvc.evidence.kinds import FactorKey
from authsvc.keys import b64url, unb64url
from authsvc.service import Service
from authsvc.store import people
from authsvc.store.people import FactorRow
from confirmations.device import App, key_id
from confirmations.methods.push import Enrolled

METHOD = "push"
SERVICE = "service"
"""The publisher of our own pages."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device as its person sees it, and as its answers are judged. `acr`: of the session that enrolled it."""

    row: FactorRow
    name: str
    key: bytes
    app: App
    acr: str
    registration: bytes

    @property
    def enrolled(self) -> Enrolled:
        """What an answer is judged against."""
        return Enrolled(self.row.id, self.key, self.app, max(self.row.last_step, 0))

    @property
    def factor_key(self) -> FactorKey:
        """The key as records name it."""
        return FactorKey(key_id(self.key), b64url(self.key), b64url(self.registration))

    def shows(self, client_id: str) -> bool:
        """Whether this app shows the requests of this relying party."""
        return self.app.publisher in (SERVICE, client_id)


def open_device(svc: Service, row: FactorRow) -> Device:
    """From its row."""
    plain = orjson.loads(svc.keys.unseal("factor", row.sealed, row.id.encode()))
    name, key, app, acr, registration = plain
    return Device(row, name, unb64url(key), App(*app), acr, unb64url(registration))


def seal_device(svc: Service, device: Device) -> bytes:
    """What its row keeps sealed."""
    app = [device.app.name, device.app.publisher, device.app.version]
    plain = [device.name, b64url(device.key), app, device.acr, b64url(device.registration)]
    return svc.keys.seal("factor", orjson.dumps(plain), device.row.id.encode())


def lookup_of(thumbprint: str) -> bytes:
    """What the row is found by."""
    return hashlib.sha256(b"authsvc/device\x00" + thumbprint.encode()).digest()


async def listed(svc: Service, account: str) -> Sequence[Device]:
    """The person's devices, oldest first."""
    return [open_device(svc, row) for row in await people.kept_factors(svc.store, account, METHOD)]


async def find_active(svc: Service, account: str, client_id: str) -> Sequence[Device]:
    """The devices that show this relying party's requests."""
    found = await listed(svc, account)
    return [each for each in found if each.row.state == "active" and each.shows(client_id)]


async def find_device(svc: Service, thumbprint: str) -> Device | None:
    """The device of this key, if it is active."""
    row = await people.factor_by_lookup(svc.store, lookup_of(thumbprint))
    if row is None or row.method != METHOD or row.state != "active":
        return None
    return open_device(svc, row)


def record_of(
    svc: Service, device: Device, event: str, record_id: str, whose: Whose, ground: Ground, now: int
) -> kinds.Credential:
    """The `credential` record of what happened to a device; the device that it names is this one."""
    named = f"{device.app.name} {device.app.version} ({device.app.publisher})"
    this = replace(ground, device=named)
    return credentials.record_of(
        svc, device.row, event, record_id, whose, this, now, key=device.factor_key, policy="confirmation_policy"
    )
