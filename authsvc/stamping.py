"""Time stamps asked for, and judged before they count (RFC 3161): for checkpoints, for older time stamps, for seals.

A token counts here only after its whole verification under the anchors of `trust_dir/tsa/`, the status of its
certificates aside where neither CRL nor OCSP answer tells it; the material of its time is kept with it.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from authsvc.evidence.anchor import in_ms
from authsvc.outside import tsa as authorities
from authsvc.outside.tsa import TsaRefused, Tsas
from authsvc.service import Service
from authsvc.settings import Tsa
from signatures import Evidence, Outcome, Policy, TrustAnchors
from signatures.ocsp import write_request
from signatures.report import TimeStampReport
from signatures.timestamp import Expected, Stamp, algorithms_of, read_stamp, verify_stamp

logger = logging.getLogger("authsvc.anchors")

POLICY = Policy.default().without_revocation()
"""A status that no CRL tells is no reason to go without time; a revocation that one proves is."""

Connect = Callable[[], AbstractAsyncContextManager[Tsas]]
connect: Connect = authorities.connect
"""The way to the authorities of the settings."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token that holds: the SHA-256 of its certificate, its time (ms) and the last moment that it may mean, the
    material of that time, what its signature and imprint lean on.

    `off` is by how much our clock differs from it (ms, signed), 0 within the bound.
    """

    der: bytes
    tsa: str
    at: int
    latest: int
    material: tuple[tuple[str, str, bytes], ...]
    algorithms: str
    off: int


async def ask(svc: Service, tsas: Tsas, tsa: Tsa, text: bytes) -> Token | str:
    """A token over this text that holds, or the reason why there is none."""
    nonce = int.from_bytes(svc.entropy(16)) >> 1
    sent = svc.clock.now()
    try:
        der = await tsas.stamp(tsa, hashlib.sha512(text).digest(), nonce)
        received = svc.clock.now()
        crls = [each for each in await asyncio.gather(*(_fetch(tsas, url) for url in tsa.crls)) if each]
        files = (*svc.trust.tsa_files, *crls)
        report, evidence = await asyncio.to_thread(_judge, der, text, svc.trust.tsa_anchors, files, nonce)
        if answer := await _ask_responder(tsas, tsa, report):
            report, evidence = await asyncio.to_thread(
                _judge, der, text, svc.trust.tsa_anchors, (*files, answer), nonce
            )
    except TsaRefused as error:
        logger.warning("time stamp authority %s: %s", _host(tsa.url), error.reason)
        return error.reason
    stamped_at = report.time
    if not report.valid or not (stamped_at and report.earliest and report.latest and report.authority):
        reason = next((check.code for check in report.checks if check.outcome is Outcome.FAILED), "not_valid")
        logger.warning("time stamp authority %s: %s", _host(tsa.url), reason)
        return reason
    earliest, latest = in_ms(report.earliest, report.latest)
    off = svc.log.clockwatch.compare(earliest, latest, sent, received)
    at, _ = in_ms(stamped_at, stamped_at)
    material, leans = _material(report, evidence), say_algorithms(read_stamp(der), report.authority.key.bits)
    return Token(der, report.authority.sha256, at, latest, material, leans, off)


def say_algorithms(stamp: Stamp, key_bits: int) -> str:
    """What a token leans on: names, a key's with its bits (`sha256 ecdsa:256 sha512`)."""
    return " ".join(f"{name}:{bits}" if bits else name for name, bits in algorithms_of(stamp, key_bits))


async def _ask_responder(tsas: Tsas, tsa: Tsa, report: TimeStampReport) -> bytes | None:
    """What the authority's responder says of the certificate that signed; None without one, or without an answer."""
    if not tsa.ocsp or not report.valid or len(report.path) < 2:
        return None
    try:
        return await tsas.ask_responder(tsa.ocsp, write_request(report.path[0], report.path[1]))
    except TsaRefused as error:
        logger.warning("OCSP responder of a time stamp authority, %s: %s", _host(tsa.ocsp), error.reason)
        return None


async def _fetch(tsas: Tsas, url: str) -> bytes | None:
    try:
        return await tsas.fetch_crl(url)
    except TsaRefused as error:
        logger.warning("CRL of a time stamp authority, %s: %s", _host(url), error.reason)
        return None


def _host(url: str) -> str:
    return url.split("/", 3)[2] if url.count("/") >= 2 else "?"


def _judge(
    der: bytes, text: bytes, trusted: TrustAnchors, files: Sequence[bytes], nonce: int
) -> tuple[TimeStampReport, Evidence]:
    evidence = Evidence.sort(files)
    report = verify_stamp(der, text, anchors=trusted, evidence=evidence, policy=POLICY, expected=Expected(nonce=nonce))
    return report, evidence


def _material(report: TimeStampReport, evidence: Evidence) -> tuple[tuple[str, str, bytes], ...]:
    """(SHA-256, kind, DER) of the path below the anchor, and of each CRL and OCSP answer that tells a status on it."""
    used = {status.material for status in report.revocation}
    certificates = [("certificate", one.sha256, one.der) for one in report.path[:-1]]
    crls = [("crl", one.sha256, one.der) for one in evidence.crls if one.sha256 in used]
    answers = [("ocsp", one.sha256, one.der) for one in evidence.answers if one.sha256 in used]
    return tuple((sha256, kind, der) for kind, sha256, der in (*certificates, *crls, *answers))
