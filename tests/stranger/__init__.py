"""A stranger's check of the served log: C2SP signed-note, tlog-checkpoint, tlog-tiles, tlog-cosignature, tlog-proof,
and sections 2, 4 and 10 of the evidence format.

Written from those texts alone. It imports the standard library and `cryptography`, and nothing of the project: a
checker that imports what it checks repeats its mistakes. It is slow and plain on purpose.
"""

from tests.stranger.entry import Entry
from tests.stranger.log import Log, check_disclosure, check_log, check_proof
from tests.stranger.note import Objection
from tests.stranger.tree import Tree, read_tree

__all__ = ["Entry", "Log", "Objection", "Tree", "check_disclosure", "check_log", "check_proof", "read_tree"]
