"""Asking for evidence (Digital Code article 7, law duty L15): who may ask, four eyes, the making, the handing out.

A relying party asks for its own acts, a person for their own records, a court through a member of staff with the role
auditor. What a court gets is approved by two persons of staff; each export is itself a record of the log.
"""

from authsvc.exports.application import Application
from authsvc.exports.asking import ask_as_party, ask_as_person, ask_as_staff
from authsvc.exports.deciding import approve, settle, settle_waiting, standing_of, withdraw
from authsvc.exports.making import drop_old, make_due
from authsvc.exports.operating import write_approved
from authsvc.exports.reading import (
    PAGE,
    View,
    about_person,
    by_party,
    by_person,
    by_staff,
    of_party,
    of_person,
    of_staff,
    read_package,
    read_pdf,
)
from authsvc.exports.records import OwnRecord, list_records, own_record

__all__ = [
    "PAGE",
    "Application",
    "OwnRecord",
    "View",
    "about_person",
    "approve",
    "ask_as_party",
    "ask_as_person",
    "ask_as_staff",
    "by_party",
    "by_person",
    "by_staff",
    "drop_old",
    "list_records",
    "make_due",
    "of_party",
    "of_person",
    "of_staff",
    "own_record",
    "read_package",
    "read_pdf",
    "settle",
    "settle_waiting",
    "standing_of",
    "withdraw",
    "write_approved",
]
