"""Acts of a digital confirmation (Digital Code article 47): ask, show, answer, decline, cancel, expire, read.

The way of one answer: web → `answer` → one transaction that counts the try, judges, settles by compare-and-set and
stages the record → commit → the record's place in the log → receipt. An act of will is recorded as a `confirmation`
and as nothing else.
"""

from authsvc.confirm.answering import Answerer, answer, decline, open_for
from authsvc.confirm.asking import Asker, ask, ask_member
from authsvc.confirm.ending import cancel, end_overdue
from authsvc.confirm.policy import STAFF_ACT, offered, policy_content
from authsvc.confirm.reading import View, read, receipt_of

__all__ = [
    "STAFF_ACT",
    "Answerer",
    "Asker",
    "View",
    "answer",
    "ask",
    "ask_member",
    "cancel",
    "decline",
    "end_overdue",
    "offered",
    "open_for",
    "policy_content",
    "read",
    "receipt_of",
]
