"""GOST 34.10-2015 section 5: the curves, and the fast arithmetic against the schoolbook's."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from signatures.gost import CURVES_BY_OID, Curve
from signatures.gost.curve import INFINITY, Point, add, double

Affine = tuple[int, int] | None
CURVES = pytest.mark.parametrize("curve", dict.fromkeys(CURVES_BY_OID.values()), ids=lambda curve: curve.name)


def affine(curve: Curve, point: Point) -> Affine:
    X, Y, Z = point
    if Z % curve.p == 0:
        return None
    inverse = pow(Z, -1, curve.p)
    return X * inverse**2 % curve.p, Y * inverse**3 % curve.p


def plus(curve: Curve, one: Affine, other: Affine) -> Affine:
    """The chord and tangent rule as the standard prints it."""
    p = curve.p
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % p == 0:
        return None
    slope = (3 * x1 * x1 + curve.a) * pow(2 * y1, -1, p) if one == other else (y2 - y1) * pow(x2 - x1, -1, p)
    x = (slope * slope - x1 - x2) % p
    return x, (slope * (x1 - x) - y1) % p


def times(curve: Curve, scalar: int, point: Affine) -> Affine:
    result: Affine = None
    while scalar:
        if scalar & 1:
            result = plus(curve, result, point)
        point = plus(curve, point, point)
        scalar >>= 1
    return result


def probably_prime(n: int, rng: random.Random) -> bool:
    """Miller and Rabin, 20 rounds."""
    power = ((n - 1) & -(n - 1)).bit_length() - 1
    for _ in range(20):
        x = pow(rng.randrange(2, n - 1), n - 1 >> power, n)
        if x not in (1, n - 1) and not any((x := x * x % n) == n - 1 for _ in range(power - 1)):
            return False
    return True


@CURVES
def test_the_parameters_make_a_group_of_prime_order(curve: Curve) -> None:
    rng = random.Random(curve.name)  # noqa: S311 - the same bases in each run
    assert probably_prime(curve.p, rng)
    assert probably_prime(curve.q, rng)
    assert curve.q != curve.p
    assert abs(curve.cofactor * curve.q - (curve.p + 1)) ** 2 <= 4 * curve.p, "the order lies in the Hasse interval"
    assert (4 * curve.a**3 + 27 * curve.b**2) % curve.p != 0
    assert curve.holds(curve.x, curve.y)
    assert times(curve, curve.q, (curve.x, curve.y)) is None


def test_the_parameters_are_the_ones_of_the_standard() -> None:
    wide, narrow = CURVES_BY_OID["1.2.398.3.10.1.1.2.2.1"], CURVES_BY_OID["1.2.398.3.10.1.1.1.1.1"]
    assert f"{wide.p:x}" == "f" * 125 + "dc7"
    assert f"{narrow.p:x}" == "f" * 61 + "d97"
    assert (wide.size, narrow.size) == (64, 32)


@CURVES
def test_two_scalars_at_once_give_what_the_schoolbook_gives(curve: Curve, entropy: Callable[[int], bytes]) -> None:
    base = (curve.x, curve.y)
    for _ in range(3):
        d, u, v = (int.from_bytes(entropy(curve.size)) % curve.q for _ in range(3))
        own = times(curve, d, base)
        assert own is not None
        expected = plus(curve, times(curve, u, base), times(curve, v, own))
        assert affine(curve, curve.combine(u, v, *own)) == expected


@CURVES
@pytest.mark.parametrize("multiple", [1, -1, 2, -2, 3, 31, 63])
def test_a_key_related_to_the_base_point_breaks_nothing(curve: Curve, multiple: int) -> None:
    base = (curve.x, curve.y)
    own = times(curve, multiple % curve.q, base)
    assert own is not None
    for u, v in [(0, 0), (0, 1), (1, 0), (1, 1), (5, 5), (31, 1), (2, curve.q - 1), (curve.q - 1, curve.q - 1)]:
        expected = times(curve, (u + v * multiple) % curve.q, base)
        assert affine(curve, curve.combine(u, v, *own)) == expected, (u, v)


@CURVES
def test_addition_is_complete(curve: Curve) -> None:
    base = (curve.x, curve.y, 1)
    opposite = (curve.x, -curve.y, 1)
    assert add(curve, base, INFINITY) == base
    assert add(curve, INFINITY, base) == base
    assert add(curve, base, opposite)[2] == 0
    assert affine(curve, add(curve, base, base)) == affine(curve, double(curve, base, 1))
    assert double(curve, INFINITY, 3)[2] == 0


@CURVES
def test_many_doublings_in_a_row_stay_exact(curve: Curve) -> None:
    expected: Affine = (curve.x, curve.y)
    for _ in range(100):
        expected = plus(curve, expected, expected)
    assert affine(curve, double(curve, (curve.x, curve.y, 1), 100)) == expected


@CURVES
def test_an_x_above_the_order_is_found_under_its_remainder(curve: Curve) -> None:
    """q < p on the 512-bit curve and p < q never; x = r + q must be accepted, and x = r + p must not exist."""
    z = 12345
    for x in (1, 2, min(curve.p, curve.q) - 1, *([curve.q + 7] if curve.q + 7 < curve.p else [])):
        point = (x * z * z % curve.p, 0, z)
        assert curve.has_x(point, x % curve.q)
        assert not curve.has_x(point, (x + 1) % curve.q)


@CURVES
def test_only_reduced_coordinates_are_on_the_curve(curve: Curve) -> None:
    assert not curve.holds(curve.x + curve.p, curve.y)
    assert not curve.holds(curve.x, curve.y + curve.p)
    assert not curve.holds(curve.x, -curve.y)
    assert not curve.holds(curve.x, curve.y + 1)
    assert not curve.holds(0, 0)
