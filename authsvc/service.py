"""The service as one frozen value: what an act may use. app.py alone decides what stands behind each name."""

from collections.abc import Mapping
from dataclasses import dataclass

from authsvc.clock import Clock, Entropy
from authsvc.evidence.log import Log
from authsvc.keys import Keys
from authsvc.limits import Limits
from authsvc.outside import Channel
from authsvc.passwords import Passwords
from authsvc.settings import Settings
from authsvc.store import Store
from authsvc.store.ephemeral import Ephemeral


@dataclass(frozen=True, slots=True)
class Service:
    """Collaborators of every act; `channels` by name (`sms`, …)."""

    settings: Settings
    clock: Clock
    entropy: Entropy
    keys: Keys
    store: Store
    ephemeral: Ephemeral
    limits: Limits
    passwords: Passwords
    log: Log
    channels: Mapping[str, Channel]
