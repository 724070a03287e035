"""GOST 34.10-2015 (GOST R 34.10-2012, RFC 7091) section 5: the elliptic curves and the arithmetic on them.

Only public values are ever computed with: nothing here runs in constant time, so nothing here may touch a private key.

Points are Jacobian triples (X, Y, Z) that stand for x = X/Z^2, y = Y/Z^3; Z = 0 is the point at infinity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Final, TypeAlias

__all__ = ["Curve", "Point"]

Point: TypeAlias = tuple[int, int, int]

INFINITY: Final[Point] = (1, 1, 0)
_SMALL_GAP: Final = 1 << 32
_OWN_WINDOW: Final = 5  # a key's table is made anew for each signature: 8 points
_BASE_WINDOW: Final = 7  # the base point's table is made once per process: 32 points


@dataclass(frozen=True, slots=True)
class Curve:
    """y^2 = x^3 + ax + b over the field of p elements; the base point (x, y) has prime order q.

    With cofactor 1 every point of the curve except infinity has the order q; with another one a key must be checked for
    it. `power` and `gap`: p = 2^power - gap with a small gap, 0 where the prime is far from every power of two.
    """

    name: str
    p: int
    a: int
    b: int
    q: int
    x: int
    y: int
    cofactor: int = 1
    power: int = field(init=False)
    gap: int = field(init=False)

    def __post_init__(self) -> None:
        length = self.p.bit_length()
        power = min((length - 1, length), key=lambda exponent: abs((1 << exponent) - self.p))
        gap = (1 << power) - self.p
        object.__setattr__(self, "power", power)
        object.__setattr__(self, "gap", gap if abs(gap) < _SMALL_GAP else 0)

    @property
    def bits(self) -> int:
        """What the standard calls the curve's length: 256 or 512."""
        return 8 * self.size

    @property
    def size(self) -> int:
        """Bytes of a coordinate, of r, of s and of the digest."""
        return (self.p.bit_length() + 7) // 8

    def holds(self, x: int, y: int) -> bool:
        """Whether (x, y) is a finite point of the curve, with both coordinates in the range of the field."""
        p = self.p
        return 0 <= x < p and 0 <= y < p and (y * y - (x * x + self.a) * x - self.b) % p == 0

    def has_order(self, x: int, y: int) -> bool:
        """Whether the point, which is on the curve, belongs to the group of prime order that signatures live in."""
        return self.cofactor == 1 or self.combine(0, self.q, x, y)[2] == 0

    def combine(self, u: int, v: int, x: int, y: int) -> Point:
        """u*G + v*(x, y) for 0 <= u, v <= q; the two scalars share their doublings (Straus, signed windows)."""
        base = _tabulate_base(self)
        own = _tabulate(self, x, y, _OWN_WINDOW)
        steps = _interleave(_digits(u, _BASE_WINDOW), base, _digits(v, _OWN_WINDOW), own)
        point, doublings = INFINITY, 0
        for height, addend in steps:
            if point[2]:
                point = double(self, point, doublings - height)
            doublings = height
            point = add(self, point, addend)
        return double(self, point, doublings)

    def has_x(self, point: Point, r: int) -> bool:
        """Whether the finite point's x is r modulo q, without an inversion: x can be r, r + q, ... below p."""
        p, (X, _, Z) = self.p, point
        square = Z * Z % p
        return any((candidate * square - X) % p == 0 for candidate in range(r, p, self.q))


def double(curve: Curve, point: Point, times: int) -> Point:
    """2^times * point."""
    if curve.gap and curve.a == curve.p - 3:
        return _double_near(curve, point, times)
    p, a = curve.p, curve.a
    X, Y, Z = point
    for _ in range(times):  # dbl-2007-bl of the Explicit-Formulas Database, for any a and any prime
        square = Z * Z % p
        YY = Y * Y % p
        S = 4 * X * YY % p
        M = (3 * X * X + a * square * square) % p
        Z = 2 * Y * Z % p
        X = (M * M - 2 * S) % p
        Y = (M * (S - X) - 8 * YY * YY) % p
    return X, Y, Z


