"""Verification of signatures: a detached CMS of 10 KiB with a path of three, beside its raw checks and pyHanko.

Figures are per second of CPU of this process. `raw` is one check of the signature value alone: nothing can be faster.
`….times` and `….share` are ratios: ours and the other take turns in short blocks and meet the same neighbours.
"""

from __future__ import annotations

import asyncio
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import BinaryIO, Final, Literal, cast

from authsvc.web.sandbox.pki import Family, TestPki, invent_iin, sign_cms
from bench.measure import Bench
from signatures import Cache, Evidence, Indication, Policy, TrustAnchors, verify
from signatures.asn1 import parse
from signatures.certificates import Certificate
from signatures.gost import native
from signatures.model import read_signed_data, read_signer_info

NOW: Final = 1_795_514_400_000  # 2026-11-24T10:00:00Z, in milliseconds
AT: Final = datetime.fromtimestamp(NOW / 1000, UTC)
HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
SECONDS: Final = 1.0  # of CPU for each run
TURN: Final = 0.1  # of CPU for one block of a ratio
TURNS: Final = 7
LARGE: Final = 500 << 20  # bytes of the document whose memory is measured
_BIRTH: Final = datetime(1899, 5, 17, tzinfo=UTC).date()

Kind = Literal["warm", "cold", "raw", "pyhanko"]


@dataclass(frozen=True)
class Case:
    """One document and all that its verification needs, as bytes."""

    content: bytes
    signed: bytes
    root: bytes
    issuing: bytes
    crls: tuple[bytes, ...]


@cache
def make(family: Family) -> Case:
    """A signature by a person of the sandbox's PKI; the same on each call."""
    entropy = random.Random(7).randbytes  # noqa: S311 -- repeatable, and nothing of it protects anybody
    authority = TestPki.create(at=NOW - 30 * DAY, entropy=entropy, families=(family,)).authority(family)
    person = authority.issue_person(name="СЫНАҚОВ ТЕСТ", iin=invent_iin(_BIRTH, 1))
    content, issuing = entropy(10 << 10), authority.issuing.credential.certificate_der
    signed = sign_cms(content, [person], signing_time=NOW, detached=True, certificates=[issuing])
    crls = (authority.crl(NOW - HOUR), authority.root_crl(NOW - HOUR))
    return Case(content, signed, authority.root.credential.certificate_der, issuing, crls)


def rate(once: Callable[[], object], seconds: float = SECONDS) -> float:
    """How often a second of CPU."""
    once()
    started, done = time.process_time(), 0
    while (spent := time.process_time() - started) < seconds:
        once()
        done += 1
    return done / spent


def run(family: Family, kind: Kind, crl: bool) -> float:
    """One figure."""
    return rate(step(family, kind, crl))


def compare(family: Family, kind: Kind, crl: bool, other: Kind) -> float:
    """How many times faster ours is: the median over turns."""
    ours, theirs = step(family, kind, crl), step(family, other, crl)
    return statistics.median(rate(ours, TURN) / rate(theirs, TURN) for _ in range(TURNS))


def step(family: Family, kind: Kind, crl: bool) -> Callable[[], object]:
    """What is measured. `warm`: anchors, evidence and cache are there; `cold`: all from bytes, each time."""
    case = make(family)
    if kind == "raw":
        return partial(check_raw, case)
    if kind == "pyhanko":
        return partial(check_by_pyhanko, case, crl)
    policy = Policy.default() if crl else Policy.default().without_revocation()
    if kind == "warm":
        anchors, evidence = TrustAnchors.of(case.root), Evidence.of((), case.crls if crl else ())
        return partial(check, case, anchors, evidence, policy, Cache())
    return lambda: check(case, TrustAnchors.of(case.root), Evidence.of((), case.crls if crl else ()), policy, None)


def check(case: Case, anchors: TrustAnchors, evidence: Evidence, policy: Policy, kept: Cache | None) -> None:
    """Ours."""
    report = verify(
        case.signed, content=case.content, anchors=anchors, at=AT, evidence=evidence, policy=policy, cache=kept
    )
    if report.indication is not Indication.TOTAL_PASSED:
        raise RuntimeError(report.to_json())


