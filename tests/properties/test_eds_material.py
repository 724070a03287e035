"""OCSP answers, time stamp tokens, archive attributes under random changes: nothing but a report or the own error."""

from __future__ import annotations

from functools import lru_cache

from hypothesis import given
from hypothesis import strategies as st

from signatures import Evidence, SignaturesError, Status, TrustAnchors, validate_path, verify
from signatures.gost import Gost94, Streebog
from signatures.ocsp import OcspResponse
from signatures.revocation import Crl
from signatures.timestamp import read_stamp
from tests.signatures.conftest import World
from tests.signatures.making import AT, Ca, attribute, cms, make_key
from tests.signatures.stamping import Stamping
from tests.signatures.test_ocsp import answer


@lru_cache(maxsize=1)
def material() -> tuple[World, bytes, bytes]:
    root = Ca.root()
    issuing = root.issue("Test Issuing", key=make_key("ec", 3), ca=True, path_length=0)
    world = World(root, issuing, issuing.issue("Test Signer", key=make_key("ec", 4)))
    return world, answer(world), Stamping.make().stamp()


def change(data: bytes, place: int, piece: bytes) -> bytes:
    place %= len(data)
    return data[:place] + piece + data[place + len(piece) :]


PIECES = st.binary(min_size=1, max_size=4)


@given(st.integers(0, 1 << 16), PIECES)
def test_a_changed_ocsp_answer_never_clears(place: int, piece: bytes) -> None:
    world, made, _ = material()
    changed = change(made, place, piece)
    evidence = Evidence.of([world.issuing.der], [world.root.crl()], [changed])
    result = validate_path(world.signer.der, anchors=world.anchors, evidence=evidence, at=AT)
    read = evidence.answers
    same = bool(read) and read[0].tbs == OcspResponse.of(made).tbs
    assert same or result.statuses[0].status is Status.UNKNOWN


@given(st.binary(max_size=400))
def test_random_bytes_are_no_material(data: bytes) -> None:
    for read in (OcspResponse.of, read_stamp, Crl.of):
        try:
            read(data)
        except SignaturesError:
            continue
        raise AssertionError("random bytes were read")


@given(st.integers(0, 1 << 16), PIECES, st.sampled_from(["1.2.840.113549.1.9.16.2.14", "0.4.0.1733.2.4"]))
def test_a_changed_token_ends_in_a_report(place: int, piece: bytes, kind: str) -> None:
    world, _, token = material()
    signed = cms(world.signer, b"content", unsigned=[attribute(kind, change(token, place, piece))])
    try:
        report = verify(signed, anchors=TrustAnchors.of(world.root.der), at=AT, evidence=world.evidence)
    except SignaturesError:
        return
    for one in report.signatures:
        assert one.best_signature_time_source == "validation_time"


@given(st.lists(st.binary(max_size=100), max_size=6))
def test_hashes_of_gost_do_not_depend_on_the_pieces(pieces: list[bytes]) -> None:
    for one, other in ((Gost94("test"), Gost94("test")), (Streebog(64), Streebog(64))):
        for piece in pieces:
            one.update(piece)
        other.update(b"".join(pieces))
        assert one.digest() == other.digest()
