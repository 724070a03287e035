"""GOST 34.311-95 (GOST R 34.11-94, RFC 5831) with the cipher of GOST 28147-89 (RFC 5830): the hash of the older pair.

The standard leaves the S-boxes open. Kazakhstan uses those that Russia calls its test set; Russia's own signatures used
CryptoPro's (RFC 4357 section 11.2). Plain Python, about 0.2 MB/s.
"""

from __future__ import annotations

from typing import Final, Literal, Self

__all__ = ["Gost94"]

_BLOCK: Final = 32
_MASK: Final = (1 << 256) - 1
_WORD: Final = (1 << 64) - 1
_HALF: Final = (1 << 32) - 1
_C3: Final = 0xFF00FFFF000000FFFF0000FF00FFFF0000FF00FF00FF00FFFF00FF00FF00FF00  # RFC 5831 section 5.1

# RFC 4357 section 11.2. Row n replaces nibble n, the lowest first; digit v is what the value v becomes.
_BOXES: Final = {
    "test": "4A92D80E6B1C7F53 EB4C6DFA23810759 581DA342EFC7609B 7DA1089FE46CB253 "
    "6C715FD84A9E03B2 4BA0721D36859CFE DB413F590AE7682C 1FD057A4923E6B8C",
    "cryptopro": "A4568137DCE092BF 5F402DB91763CEA8 7FCE94103B526A8D 4A7C0F28E165DB93 "
    "764B9C2A180EFD35 7624D9F0A15B8EC3 DE41705A3C8F629B 13A95B4F867ED02C",
}

_Tables = tuple[list[int], list[int], list[int], list[int]]


def _tabulate(boxes: str) -> _Tables:
    """Two S-boxes and the rotation by 11 in one: entry n of table j is what byte n gives at byte j of the word."""
    rows = [[int(digit, 16) for digit in row] for row in boxes.split()]
    tables = []
    for place in range(4):
        low, high = rows[2 * place], rows[2 * place + 1]
        words = [(low[byte & 15] | high[byte >> 4] << 4) << 8 * place for byte in range(256)]
        tables.append([(word << 11 | word >> 21) & _HALF for word in words])
    return tables[0], tables[1], tables[2], tables[3]


_TABLES: Final = {name: _tabulate(boxes) for name, boxes in _BOXES.items()}


def _encrypt(block: int, key: int, tables: _Tables) -> int:
    """GOST 28147-89 of one 64-bit block under a 256-bit key: 32 rounds, written two at a time."""
    a, b, c, d = tables
    parts = [key >> shift & _HALF for shift in range(0, 256, 32)]
    low, high = block & _HALF, block >> 32
    order = parts * 3 + parts[::-1]
    for one, other in zip(order[::2], order[1::2], strict=True):
        t = low + one & _HALF
        high ^= a[t & 255] ^ b[t >> 8 & 255] ^ c[t >> 16 & 255] ^ d[t >> 24]
        t = high + other & _HALF
        low ^= a[t & 255] ^ b[t >> 8 & 255] ^ c[t >> 16 & 255] ^ d[t >> 24]
    return high | low << 32


def _transpose(number: int) -> int:
    """P of RFC 5831 section 5.1: the 32 bytes as four rows of eight, read by columns."""
    data = number.to_bytes(_BLOCK, "little")
    return int.from_bytes(bytes(data[8 * row + column] for column in range(8) for row in range(4)), "little")


def _turn(number: int) -> int:
    """A of RFC 5831 section 5.1: the four words move down one place; the two that were lowest are added on top."""
    return number >> 64 | ((number ^ number >> 64) & _WORD) << 192


def _mix(words: list[int], times: int) -> list[int]:
    """psi of RFC 5831 section 5.3, `times` times: a shift register over sixteen words of 16 bits."""
    for _ in range(times):
        words.append(words[-16] ^ words[-15] ^ words[-14] ^ words[-13] ^ words[-4] ^ words[-1])
    return words[-16:]


def _split(number: int) -> list[int]:
    return [number >> shift & 0xFFFF for shift in range(0, 256, 16)]


def _compress(chained: int, block: int, tables: _Tables) -> int:
    """The step function of RFC 5831 section 5: keys, encryption, mixing."""
    u, v, sealed = chained, block, 0
    for place in range(4):
        if place:
            u = _turn(u) ^ (_C3 if place == 2 else 0)
            v = _turn(_turn(v))
        sealed |= _encrypt(chained >> 64 * place & _WORD, _transpose(u ^ v), tables) << 64 * place
    words = [one ^ other for one, other in zip(_mix(_split(sealed), 12), _split(block), strict=True)]
    words = [one ^ other for one, other in zip(_mix(words, 1), _split(chained), strict=True)]
    return sum(word << 16 * place for place, word in enumerate(_mix(words, 61)))


class Gost94:
    """A running hash in the manner of `hashlib`; the digest has 32 bytes, in its natural order."""

    __slots__ = ("_chained", "_length", "_rest", "_sum", "_tables", "boxes")

    block_size: Final = _BLOCK
    digest_size: Final = _BLOCK

    def __init__(self, boxes: Literal["test", "cryptopro"] = "test", data: bytes = b"") -> None:
        self.boxes: str = boxes
        self._tables = _TABLES[boxes]
        self._chained = self._sum = self._length = 0
        self._rest = b""  # less than a block
        if data:
            self.update(data)

    @property
    def name(self) -> str:
        """The hash with its S-boxes."""
        return f"gost94-{self.boxes}"

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        """Take more of the message."""
        view = self._rest + bytes(data)
        whole = len(view) - len(view) % _BLOCK
        for start in range(0, whole, _BLOCK):
            block = int.from_bytes(view[start : start + _BLOCK], "little")
            self._chained = _compress(self._chained, block, self._tables)
            self._sum += block
        self._sum &= _MASK
        self._length += whole
        self._rest = view[whole:]

    def digest(self) -> bytes:
        """The digest of what was taken so far; the object can go on."""
        chained, total = self._chained, self._sum
        if self._rest:
            block = int.from_bytes(self._rest, "little")
            chained = _compress(chained, block, self._tables)
            total += block
        chained = _compress(chained, 8 * (self._length + len(self._rest)) & _MASK, self._tables)
        return _compress(chained, total & _MASK, self._tables).to_bytes(_BLOCK, "little")

    def hexdigest(self) -> str:
        """`digest()` in hexadecimal."""
        return self.digest().hex()

    def copy(self) -> Self:
        """An independent copy that goes on from here."""
        twin = type(self).__new__(type(self))
        for name in self.__slots__:
            setattr(twin, name, getattr(self, name))
        return twin
