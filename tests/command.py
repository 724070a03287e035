"""`authsvc` as a process of its own, as an operator or a court runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from authsvc.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
_CALL = "import sys; from authsvc.cli import main; sys.exit(main())"


def run_authsvc(*words: str | Path, settings: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line; `settings` are its AUTHSVC_* alone, whatever the caller's environment says."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSVC_")}
    command = [sys.executable, "-c", _CALL, *map(str, words)]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**environ, **(settings or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def environ_of(settings: Settings) -> dict[str, str]:
    """The same settings as a process gets them."""
    names = ("issuer", "log_origin", "database", "keys_dir", "fence_file", "trust_dir", "environment", "organisation")
    return {f"AUTHSVC_{name.upper()}": str(getattr(settings, name)) for name in names}
