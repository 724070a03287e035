"""The way out of a refused fork: entries that a database lost, brought back and proven."""

from authsvc.recovery.bringing import Recovered, bring_back
from authsvc.recovery.sources import (
    DatabaseSource,
    MirrorSource,
    ReceiptSource,
    SeveralSources,
    Source,
    at_address,
    in_folder,
)

__all__ = [
    "DatabaseSource",
    "MirrorSource",
    "ReceiptSource",
    "Recovered",
    "SeveralSources",
    "Source",
    "at_address",
    "bring_back",
    "in_folder",
]
