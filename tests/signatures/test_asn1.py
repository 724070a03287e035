"""The bounded reader: what it takes, what it refuses, and that its work ends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from signatures import asn1, contents
from signatures.asn1 import Members, Source
from signatures.der import encode, normalise
from signatures.errors import LimitExceeded, Malformed


def hexed(text: str) -> bytes:
    return bytes.fromhex(text)


def test_an_element_knows_the_offsets_of_its_original_bytes() -> None:
    data = hexed("30 06 02 01 05 04 01 ff")
    root = asn1.parse(data)
    first, second = root.children()
    assert (first.raw, second.raw) == (data[2:5], data[5:8])
    assert (second.start, second.content, second.end, second.stop) == (5, 7, 8, 8)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "30",
        "30 01",
        "30 81 05",
        "30 89 01 01 01 01 01 01 01 01 01 00",  # a length of nine octets
        "30 ff",
        "1f 81 01 00",  # a tag of several octets
        "00 00",
        "30 00 00",  # something behind the end
        "30 81 03 02 01 05",  # a length not in its shortest form
        "30 82 00 83" + "00" * 131,
        "30 80 00 00",  # indefinite where DER is required
    ],
)
def test_what_is_no_der_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        asn1.parse(hexed(text)).children()


def test_a_child_may_not_reach_beyond_its_parent() -> None:
    with pytest.raises(Malformed):
        asn1.parse(hexed("30 03 04 05 00")).children()


def test_ber_gives_indefinite_lengths_and_split_strings() -> None:
    root = asn1.parse(hexed("30 80 24 80 04 02 61 62 24 03 04 01 63 00 00 02 01 05 00 00"), ber=True)
    text, number = root.children()
    assert asn1.read_octets(text) == b"abc"
    assert asn1.read_integer(number) == 5
    assert normalise(root) == hexed("30 08 04 03 61 62 63 02 01 05")


def test_ber_strings_hold_only_strings() -> None:
    with pytest.raises(Malformed):
        asn1.read_octets(asn1.parse(hexed("24 80 02 01 05 00 00"), ber=True))


@pytest.mark.parametrize("text", ["30 80 02 01 05", "30 80 00 05", "30 80 30 80 00 00", "04 80 61 00 00"])
def test_an_indefinite_length_must_be_closed(text: str) -> None:
    with pytest.raises(Malformed):
        asn1.parse(hexed(text), ber=True)


def test_depth_elements_and_nested_indefinite_lengths_are_bounded() -> None:
    deep = b"\x05\x00"
    for _ in range(100):
        deep = encode(asn1.SEQUENCE, deep)
    element = asn1.parse(deep)
    for _ in range(32):
        element = element.children()[0]
    with pytest.raises(LimitExceeded) as refusal:
        element.children()
    assert refusal.value.limit == "depth"
    with pytest.raises(LimitExceeded):
        asn1.parse(b"\x30\x80" * 10_000, ber=True)
    wide = encode(asn1.SEQUENCE, b"\x05\x00" * 1000)
    with pytest.raises(LimitExceeded) as refusal:
        asn1.parse(wide, elements=500).children()
    assert refusal.value.limit == "elements"
    with pytest.raises(LimitExceeded):
        asn1.parse(b"\x30\x80" + b"\x05\x00" * 1000 + b"\0\0", ber=True, elements=500)


@pytest.mark.parametrize(
    ("value", "text"),
    [("2a864886f70d010702", "1.2.840.113549.1.7.2"), ("2b", "1.3"), ("7f", "2.47"), ("883703", "2.999.3")],
)
def test_object_identifiers(value: str, text: str) -> None:
    assert contents.dotted(hexed(value)) == text


@pytest.mark.parametrize("value", ["", "80", "2a80", "8001", "2a8001", "2a" + "ff" * 70 + "01"])
def test_object_identifiers_that_are_none(value: str) -> None:
    with pytest.raises(Malformed):
        contents.dotted(hexed(value))


@pytest.mark.parametrize(
    ("text", "number"), [("02 01 00", 0), ("02 01 ff", -1), ("02 02 00 80", 128), ("02 02 ff 7f", -129)]
)
def test_integers_are_signed(text: str, number: int) -> None:
    assert asn1.read_integer(asn1.parse(hexed(text))) == number


@pytest.mark.parametrize("text", ["02 00", "02 02 00 01", "02 02 ff 80", "04 01 00"])
def test_integers_in_der_are_in_their_shortest_form(text: str) -> None:
    with pytest.raises(Malformed):
        asn1.read_integer(asn1.parse(hexed(text)))


def test_booleans_and_bits() -> None:
    assert asn1.read_boolean(asn1.parse(hexed("01 01 ff")))
    with pytest.raises(Malformed):
        asn1.read_boolean(asn1.parse(hexed("01 01 01")))
    assert asn1.read_bits(asn1.parse(hexed("03 02 05 a0"))) == (b"\xa0", 5)
    for text in ("03 00", "03 02 08 00", "03 01 03"):
        with pytest.raises(Malformed):
            asn1.read_bits(asn1.parse(hexed(text)))
    with pytest.raises(Malformed):
        asn1.read_whole_bits(asn1.parse(hexed("03 02 05 a0")))


@pytest.mark.parametrize(
    ("tag", "text", "moment"),
    [
        (asn1.UTC_TIME, "490101000000Z", datetime(2049, 1, 1, tzinfo=UTC)),
        (asn1.UTC_TIME, "500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (asn1.GENERALIZED_TIME, "20261124100000Z", datetime(2026, 11, 24, 10, tzinfo=UTC)),
    ],
)
def test_times(tag: int, text: str, moment: datetime) -> None:
    assert asn1.read_time(asn1.parse(encode(tag, text.encode()))) == moment


@pytest.mark.parametrize(
    "text", ["", "2611241000Z", "261124100000", "261124100000+", "26112410000xZ", "261324100000Z", "²61124100000Z"]
)
def test_times_that_are_none(text: str) -> None:
    for tag in (asn1.UTC_TIME, asn1.GENERALIZED_TIME, asn1.INTEGER):
        with pytest.raises(Malformed):
            asn1.read_time(asn1.parse(encode(tag, text.encode())))


def test_texts_of_every_string_type() -> None:
    for tag, raw, text in (
        (0x0C, "Ұлттық".encode(), "Ұлттық"),
        (0x13, b"KZ", "KZ"),
        (0x14, b"\xe9", "é"),
        (0x1E, "Ұ".encode("utf-16-be"), "Ұ"),
        (0x1C, "Ұ".encode("utf-32-be"), "Ұ"),
    ):
        assert asn1.read_text(asn1.parse(encode(tag, raw))) == text
    for tag, raw in ((0x0C, b"\xff"), (0x13, b"\xff"), (0x1E, b"\x00"), (0x04, b"x")):
        with pytest.raises(Malformed):
            asn1.read_text(asn1.parse(encode(tag, raw)))


def test_members_are_taken_in_their_order_and_none_is_left_over() -> None:
    members = Members(asn1.parse(hexed("30 05 02 01 01 05 00")))
    assert members.maybe(asn1.BOOLEAN) is None
    members.take(asn1.INTEGER)
    with pytest.raises(Malformed):
        members.close()
    with pytest.raises(Malformed):
        members.take(asn1.INTEGER)
    members.take()
    members.close()
    with pytest.raises(Malformed):
        members.take()
    assert members.maybe(asn1.NULL) is None


def test_an_explicit_tag_holds_exactly_one_element() -> None:
    with pytest.raises(Malformed):
        asn1.parse(hexed("a0 04 05 00 05 00")).only()
    with pytest.raises(Malformed):
        asn1.parse(hexed("80 01 00")).children()


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 70_000])
def test_lengths_are_written_in_their_shortest_form(length: int) -> None:
    written = encode(asn1.OCTET_STRING, b"x" * length)
    assert Source(written).root().value == b"x" * length


def test_der_puts_sets_in_order() -> None:
    assert normalise(asn1.parse(hexed("31 06 02 01 09 02 01 01"))) == hexed("31 06 02 01 01 02 01 09")
