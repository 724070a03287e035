"""GOST 34.10-2015 signatures and GOST 34.11-2015 hashes (Streebog) as used in Kazakhstan: verification only.

The mathematics are GOST R 34.10-2012 and GOST R 34.11-2012; object identifiers and the order of the signature's bytes
are those of the National Certification Authority. Nothing here makes a signature: this code is not constant time.
"""

from __future__ import annotations

from signatures.gost.curve import CURVES_BY_OID, Curve
from signatures.gost.streebog import Streebog
from signatures.gost.verify import GostError, PublicKey

__all__ = ["CURVES_BY_OID", "Curve", "GostError", "PublicKey", "Streebog"]
