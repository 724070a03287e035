"""The trust store: anchors and known material as files that the operator fills; verification in a pool of processes.

`anchors/` holds the certificates that are trusted, nothing else is; `evidence/` holds CA certificates and CRLs, each a
hint that is checked; `tsa/` and `tsa/evidence/` hold the same for time stamp authorities; the file `hosts` lists where
CRLs and OCSP responses may be fetched. Hostile documents are parsed in the pool, never in the process that runs the
loop and holds keys.
"""

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from authsvc.errors import ConfigurationError, Overloaded
from authsvc.trust.judging import KNOWN, Job, Judged, Ways, judge, prepare
from authsvc.trust.looking import LookUp, extract, holds, look_up
from authsvc.trust.pins import demand_pinned
from signatures import Certificate, TrustAnchors
from signatures.path import PathResult

J = TypeVar("J")
R = TypeVar("R")

PROCESSES = 2
HOSTS = "hosts"
DEFAULT = Ways()
UNDER_WAY = 32
"""Verifications accepted at once; beyond it the caller hears `overloaded`."""


class Trust:
    """Anchors and known material of this deployment, read once at start. `hosts` are written HOST:PORT."""

    def __init__(
        self,
        anchors: tuple[bytes, ...],
        files: tuple[bytes, ...],
        tsa_anchors: tuple[bytes, ...] = (),
        tsa_files: tuple[bytes, ...] = (),
        *,
        ways: Ways = DEFAULT,
        hosts: tuple[str, ...] = (),
    ) -> None:
        self.anchors = TrustAnchors.of(*anchors)
        self.files = files
        self.tsa_anchors = TrustAnchors.of(*tsa_anchors)
        self.tsa_files = tsa_files
        self.hosts = hosts
        self._raw_anchors = anchors
        self._ways = ways
        self._pool: ProcessPoolExecutor | None = None
        self._under_way = 0

    def content(self) -> bytes:
        """The trust store as its `administration` record commits to it: the anchors' SHA-256, one a line, sorted; those
        of time stamp authorities behind them, each after `tsa `."""
        stampers = sorted(f"tsa {certificate.sha256}" for certificate in self.tsa_anchors.certificates)
        return "".join(f"{line}\n" for line in (*self.fingerprints(), *stampers)).encode()

    def policy_content(self) -> bytes:
        """The signature policies as their `administration` record commits to them: name and digest, one a line."""
        return "".join(f"{policy.name} {policy.digest}\n" for policy in KNOWN.values()).encode()

    def fingerprints(self) -> list[str]:
        """SHA-256 of each anchor in hexadecimal, sorted."""
        return sorted(certificate.sha256 for certificate in self.anchors.certificates)

    async def verify(self, job: Job) -> Judged:
        """The report with its material; refusals of `signatures` as they are. Raises Overloaded."""
        return await self._run(judge, job)

    async def look_up(self, job: LookUp) -> list[tuple[Certificate, PathResult]]:
        """Certificates with their paths. BadCertificate; Overloaded."""
        return await self._run(look_up, job)

    async def holds(self, job: LookUp) -> bool:
        """Whether a bare signature is by the first certificate's key. BadCertificate; Overloaded."""
        return await self._run(holds, job)

    async def extract(self, signed: bytes) -> bytes | None:
        """The content inside a CMS; None for a detached one. Refusals of `signatures` as they are; Overloaded."""
        return await self._run(extract, signed)

    async def _run(self, work: Callable[[J], R], job: J) -> R:
        if self._under_way >= UNDER_WAY:
            raise Overloaded("too many documents are being verified; try again in a moment")
        self._under_way += 1
        pool = self._running_pool()
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work, job)
        except BrokenProcessPool as error:
            if self._pool is pool:  # the first who hears of it lets it go; the next caller gets a new one
                self._pool = None
            pool.shutdown(wait=False)
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
                initializer=prepare,
                initargs=(self._raw_anchors, self.files, self._ways),
            )
        return self._pool


def open_trust(directory: Path, *, ways: Ways = DEFAULT, production: bool = False) -> Trust:
    """The trust store in this directory; an empty one trusts nobody.

    ConfigurationError for an anchor that can't be read, that is not pinned where pins are, and in production for a test
    authority's.
    """
    anchors, files, tsa_anchors, tsa_files = (
        _read_all(directory / name) for name in ("anchors", "evidence", "tsa", "tsa/evidence")
    )
    try:
        trust = Trust(anchors, files, tsa_anchors, tsa_files, ways=ways, hosts=read_hosts(directory / HOSTS))
    except Exception as error:
        raise ConfigurationError(f"{directory}: {error}") from error
    demand_pinned(directory, {"signatures": trust.anchors, "time": trust.tsa_anchors}, production=production)
    return trust


def _read_all(directory: Path) -> tuple[bytes, ...]:
    if not directory.is_dir():
        return ()
    return tuple(path.read_bytes() for path in sorted(directory.iterdir()) if path.is_file())


def read_hosts(file: Path) -> tuple[str, ...]:
    """The hosts of a list as HOST:PORT. A line is `HOST` (ports 80 and 443) or `HOST:PORT`, `#` begins a remark.

    ValueError for a line that is neither.
    """
    found: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        named = line.partition("#")[0].strip().lower()
        parts = urlsplit(f"//{named}")
        if not named:
            continue
        if parts.hostname is None or parts.netloc != named or "@" in named:
            raise ValueError(f"{file.name}: {named} is neither HOST nor HOST:PORT")
        found += [f"{parts.hostname}:{port}" for port in ((parts.port,) if parts.port else (80, 443))]
    return tuple(found)
