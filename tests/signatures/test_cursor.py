"""The cursor: what it takes is what the reader of elements takes, and what it refuses is refused there too."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from signatures import asn1, contents
from signatures.asn1 import Members
from signatures.cursor import Cursor
from signatures.der import encode
from signatures.errors import LimitExceeded, Malformed
from signatures.model import Extension, read_extensions
from signatures.names import Name, NameAttribute

OIDS = ("0603551d0f", "0603551d13", "0603551d25", "06082b06010505070101", "0600", "06018f")


def extension(oid: str, flag: bytes, value: bytes, rest: bytes) -> bytes:
    return encode(asn1.SEQUENCE, bytes.fromhex(oid), flag, encode(asn1.OCTET_STRING, value), rest)


EXTENSIONS = st.lists(
    st.builds(
        extension,
        st.sampled_from(OIDS),
        st.sampled_from([b"", b"", b"\x01\x01\xff", b"\x01\x01\x00", b"\x01\x01\x01", b"\x01\x00"]),
        st.binary(max_size=200),
        st.sampled_from([b"", b"", b"", b"\x05\x00"]),
    ),
    max_size=4,
)
TEXTS = (
    st.text(max_size=8).map(lambda text: encode(0x0C, text.encode())) | st.just(b"\x13\x02KZ") | st.just(b"\x05\x00")
)
RDNS = st.lists(
    st.builds(
        lambda oid, text: encode(asn1.SET, encode(asn1.SEQUENCE, bytes.fromhex(oid), text)),
        st.sampled_from(("0603550403", "0603550406", "0600")),
        TEXTS,
    ),
    max_size=4,
)


def damage(data: bytes, place: int, octet: int) -> bytes:
    """The same with one byte changed, as often as not with none."""
    return data if place < 0 else data[: place % len(data)] + bytes([octet]) + data[place % len(data) + 1 :]


def fast_extensions(data: bytes) -> dict[str, Extension]:
    cursor = Cursor(data)
    found = read_extensions(cursor)
    cursor.close()
    return found


def slow_extensions(data: bytes) -> dict[str, Extension]:
    """By elements, as a second opinion."""
    found: dict[str, Extension] = {}
    for child in asn1.parse(data).members():
        members = Members(child)
        oid = asn1.read_oid(members.take())
        flag = members.maybe(asn1.BOOLEAN)
        critical = flag is not None and asn1.read_boolean(flag)
        value = members.take(asn1.OCTET_STRING)
        members.close()
        if oid in found:
            raise Malformed("twice")
        found[oid] = Extension(critical, value.value)
    if not found:
        raise Malformed("none")
    return found


@given(EXTENSIONS, st.integers(-60, 60), st.integers(0, 255))
def test_extensions_are_read_as_by_elements(listed: list[bytes], place: int, octet: int) -> None:
    data = damage(encode(asn1.SEQUENCE, *listed), place, octet)
    try:
        expected = slow_extensions(data)
    except Malformed:
        with pytest.raises(Malformed):
            fast_extensions(data)
    else:
        assert fast_extensions(data) == expected


def slow_name(data: bytes) -> list[list[NameAttribute]] | None:
    """By elements, in BER; a value that is no string is written in hexadecimal."""
    found = []
    try:
        for rdn in asn1.parse(data, ber=True).members():
            attributes = []
            for attribute in rdn.members(asn1.SET):
                kind, value = attribute.pair()
                try:
                    text = asn1.read_text(value)
                except Malformed:
                    text = "#" + value.raw.hex()
                attributes.append(NameAttribute(asn1.read_oid(kind), text))
            found.append(attributes)
    except (Malformed, LimitExceeded):
        return None
    return found if all(found) else None


@given(RDNS, st.integers(-60, 60), st.integers(0, 255))
@example([bytes.fromhex("310b3009060355040313024b5a")], -1, 0)
def test_names_are_read_as_by_elements(listed: list[bytes], place: int, octet: int) -> None:
    name = Name(damage(encode(asn1.SEQUENCE, *listed), place, octet))
    expected = slow_name(name.der)
    assert name.readable is (expected is not None)
    assert [list(rdn) for rdn in name.rdns] == (expected or [])


@given(RDNS, RDNS)
def test_two_names_are_equal_when_their_keys_are(one: list[bytes], other: list[bytes]) -> None:
    first, second = Name(encode(asn1.SEQUENCE, *one)), Name(encode(asn1.SEQUENCE, *other))
    assert (first == second) is (first.key == second.key)
    folded = Name(first.der.replace(b"KZ", b"kz"))
    assert (first == folded) is (first.key == folded.key)


@pytest.mark.parametrize("text", ["", "02", "0201", "020201", "028101", "02800000", "0289010101010101010101", "040101"])
def test_what_is_no_der_member_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Cursor(bytes.fromhex(text)).take(asn1.INTEGER)


def test_a_member_may_not_reach_beyond_its_structure() -> None:
    cursor = Cursor(bytes.fromhex("30030202ff020105"))
    inner = cursor.enter(asn1.SEQUENCE)
    with pytest.raises(Malformed):
        inner.take(asn1.INTEGER)
    assert contents.integer(cursor.take(asn1.INTEGER)) == 5
    flat = Cursor(bytes.fromhex("300302020102020105"))
    end = flat.descend(asn1.SEQUENCE)
    flat.take(asn1.INTEGER)
    with pytest.raises(Malformed):
        flat.close(end)


def test_members_are_taken_by_their_tags() -> None:
    cursor = Cursor.inside(bytes.fromhex("3009020105a00305000500")[:11])
    assert cursor.maybe(asn1.BOOLEAN) is None
    assert cursor.take(asn1.INTEGER) == b"\x05"
    with pytest.raises(Malformed):
        cursor.close()
    assert cursor.tag == 0xA0
    cursor.skip()
    with pytest.raises(Malformed):
        Cursor(b"\x1f\x00").skip()
    with pytest.raises(Malformed):
        Cursor.inside(bytes.fromhex("30000500"))
