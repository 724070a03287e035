"""A text as short messages: GSM 7-bit or UCS-2 (3GPP TS 23.038), in parts with a header (TS 23.040 9.2.3.24.1). Pure.

Kazakh and Russian need UCS-2: 70 units, or 67 in each of several parts. No part ends within a letter.
"""

from typing import Final

from authsvc.outside.smpp.pdu import UCS2

GSM: Final = 0x00
"""data_coding: the message centre's default alphabet, one septet an octet."""
MOST_PARTS: Final = 10
_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = {"\f": 10, "^": 20, "{": 40, "}": 41, "\\": 47, "[": 60, "~": 61, "]": 62, "|": 64, "€": 101}
_SEPTETS: Final = {letter: bytes((at,)) for at, letter in enumerate(_BASIC) if letter != "\x1b"} | {
    letter: bytes((0x1B, at)) for letter, at in _EXTENDED.items()
}


def split(text: str, reference: int, *, gsm: bool) -> tuple[int, list[bytes]]:
    """(data_coding, parts), each part with its header where there are several. ValueError for more than MOST_PARTS.

    `reference` (one octet) is the same for all parts of a message. `gsm`: the centre's default alphabet is GSM 7-bit,
    so texts of its letters alone go in it; else everything is UCS-2.
    """
    is_gsm = gsm and all(letter in _SEPTETS for letter in text)
    letters = [_SEPTETS[letter] if is_gsm else letter.encode("utf-16-be") for letter in text]
    whole, one_of_several = (160, 153) if is_gsm else (140, 134)
    coding = GSM if is_gsm else UCS2
    if sum(map(len, letters)) <= whole:
        return coding, [b"".join(letters)]
    parts, room = [b""], one_of_several
    for letter in letters:
        if len(parts[-1]) + len(letter) > room:
            parts.append(b"")
        parts[-1] += letter
    if len(parts) > MOST_PARTS:
        raise ValueError("a text that is too long for short messages")
    header = bytes((5, 0, 3, reference & 0xFF, len(parts)))
    return coding, [header + bytes((at,)) + part for at, part in enumerate(parts, 1)]
