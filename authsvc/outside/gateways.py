"""From the settings to channels: which class speaks to which kind of gateway."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from authsvc.clock import Clock
from authsvc.gateways import Gateway, HttpGateway, SmtpGateway
from authsvc.outside import Carrier
from authsvc.outside.fallback import Fallback
from authsvc.outside.guard import Guard
from authsvc.outside.http import Http
from authsvc.outside.sms import HttpSms
from authsvc.outside.smtp import Smtp


def open_channels(gateways: Sequence[Gateway], *, http: Http, sandbox: bool, clock: Clock) -> dict[str, Fallback]:
    """A channel for everything that a gateway carries, by name."""
    carriers = [(gateway, _open(gateway, http, sandbox, clock)) for gateway in gateways]
    return {
        channel: Fallback([each for each in carriers if each[0].carries == channel], clock)
        for channel in dict.fromkeys(gateway.carries for gateway in gateways)
    }


async def probe_gateways(gateways: Sequence[Gateway], *, http: Http, sandbox: bool, clock: Clock) -> list[str]:
    """What is wrong with each gateway as it stands now: `channels.NAME: reason`."""
    faults = []
    for gateway in gateways:
        carrier = _open(gateway, http, sandbox, clock)
        if fault := await carrier.probe():
            faults.append(f"channels.{gateway.name}: {fault}")
        await carrier.close()
    return faults


def _open(gateway: Gateway, http: Http, sandbox: bool, clock: Clock) -> Carrier:
    if isinstance(gateway, SmtpGateway):
        return Smtp(gateway, clock)
    if isinstance(gateway, HttpGateway):
        host = urlsplit(gateway.url).hostname or ""
        return HttpSms(gateway, http, Guard(sandbox, frozenset({host} if gateway.inside else ())))
    raise TypeError(f"no class speaks to a gateway of the kind {gateway.kind}")
