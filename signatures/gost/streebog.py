"""GOST 34.11-2015 (GOST R 34.11-2012, RFC 6986): the hash Streebog with 256 and 512 bits.

The reference in plain Python: the court's tools need nothing else. A block costs 25 rounds of LPS; one LPS is 64 table
look-ups, so about 1 MB/s. Larger documents are hashed by a faster backend and compared with this one by test.
"""

from __future__ import annotations

import struct
from typing import Final, Literal, Self

__all__ = ["Streebog"]

_MASK: Final = (1 << 512) - 1
_BLOCK: Final = 64
_pack_words = struct.Struct("<8Q").pack

# RFC 6986 section 6.2: the non-linear bijection S, byte n is the image of n.
_S: Final = bytes.fromhex(
    "fceedd11cf6e3116fbc4fada23c5044de977f0db932e99ba1736f1bb14cd5fc1"
    "f918655ae25cef21811c3c428b018e4f058402aee36a8fa0060bed987fd4d31f"
    "eb342c51eac848abf22a68a2fd3aceccb5700e56080c7612bf7213479cb75d87"
    "15a19629107b9ac7f391786f9d9eb2b13275193dff358a7e6d54c680c3bd0d57"
    "dff524a93ea843c9d779d6f67c22b903e00fecde7a94b0bcdce828504e330a4a"
    "a79760731e0062441ab83882649f2641ad454692275e552f8ca3a57d69d5953b"
    "0758b34086ac1df730376be488d9e789e11b83494c3ff8fe8d53aa90cad88561"
    "207167a42d2b095bcb9b25d0bee56c5259a674d2e6f4b4c0d166afc2394b63b6"
)

# RFC 6986 section 6.4: the rows of the matrix A of the linear map L; the first row belongs to the highest bit.
_A: Final[tuple[int, ...]] = struct.unpack(
    ">64Q",
    bytes.fromhex("""
    8e20faa72ba0b470 47107ddd9b505a38 ad08b0e0c3282d1c d8045870ef14980e
    6c022c38f90a4c07 3601161cf205268d 1b8e0b0e798c13c8 83478b07b2468764
    a011d380818e8f40 5086e740ce47c920 2843fd2067adea10 14aff010bdd87508
    0ad97808d06cb404 05e23c0468365a02 8c711e02341b2d01 46b60f011a83988e
    90dab52a387ae76f 486dd4151c3dfdb9 24b86a840e90f0d2 125c354207487869
    092e94218d243cba 8a174a9ec8121e5d 4585254f64090fa0 accc9ca9328a8950
    9d4df05d5f661451 c0a878a0a1330aa6 60543c50de970553 302a1e286fc58ca7
    18150f14b9ec46dd 0c84890ad27623e0 0642ca05693b9f70 0321658cba93c138
    86275df09ce8aaa8 439da0784e745554 afc0503c273aa42a d960281e9d1d5215
    e230140fc0802984 71180a8960409a42 b60c05ca30204d21 5b068c651810a89e
    456c34887a3805b9 ac361a443d1c8cd2 561b0d22900e4669 2b838811480723ba
    9bcf4486248d9f5d c3e9224312c8c1a0 effa11af0964ee50 f97d86d98a327728
    e4fa2054a80b329c 727d102a548b194e 39b008152acb8227 9258048415eb419d
    492c024284fbaec0 aa16012142f35760 550b8e9e21f7a530 a48b474f9ef5dc18
    70a6a56e2440598e 3853dc371220a247 1ca76e95091051ad 0edd37c48a08a6d8
    07e095624504536c 8d70c431ac02a736 c83862965601dd1b 641c314b2b8ee083
    """),
)

