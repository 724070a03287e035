"""Whatever bytes a message centre sends, reading them gives a PDU or BadPdu; what is written is read again."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from authsvc.outside.smpp import pdu, text


@given(st.binary(max_size=300))
def test_any_bytes_are_a_pdu_or_refused(data: bytes) -> None:
    for read in (pdu.read_pdu, pdu.read_message_id, pdu.read_delivered):
        with contextlib.suppress(pdu.BadPdu):
            read(data)  # type: ignore[operator]
    with contextlib.suppress(pdu.BadPdu):
        assert 16 <= pdu.read_length(data[:4].ljust(4, b"\x00")) <= pdu.LARGEST


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.binary(max_size=500))
def test_a_pdu_is_read_as_it_was_written(command: int, status: int, sequence: int, body: bytes) -> None:
    made = pdu.Pdu(command, status, sequence, body)
    assert pdu.read_pdu(made.write()) == made


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=400), st.integers(0, 255), st.booleans())
def test_a_text_is_the_same_when_its_parts_are_joined(words: str, reference: int, gsm: bool) -> None:
    coding, parts = text.split(words, reference, gsm=gsm)
    assert all(len(part) <= (140 if coding == pdu.UCS2 else 160) for part in parts)
    if coding == pdu.UCS2:
        bare = [part[6:] if len(parts) > 1 else part for part in parts]
        assert "".join(part.decode("utf-16-be") for part in bare) == words
