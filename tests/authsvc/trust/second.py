"""Second engines for tests: one that agrees, one that says no to everything, one that is broken."""

from signatures.algorithms import Key, Scheme
from signatures.engines import Engine


def _deny(*_: object) -> bool:
    return False


def _break(*_: object) -> bool:
    raise OSError("no token in the slot")


def _agree(key: Key, scheme: Scheme, signature: bytes, message: bytes, digest: bytes | None) -> bool:
    return scheme.verifies(key, signature, message, digest)


AGREES = Engine("agrees", _agree)
DENIES = Engine("denies", _deny)
BREAKS = Engine("breaks", _break)
