"""GOST by the system's libcrypto (curves) and libgcrypt (hashes): verification of public data, in a process that asks.

The only place with `ctypes`. Libraries are taken by fixed names, never searched for; OpenSSL is told first to read no
configuration; every function has its types; known answers, right and wrong ones, are asked for before anything counts.
Whatever is missing or answers wrongly: plain Python stays in use.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_uint, c_uint64, c_void_p
from functools import cache
from typing import Any, Final, Literal

from signatures.gost import backend
from signatures.gost.backend import PURE, Backend, Boxes, Hasher
from signatures.gost.curve import Curve
from signatures.gost.gost94 import Gost94
from signatures.gost.parameters import CURVES_BY_OID
from signatures.gost.streebog import Streebog

__all__ = ["disable", "enable", "load"]

_LIBCRYPTO: Final = "libcrypto.so.3"
_LIBGCRYPT: Final = "libgcrypt.so.20"
_NO_LOAD_CONFIG: Final = 0x80  # OPENSSL_INIT_NO_LOAD_CONFIG of openssl/crypto.h

# Numbers of gcrypt.h.
_DISABLE_SECMEM, _FINISHED, _FINISHED_P, _FINALIZE = 37, 38, 39, 5
_GOST94: Final[dict[str, int]] = {"test": 308, "cryptopro": 311}
_STREEBOG: Final[dict[int, int]] = {32: 309, 64: 310}

_CRYPTO_TYPES: Final[dict[str, tuple[Any, list[Any]]]] = {
    "OPENSSL_init_crypto": (c_int, [c_uint64, c_void_p]),
    "OpenSSL_version": (c_char_p, [c_int]),
    "BN_new": (c_void_p, []),
    "BN_free": (None, [c_void_p]),
    "BN_bin2bn": (c_void_p, [c_char_p, c_int, c_void_p]),
    "BN_bn2binpad": (c_int, [c_void_p, c_char_p, c_int]),
    "BN_CTX_new": (c_void_p, []),
    "BN_CTX_free": (None, [c_void_p]),
    "EC_GROUP_new_curve_GFp": (c_void_p, [c_void_p, c_void_p, c_void_p, c_void_p]),
    "EC_GROUP_set_generator": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p]),
    "EC_POINT_new": (c_void_p, [c_void_p]),
    "EC_POINT_free": (None, [c_void_p]),
    "EC_POINT_set_affine_coordinates": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "EC_POINT_get_affine_coordinates": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "EC_POINT_is_at_infinity": (c_int, [c_void_p, c_void_p]),
    "EC_POINT_mul": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
}
_GCRYPT_TYPES: Final[dict[str, tuple[Any, list[Any]]]] = {
    "gcry_check_version": (c_char_p, [c_char_p]),
    "gcry_control": (c_uint, [c_int, c_int]),
    "gcry_md_open": (c_uint, [POINTER(c_void_p), c_int, c_uint]),
    "gcry_md_copy": (c_uint, [POINTER(c_void_p), c_void_p]),
    "gcry_md_write": (None, [c_void_p, c_char_p, c_size_t]),
    "gcry_md_ctl": (c_uint, [c_void_p, c_int, c_void_p, c_size_t]),
    "gcry_md_read": (c_void_p, [c_void_p, c_int]),
    "gcry_md_close": (None, [c_void_p]),
}


class _Unusable(Exception):
    """A library that is missing, lacks a function, refuses a call or gives a wrong answer."""


def _open(name: str, types: dict[str, tuple[Any, list[Any]]]) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(name)
        for function, (result, arguments) in types.items():
            entry = getattr(library, function)
            entry.restype, entry.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise _Unusable(f"{name}: {error}") from error
    return library


def _must(value: Any) -> Any:
    if not value:
        raise _Unusable("a call of the library failed")
    return value


class _Curves:
    """u*G + v*Q by libcrypto. A group is made once for each curve and only read afterwards."""

    def __init__(self) -> None:
        self._crypto = _open(_LIBCRYPTO, _CRYPTO_TYPES)
        _must(self._crypto.OPENSSL_init_crypto(_NO_LOAD_CONFIG, None))
        self._groups: dict[Curve, int] = {}
        self.version = self._crypto.OpenSSL_version(0).decode("ascii", "replace")

    def _number(self, value: int) -> int:
        data = value.to_bytes((value.bit_length() + 7) // 8 or 1, "big")
        return int(_must(self._crypto.BN_bin2bn(data, len(data), None)))

    def _group(self, curve: Curve, context: int) -> int:
        known = self._groups.get(curve)
        if known is not None:
            return known
        crypto, values = self._crypto, (curve.p, curve.a, curve.b, curve.x, curve.y, curve.q, curve.cofactor)
        p, a, b, x, y, q, cofactor = numbers = [self._number(value) for value in values]
        try:
            group = int(_must(crypto.EC_GROUP_new_curve_GFp(p, a, b, context)))
            base = _must(crypto.EC_POINT_new(group))
            _must(crypto.EC_POINT_set_affine_coordinates(group, base, x, y, context))
            _must(crypto.EC_GROUP_set_generator(group, base, q, cofactor))
            crypto.EC_POINT_free(base)
        finally:
            for number in numbers:
                crypto.BN_free(number)
        self._groups[curve] = group
        return group

    def reaches(self, curve: Curve, u: int, v: int, x: int, y: int, r: int) -> bool:
        """As `Backend.reaches`."""
        crypto = self._crypto
        context = _must(crypto.BN_CTX_new())
        numbers = [self._number(value) for value in (u, v, x, y)]
        points: list[int] = []
        try:
            group = self._group(curve, context)
            points += [_must(crypto.EC_POINT_new(group)), _must(crypto.EC_POINT_new(group))]
            own, point = points
            _must(crypto.EC_POINT_set_affine_coordinates(group, own, numbers[2], numbers[3], context))
            _must(crypto.EC_POINT_mul(group, point, numbers[0], own, numbers[1], context))
            if crypto.EC_POINT_is_at_infinity(group, point):
                return False
            _must(crypto.EC_POINT_get_affine_coordinates(group, point, numbers[2], numbers[3], context))
            buffer = ctypes.create_string_buffer(curve.size)
            _must(crypto.BN_bn2binpad(numbers[2], buffer, curve.size) == curve.size)
            return int.from_bytes(buffer.raw, "big") % curve.q == r
        finally:
            for made in points:
                crypto.EC_POINT_free(made)
            for number in numbers:
                crypto.BN_free(number)
            crypto.BN_CTX_free(context)


class _NativeHash:
    """A running hash of libgcrypt."""

    __slots__ = ("_algorithm", "_gcrypt", "_handle", "_size")

    def __init__(self, gcrypt: ctypes.CDLL, algorithm: int, size: int) -> None:
        self._handle = c_void_p()
        self._gcrypt, self._algorithm, self._size = gcrypt, algorithm, size
        if gcrypt.gcry_md_open(ctypes.byref(self._handle), algorithm, 0):
            raise _Unusable("libgcrypt does not know the hash")

    def update(self, data: bytes, /) -> None:
        """Take more of the message."""
        held = bytes(data)
        self._gcrypt.gcry_md_write(self._handle, held, len(held))

    def digest(self) -> bytes:
        """The digest of what was taken so far; the object can go on."""
        twin = c_void_p()
        _must(self._gcrypt.gcry_md_copy(ctypes.byref(twin), self._handle) == 0)
        try:
            self._gcrypt.gcry_md_ctl(twin, _FINALIZE, None, 0)
            return ctypes.string_at(_must(self._gcrypt.gcry_md_read(twin, self._algorithm)), self._size)
        finally:
            self._gcrypt.gcry_md_close(twin)

    def __del__(self) -> None:
        if self._handle:
            self._gcrypt.gcry_md_close(self._handle)


def _open_gcrypt() -> tuple[ctypes.CDLL, str]:
    gcrypt = _open(_LIBGCRYPT, _GCRYPT_TYPES)
    version = _must(gcrypt.gcry_check_version(None)).decode("ascii", "replace")  # initialises the library
    if not gcrypt.gcry_control(_FINISHED_P, 0):
        gcrypt.gcry_control(_DISABLE_SECMEM, 0)  # nothing here is secret
        gcrypt.gcry_control(_FINISHED, 0)
    return gcrypt, version


@cache
def load() -> tuple[Backend, str]:
    """The backend of the system's libraries, or PURE with the reason why not."""
    try:
        curves = _Curves()
        gcrypt, version = _open_gcrypt()

        def streebog(size: Literal[64, 32] = 64) -> Hasher:
            return _NativeHash(gcrypt, _STREEBOG[size], size)

        def gost94(boxes: Boxes = "test") -> Hasher:
            return _NativeHash(gcrypt, _GOST94[boxes], 32)

        name = f"native: {curves.version}; libgcrypt {version}"
        native = Backend(name, True, streebog, gost94, curves.reaches)
        _ask_hashes(native)
        for curve in dict.fromkeys(CURVES_BY_OID.values()):
            _ask_curve(curve, native.reaches)
        _ask_known_answers(native.reaches)
    except _Unusable as error:
        return PURE, str(error)
    return native, ""


