"""RFC 7468: DER inside text."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

# No part of it can match what its neighbour matches: on hostile text it takes time in proportion to the length.
_PEM: Final = re.compile(rb"-----BEGIN ([A-Z0-9# ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----")


def unwrap(data: bytes, *labels: str) -> list[bytes]:
    """The DER inside PEM text with one of the labels, or the data itself when it is no PEM."""
    if data[:1] == b"\x30" or b"-----BEGIN" not in data[:4096]:
        return [data]
    found = []
    for label, body in _PEM.findall(data):
        if label.decode("ascii") in labels:
            try:
                found.append(base64.b64decode(b"".join(body.split()), validate=True))
            except (binascii.Error, ValueError):
                continue
    return found
