"""The verifiers that anybody can run, as every court package carries them (evidence format, section 12).

`verify.py` is written by hand and shares no code with the service; `verify.html` is built by
`python -m tools.build_verifier`. No module imports either: a checker that shares code with what it checks repeats its
mistakes.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

NAMES: Final = ("verify.html", "verify.py")
EARLIER: Final[Mapping[str, str]] = {}
"""`RELEASE/FILE` to SHA-256 in hex for releases before this one, so that packages made by them stay known."""


@cache
def read_verifiers() -> Mapping[str, bytes]:
    """File name to bytes of this release's verifiers."""
    return {name: (files(__name__) / name).read_bytes() for name in NAMES}


def name_verifiers(release: str) -> dict[str, str]:
    """`RELEASE/FILE` to SHA-256 in hex of each published verifier: the member `verifiers` of trust.json."""
    ours = {f"{release}/{name}": hashlib.sha256(data).hexdigest() for name, data in read_verifiers().items()}
    return {**EARLIER, **ours}