# RFC 6986 section 6.5: the iteration constants C_1 to C_12.
_CONSTANTS: Final = bytes.fromhex("""
    b1085bda1ecadae9ebcb2f81c0657c1f2f6a76432e45d016714eb88d7585c4fc
    4b7ce09192676901a2422a08a460d31505767436cc744d23dd806559f2a64507
    6fa3b58aa99d2f1a4fe39d460f70b5d7f3feea720a232b9861d55e0f16b50131
    9ab5176b12d699585cb561c2db0aa7ca55dda21bd7cbcd56e679047021b19bb7
    f574dcac2bce2fc70a39fc286a3d843506f15e5f529c1f8bf2ea7514b1297b7b
    d3e20fe490359eb1c1c93a376062db09c2b6f443867adb31991e96f50aba0ab2
    ef1fdfb3e81566d2f948e1a05d71e4dd488e857e335c3c7d9d721cad685e353f
    a9d72c82ed03d675d8b71333935203be3453eaa193e837f1220cbebc84e3d12e
    4bea6bacad4747999a3f410c6ca923637f151c1f1686104a359e35d7800fffbd
    bfcd1747253af5a3dfff00b723271a167a56a27ea9ea63f5601758fd7c6cfe57
    ae4faeae1d3ad3d96fa4c33b7a3039c02d66c4f95142a46c187f9ab49af08ec6
    cffaa6b71c9ab7b40af21f66c2bec6b6bf71c57236904f35fa68407a46647d6e
    f4c70e16eeaac5ec51ac86febf240954399ec6c7e6bf87c9d3473e33197a93c9
    0992abc52d822c3706476983284a05043517454ca23c4af38886564d3a14d493
    9b1f5b424d93c9a703e7aa020c6e41414eb7f8719c36de1e89b4443b4ddbc49a
    f4892bcb929b069069d18d2bd1a5c42f36acc2355951a8d9a47f0dd4bf02e71e
    378f5a541631229b944c9ad8ec165fde3a7d3a1b258942243cd955b7e00d0984
    800a440bdbb2ceb17b2b8a9aa6079c540e38dc92cb1f2a607261445183235adb
    abbedea680056f52382ae548b2e4f3f38941e71cff8a78db1fffe18a1b336103
    9fe76702af69334b7a1e6c303b7652f43698fad1153bb6c374b4c7fb98459ced
    7bcd9ed0efc889fb3002c6cd635afe94d8fa6bbbebab07612001802114846679
    8a1d71efea48b9caefbacd1d7d476e98dea2594ac06fd85d6bcaa4cd81f32d1b
    378ee767f11631bad21380b00449b17acda43c32bcdf1d77f82012d430219f9b
    5d80ef9d1891cc86e71da4aa88e12852faf417d5d9b21b9948bc924af11bd720
""")
_C: Final = tuple(int.from_bytes(_CONSTANTS[start : start + 64]) for start in range(0, 768, 64))


def _tabulate(place: int) -> list[int]:
    """S and L in one: entry n is the word that byte n gives at `place` (0 = lowest) of a 64-bit word."""
    rows = [_A[63 - 8 * place - bit] for bit in range(8)]
    table = []
    for value in range(256):
        image, word = _S[value], 0
        for bit in range(8):
            if image >> bit & 1:
                word ^= rows[bit]
        table.append(word)
    return table


# P transposes the 8x8 bytes: word j of the result takes byte j of each of the eight input words, from table 0 to 7.
_TABLES: Final = tuple(_tabulate(place) for place in range(8))


