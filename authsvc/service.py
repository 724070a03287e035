"""The service as one frozen value: what an act may use. app.py alone decides what stands behind each name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from authsvc.clock import Clock, Entropy
from authsvc.evidence.log import Log
from authsvc.evidence.publishing import Publishing
from authsvc.keys import Keys
from authsvc.limits import Limits
from authsvc.metrics import Metrics
from authsvc.outside.courier import Courier
from authsvc.outside.fetching import Fetcher
from authsvc.outside.receipts import Receipts
from authsvc.outside.webhook import Hooks
from authsvc.passwords import Passwords
from authsvc.settings import Settings
from authsvc.store import Store
from authsvc.store.ephemeral import Ephemeral
from authsvc.switches import Switches
from authsvc.trust import Trust


@dataclass(slots=True)
class Process:
    """What one process knows of itself alone."""

    draining: bool = False
    """It was told to stop: it answers still, and wants no new traffic."""


@dataclass(frozen=True, slots=True)
class Service:
    """Collaborators of every act. `in_force`: the `administration` records of policy, templates … by object."""

    settings: Settings
    clock: Clock
    entropy: Entropy
    keys: Keys
    store: Store
    ephemeral: Ephemeral
    limits: Limits
    passwords: Passwords
    log: Log
    publishing: Publishing
    courier: Courier
    hooks: Hooks
    receipts: Receipts
    trust: Trust
    fetcher: Fetcher
    in_force: Mapping[str, str]
    metrics: Metrics = field(default_factory=Metrics)
    switches: Switches = field(default_factory=Switches)
    process: Process = field(default_factory=Process)
