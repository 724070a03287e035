"""Any changed byte of a package's signed part changes the verdict; hostile bytes never crash the checker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.evidence.errors import NotAPackage
from authsvc.evidence.package import write_custody
from authsvc.evidence.package_read import CUSTODY
from authsvc.evidence.package_zip import read_zip, write_zip
from authsvc.evidence.trust import Trust
from authsvc.evidence.verdict import Code
from tests.authsvc.evidence.court import EXPORT, Court, judge

pytestmark = pytest.mark.slow

COURT = Court(witnesses=(1,))
PACKAGE = COURT.package()
TRUST = COURT.trust()
FILES = read_zip(PACKAGE)
SIGNED_PART = [
    path
    for path in FILES
    if path.startswith(("records/", "disclosures/", "proofs/", "blobs/", "documents/", "log/", "request/"))
]
FREE = {"log/policy"}
"""Not evidence: the policy that counts is the one of trust.json."""


def _verdict(data: bytes, trust: Trust | None = TRUST) -> Code | None:
    try:
        return judge(data, trust).code
    except NotAPackage:
        return None


def _rezip(path: str, content: bytes) -> bytes:
    files = {**{name: data for name, data in FILES.items() if name != CUSTODY}, path: content}
    return write_zip({**files, CUSTODY: write_custody(files, EXPORT)})


@given(st.sampled_from(SIGNED_PART), st.data())
def test_any_changed_byte_of_the_signed_part_changes_the_verdict(path: str, data: st.DataObject) -> None:
    """Even with a custody record that fits the change."""
    content = FILES[path]
    at = data.draw(st.integers(0, len(content) - 1))
    changed = content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :]
    verdict = _verdict(_rezip(path, changed))
    assert (verdict is Code.VALID) is (path in FREE)


@given(st.sampled_from(SIGNED_PART), st.data())
def test_any_cut_or_grown_file_changes_the_verdict(path: str, data: st.DataObject) -> None:
    content = FILES[path]
    at = data.draw(st.integers(0, len(content)))
    extra = data.draw(st.binary(max_size=8))
    changed = content[:at] + extra + content[at + data.draw(st.integers(0, 4)) :]
    if changed != content and path not in FREE:
        assert _verdict(_rezip(path, changed)) is not Code.VALID


@given(st.integers(0, len(PACKAGE) - 1), st.integers(1, 255))
def test_any_changed_byte_of_the_archive_is_a_verdict_and_never_a_crash(at: int, bits: int) -> None:
    changed = PACKAGE[:at] + bytes([PACKAGE[at] ^ bits]) + PACKAGE[at + 1 :]
    verdict = _verdict(changed)
    if any(content in changed for content in FILES.values()) and verdict is Code.VALID:
        assert read_zip(changed) == FILES


@given(st.binary(max_size=300))
def test_random_bytes_are_no_package(data: bytes) -> None:
    for start in (b"", PACKAGE[:200], b"PK\x05\x06"):
        assert _verdict(start + data) in (None, Code.INVALID)


@given(st.sampled_from([path for path in FILES if path != "mimetype"]), st.binary(max_size=200))
def test_any_file_may_be_anything_without_a_crash(path: str, content: bytes) -> None:
    package = write_zip({**FILES, path: content})
    for trust in (TRUST, None):
        assert _verdict(package, trust) is not Code.VALID or content == FILES[path]


@pytest.mark.deep
def test_every_single_byte_of_the_signed_part() -> None:
    """The whole of it, byte by byte: one flipped bit each."""
    for path in SIGNED_PART:
        if path in FREE or path.startswith("proofs/"):
            continue
        for at in range(len(FILES[path])):
            content = FILES[path]
            changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
            assert _verdict(_rezip(path, changed)) is not Code.VALID, (path, at)