def _lps(state: int) -> int:
    """L(P(S(state))) of a 512-bit vector. Written out: a loop here costs half of the speed of the whole hash."""
    a, b, c, d, e, f, g, h = _TABLES
    (
        a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7,
        c0, c1, c2, c3, c4, c5, c6, c7, d0, d1, d2, d3, d4, d5, d6, d7,
        e0, e1, e2, e3, e4, e5, e6, e7, f0, f1, f2, f3, f4, f5, f6, f7,
        g0, g1, g2, g3, g4, g5, g6, g7, h0, h1, h2, h3, h4, h5, h6, h7,
    ) = state.to_bytes(64, "little")  # fmt: skip
    words = _pack_words(
        a[a0] ^ b[b0] ^ c[c0] ^ d[d0] ^ e[e0] ^ f[f0] ^ g[g0] ^ h[h0],
        a[a1] ^ b[b1] ^ c[c1] ^ d[d1] ^ e[e1] ^ f[f1] ^ g[g1] ^ h[h1],
        a[a2] ^ b[b2] ^ c[c2] ^ d[d2] ^ e[e2] ^ f[f2] ^ g[g2] ^ h[h2],
        a[a3] ^ b[b3] ^ c[c3] ^ d[d3] ^ e[e3] ^ f[f3] ^ g[g3] ^ h[h3],
        a[a4] ^ b[b4] ^ c[c4] ^ d[d4] ^ e[e4] ^ f[f4] ^ g[g4] ^ h[h4],
        a[a5] ^ b[b5] ^ c[c5] ^ d[d5] ^ e[e5] ^ f[f5] ^ g[g5] ^ h[h5],
        a[a6] ^ b[b6] ^ c[c6] ^ d[d6] ^ e[e6] ^ f[f6] ^ g[g6] ^ h[h6],
        a[a7] ^ b[b7] ^ c[c7] ^ d[d7] ^ e[e7] ^ f[f7] ^ g[g7] ^ h[h7],
    )
    return int.from_bytes(words, "little")


def _compress(chained: int, counter: int, block: int) -> int:
    """g_N(h, m) of RFC 6986 section 8: E(LPS(h xor N), m) xor h xor m."""
    key = _lps(chained ^ counter)
    state = block
    for constant in _C:
        state = _lps(state ^ key)
        key = _lps(key ^ constant)
    return state ^ key ^ chained ^ block


class Streebog:
    """A running hash in the manner of `hashlib`; `size` is the digest's length in bytes, 64 or 32.

    The digest comes in its natural order, as it stands in a messageDigest attribute; a signature reads the same bytes
    as a little-endian number.
    """

    __slots__ = ("_chained", "_length", "_rest", "_sum", "digest_size")

    block_size: Final = _BLOCK

    def __init__(self, size: Literal[64, 32] = 64, data: bytes | bytearray | memoryview = b"") -> None:
        if size not in (64, 32):
            raise ValueError("a Streebog digest has 64 or 32 bytes")
        self.digest_size: int = size
        self._chained = 0 if size == 64 else int.from_bytes(b"\x01" * _BLOCK, "little")
        self._length = 0  # bits of the blocks compressed so far: N
        self._sum = 0  # the blocks compressed so far, added up modulo 2^512: Sigma
        self._rest = b""  # less than a block
        if data:
            self.update(data)

    @property
    def name(self) -> str:
        """`streebog512` or `streebog256`."""
        return f"streebog{self.digest_size * 8}"

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        """Take more of the message."""
        view = self._rest + bytes(data)
        chained, length, total = self._chained, self._length, self._sum
        whole = len(view) - len(view) % _BLOCK
        for start in range(0, whole, _BLOCK):
            block = int.from_bytes(view[start : start + _BLOCK], "little")
            chained = _compress(chained, length, block)
            length += 512
            total += block
        self._chained, self._length, self._sum = chained, length & _MASK, total & _MASK
        self._rest = view[whole:]

    def digest(self) -> bytes:
        """The digest of what was taken so far; the object can go on."""
        padded = int.from_bytes(self._rest + b"\x01", "little")
        chained = _compress(self._chained, self._length, padded)
        length = self._length + 8 * len(self._rest)
        chained = _compress(chained, 0, length)
        chained = _compress(chained, 0, (self._sum + padded) & _MASK)
        return chained.to_bytes(_BLOCK, "little")[-self.digest_size :]

    def hexdigest(self) -> str:
        """`digest()` in hexadecimal."""
        return self.digest().hex()

    def copy(self) -> Self:
        """An independent copy that goes on from here."""
        twin = type(self).__new__(type(self))
        twin.digest_size = self.digest_size
        twin._chained, twin._length, twin._sum, twin._rest = self._chained, self._length, self._sum, self._rest
        return twin
