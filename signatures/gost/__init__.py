"""GOST 34.10-2015 with GOST 34.11-2015 (Streebog), and the pair of 2004, as used in Kazakhstan: verification only.

The mathematics are those of GOST R 34.10-2012, 34.11-2012, 34.10-2001 and 34.11-94; object identifiers and the order of
the signature's bytes are those of the National Certification Authority. Nothing here makes a signature: this code is
not constant time.
"""

from __future__ import annotations

from signatures.gost.curve import Curve
from signatures.gost.gost94 import Gost94
from signatures.gost.parameters import CURVES_BY_OID
from signatures.gost.streebog import Streebog
from signatures.gost.verify import GostError, PublicKey

__all__ = ["CURVES_BY_OID", "Curve", "Gost94", "GostError", "PublicKey", "Streebog"]
