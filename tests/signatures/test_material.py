"""What comes in beside the document: told by its structure, kept when unreadable, and a cache with two bounds."""

from __future__ import annotations

import hashlib
import pickle
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from signatures import BadCertificate, Cache, Evidence, Found, Indication, TrustAnchors, verification, verify
from signatures.material import Refused
from tests.signatures.conftest import World
from tests.signatures.making import AT, cms

CONTENT = b"content"


def test_a_file_of_no_known_kind_is_said_in_the_report(world: World) -> None:
    """A broken CRL that was simply left out would end in TRY_LATER without a word on the file that was given."""
    broken = world.issuing.crl()[:-1]
    evidence = Evidence.sort([world.issuing.der, world.root.crl(), broken])
    digest = hashlib.sha256(broken).hexdigest()
    assert evidence.refused == (Refused("file", digest, "It is of no kind that is known."),)
    report = world.verify(cms(world.signer, CONTENT), evidence=evidence)
    (check,) = [check for check in report.checks if check.code == "evidence.unreadable"]
    assert (check.param("kind"), check.param("digest")) == ("file", digest)


def test_evidence_sorted_from_files_is_the_evidence_named_by_kind(world: World) -> None:
    pem = world.issuing.certificate.public_bytes(Encoding.PEM)
    crls = [world.root.crl(), world.issuing.crl()]
    assert Evidence.sort([pem, *crls]) == Evidence.of([world.issuing.der], crls)
    assert Evidence.sort([]) == Evidence.of() == Evidence()


def test_the_same_piece_twice_counts_once(world: World) -> None:
    crl = world.issuing.crl()
    evidence = Evidence.of([world.issuing.der] * 2, [crl, crl])
    assert (len(evidence.certificates), len(evidence.crls)) == (1, 1)


def test_anchors_and_evidence_go_to_another_process(world: World) -> None:
    for value in (world.anchors, world.evidence, Evidence.of([b"rubbish"])):
        assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 -- our own bytes


def test_one_bad_anchor_spoils_the_store_and_is_not_left_out(world: World) -> None:
    """A trust store that is quietly smaller than its operator believes would be a trap."""
    with pytest.raises(BadCertificate):
        TrustAnchors.of(world.root.der, world.issuing.der[:-1])
    both = world.root.certificate.public_bytes(Encoding.PEM) + world.issuing.certificate.public_bytes(Encoding.PEM)
    assert TrustAnchors.of(both) == TrustAnchors.of(world.root.der, world.issuing.der)


def test_what_is_found_for_a_want_and_can_not_be_read_is_as_good_as_nothing(world: World) -> None:
    steps = verification(cms(world.signer, CONTENT), anchors=world.anchors, at=AT)
    next(steps)
    with pytest.raises(StopIteration) as stop:
        steps.send(Found(certificates=(b"rubbish", b""), crls=(b"\x30\x00",)))
    report = stop.value.value
    assert report.indication is Indication.INDETERMINATE
    assert len(report.wants) == 1


def test_a_cache_keeps_the_newest_and_no_more_bytes_than_it_may() -> None:
    cache = Cache(size=100, weight=1_000)
    for number in range(10):
        cache.remember((str(number), bytes(300)), lambda number=number: number)
    assert len(cache) == 3
    assert cache.remember(("9", bytes(300)), lambda: -1) == 9
    assert cache.remember(("0", bytes(300)), lambda: -1) == -1
    assert len(cache) == 3


def test_an_entry_heavier_than_the_whole_cache_is_not_kept_and_drives_nothing_out() -> None:
    cache = Cache(size=100, weight=1_000)
    cache.remember(("small", b"x"), lambda: 1)
    assert cache.remember(("huge", bytes(1_001)), lambda: 2) == 2
    assert cache.remember(("huge", bytes(1_001)), lambda: 3) == 3
    assert cache.remember(("small", b"x"), lambda: 4) == 1


def test_an_exception_is_not_kept() -> None:
    cache = Cache()

    def fail() -> int:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        cache.remember(("key",), fail)
    assert cache.remember(("key",), lambda: 1) == 1


def test_a_cache_filled_by_hostile_documents_changes_no_later_verdict(world: World) -> None:
    """One cache for many documents: a forged CRL and a tampered certificate leave nothing behind that is believed."""
    cache, signed = Cache(), cms(world.signer, CONTENT)
    forged = bytearray(world.issuing.der)
    forged[-1] ^= 1
    for evidence in (Evidence.of([bytes(forged)], [world.issuing.crl(AT - timedelta(days=90))]), Evidence()):
        report = verify(signed, anchors=world.anchors, at=AT, evidence=evidence, cache=cache)
        assert report.indication is Indication.INDETERMINATE
    report = verify(signed, anchors=world.anchors, at=AT, evidence=world.evidence, cache=cache)
    assert report.indication is Indication.TOTAL_PASSED
    world.issuing.revoke(world.signer, AT - timedelta(days=1))
    report = verify(signed, anchors=world.anchors, at=AT, evidence=world.evidence, cache=cache)
    assert report.indication is Indication.INDETERMINATE


def test_a_file_with_more_certificates_than_anybody_needs_is_cut_and_said() -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    from tests.signatures.making import Ca

    pem = Ca.root().certificate.public_bytes(Encoding.PEM)
    evidence = Evidence.of([pem * 5_000])
    assert len(evidence.certificates) == 1
    assert [refused.kind for refused in evidence.refused] == ["certificate"]
