"""What a process of the pool does beside documents: certificates, bare signatures, content taken out."""

from dataclasses import dataclass
from datetime import UTC, datetime

from authsvc.trust.judging import POLICIES, bounded, ready
from signatures import Certificate, asn1, validate_path
from signatures.algorithms import UnknownAlgorithm, read_scheme
from signatures.certificates import read_certificates
from signatures.envelope import open_signed_data
from signatures.opening import open_envelope, read_all
from signatures.path import PathResult


@dataclass(frozen=True, slots=True)
class LookUp:
    """Certificates (DER or PEM) to be judged at a moment (ms), and a bare signature over a message by the first."""

    certificates: tuple[bytes, ...]
    at: int
    signature: bytes = b""
    message: bytes = b""
    policy: str = "basic"


def look_up(job: LookUp) -> list[tuple[Certificate, PathResult]]:
    """Each certificate with its path. BadCertificate for one that can't be read, LimitExceeded."""
    return bounded(lambda: _look_up(job))


def _look_up(job: LookUp) -> list[tuple[Certificate, PathResult]]:
    store, found = ready(), []
    for data in job.certificates:
        result = validate_path(
            data,
            anchors=store.anchors,
            evidence=store.known,
            at=datetime.fromtimestamp(job.at / 1000, UTC),
            policy=POLICIES[job.policy],
            cache=store.cache,
        )
        found.append((result.path[0] if result.path else read_certificates(data)[0], result))
    return found


def holds(job: LookUp) -> bool:
    """Whether the signature over the message is by the first certificate's key, in the scheme of its own signature."""
    return bounded(lambda: _holds(job))


def _holds(job: LookUp) -> bool:
    certificate = read_certificates(job.certificates[0])[0]
    try:
        scheme, key = read_scheme(certificate.outer_algorithm), certificate.key
    except UnknownAlgorithm:
        return False
    return key.allows(scheme) and scheme.verifies(key.key, job.signature, job.message)


def extract(signed: bytes) -> bytes | None:
    """The content inside a CMS; None for a detached one. Refusals of `signatures` as they are."""
    return bounded(lambda: _extract(signed))


def _extract(signed: bytes) -> bytes | None:
    limits = POLICIES["basic"].limits
    opened, _ = open_signed_data(open_envelope(read_all(signed, limits)), limits)
    return None if opened.content is None else b"".join(asn1.split_octets(opened.content))
