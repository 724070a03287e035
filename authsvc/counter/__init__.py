"""The counter: a clerk (role `enroller`) registers a person who stands there, or begins their recovery with a second.

A first registration is the one act on factors that a member of staff may do alone. Everything else wants two natural
persons, a hold of a day while all channels are told, and is recorded (confirmations reference, 3.8; OWASP ASVS 6.4.4).
"""

from authsvc.counter.asking import approve, ask, ask_alone, cancel_own, listed, own_open, settle_waiting, shown
from authsvc.counter.finishing import Found, find, finish
from authsvc.counter.registering import Clerk, Registered, demand_clerk, register

__all__ = [
    "Clerk",
    "Found",
    "Registered",
    "approve",
    "ask",
    "ask_alone",
    "cancel_own",
    "demand_clerk",
    "find",
    "finish",
    "listed",
    "own_open",
    "register",
    "settle_waiting",
    "shown",
]
