"""The trust store: anchors and known material as files that the operator fills; verification in a pool of processes.

`anchors/` holds the certificates that are trusted, nothing else is; `evidence/` holds CA certificates and CRLs, each a
hint that is checked; `tsa/` and `tsa/evidence/` hold the same for time stamp authorities. Hostile documents are parsed
in the pool, never in the process that runs the loop and holds keys.
"""

import asyncio
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from authsvc.errors import ConfigurationError, Overloaded
from signatures import Cache, Certificate, Evidence, Policy, Report, SignatureReport, TrustAnchors, verify
from signatures.gost import native
from signatures.ocsp import OcspResponse
from signatures.report import TimeStampReport
from signatures.revocation import Crl

PROCESSES = 2
UNDER_WAY = 32
"""Verifications accepted at once; beyond it the caller hears `overloaded`."""


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


class Trust:
    """Anchors and known material of this deployment, read once at start."""

    def __init__(
        self,
        anchors: tuple[bytes, ...],
        files: tuple[bytes, ...],
        tsa_anchors: tuple[bytes, ...] = (),
        tsa_files: tuple[bytes, ...] = (),
        *,
        gost_native: bool = True,
    ) -> None:
        self.anchors = TrustAnchors.of(*anchors)
        self.files = files
        self.tsa_anchors = TrustAnchors.of(*tsa_anchors)
        self.tsa_files = tsa_files
        self._raw_anchors = anchors
        self._gost_native = gost_native
        self._pool: ProcessPoolExecutor | None = None
        self._under_way = 0

    def content(self) -> bytes:
        """The trust store as its `administration` record commits to it: the anchors' SHA-256, one a line, sorted; those
        of time stamp authorities behind them, each after `tsa `."""
        stampers = sorted(f"tsa {certificate.sha256}" for certificate in self.tsa_anchors.certificates)
        return "".join(f"{line}\n" for line in (*self.fingerprints(), *stampers)).encode()

    def policy_content(self) -> bytes:
        """The signature policy as its `administration` record commits to it: name and digest."""
        policy = Policy.default()
        return f"{policy.name} {policy.digest}\n".encode()

    def fingerprints(self) -> list[str]:
        """SHA-256 of each anchor in hexadecimal, sorted."""
        return sorted(certificate.sha256 for certificate in self.anchors.certificates)

    async def verify(self, job: Job) -> Judged:
        """The report with its material; refusals of `signatures` as they are. Raises Overloaded."""
        if self._under_way >= UNDER_WAY:
            raise Overloaded("too many documents are being verified; try again in a moment")
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._running_pool(), _verify, job)
        except BrokenProcessPool as error:
            self.close()
            raise Overloaded("the verifier was ended; try again in a moment") from error
        finally:
            self._under_way -= 1

    def close(self) -> None:
        """Let the processes go."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _running_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                PROCESSES,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_prepare,
                initargs=(self._raw_anchors, self.files, self._gost_native),
            )
        return self._pool


_ready: dict[str, tuple[TrustAnchors, Evidence, Cache]] = {}
"""In a process of the pool: what it was started with, read once."""


def _prepare(anchors: tuple[bytes, ...], files: tuple[bytes, ...], gost_native: bool) -> None:
    if gost_native:
        native.enable()
    _ready["trust"] = (TrustAnchors.of(*anchors), Evidence.sort(files), Cache())


def _verify(job: Job) -> Judged:
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
    """What this verdict rests on, its time stamps and counter-signatures too, so that it can be judged again from it."""
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
    whole = [each for each in at_hand.crls if any(each.issuer == crl.issuer and each.delta != crl.delta for crl in crls)]
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
    names = {crl.issuer for crl in crls} | {each.responder_name for each in answers if each.responder_name is not None}
    keys = {each.responder_key for each in answers}
    found: list[Certificate] = []
    left = list(certificates)
    while taken := [each for each in left if each.subject in names or each.key_sha1 in keys]:
        found += taken
        names |= {each.issuer for each in taken}
        left = [each for each in left if each not in taken]
    return found


def open_trust(directory: Path, *, gost_native: bool = True) -> Trust:
    """The trust store in this directory; an empty one trusts nobody. ConfigurationError for an anchor that can't be
    read."""
    anchors, files, tsa_anchors, tsa_files = (
        _read_all(directory / name) for name in ("anchors", "evidence", "tsa", "tsa/evidence")
    )
    try:
        return Trust(anchors, files, tsa_anchors, tsa_files, gost_native=gost_native)
    except Exception as error:
        raise ConfigurationError(f"{directory}: {error}") from error


def _read_all(directory: Path) -> tuple[bytes, ...]:
    if not directory.is_dir():
        return ()
    return tuple(path.read_bytes() for path in sorted(directory.iterdir()) if path.is_file())
