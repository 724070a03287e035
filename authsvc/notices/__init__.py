"""Notices to a person (law duties L18, L22): sent, received and read are separate facts, each with its own record.

Sent: it was handed to the person's one point of notices here. Received: it was shown in the person's own session;
until then it counts as not received. Read: the person opened it, and what they were shown is in the record.
"""

from authsvc.notices.reading import PAGE, Opened, acknowledge, open_own, read_as_party, receive_own
from authsvc.notices.sending import Sender, send
from authsvc.store.notices import ACKNOWLEDGED, NoticeRow

__all__ = [
    "ACKNOWLEDGED",
    "PAGE",
    "NoticeRow",
    "Opened",
    "Sender",
    "acknowledge",
    "open_own",
    "read_as_party",
    "receive_own",
    "send",
]
