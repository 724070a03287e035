"""Contracts in code (law duties L20-L20b): the same digest to all parties, concluded when all have said yes.

Each party answers by a confirmation whose statement shows the terms, or by EDS over the file, as the relying party
asks; the two stay records of their own kinds. Executors act on `concluded` alone, stop on `disputed`, and do what the
resolution says on `resolved`.
"""

from authsvc.contracts.agreeing import propose, settle, settle_open
from authsvc.contracts.reading import Standing, list_own, read_as_party, read_own, state_of, write_state
from authsvc.contracts.signing import sign

__all__ = [
    "Standing",
    "list_own",
    "propose",
    "read_as_party",
    "read_own",
    "settle",
    "settle_open",
    "sign",
    "state_of",
    "write_state",
]
