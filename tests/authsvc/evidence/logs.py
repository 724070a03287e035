"""A log on either database, with records of invented people."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from authsvc import opening
from authsvc.clock import HandClock, uuid7
from authsvc.evidence import kinds
from authsvc.evidence.fence import FileFence
from authsvc.evidence.fsck import Findings, check_log
from authsvc.evidence.keystore import FileKeyStore
from authsvc.evidence.log import Log, Settled, Ticket
from authsvc.evidence.publishing import Publishing
from authsvc.evidence.quorum import Quorum, alone
from authsvc.evidence.witness import Reply
from authsvc.evidence.witnesses import Call
from authsvc.keys import Keys, b64url, generate
from authsvc.store import Store, Tx

ORIGIN = "test.log.example/1"
AIGUL = "iin:900101300017"
BOLAT = "iin:880202400028"


@dataclass
class Bench:
    """One store with a log in it, and what its processes would share."""

    store: Store
    keys: Keys
    fence: FileFence
    clock: HandClock
    entropy: Callable[[int], bytes]
    log: Log
    key_store: FileKeyStore

    def another(self) -> Log:
        """The log as another process would open it."""
        return Log(
            ORIGIN,
            self.store,
            self.keys,
            fence=self.fence,
            key_store=self.key_store,
            clock=self.clock,
            entropy=self.entropy,
        )

    def publishing(self, quorum: Quorum | None = None, call: Call | None = None, **changes: int) -> Publishing:
        """What publishes this log; without a quorum nobody is asked."""
        quorum = quorum or alone(self.log.signers.log.verifier)
        return Publishing(self.log, self.store, quorum, call or _nobody, clock=self.clock, **{"pace_ms": 0, **changes})

    async def write(self, *persons: str, log: Log | None = None) -> Settled:
        """One confirmation of these persons at its place in the log."""
        log = log or self.log
        return await log.settled(await self.stage(*persons, log=log))

    async def stage(self, *persons: str, log: Log | None = None, record: kinds.Confirmation | None = None) -> Ticket:
        """One confirmation, committed but perhaps not sequenced yet."""
        log = log or self.log
        made = record or self.confirmation(*persons)

        async def act(tx: Tx) -> Ticket:
            return await log.stage(tx, made, {"statement": b'{"act":"payment"}'})

        return await self.store.transact(act)

    def confirmation(self, *persons: str) -> kinds.Confirmation:
        now = self.clock.now()
        return kinds.Confirmation(
            id=uuid7(now, self.entropy),
            time=now,
            method=("code",),
            statement=b64url(self.entropy(32)),
            challenge=b64url(self.entropy(32)),
            outcome="confirmed",
            person=persons[0] if persons else None,
            entity=persons[1] if len(persons) > 1 else None,
            rp="shop",
            mandate="none",
            authentication="none",
            acr="none",
            credential=("none",),
            tries=1,
            vouched_by="none",
            relying_party_record="none",
            policy_record="none",
            trust_store_record="none",
            template_record="none",
        )

    async def findings(self) -> Findings:
        """What fsck says of the log in this store."""
        return await check_log(self.store, ORIGIN, self.log.signers.log.verifier, self.fence.read())


async def _nobody(url: str, body: bytes | None = None, /, *, seconds: float, largest: int) -> Reply:
    raise ConnectionError("no witness is to be asked")


async def open_bench(store: Store, folder: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> Bench:
    """A new log in a migrated, empty store."""
    keys = generate(entropy)
    fence = FileFence(folder / "outside" / "fence.json")
    key_store = FileKeyStore(folder / "epochs")
    log = Log(ORIGIN, store, keys, fence=fence, key_store=key_store, clock=clock, entropy=entropy)
    await opening.open_new(
        log, store, keys, environment="test", ground="tests", in_force=(), clock=clock, entropy=entropy
    )
    return Bench(store, keys, fence, clock, entropy, log, key_store)
