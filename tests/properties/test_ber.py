"""BER and CMS under random input: parse∘print, no mutated byte passes, no exception but the package's own."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from hypothesis import given
from hypothesis import strategies as st

from signatures import Evidence, Indication, Policy, SignaturesError, TrustAnchors, asn1, validate_path, verify
from signatures.certificates import Certificate
from signatures.der import encode, normalise
from signatures.names import Name
from signatures.revocation import Crl
from tests.signatures.making import AT, Ca, cms, ess, essential, harmless, indefinite, make_key

CONTENT = b"content of the document"
SMALL = Policy.default().with_limits(elements=5_000, key_checks=20)


@lru_cache(maxsize=1)
def material() -> tuple[TrustAnchors, Evidence, bytes, bytes]:
    """Anchors, evidence, a CMS in DER with ESS and one in BER, both TOTAL-PASSED."""
    root = Ca.root()
    signer = root.issue("Signer", key=make_key("ec", 4))
    evidence = Evidence.of(crls=[root.crl()])
    signed = cms(signer, CONTENT, attributes=[*essential(CONTENT), ess(signer.der)])
    return TrustAnchors.of(root.der), evidence, signed, cms(signer, CONTENT, ber=True)


def judge(signed: bytes) -> Indication | None:
    anchors, evidence, _, _ = material()
    try:
        return verify(signed, anchors=anchors, evidence=evidence, at=AT, policy=SMALL).indication
    except SignaturesError:
        return None


def trees() -> st.SearchStrategy[object]:
    """An integer, bytes, or a list of trees: what is printed as INTEGER, OCTET STRING and SEQUENCE."""
    return st.recursive(
        st.integers(-(2**70), 2**70) | st.binary(max_size=300), lambda inner: st.lists(inner, max_size=5)
    )


def print_der(tree: object) -> bytes:
    if isinstance(tree, int):
        size = (tree + (tree < 0)).bit_length() // 8 + 1
        return encode(asn1.INTEGER, tree.to_bytes(size, "big", signed=True))
    if isinstance(tree, bytes):
        return encode(asn1.OCTET_STRING, tree)
    assert isinstance(tree, list)
    return encode(asn1.SEQUENCE, *map(print_der, tree))


def print_ber(tree: object) -> bytes:
    if isinstance(tree, bytes):
        return indefinite(
            asn1.OCTET_STRING, *(encode(asn1.OCTET_STRING, tree[at : at + 7]) for at in range(0, len(tree), 7))
        )
    return indefinite(asn1.SEQUENCE, *map(print_ber, tree)) if isinstance(tree, list) else print_der(tree)


def read(element: asn1.Element) -> object:
    if element.tag == asn1.INTEGER:
        return asn1.read_integer(element)
    if element.tag & ~asn1.CONSTRUCTED == asn1.OCTET_STRING:
        return asn1.read_octets(element)
    return [read(child) for child in element.members()]


@given(trees())
def test_what_is_printed_is_read_again(tree: object) -> None:
    der = print_der(tree)
    assert read(asn1.parse(der)) == tree
    assert read(asn1.parse(print_ber(tree), ber=True)) == tree
    assert normalise(asn1.parse(print_ber(tree), ber=True)) == der


def test_the_material_passes_before_it_is_mutated() -> None:
    _, _, signed, ber = material()
    assert [judge(signed), judge(ber)] == [Indication.TOTAL_PASSED] * 2


@given(st.data())
def test_no_mutated_byte_of_a_signed_cms_passes(data: st.DataObject) -> None:
    """Whatever byte is changed to whatever other: the signature holds no more, or the file can't be read."""
    _, _, signed, ber = material()
    whole = data.draw(st.sampled_from([signed, ber]))
    place = data.draw(st.integers(0, len(whole) - 1))
    value = data.draw(st.integers(1, 255))
    mutated = bytearray(whole)
    mutated[place] ^= value
    assert judge(bytes(mutated)) is not Indication.TOTAL_PASSED or harmless(whole, place)


@given(st.data())
def test_cut_doubled_and_spliced_pieces_never_raise_another_exception(data: st.DataObject) -> None:
    _, _, signed, ber = material()
    one, other = data.draw(st.permutations([signed, ber]))
    start, stop = sorted(data.draw(st.tuples(st.integers(0, len(one)), st.integers(0, len(one)))))
    piece = other[start:stop]
    for spliced in (one[:start] + one[stop:], one[:stop] + one[start:], one[:start] + piece + one[stop:] + piece):
        judge(spliced)


@given(st.binary(max_size=600))
def test_random_bytes_never_raise_another_exception(data: bytes) -> None:
    head = bytes.fromhex("3080 06092a864886f70d010702 a080 3080".replace(" ", ""))
    for attempt in (data, head + data, head + b"\x02\x01\x01\x31\x00" + data):
        judge(attempt)


@given(st.data())
def test_random_changes_of_certificates_and_crls_never_raise_another_exception(data: st.DataObject) -> None:
    anchors, evidence, _, _ = material()
    certificate = bytearray(anchors.certificates[0].der)
    crl = bytearray(evidence.crls[0].der)
    for target in (certificate, crl):
        for _ in range(data.draw(st.integers(1, 4))):
            target[data.draw(st.integers(0, len(target) - 1))] = data.draw(st.integers(0, 255))
    gathered = Evidence.of([bytes(certificate)], [bytes(crl)])
    assert len(gathered.certificates) + len(gathered.crls) + len(gathered.refused) >= 2
    leaf = anchors.certificates[0].der
    for trusted in (anchors, TrustAnchors(gathered.certificates)):
        validate_path(leaf, anchors=trusted, evidence=gathered, at=datetime(2026, 11, 24, tzinfo=UTC), policy=SMALL)


@given(st.binary(max_size=200))
def test_names_certificates_and_crls_of_random_bytes_end_in_the_packages_own_error(data: bytes) -> None:
    for reader in (Certificate.of, Crl.of):
        try:
            reader(encode(asn1.SEQUENCE, data))
        except SignaturesError:
            continue
    name = Name(encode(asn1.SEQUENCE, data))
    assert name.text or name.empty
    assert name == Name(name.der)
