"""A whole service on a test's own store, with invented people and one relying party."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from authsvc import accounts, confirm, opening
from authsvc.accounts import Enrolment, Person
from authsvc.clock import HandClock
from authsvc.confirm import Answerer, Asker
from authsvc.evidence.fence import FileFence
from authsvc.evidence.keystore import FileKeyStore
from authsvc.evidence.log import Log
from authsvc.evidence.publishing import Publishing
from authsvc.evidence.quorum import alone
from authsvc.keys import generate
from authsvc.limits import Limits
from authsvc.metrics import Metrics
from authsvc.oidc import ciba, logout
from authsvc.oidc.ciba import Ping
from authsvc.oidc.logout import BackChannel
from authsvc.outside import Accepted, Channel, Message, Permanent, Temporary
from authsvc.outside.courier import Courier
from authsvc.outside.fetching import Fetcher
from authsvc.outside.guard import Guard
from authsvc.outside.http import Http
from authsvc.outside.receipts import Receipts
from authsvc.outside.webhook import Hooks
from authsvc.passwords import Passwords
from authsvc.service import Service
from authsvc.settings import Settings
from authsvc.store import Store, Tx, people
from authsvc.store.budgets import InProcessBudgets
from authsvc.store.ephemeral import InProcess
from authsvc.store.people import ConsentRow
from authsvc.trust import Trust

ORIGIN = "test.service.example/1"
MULTI = "urn:authsvc:acr:multi"
SINGLE = "urn:authsvc:acr:single"
PAYMENT = {
    "act": "payment",
    "fields": [{"kind": "payment", "payee": "ТОО «Жібек»", "amount": 1250000, "currency": "KZT"}],
    "text": {"kk": "Шот бойынша төлем", "ru": "Оплата по счёту", "en": "Payment of the invoice"},
}


@dataclass
class Gateway:
    """A channel that keeps what it carried; `verdicts` are said first, then everything is accepted."""

    sent: list[Message] = field(default_factory=list)
    verdicts: list[Temporary | Permanent] = field(default_factory=list)

    async def send(self, message: Message) -> Accepted | Temporary | Permanent:
        if self.verdicts:
            return self.verdicts.pop(0)
        self.sent.append(message)
        return Accepted(str(len(self.sent)))

    def code_of(self, request_id: str) -> str:
        return next(message.code for message in reversed(self.sent) if message.request_id == request_id)


@dataclass
class Party:
    """The service, a person, a relying party that the person knows, and the gateway to their phone."""

    svc: Service
    gateway: Gateway
    clock: HandClock
    person: Person
    asker: Asker

    @property
    def answerer(self) -> Answerer:
        return Answerer(self.person.id, "none", MULTI)

    async def ask(self, key: str = "", **changes: object) -> str:
        body = {**PAYMENT, "subject": self.person.sub, **changes}
        return (await confirm.ask(self.svc, self.asker, body, key, repr(body).encode())).id

    async def delivered(self) -> None:
        """Wait until everything handed to the courier is carried and marked."""
        await self.svc.courier.carried()

    async def asked_and_delivered(self, **changes: object) -> str:
        request_id = await self.ask(**changes)
        await self.delivered()
        return request_id


@asynccontextmanager
async def service_on(
    store: Store, folder: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> AsyncIterator[tuple[Service, Gateway]]:
    """A service on a migrated, empty store."""
    keys = generate(entropy)
    gateway = Gateway()
    settings = Settings(
        issuer="http://localhost:8000",
        log_origin=ORIGIN,
        database="",
        keys_dir=folder / "keys",
        fence_file=folder / "outside" / "fence",
        environment="test",
    )
    log = Log(
        ORIGIN,
        store,
        keys,
        fence=FileFence(settings.fence_file),
        key_store=FileKeyStore(folder / "epochs"),
        clock=clock,
        entropy=entropy,
    )
    policy = opening.InForce("confirmation_policy", "policy", opening.policy_bytes(confirm.policy_content()))
    await opening.open_new(
        log, store, keys, environment="test", ground="tests", in_force=(policy,), clock=clock, entropy=entropy
    )
    http = Http()
    publishing = Publishing(log, store, alone(log.signers.log.verifier), http.call, clock=clock, pace_ms=0)
    ephemeral = InProcess(clock.now)
    metrics = Metrics()
    log.placed_one = lambda draft: metrics.count_record(draft.type, draft.plain)
    passwords = Passwords(keys, entropy, metrics.password_seconds.observe)
    back_channel = BackChannel(settings.issuer, keys, http, Guard(sandbox=True), clock, entropy)
    ping = Ping(http, Guard(sandbox=True))
    channels: dict[str, Channel] = {"sms": gateway, logout.CHANNEL: back_channel, ciba.PING: ping}
    hooks = Hooks(http, Guard(sandbox=True))
    courier = Courier(store, channels, keys, clock=clock, entropy=entropy)
    yield (
        Service(
            settings=settings,
            clock=clock,
            entropy=entropy,
            keys=keys,
            store=store,
            ephemeral=ephemeral,
            limits=Limits(InProcessBudgets(), clock),
            passwords=passwords,
            log=log,
            publishing=publishing,
            courier=courier,
            hooks=hooks,
            receipts=Receipts(store, clock),
            trust=Trust((), ()),
            fetcher=Fetcher(http, Guard(sandbox=True), (), clock),
            in_force={},
            metrics=metrics,
        ),
        gateway,
    )
    await courier.close()
    await hooks.close()
    await publishing.close()
    await http.close()
    await log.close()
    passwords.close()


async def add_person(svc: Service, number: int = 1, address: str = "") -> Person:
    """An invented person with a password, a TOTP seed and a phone."""
    account = await accounts.enrol(
        svc,
        Enrolment(
            login=f"aigul{number}",
            password="құпия сөз ұзын 42",
            totp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
            iin=f"{18900101300000 + number}"[2:],
            name="Айгүл Серікқызы",
            locale="kk",
            address=address or f"+7701000{number:04d}",
            ground="tests",
        ),
    )
    person = await accounts.person_by_id(svc, account)
    assert person is not None
    return person


async def add_relying_party(svc: Service, client_id: str = "shop") -> Asker:
    """A relying party as a row alone."""

    async def act(tx: Tx) -> None:
        await tx.run(
            "insert into relying_party (id, auth_method, secret_hash, metadata, record_id, created_at)"
            " values ($1, 'client_secret_basic', $2, '{}', 'none', 1)",
            client_id,
            b"",
        )

    await svc.store.transact(act)
    return Asker(client_id, {"kk": "Дүкен", "ru": "Магазин", "en": "Shop"}, "none")


async def let_know(svc: Service, person: Person, client_id: str) -> None:
    """The person lets the relying party know them."""

    async def act(tx: Tx) -> None:
        await people.put_consent(tx, person.id, client_id, ConsentRow("openid", "none", 1, 2**50))

    await svc.store.transact(act)
