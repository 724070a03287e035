"""Personal data at their end: orders to erase, restrict or hold, approved by persons of staff, and carried out once."""

from authsvc.erasure.approving import ask, gather
from authsvc.erasure.carrying import Done, carry_out, standing_holds
from authsvc.erasure.orders import Order, Wish, end_old, propose, read_order, waiting, withdraw
from authsvc.erasure.replaying import replay

__all__ = [
    "Done",
    "Order",
    "Wish",
    "ask",
    "carry_out",
    "end_old",
    "gather",
    "propose",
    "read_order",
    "replay",
    "standing_holds",
    "waiting",
    "withdraw",
]