def _double_near(curve: Curve, point: Point, times: int) -> Point:
    """The same by dbl-2001-b of the Explicit-Formulas Database, for a = -3 and a prime close to a power of two.

    `(t & mask) + (t >> power) * gap` is congruent to t, since p = 2^power - gap, and costs a quarter of a division. One
    such fold takes a product of two coordinates to a few bits over the field's size, two folds to the size itself; what
    goes into the next round is folded twice, so numbers stay small. The identity holds for negative t as well.
    """
    bits, gap, mask = curve.power, curve.gap, (1 << curve.power) - 1
    X, Y, Z = point
    for _ in range(times):
        t = Z * Z
        delta = (t & mask) + (t >> bits) * gap
        t = Y * Y
        gamma = (t & mask) + (t >> bits) * gap
        t = X * gamma
        beta = ((t & mask) + (t >> bits) * gap) << 2
        t = 3 * (X - delta) * (X + delta)
        t = (t & mask) + (t >> bits) * gap
        alpha = (t & mask) + (t >> bits) * gap
        t = 2 * Y * Z
        t = (t & mask) + (t >> bits) * gap
        Z = (t & mask) + (t >> bits) * gap
        t = alpha * alpha - 2 * beta
        t = (t & mask) + (t >> bits) * gap
        X = (t & mask) + (t >> bits) * gap
        t = alpha * (beta - X) - 8 * gamma * gamma
        t = (t & mask) + (t >> bits) * gap
        Y = (t & mask) + (t >> bits) * gap
    p = curve.p
    return X % p, Y % p, Z % p


def add(curve: Curve, one: Point, other: Point) -> Point:
    """one + other, complete: equal points, opposite points and infinity can be provoked by a key's owner."""
    p = curve.p
    X1, Y1, Z1 = one
    X2, Y2, Z2 = other
    if not Z1:
        return other
    if not Z2:
        return one
    square1, square2 = Z1 * Z1 % p, Z2 * Z2 % p
    U1, U2 = X1 * square2 % p, X2 * square1 % p
    S1, S2 = Y1 * Z2 * square2 % p, Y2 * Z1 * square1 % p
    H, R = (U2 - U1) % p, (S2 - S1) % p
    if not H:
        return INFINITY if R else double(curve, one, 1)
    HH = H * H % p
    HHH, V = H * HH % p, U1 * HH % p
    X3 = (R * R - HHH - 2 * V) % p
    Y3 = (R * (V - X3) - S1 * HHH) % p
    return X3, Y3, Z1 * Z2 * H % p


def _tabulate(curve: Curve, x: int, y: int, window: int) -> tuple[Point, ...]:
    """The odd multiples 1P, 3P, 5P, ... that signed windows of this width ask for."""
    multiples = [(x, y, 1)]
    twice = double(curve, multiples[0], 1)
    for _ in range((1 << (window - 2)) - 1):
        multiples.append(add(curve, multiples[-1], twice))
    return tuple(multiples)


@cache
def _tabulate_base(curve: Curve) -> tuple[Point, ...]:
    return _tabulate(curve, curve.x, curve.y, _BASE_WINDOW)


def _digits(scalar: int, window: int) -> list[tuple[int, int]]:
    """Non-adjacent form with windows: (height, odd digit) with scalar = sum of digit * 2^height, lowest first."""
    full, half, height, digits = 1 << window, 1 << (window - 1), 0, []
    while scalar:
        zeros = (scalar & -scalar).bit_length() - 1
        scalar >>= zeros
        height += zeros
        digit = scalar & (full - 1)
        if digit >= half:
            digit -= full
        digits.append((height, digit))
        scalar -= digit
    return digits


def _interleave(
    some: list[tuple[int, int]], table: tuple[Point, ...], more: list[tuple[int, int]], other: tuple[Point, ...]
) -> list[tuple[int, Point]]:
    """(height, point to add at that height), highest first, of two digit strings over their tables."""
    steps = []
    for digits, points in ((some, table), (more, other)):
        for height, digit in digits:
            X, Y, Z = points[abs(digit) >> 1]
            steps.append((height, (X, Y if digit > 0 else -Y, Z)))
    return sorted(steps, key=lambda step: -step[0])
