"""The sandbox's witnesses: two invented holders, each the real small witness, answered in this process without a port.

Keys, memory and configuration lie in the data directory, so a copy of a sandbox has its witnesses too.
"""

import os
from pathlib import Path

import httpx2

from authsvc.evidence.signers import Signers
from authsvc.keys import load_keys
from authsvc.outside.http import Http
from authsvc.settings import Settings
from authsvc.witness.command import open_witness

HELD = {
    "notary-chamber": ("http://127.0.0.1:1", "test notary chamber"),
    "court-archive": ("http://127.0.0.1:2", "test court archive"),
}
"""Name to address and holder. Nobody listens at these ports: the addresses are answered in this process."""


def connect(settings: Settings, data: Path) -> Http:
    """The client that reaches the witnesses; they are made when the sandbox has none yet."""
    folder = data / "witnesses"
    mounts: dict[str, httpx2.AsyncBaseTransport] = {}
    lines = []
    for name, (address, _) in HELD.items():
        configuration = folder / f"{name}.toml"
        if not configuration.exists():
            _configure(settings, configuration, name)
        witness = open_witness(configuration, folder / name)
        mounts[address] = httpx2.ASGITransport(witness)
        lines.append(f"witness {name} {witness.vkeys[0]} {address}")
    policy = [*lines, f"group notaries all {' '.join(HELD)}", "quorum notaries"]
    (folder / "policy").write_text("".join(f"{line}\n" for line in policy), encoding="utf-8")
    holders = "".join(f"{name} {holder}\n" for name, (_, holder) in HELD.items())
    (folder / "holders").write_text(holders, encoding="utf-8")
    return Http(mounts)


def _configure(settings: Settings, path: Path, name: str) -> None:
    signers = Signers.of(settings.log_origin, load_keys(settings.keys_dir, os.urandom, settings.custody))
    path.parent.mkdir(parents=True, exist_ok=True)
    vkeys = f'["{signers.log.verifier}", "{signers.tree.verifier}"]'
    path.write_text(f'name = "{name}.sandbox/w1"\n\n[[log]]\nvkeys = {vkeys}\n', encoding="utf-8")
