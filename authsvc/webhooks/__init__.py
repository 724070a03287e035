"""Events told to relying parties (Standard Webhooks): registered per client, signed, replayable, with dead letters.

An event is a hint: it names what ended and how, never a person. What counts is what the relying party then reads, with
its inclusion proof.
"""

from authsvc.webhooks.announcing import (
    CONFIRMATION_ENDED,
    CONTRACT_CONCLUDED,
    CONTRACT_DECLINED,
    DISPUTE_OPENED,
    DISPUTE_RESOLVED,
    DISPUTE_WITHDRAWN,
    EVENTS,
    NOTICE_ACKNOWLEDGED,
    NOTICE_OPENED,
    NOTICE_RECEIVED,
    SIGNATURE_SETTLED,
    Announcement,
    prepare,
)
from authsvc.webhooks.delivering import deliver, prune
from authsvc.webhooks.registering import (
    Endpoint,
    deliveries,
    endpoints,
    read_events,
    register,
    remove,
    replay,
    replay_since,
    rotate,
)

__all__ = [
    "CONFIRMATION_ENDED",
    "CONTRACT_CONCLUDED",
    "CONTRACT_DECLINED",
    "DISPUTE_OPENED",
    "DISPUTE_RESOLVED",
    "DISPUTE_WITHDRAWN",
    "EVENTS",
    "NOTICE_ACKNOWLEDGED",
    "NOTICE_OPENED",
    "NOTICE_RECEIVED",
    "SIGNATURE_SETTLED",
    "Announcement",
    "Endpoint",
    "deliver",
    "deliveries",
    "endpoints",
    "prepare",
    "prune",
    "read_events",
    "register",
    "remove",
    "replay",
    "replay_since",
    "rotate",
]
