"""Personal data at their end: orders to erase, restrict or hold, approved by persons of staff, and carried out once."""

from authsvc.erasure.approving import ask, gather
from authsvc.erasure.carrying import Done, carry_out, standing_holds, write_notice
from authsvc.erasure.desk import (
    PAGE,
    View,
    ask_as_staff,
    by_staff,
    carry_out_as_staff,
    demand_operator,
    holds_for_staff,
    of_staff,
    standing_of,
    withdraw_as_staff,
)
from authsvc.erasure.orders import RESTRICTION, Order, Wish, end_old, propose, read_order, waiting, withdraw
from authsvc.erasure.replaying import replay

__all__ = [
    "PAGE",
    "RESTRICTION",
    "Done",
    "Order",
    "View",
    "Wish",
    "ask",
    "ask_as_staff",
    "by_staff",
    "carry_out",
    "carry_out_as_staff",
    "demand_operator",
    "end_old",
    "gather",
    "holds_for_staff",
    "of_staff",
    "propose",
    "read_order",
    "replay",
    "standing_holds",
    "standing_of",
    "waiting",
    "withdraw",
    "withdraw_as_staff",
    "write_notice",
]
