"""FIPS 186-5 appendix A.1.3 in spirit: RSA primes from given bytes, so that a sandbox's PKI can be made again.

OpenSSL draws its own randomness and can't be told to repeat itself. These keys are test keys.
"""

from __future__ import annotations

from collections.abc import Callable
from math import gcd
from typing import Final

EXPONENT: Final = 65537
_SIEVE_LIMIT: Final = 10_000
_WINDOW: Final = 1 << 14  # odd candidates after one random start; a gap that long between primes does not occur in life
_ROUNDS: Final = 8  # of Miller and Rabin; for random numbers of this size far below 2^-100


def rsa_primes(bits: int, entropy: Callable[[int], bytes]) -> tuple[int, int]:
    """Two different primes whose product has exactly `bits` bits and suits the exponent 65537."""
    p = _prime(bits // 2, entropy)
    while (q := _prime(bits // 2, entropy)) == p:
        pass
    return p, q


def _prime(bits: int, entropy: Callable[[int], bytes]) -> int:
    while True:
        start = int.from_bytes(entropy(bits // 8)) | 3 << (bits - 2) | 1
        for candidate in _survivors(start):
            if candidate.bit_length() == bits and gcd(candidate - 1, EXPONENT) == 1 and _is_prime(candidate, entropy):
                return candidate


def _survivors(start: int) -> list[int]:
    """The odd numbers from `start` on that no small prime divides."""
    standing = bytearray(b"\x01") * _WINDOW
    for small in _SMALL_PRIMES:
        first = -start * (small + 1) // 2 % small  # start + 2*first is a multiple of the odd prime `small`
        standing[first::small] = bytes(len(range(first, _WINDOW, small)))
    return [start + 2 * place for place, stands in enumerate(standing) if stands]


def _is_prime(n: int, entropy: Callable[[int], bytes]) -> bool:
    if pow(2, n - 1, n) != 1:
        return False
    twos = ((n - 1) & -(n - 1)).bit_length() - 1
    for _ in range(_ROUNDS):
        x = pow(2 + int.from_bytes(entropy(16)), (n - 1) >> twos, n)
        if x not in (1, n - 1) and all((x := x * x % n) != n - 1 for _ in range(twos - 1)):
            return False
    return True


def _small_primes() -> tuple[int, ...]:
    found: list[int] = []
    for n in range(3, _SIEVE_LIMIT, 2):
        if all(n % small for small in found if small * small <= n):
            found.append(n)
    return tuple(found)


_SMALL_PRIMES: Final = _small_primes()
