"""Mandates (law duties L6a, L21): a head lets persons act for a legal entity, by EDS over the document that is shown.

A confirmation on behalf of the entity checks the mandate in its own transaction: granted, not revoked, within its term,
its acts and its sums. A mandate for k of n is met by k persons with distinct IINs.
"""

from authsvc.mandates.document import ACTS, Document, check, draw_up, read_document, write_text
from authsvc.mandates.granting import accept_signed, judge_over, revoke
from authsvc.mandates.reading import Line, list_own, read_own
from authsvc.mandates.using import Capacity, Use, find_capacity, period_key, reachable

__all__ = [
    "ACTS",
    "Capacity",
    "Document",
    "Line",
    "Use",
    "accept_signed",
    "check",
    "draw_up",
    "find_capacity",
    "judge_over",
    "list_own",
    "period_key",
    "reachable",
    "read_document",
    "read_own",
    "revoke",
    "write_text",
]
