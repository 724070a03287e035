"""The `credential` record of what happens to any factor; one with a key of its own is named by it."""

from authsvc import credentials, eds
from authsvc.credentials import Ground, Whose
from authsvc.devices import keeping as devices
from authsvc.eds import keeping as certificates
from authsvc.evidence import kinds
from authsvc.passkeys import keeping as passkeys
from authsvc.service import Service
from authsvc.store.people import FactorRow


def record_of(
    svc: Service, factor: FactorRow, event: str, record_id: str, whose: Whose, ground: Ground, now: int
) -> kinds.Credential:
    """The record, by the factor's method. `now` in ms."""
    told = event, record_id, whose, ground, now
    match factor.method:
        case passkeys.METHOD:
            return passkeys.record_of(svc, passkeys.open_passkey(svc, factor), *told)
        case devices.METHOD:
            return devices.record_of(svc, devices.open_device(svc, factor), *told)
        case eds.METHOD:
            return certificates.record_of(svc, certificates.open_certificate(svc, factor), *told)
        case _:
            return credentials.record_of(svc, factor, *told)
