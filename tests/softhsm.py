"""A PKCS#11 token of the test's own, by SoftHSM (Debian: `apt install softhsm2`)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

NOT_FOUND = "no SoftHSM (on Debian: apt install softhsm2)"
PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
TOKEN, PIN = "authsvc-tests", "87654321"


def module() -> Path | None:
    """The library, where it and the program that makes tokens are there."""
    found = [Path(place) for place in PLACES if Path(place).is_file()]
    return found[0] if found and shutil.which("softhsm2-util") else None


def make_token(folder: Path, label: str) -> None:
    """An empty token below this folder; SOFTHSM2_CONF must not change later, as a process reads it once."""
    (folder / "tokens").mkdir(parents=True, exist_ok=True)
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(config)
    words = ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", PIN]
    subprocess.run(words, check=True, capture_output=True)
