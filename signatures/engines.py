"""A second engine for an algorithm (a PKCS#11 token, an approved library): where both run, they must agree.

Registered once per process, when it starts, by the scheme's family (`rsa-pkcs1`, `ecdsa`, `gost-34.10-2015` …). Every
public-key operation of the family is then done twice. Where the engines differ, or the second one fails, nothing is
decided: no signature of the document is valid or invalid, the report says so, and nothing of it is kept in a cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from signatures.algorithms import Key, Scheme

Verifies = Callable[[Key, Scheme, bytes, bytes, bytes | None], bool]
"""As `Scheme.verifies`: key, scheme, signature value, message, and the message's digest where only that is known."""


class Engine(NamedTuple):
    """A second engine: the name that reports have, and its verification. It may raise; that is a difference too."""

    name: str
    verifies: Verifies


_second: Final[dict[str, Engine]] = {}


def register(family: str, engine: Engine | None) -> None:
    """Choose the second engine of a scheme's family for this process; None takes it away."""
    if engine is None:
        _second.pop(family, None)
    else:
        _second[family] = engine


def disagrees(own: bool, key: Key, scheme: Scheme, signature: bytes, message: bytes, digest: bytes | None) -> str:
    """The name of the second engine, if there is one and it does not say the same; else nothing."""
    engine = _second.get(scheme.family)
    if engine is None:
        return ""
    try:
        other = engine.verifies(key, scheme, signature, message, digest)
    except Exception:
        return engine.name
    return "" if other is own else engine.name
