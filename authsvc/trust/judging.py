"""What a process of the pool does: one document judged, with all that its verdict rests on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from signatures import Cache, Certificate, Evidence, Policy, Report, SignatureReport, TrustAnchors, verify
from signatures.gost import native
from signatures.ocsp import OcspResponse
from signatures.report import TimeStampReport
from signatures.revocation import Crl


@dataclass(frozen=True, slots=True)
class Job:
    """One verification as it goes to the pool. `files` are CRLs and certificates that came with it; `at` is in ms."""

    signed: bytes
    content: bytes | None
    files: tuple[bytes, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that a verdict rests on: its kind (`certificate`, `crl`, `ocsp`, `time_stamp`), its SHA-256 in
    hexadecimal, its bytes; None where they stand in the signed document alone."""

    kind: str
    sha256: str
    der: bytes | None


@dataclass(frozen=True, slots=True)
class Judged:
    """The report, and for each of its signatures what the verdict rests on."""

    report: Report
    material: tuple[tuple[Piece, ...], ...]


_ready: dict[str, tuple[TrustAnchors, Evidence, Cache]] = {}
"""In a process of the pool: what it was started with, read once."""


def prepare(anchors: tuple[bytes, ...], files: tuple[bytes, ...], gost_native: bool) -> None:
    """Read the trust store, once in each process."""
    if gost_native:
        native.enable()
    _ready["trust"] = (TrustAnchors.of(*anchors), Evidence.sort(files), Cache())


def judge(job: Job) -> Judged:
    """Verify one document; refusals of `signatures` as they are."""
    anchors, known, cache = _ready["trust"]
    brought = Evidence.sort(job.files)
    evidence = Evidence(
        certificates=tuple(dict.fromkeys((*brought.certificates, *known.certificates))),
        crls=tuple(dict.fromkeys((*brought.crls, *known.crls))),
        answers=(*brought.answers, *known.answers),
        refused=(*brought.refused, *known.refused),
    )
    report = verify(
        job.signed,
        content=job.content,
        anchors=anchors,
        at=datetime.fromtimestamp(job.at / 1000, UTC),
        evidence=evidence,
        policy=Policy.default(),
        cache=cache,
    )
    at_hand = replace(evidence, certificates=(*evidence.certificates, *anchors.certificates))
    return Judged(report, tuple(_gather(one, at_hand) for one in report.signatures))


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
    found |= {each.sha256: Piece("crl", each.sha256, each.der) for each in (*crls, *whole)}
    found |= {each.sha256: Piece("ocsp", each.sha256, each.der) for each in answers}
    signers = _signers_of((*crls, *whole), answers, at_hand.certificates)
    found |= {each.sha256: Piece("certificate", each.sha256, each.der) for each in signers}
    return tuple(found.values())


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