def _ask_hashes(native: Backend) -> None:
    """Digests known from the standards and the reference, in one piece and in two; and one that must differ."""
    for message, expected in _DIGESTS.items():
        for split in (0, len(message) // 2):
            hasher = native.streebog(64)
            hasher.update(message[:split])
            hasher.update(message[split:])
            _must(hasher.digest() == bytes.fromhex(expected))
    for length in (0, 1, 31, 32, 33, 63, 64, 65, 200):
        message = bytes(range(length))
        made: list[tuple[Hasher, bytes]] = [
            (native.streebog(64), Streebog(64, message).digest()),
            (native.streebog(32), Streebog(32, message).digest()),
            (native.gost94("test"), Gost94("test", message).digest()),
            (native.gost94("cryptopro"), Gost94("cryptopro", message).digest()),
        ]
        for hasher, expected_digest in made:
            hasher.update(message)
            _must(hasher.digest() == expected_digest)
            hasher.update(b"\0")
            _must(hasher.digest() != expected_digest)


def _ask_curve(curve: Curve, reaches: Callable[[Curve, int, int, int, int, int], bool]) -> None:
    """(q - 1)G + 2G is G; with 3G it is not; with 1G it is the point at infinity, which has no x at all."""
    x, y, q = curve.x, curve.y, curve.q
    _must(reaches(curve, q - 1, 2, x, y, x % q))
    _must(not reaches(curve, q - 1, 3, x, y, x % q))
    _must(not any(reaches(curve, q - 1, 1, x, y, r) for r in (0, x % q)))


def _ask_known_answers(reaches: Callable[[Curve, int, int, int, int, int], bool]) -> None:
    """A signature of each of the NCA's curves, made by another hand than this one, and the same with one bit turned."""
    for oid, (x, y, r, s, e) in _SIGNATURES.items():
        curve = CURVES_BY_OID[oid]
        v = pow(e, -1, curve.q)
        _must(reaches(curve, s * v % curve.q, -r * v % curve.q, x, y, r))
        s ^= 1
        _must(not reaches(curve, s * v % curve.q, -r * v % curve.q, x, y, r))


def enable() -> Backend:
    """Uses the system's libraries in this process if they pass; says what is in use now."""
    native, _ = load()
    backend.use(native)
    return native


def disable() -> None:
    """Back to plain Python."""
    backend.use(PURE)


# RFC 6986 section 10.1, example 1; and the empty message.
_DIGESTS: Final[dict[bytes, str]] = {
    b"0123456789" * 6 + b"012": "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa"
    "00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48",
    b"": "8e945da209aa869f0455928529bcae4679e9873ab707b55315f56ceb98bef0a7"
    "362f715528356ee83cda5f2aac4c6ad2ba3a715c1bcd81cb8e9f90bf4c1c1a8a",
}


def _hex(digits: str) -> int:
    return int(digits, 16)


# Key (x, y), signature (r, s) and digest e: the signatures on two published test certificates of the NCA.
_SIGNATURES: Final[dict[str, tuple[int, int, int, int, int]]] = {
    "1.2.398.3.10.1.1.2.2.1": (  # nca_gost2022_test.cer
        _hex(
            "e4a86f1b674c8e4bff079a4440a32e9ee212aa6dd89d71eb7c66c5f02c2159d5"
            "be4124c052c16cddf06926367ecccc2b682267d67e56ebc3297eee9eb287fe4e"
        ),
        _hex(
            "57890eee6fea4e70346bf9939f8f0ec9c6dc9f572e1057b7a3cd8f810d6073a4"
            "2c22735cbe1c0d9f8da097e1e5d71d849027e9d633591ac4a0c6e0a1e229a6fc"
        ),
        _hex(
            "745b9e2eba00acb4c1ca53d8df4b92d2b0dd11b1f4375f98aa00ab94193051d6"
            "169794496f7132741d218b2f74fa696ed78f36d8c97d97ebdc71850eb7cb5517"
        ),
        _hex(
            "75284e91514c0a4936c7ab1c5c0ff512d7619dd711aa17d6ac1654565afd1794"
            "988c978b1e54503f75211f8e383f4e2975356e2988aa64db67a7664fc9b166c7"
        ),
        _hex(
            "cdab1ad8b86bb39ca7bbfc9915be5fcdbcf8d72dc3ace8b06718a034e2015909"
            "f907962aec0555ee26ad8bc55bc48d3f6db2652dbd89915dc66a26655216ca56"
        ),
    ),
    "1.2.398.3.10.1.1.1.1.1": (  # nca_gost_test_2004.cer
        _hex("09f38b573d9ce3c4de290df6cfa3661e8581f3cad2095fcfd2cb2077b457897f"),
        _hex("9230fc295d48daf1f2cf28c6c89a3837ed7a266f108d0ff8a24b3492387c2c5d"),
        _hex("9d3a5644b5770d21e513d7483200264fd0d21bb7fbcce82567f65788487eb133"),
        _hex("0516f103e612de9826213cc40ea4a6e0fcbafe21f731a239d7b9d0c2f08ea76b"),
        _hex("fe9a01a10170c4f58729c89d45a7f9e333a8dcb81f3f62e34ae00f2e43317570"),
    ),
}
