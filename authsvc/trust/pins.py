"""Pinned fingerprints: the certificates of the trust store as the operator had them confirmed from elsewhere.

`pins` in the trust store has a line for each: SHA-256 in hexadecimal, what it is trusted for (`signatures` or `time`),
and its name as a remark. Where the file is, a certificate that it does not name is not trusted, and the service does
not start; whoever can only write files into the store puts nothing into it unseen.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from authsvc.errors import ConfigurationError, InvalidRequest
from signatures import Certificate, Evidence, SignaturesError, TrustAnchors

PINS = "pins"
FOLDERS: Mapping[str, str] = {"signatures": "anchors", "time": "tsa"}
"""What a certificate is trusted for, and the folder that holds those."""
SOON = timedelta(days=90)
LARGEST = 1 << 20
"""Bytes of one file with certificates."""
_TEST = re.compile(r"\b(TEST|ТЕСТ|СЫНАҚ)\b", re.IGNORECASE)
_LINE = re.compile(r"([0-9a-f]{64})\s+(signatures|time)(?:\s+#.*)?")


@dataclass(frozen=True, slots=True)
class Trusted:
    """A certificate of the store: what for, the file, and whether it is pinned."""

    purpose: str
    file: Path
    certificate: Certificate
    pinned: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """What an operator should see to. A fault is one for which the service does not start, or verdicts are wrong."""

    fault: bool
    text: str


def is_test(certificate: Certificate) -> bool:
    """Whether the name says that this is a test authority's: such a one is nobody's anchor in production."""
    return _TEST.search(certificate.subject.text) is not None


def read_pins(directory: Path) -> set[tuple[str, str]] | None:
    """(fingerprint, purpose) of each; None where there is no such file. ConfigurationError for a line that is none."""
    file = directory / PINS
    if not file.is_file():
        return None
    found = set()
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise ConfigurationError(f"{PINS}: a line is not `SHA256 signatures|time`")
        found.add((match[1], match[2]))
    return found


def demand_pinned(directory: Path, anchors: Mapping[str, TrustAnchors], *, production: bool) -> None:
    """ConfigurationError for an anchor that is not pinned where pins are, and in production for a test authority's."""
    pins = read_pins(directory)
    for purpose, held in anchors.items():
        for each in held.certificates:
            if production and is_test(each):
                raise ConfigurationError(f"a test authority is no anchor in production: {each.subject.text}")
            if pins is not None and (each.sha256, purpose) not in pins:
                raise ConfigurationError(
                    f"not pinned: {each.sha256} {purpose} ({each.subject.text});"
                    " `authsvc trust add` pins it, if its fingerprint is confirmed from elsewhere"
                )


def read_fingerprint(text: str) -> str:
    """A SHA-256 as people write it, with colons and blanks; InvalidRequest for anything else."""
    plain = re.sub(r"[\s:]", "", text).lower()
    if re.fullmatch(r"[0-9a-f]{64}", plain) is None:
        raise InvalidRequest("a fingerprint is a SHA-256 of 64 hexadecimal digits")
    return plain


def add(directory: Path, data: bytes, fingerprint: str, purpose: str, *, at: datetime, production: bool) -> Certificate:
    """Put one certificate into the store and pin it. InvalidRequest unless it is the one that was confirmed, is in
    force, an authority's, and no test authority's in production."""
    try:
        (certificate,) = TrustAnchors.of(data).certificates
    except (SignaturesError, ValueError) as error:
        raise InvalidRequest("the file is not one certificate, in DER or PEM") from error
    if certificate.sha256 != read_fingerprint(fingerprint):
        raise InvalidRequest(f"another certificate: its fingerprint is {certificate.sha256}")
    if production and is_test(certificate):
        raise InvalidRequest(f"a test authority is no anchor in production: {certificate.subject.text}")
    if not certificate.not_before <= at <= certificate.not_after:
        raise InvalidRequest(f"in force from {certificate.not_before} to {certificate.not_after} only")
    basic = certificate.basic_constraints
    if purpose == "signatures" and (basic is None or not basic.ca):
        raise InvalidRequest("not the certificate of an authority (no CA in its basic constraints)")
    pins = read_pins(directory)
    if pins is None:
        pins = {(each.certificate.sha256, each.purpose) for each in trusted(directory)}
    folder = directory / FOLDERS[purpose]
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / f"{certificate.sha256}.cer", certificate.der)
    _write_pins(directory, pins | {(certificate.sha256, purpose)})
    return certificate


