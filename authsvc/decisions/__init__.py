"""Decisions by rules (law duties L9-L12, L33): told as automated, explained by named factors, reviewed by a person.

A rule is declared before it decides: its name, its factors in plain words, its inputs, and whether an AI system stands
behind it. The record of a decision is written once, when it takes effect.
"""

from authsvc.decisions.deciding import Decider, decide, prepare_lock_out
from authsvc.decisions.reading import PAGE, REGISTER_PAGE, Read, list_own, open_own, read_as_party, register
from authsvc.decisions.rules import LOCK_OUT, OWN, Rule, declare, find_rule

__all__ = [
    "LOCK_OUT",
    "OWN",
    "PAGE",
    "REGISTER_PAGE",
    "Decider",
    "Read",
    "Rule",
    "decide",
    "declare",
    "find_rule",
    "list_own",
    "open_own",
    "prepare_lock_out",
    "read_as_party",
    "register",
]
