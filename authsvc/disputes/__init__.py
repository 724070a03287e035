"""Disputes (law duties L11, L20b): a person contests a record about them, and a named person decides, with reasons.

The record that is contested is never changed: `dispute` and `resolution` stand beside it in the log. What overturns it
takes two reviewers, each by their own confirmation of exactly the same proposal; a rejection takes one.
"""

from authsvc.disputes.drafting import approve, decide, settle, settle_waiting, standing_of
from authsvc.disputes.opening import LONGEST, contestable, open_dispute, withdraw
from authsvc.disputes.reading import PAGE, Seen, list_own, queue, read_as_reviewer, read_own
from authsvc.disputes.reviewing import review_as_party
from authsvc.store.disputes import DisputeRow, about

__all__ = [
    "LONGEST",
    "PAGE",
    "DisputeRow",
    "Seen",
    "about",
    "approve",
    "contestable",
    "decide",
    "list_own",
    "open_dispute",
    "queue",
    "read_as_reviewer",
    "read_own",
    "review_as_party",
    "settle",
    "settle_waiting",
    "standing_of",
    "withdraw",
]