def trusted(directory: Path) -> Iterator[Trusted]:
    """Every certificate of the store. InvalidRequest for a file that holds none."""
    pins = read_pins(directory) or set()
    for purpose, file, data in _files(directory):
        try:
            held = TrustAnchors.of(data).certificates
        except SignaturesError as error:
            raise InvalidRequest(f"{file.parent.name}/{file.name} is no certificate") from error
        for each in held:
            yield Trusted(purpose, file, each, (each.sha256, purpose) in pins)


def check(directory: Path, *, at: datetime, production: bool, hosts: Sequence[str]) -> list[Finding]:
    """What is wrong with the store, or will be soon."""
    try:
        pins, held = read_pins(directory), list(trusted(directory))
    except (ConfigurationError, InvalidRequest) as error:
        return [Finding(True, error.message)]
    found = [] if held else [Finding(True, "no certificate is trusted: every verdict will be INDETERMINATE")]
    if held and pins is None:
        found.append(Finding(False, "nothing is pinned: `authsvc trust add` pins what it adds, and what is there"))
    for each in held:
        found += _check_one(each, pins is not None, at, production)
    missing = (pins or set()) - {(each.certificate.sha256, each.purpose) for each in held}
    found += [Finding(True, f"pinned, and not there: {digest} {purpose}") for digest, purpose in sorted(missing)]
    found += _check_lists(directory, at, bool(hosts))
    return found


def _check_one(each: Trusted, pins: bool, at: datetime, production: bool) -> Iterator[Finding]:
    certificate, place = each.certificate, f"{each.file.parent.name}/{each.file.name}"
    if pins and not each.pinned:
        yield Finding(True, f"not pinned: {place} {certificate.sha256}")
    if production and is_test(certificate):
        yield Finding(True, f"a test authority in production: {place} ({certificate.subject.text})")
    if at > certificate.not_after:
        yield Finding(False, f"ended on {certificate.not_after:%Y-%m-%d}: {place}; needed for old signatures alone")
    elif at > certificate.not_after - SOON:
        yield Finding(False, f"ends on {certificate.not_after:%Y-%m-%d}: {place}")
    elif at < certificate.not_before:
        yield Finding(True, f"begins on {certificate.not_before:%Y-%m-%d}: {place}")


def _check_lists(directory: Path, at: datetime, online: bool) -> Iterator[Finding]:
    """CRLs at hand that are stale. Where statuses are fetched that is no harm."""
    folder = directory / "evidence"
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    for path in files:
        held = Evidence.sort((path.read_bytes(),))
        for refused in held.refused:
            yield Finding(False, f"can't be read: evidence/{path.name} ({refused.kind})")
        for crl in held.crls:
            if not online and crl.next_update is not None and crl.next_update < at:
                yield Finding(True, f"stale since {crl.next_update:%Y-%m-%d %H:%M}: evidence/{path.name}, and no hosts")


def _files(directory: Path) -> Iterator[tuple[str, Path, bytes]]:
    for purpose, name in FOLDERS.items():
        folder = directory / name
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if not path.is_file():
                continue
            if path.stat().st_size > LARGEST:
                raise InvalidRequest(f"{name}/{path.name} is longer than any certificate")
            yield purpose, path, path.read_bytes()


def _write_pins(directory: Path, pins: set[tuple[str, str]]) -> None:
    names = {each.certificate.sha256: each.certificate.subject.text for each in trusted(directory)}
    lines = (f"{digest} {purpose} # {names.get(digest, 'not there')}\n" for digest, purpose in sorted(pins))
    _replace(directory / PINS, "".join(lines).encode())


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all, whatever happens meanwhile."""
    fresh = path.with_name(f".{path.name}.{hashlib.sha256(data).hexdigest()[:16]}")
    fresh.write_bytes(data)
    os.replace(fresh, path)
