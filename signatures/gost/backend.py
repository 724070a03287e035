"""What GOST is computed with: plain Python, the reference, or the system's libraries where the process asks for them.

A verdict does not depend on it: the same vectors hold for both, and a library that fails one of them is not used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from signatures.gost.curve import Curve
from signatures.gost.gost94 import Gost94
from signatures.gost.streebog import Streebog

__all__ = ["PURE", "Backend", "Hasher", "active", "use"]

Boxes = Literal["test", "cryptopro"]


class Hasher(Protocol):
    """A running hash in the manner of `hashlib`."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Backend:
    """The operations. `fast`: hashes whole documents at the speed of a disk, so no bound on their length is needed.

    `reaches(curve, u, v, x, y, r)`: whether u*G + v*(x, y) is finite and its x is r modulo q, for a point of the curve
    and 0 <= u, v < q.
    """

    name: str
    fast: bool
    streebog: Callable[[Literal[64, 32]], Hasher]
    gost94: Callable[[Boxes], Hasher]
    reaches: Callable[[Curve, int, int, int, int, int], bool]


def _reach(curve: Curve, u: int, v: int, x: int, y: int, r: int) -> bool:
    point = curve.combine(u, v, x, y)
    return point[2] != 0 and curve.has_x(point, r)


PURE: Final = Backend("pure", False, Streebog, Gost94, _reach)

_active = [PURE]


def active() -> Backend:
    """The one in use in this process."""
    return _active[0]


def use(backend: Backend) -> None:
    """Chooses for the whole process; a process does that once, when it starts."""
    _active[0] = backend
