"""What happened, written down for whoever registered for it, in the transaction in which it happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from authsvc.clock import rfc3339, uuid7
from authsvc.outside.webhook import KNOWN_CLIENTS, KNOWN_MS
from authsvc.service import Service
from authsvc.store import Change
from authsvc.store import webhooks as rows
from authsvc.store.webhooks import DeliveryRow, EndpointRow

CONFIRMATION_ENDED = tuple(
    f"confirmation.{outcome}" for outcome in ("confirmed", "declined", "expired", "cancelled", "failed")
)
SIGNATURE_SETTLED = "signature.settled"
DISPUTE_OPENED, DISPUTE_WITHDRAWN, DISPUTE_RESOLVED = "dispute.opened", "dispute.withdrawn", "dispute.resolved"
DISPUTES = (DISPUTE_OPENED, DISPUTE_WITHDRAWN, DISPUTE_RESOLVED)
"""Somebody contests a record of this relying party's, takes it back, or has an answer from a named person."""
NOTICE_RECEIVED, NOTICE_OPENED, NOTICE_ACKNOWLEDGED = "notice.received", "notice.opened", "notice.acknowledged"
NOTICES = (NOTICE_RECEIVED, NOTICE_OPENED, NOTICE_ACKNOWLEDGED)
CONTRACT_CONCLUDED, CONTRACT_DECLINED = "contract.concluded", "contract.declined"
CONTRACTS = (CONTRACT_CONCLUDED, CONTRACT_DECLINED)
EVENTS = (*CONFIRMATION_ENDED, SIGNATURE_SETTLED, *DISPUTES, *NOTICES, *CONTRACTS)


@dataclass(frozen=True, slots=True)
class Announcement:
    """The endpoints that may hear of an event, each with the id of its delivery; ids are drawn before the transaction.

    `event` is the event's name on the wire, the same for all of them.
    """

    event: str
    to: Sequence[tuple[EndpointRow, str]]

    def changes(self, kind: str, data: Mapping[str, object], now: int) -> list[Change]:
        """What the transaction writes. `data` names no person and says nothing that a URL's log may not have."""
        if kind not in EVENTS:
            raise ValueError(f"no event is called {kind}")
        heard = [(endpoint, name) for endpoint, name in self.to if kind in endpoint.events.split(" ")]
        if not heard:
            return []
        body = orjson.dumps({"type": kind, "timestamp": rfc3339(now), "data": data}).decode()
        return [
            rows.to_post(DeliveryRow(name, endpoint.id, self.event, kind, body, rows.WAITING, 0, "", now, now))
            for endpoint, name in heard
        ]


async def prepare(svc: Service, client_id: str) -> Announcement:
    """Who of this client's may hear of what is about to happen. Endpoints are remembered for a second."""
    now = svc.clock.now()
    known, endpoints = svc.hooks.known.get(client_id, (0, ()))
    if known <= now - KNOWN_MS or known > now:
        found = await rows.endpoints_of(svc.store, client_id)
        endpoints = tuple(each for each in found if each.state == rows.ACTIVE)
        if len(svc.hooks.known) >= KNOWN_CLIENTS:
            svc.hooks.known.clear()
        svc.hooks.known[client_id] = now, endpoints
    if not endpoints:
        return Announcement("", ())
    return Announcement(uuid7(now, svc.entropy), [(each, uuid7(now, svc.entropy)) for each in endpoints])
