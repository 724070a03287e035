"""The DER writer against encodings worked out by hand from X.690, and against `cryptography` where it can read them."""

from __future__ import annotations

import pytest

from authsvc.web.sandbox.pki import der


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (der.integer(0), "020100"),
        (der.integer(127), "02017f"),
        (der.integer(128), "02020080"),
        (der.integer(-128), "020180"),
        (der.integer(256), "02020100"),
        (der.oid("1.2.398.3.10.1.1.2.3.2"), "060a2a830e030a0101020302"),
        (der.oid("2.5.29.15"), "0603551d0f"),
        (der.oid("0.9.2342.19200300.100.1.1"), "060a0992268993f22c640101"),
        (der.named_bits(0, 1, 4), "030203c8"),
        (der.named_bits(5, 6), "03020106"),
        (der.named_bits(8), "0303070080"),
        (der.bits(b"\xaa"), "030200aa"),
        (der.octets(b""), "0400"),
        (der.utf8("Ұ"), "0c02d2b0"),
        (der.enumerated(6), "0a0106"),
        (der.implicit(0, b"\x01"), "800101"),
        (der.explicit(3, der.NULL), "a3020500"),
        (der.time(1_795_514_400_999), "170d3236313132343130303030305a"),
        (der.time(2_524_608_000_000), "180f32303530303130313030303030305a"),
        (der.set_of(b"\x02\x01\x02", b"\x02\x01\x01"), "3106020101020102"),
    ],
)
def test_an_element_is_written_as_x690_demands(written: bytes, expected: str) -> None:
    assert written.hex() == expected


@pytest.mark.parametrize(("size", "head"), [(127, "047f"), (128, "048180"), (255, "0481ff"), (256, "04820100")])
def test_lengths_are_the_shortest(size: int, head: str) -> None:
    assert der.octets(bytes(size))[: len(head) // 2].hex() == head


def test_what_was_written_is_read_back() -> None:
    written = der.sequence(der.integer(5), der.sequence(der.NULL), der.octets(bytes(300)))
    number, nested, octets = der.inside(written)
    assert (number.tag, number.content) == (2, b"\x05")
    assert der.inside(nested.raw)[0].raw == der.NULL
    assert octets.content == bytes(300)


@pytest.mark.parametrize("cut", ["30", "3003", "30030201", "308201", "020100ff"])
def test_truncated_bytes_are_a_value_error(cut: str) -> None:
    with pytest.raises(ValueError, match=r"truncated|unpack"):
        der.inside(bytes.fromhex(cut))
