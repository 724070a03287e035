"""Acts of a digital confirmation (Digital Code article 47): ask, show, answer, decline, cancel, expire, read.

The way of one answer: web → `answer` → one transaction that counts the try, judges, settles by compare-and-set and
stages the record → commit → the record's place in the log → receipt. An act of will is recorded as a `confirmation`
and as nothing else.
"""

from authsvc.confirm.answering import Answerer, answer, decline, open_for
from authsvc.confirm.asking import Asker, ask, ask_member
from authsvc.confirm.by_device import OnDevice, answer_by_device, open_on_device, waiting_on_device
from authsvc.confirm.ending import cancel, end_overdue
from authsvc.confirm.policy import STAFF_ACT, offered, policy_content
from authsvc.confirm.reading import View, list_requests, read, receipt_of

__all__ = [
    "STAFF_ACT",
    "Answerer",
    "Asker",
    "OnDevice",
    "View",
    "answer",
    "answer_by_device",
    "ask",
    "ask_member",
    "cancel",
    "decline",
    "end_overdue",
    "list_requests",
    "offered",
    "open_for",
    "open_on_device",
    "policy_content",
    "read",
    "receipt_of",
    "waiting_on_device",
]
