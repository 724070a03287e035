"""XML and PDF signatures beside signxml and pyHanko, and what a larger file costs.

`eds-formats.….times`: how many times the other's rate, by turns in short blocks, so that both meet the same neighbours;
integrity and path are judged on our side, integrity alone on theirs. `….linear`: microseconds for each further KiB.
"""

from __future__ import annotations

import asyncio
import io
import statistics
import time
import warnings
from collections.abc import Callable
from functools import cache
from typing import Final

from bench.measure import Bench
from signatures import Cache, Evidence, Policy, TrustAnchors, verify
from tests.signatures.making import AT, Ca, make_key
from tests.signatures.pdfs import blank, detached, sign
from tests.signatures.xmls import DOCUMENT, enveloped

TURN: Final = 0.15  # of CPU for one block of a ratio
TURNS: Final = 7
SIZES: Final = (1 << 20, 8 << 20)


@cache
def _signer() -> tuple[Ca, Ca, Ca]:
    root = Ca.root()
    issuing = root.issue("Issuing", key=make_key("ec", 3), ca=True, path_length=0)
    return root, issuing, issuing.issue("Signer", key=make_key("rsa", 80))


def _xml(size: int = 0) -> bytes:
    rows = b"<row><a>text of a cell</a><b>12345</b></row>" * (size // 44)
    return enveloped(_signer()[2], DOCUMENT.replace(b"<to>", rows + b"<to>"))


def _pdf(size: int = 0) -> bytes:
    _, issuing, signer = _signer()
    return sign(blank(text=b"x" * max(size, 8)), detached(signer, issuing))


def _ours(signed: bytes) -> Callable[[], object]:
    root, issuing, _ = _signer()
    anchors, evidence, cache_ = TrustAnchors.of(root.der), Evidence.of([issuing.der]), Cache()
    policy = Policy.default().without_revocation().with_limits(elements=2_000_000, signed_bytes=256 << 20)

    def run() -> object:
        report = verify(signed, anchors=anchors, at=AT, evidence=evidence, policy=policy, cache=cache_)
        if report.signatures[0].intact is not True:
            raise RuntimeError(f"not intact: {report.signatures[0].failures}")
        return report

    return run


def _signxml(signed: bytes) -> Callable[[], object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its dependencies' own
        from cryptography.hazmat.primitives.serialization import Encoding
        from signxml.verifier import XMLVerifier
    pem = _signer()[2].certificate.public_bytes(Encoding.PEM).decode()
    return lambda: XMLVerifier().verify(signed, x509_cert=pem)


def _pyhanko(signed: bytes) -> Callable[[], object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from asn1crypto import x509  # type: ignore[import-untyped]  # it has no types
        from pyhanko.pdf_utils.reader import PdfFileReader
        from pyhanko.sign.validation import async_validate_pdf_signature
        from pyhanko_certvalidator import ValidationContext

    root, issuing, _ = _signer()
    trusted, between = x509.Certificate.load(root.der), x509.Certificate.load(issuing.der)

    def run() -> object:
        embedded = PdfFileReader(io.BytesIO(signed)).embedded_signatures[0]
        context = ValidationContext(trust_roots=[trusted], other_certs=[between], moment=AT)
        return asyncio.run(async_validate_pdf_signature(embedded, signer_validation_context=context))

    return run


def _rate(work: Callable[[], object]) -> float:
    """Calls per second of CPU over one block."""
    count, start = 0, time.process_time()
    while (spent := time.process_time() - start) < TURN:
        work()
        count += 1
    return count / spent


def _times(ours: Callable[[], object], theirs: Callable[[], object]) -> float:
    ours(), theirs()
    return statistics.median(_rate(ours) / _rate(theirs) for _ in range(TURNS))


def _linear(make: Callable[[int], bytes]) -> float:
    """Microseconds of CPU for each KiB between two sizes."""
    taken, sizes = [], []
    for size in SIZES:
        signed = make(size)
        work = _ours(signed)
        work()
        taken.append(1 / max(_rate(work) for _ in range(3)))
        sizes.append(len(signed))
    return (taken[1] - taken[0]) * 1e6 / ((sizes[1] - sizes[0]) / 1024)


BENCHES = {
    "eds-formats.xml.times": Bench("times signxml", lambda: _times(_ours(_xml()), _signxml(_xml()))),
    "eds-formats.pdf.times": Bench("times pyHanko", lambda: _times(_ours(_pdf()), _pyhanko(_pdf()))),
    "eds-formats.xml.linear": Bench("us/KiB", lambda: _linear(_xml)),
    "eds-formats.pdf.linear": Bench("us/KiB", lambda: _linear(_pdf)),
}