@cache
def _raw_parts(case: Case) -> tuple[Certificate, bytes, bytes]:
    opened = read_signed_data(parse(case.signed, ber=True))
    info = read_signer_info(opened.signers[0])
    signer = next(one for der in opened.certificates if not (one := Certificate.of(der)).basic_constraints)
    assert info.signed is not None  # noqa: S101 -- what is signed here has attributes
    return signer, info.signature, b"\x31" + info.signed.raw[1:]


def check_raw(case: Case) -> None:
    """The signature value over the attributes, and nothing else."""
    from signatures.algorithms import read_scheme

    signer, signature, message = _raw_parts(case)
    scheme = read_scheme(signer.outer_algorithm)
    if not scheme.verifies(signer.key.key, signature, message):
        raise RuntimeError("the signature value does not hold")


def check_by_pyhanko(case: Case, crl: bool) -> None:
    """The peer: `async_validate_detached_cms`, all from bytes; with `crl` it must know every status from the lists."""
    from asn1crypto import cms, x509  # type: ignore[import-untyped]  # it has no types
    from asn1crypto.crl import CertificateList  # type: ignore[import-untyped]  # it has no types
    from pyhanko.sign.validation import async_validate_detached_cms
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(
        trust_roots=[x509.Certificate.load(case.root)],
        other_certs=[x509.Certificate.load(case.issuing)],
        moment=AT,
        crls=[CertificateList.load(der) for der in case.crls] if crl else [],
        revocation_mode="require" if crl else "soft-fail",
    )
    signed = cms.ContentInfo.load(case.signed)["content"]
    status = asyncio.run(async_validate_detached_cms(case.content, signed, signer_validation_context=context))
    if not (status.intact and status.valid and status.trusted):
        raise RuntimeError("pyHanko does not accept what it is measured with")


def measure_memory() -> float:
    """The peak, in MiB, of a process that verifies a detached signature over a document of 500 MiB as a stream."""
    code = "from bench import eds; print(eds.verify_large())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


class _Zeros:
    """A document that is never in memory as a whole."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        given = min(self._left, size if size >= 0 else self._left)
        self._left -= given
        return bytes(given)


def verify_large() -> float:
    """In a process of its own; the verdict is TOTAL-FAILED, as nobody signed half a gigabyte of zeros."""
    case = make("ecdsa")
    document = cast("BinaryIO", _Zeros(LARGE))  # `read` is all that is asked of it
    report = verify(case.signed, content=document, anchors=TrustAnchors.of(case.root), at=AT)
    if report.signatures[0].coverage is None or report.signatures[0].coverage.size != LARGE:
        raise RuntimeError(report.to_json())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_gost(kind: Kind) -> float:
    """GOST 34.10-2015 with 512 bits by the system's libraries."""
    name = native.enable().name
    try:
        if name == "pure":
            raise RuntimeError("the system has no libraries for GOST")
        return run("gost", kind, crl=True)
    finally:
        native.disable()


def _register() -> dict[str, Bench]:
    found: dict[str, Bench] = {}
    families: tuple[Family, ...] = ("rsa", "ecdsa")
    for family in families:
        config: dict[str, str | int | float] = {"content_bytes": 10 << 10, "path": 3, "family": family}
        kinds: tuple[Kind, ...] = ("warm", "cold")
        for kind in kinds:
            for crl in (False, True):
                name = f"eds.{family}.{kind}{'.crl' if crl else ''}"
                own = {**config, "crl": crl}
                found[name] = Bench("verifications/s of CPU", partial(run, family, kind, crl), own)
                found[f"{name}.times"] = Bench("times pyHanko", partial(compare, family, kind, crl, "pyhanko"), own)
                if kind == "warm":
                    found[f"{name}.share"] = Bench("of a raw check", partial(compare, family, kind, crl, "raw"), own)
        for name, peer, crl in (("raw", "raw", False), ("pyhanko", "pyhanko", False), ("pyhanko.crl", "pyhanko", True)):
            given = {**config, "crl": crl}
            bench = partial(run, family, cast("Kind", peer), crl)
            found[f"eds.{family}.{name}"] = Bench("verifications/s of CPU", bench, given)
    found["eds.gost.warm.native"] = Bench("verifications/s of CPU", partial(run_gost, "warm"), {"family": "gost"})
    found["eds.memory"] = Bench("MiB at the peak", measure_memory, {"content_bytes": LARGE})
    return found


BENCHES: Final = _register()
