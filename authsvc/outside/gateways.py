"""From the settings to channels: which class speaks to which kind of gateway."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from authsvc.clock import Clock
from authsvc.gateways import Gateway, HttpGateway, SmppGateway, SmtpGateway
from authsvc.outside import Carrier, Receipt
from authsvc.outside.fallback import Fallback
from authsvc.outside.guard import Guard
from authsvc.outside.http import Http
from authsvc.outside.smpp import Smpp
from authsvc.outside.sms import HttpSms
from authsvc.outside.smtp import Smtp


@dataclass(frozen=True, slots=True)
class Means:
    """What gateways are made with. `receipts` is told what they hear later of messages."""

    http: Http
    clock: Clock
    sandbox: bool
    receipts: Callable[[Receipt], None] = lambda _: None


def open_channels(gateways: Sequence[Gateway], means: Means) -> dict[str, Fallback]:
    """A channel for everything that a gateway carries, by name."""
    clock = means.clock
    carriers = [(gateway, _open(gateway, means)) for gateway in gateways]
    return {
        channel: Fallback([each for each in carriers if each[0].carries == channel], clock)
        for channel in dict.fromkeys(gateway.carries for gateway in gateways)
    }


async def probe_gateways(gateways: Sequence[Gateway], means: Means) -> list[str]:
    """What is wrong with each gateway as it stands now: `channels.NAME: reason`."""
    faults = []
    for gateway in gateways:
        carrier = _open(gateway, means)
        if fault := await carrier.probe():
            faults.append(f"channels.{gateway.name}: {fault}")
        await carrier.close()
    return faults


def _open(gateway: Gateway, means: Means) -> Carrier:
    if isinstance(gateway, SmtpGateway):
        return Smtp(gateway, means.clock)
    if isinstance(gateway, SmppGateway):
        return Smpp(gateway, means.clock, means.receipts)
    if isinstance(gateway, HttpGateway):
        host = urlsplit(gateway.url).hostname or ""
        return HttpSms(gateway, means.http, Guard(means.sandbox, frozenset({host} if gateway.inside else ())))
    raise TypeError(f"no class speaks to a gateway of the kind {gateway.kind}")
