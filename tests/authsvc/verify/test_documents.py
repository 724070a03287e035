"""What may come with a signed document: digests in place of it, and limits whose breach is named."""

import hashlib

import pytest

from authsvc.errors import InvalidRequest
from authsvc.verify.documents import LARGEST_NAME, MOST_FILES, Signed, read_digests
from signatures import Digests

SHA256 = hashlib.sha256(b"document")


def test_digests_stand_in_place_of_a_document() -> None:
    sha512 = hashlib.sha512(b"document")
    digests = read_digests({"sha256": SHA256.hexdigest().upper(), "sha512": sha512.hexdigest()})
    assert digests == Digests(sha256=SHA256.digest(), sha512=sha512.digest())
    assert Signed(b"cms", digests).digest == SHA256.digest()
    assert Signed(b"cms", b"document").digest == SHA256.digest()
    assert Signed(b"document").digest == SHA256.digest()


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({}, "sha256 is always needed"),
        ({"sha512": "00" * 64}, "sha256 is always needed"),
        ({"md5": "00" * 16, "sha256": "00" * 32}, "md5 is none of"),
        ({"sha256": "00" * 31}, "sha256 has 32 bytes"),
        ({"sha256": "zz" * 32}, "sha256 is not hexadecimal"),
        ({"sha256": ""}, "sha256 has 32 bytes"),
    ],
)
def test_a_digest_that_is_none_is_refused_by_its_rule(given: dict[str, str], rule: str) -> None:
    with pytest.raises(InvalidRequest, match=rule):
        read_digests(given)


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (Signed(b"x", name="n" * (LARGEST_NAME + 1)), "at most 300 characters"),
        (Signed(b"x", files=(b"f",) * (MOST_FILES + 1)), "at most 64 files"),
        (Signed(b"x", policy="lenient"), "one of basic, online, archive"),
        (Signed(b"x", Digests(sha256=bytes(32)), keep=True), "nothing can be kept"),
    ],
)
def test_what_goes_beyond_a_limit_is_refused_by_its_name(document: Signed, rule: str) -> None:
    with pytest.raises(InvalidRequest, match=rule):
        document.check()
