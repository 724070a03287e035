"""What a process of the pool does: one document judged, with all that its verdict rests on.

What is hostile costs bounded time and memory here, and reaches no other process.
"""

import importlib
import resource
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from authsvc.errors import ConfigurationError
from signatures import (
    Cache,
    Certificate,
    Digests,
    Evidence,
    LimitExceeded,
    Policy,
    Report,
    SignatureReport,
    TrustAnchors,
    engines,
    verify,
)
from signatures.gost import native
from signatures.ocsp import OcspResponse
from signatures.report import TimeStampReport
from signatures.revocation import Crl

T = TypeVar("T")

BASIC, ONLINE, ARCHIVE = "basic", "online", "archive"
POLICIES = {BASIC: Policy.default(), ONLINE: Policy.online(), ARCHIVE: Policy.archive()}
"""By the name that a relying party asks for; a report has the policy's own name."""
LOGIN = "login"
KNOWN = {**POLICIES, LOGIN: Policy.login()}
"""All by which a process judges; nobody asks for that of login challenges by its name."""
SECONDS = 60
"""Of processor time for one document; beyond it the document is refused."""
MEMORY = 3 << 30
"""Bytes of address space of one process."""


@dataclass(frozen=True, slots=True)
class Job:
    """One verification as it goes to the pool. `files` are CRLs, OCSP responses and certificates that came with it;
    `at` is in ms; `policy` a name of `KNOWN`."""

    signed: bytes
    content: bytes | Digests | None
    files: tuple[bytes, ...]
    at: int
    policy: str = BASIC


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that a verdict rests on: its kind (`certificate`, `crl`, `ocsp`, `time_stamp`), its SHA-256 in
    hexadecimal, its bytes; None where they stand in the signed document alone. `until`: when a later one is due, ms."""

    kind: str
    sha256: str
    der: bytes | None
    until: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """The report, and for each of its signatures what the verdict rests on."""

    report: Report
    material: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class Ways:
    """How a process computes, and what one document may cost: processor time in seconds, address space in bytes.

    `engines`: family of schemes to `module:name` of a second engine (`signatures.engines.Engine`).
    """

    gost_native: bool = True
    engines: tuple[tuple[str, str], ...] = ()
    seconds: float = SECONDS
    memory: int = MEMORY


@dataclass(frozen=True, slots=True)
class Ready:
    """What a process of the pool works with: anchors, known material, its cache."""

    anchors: TrustAnchors
    known: Evidence
    cache: Cache
    ways: Ways


_ready: dict[str, Ready] = {}
"""In a process of the pool: what it was started with, read once."""


def prepare(anchors: tuple[bytes, ...], files: tuple[bytes, ...], ways: Ways) -> None:
    """Read the trust store, once in each process, and bound what a document may cost it."""
    if ways.gost_native:
        native.enable()
    for family, place in ways.engines:
        engines.register(family, load_engine(place))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > ways.memory:
        resource.setrlimit(resource.RLIMIT_AS, (ways.memory, ways.memory))
    signal.signal(signal.SIGPROF, _give_up)
    _ready["trust"] = Ready(TrustAnchors.of(*anchors), Evidence.sort(files), Cache(), ways)


def load_engine(place: str) -> engines.Engine:
    """The second engine that `module:name` names. Raises ConfigurationError."""
    module, _, name = place.partition(":")
    try:
        engine = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(f"second_engines: {place} can't be loaded") from error
    if not isinstance(engine, engines.Engine):
        raise ConfigurationError(f"second_engines: {place} is no signatures.engines.Engine")
    return engine


def judge(job: Job) -> Judged:
    """Verify one document; refusals of `signatures` as they are, LimitExceeded also for one that costs too much."""
    return bounded(lambda: _judge(job))


def ready() -> Ready:
    """What this process was started with."""
    return _ready["trust"]


def bounded(work: Callable[[], T]) -> T:
    """The work within the bounds of one document; LimitExceeded beyond them."""
    signal.setitimer(signal.ITIMER_PROF, _ready["trust"].ways.seconds)
    try:
        return work()
    except MemoryError:
        raise LimitExceeded("memory") from None
    except _OutOfTime:
        raise LimitExceeded("seconds") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


class _OutOfTime(BaseException):
    """Passes through everything that takes a refusal for an answer."""


def _give_up(_number: int, _frame: object) -> None:
    raise _OutOfTime


def _judge(job: Job) -> Judged:
    ready = _ready["trust"]
    anchors, known, cache = ready.anchors, ready.known, ready.cache
    # A large list is asked about again and again, and read once.
    brought = [cache.remember(("file", data), partial(Evidence.sort, (data,))) for data in job.files]
    evidence = _join([*brought, known])
    report = verify(
        job.signed,
        content=job.content,
        anchors=anchors,
        at=datetime.fromtimestamp(job.at / 1000, UTC),
        evidence=evidence,
        policy=KNOWN[job.policy],
        cache=cache,
    )
    at_hand = replace(evidence, certificates=(*evidence.certificates, *anchors.certificates))
    return Judged(report, tuple(_gather(one, at_hand) for one in report.signatures))


def _join(parts: Sequence[Evidence]) -> Evidence:
    return Evidence(
        certificates=tuple(dict.fromkeys(one for part in parts for one in part.certificates)),
        crls=tuple(dict.fromkeys(one for part in parts for one in part.crls)),
        answers=tuple(dict.fromkeys(one for part in parts for one in part.answers)),
        refused=tuple(dict.fromkeys(one for part in parts for one in part.refused)),
    )


def _gather(one: SignatureReport, at_hand: Evidence) -> tuple[Piece, ...]:
    """What this verdict rests on, those of its time stamps and counter-signatures too: enough to judge it again."""
    found: dict[str, Piece] = {}
    for part in _parts(one):
        found |= {each.sha256: Piece("certificate", each.sha256, each.der) for each in part.path}
        found |= {
            each.material: Piece(each.source or "crl", each.material, None)
            for each in part.revocation
            if each.material and each.material not in found
        }
        if isinstance(part, TimeStampReport) and part.token is not None:
            found[part.token.sha256] = Piece("time_stamp", part.token.sha256, part.token.raw)
    crls = [crl for crl in at_hand.crls if crl.sha256 in found]
    # A delta CRL says something only with the list that it goes on from.
    whole = [
        each for each in at_hand.crls if any(each.issuer == crl.issuer and each.delta != crl.delta for crl in crls)
    ]
    answers = [answer for answer in at_hand.answers if answer.sha256 in found]
    found |= {each.sha256: Piece("crl", each.sha256, each.der, _ms(each.next_update)) for each in (*crls, *whole)}
    found |= {each.sha256: Piece("ocsp", each.sha256, each.der, _ends(each)) for each in answers}
    signers = _signers_of((*crls, *whole), answers, at_hand.certificates)
    found |= {each.sha256: Piece("certificate", each.sha256, each.der) for each in signers}
    return tuple(found.values())


def _ends(answer: OcspResponse) -> int:
    return min((_ms(single.next_update) for single in answer.singles), default=0)


def _ms(moment: datetime | None) -> int:
    return int(moment.timestamp() * 1000) if moment else 0


def _parts(one: SignatureReport) -> Iterator[SignatureReport | TimeStampReport]:
    yield one
    yield from one.time_stamps
    for counter in one.counter_signatures:
        yield from _parts(counter)


def _signers_of(
    crls: Sequence[Crl], answers: Sequence[OcspResponse], certificates: Sequence[Certificate]
) -> list[Certificate]:
    """Certificates that may have signed these, by name or key, and those above them."""
    names = {crl.issuer for crl in crls}
    found: list[Certificate] = []
    left = list(certificates)
    while taken := {each for each in left if each.subject in names or any(one.is_by(each) for one in answers)}:
        found += [each for each in left if each in taken]
        names |= {each.issuer for each in taken}
        left = [each for each in left if each not in taken]
    return found
