"""`authsvc witness`: read the configuration, make the keys on the first start, serve until SIGTERM.

The configuration is TOML:

    name = "witness.example.kz/w1"
    [[log]]
    vkeys = ["log.example.kz/2026h2+…", "…"]
"""

import argparse
import logging
import signal
import sys
import tomllib
from pathlib import Path

import uvicorn

from authsvc.evidence.errors import BadKey
from authsvc.evidence.note import ED25519, ML_DSA_44, Verifier, is_key_name
from authsvc.witness.judgement import Logs
from authsvc.witness.memory import Damaged, Memory, keys_of
from authsvc.witness.server import Witness

CONNECTIONS = 100
BACKLOG = 128


class BadConfiguration(Exception):
    """The configuration breaks a rule, which the message names."""


def read_configuration(text: str) -> tuple[str, Logs]:
    """(name, logs) of a configuration. BadConfiguration says what is wrong with it."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration(str(error)) from error
    name, logs = given.get("name"), given.get("log", [])
    if (
        not isinstance(name, str)
        or not is_key_name(name)
        or given.keys() - {"name", "log"}
        or not isinstance(logs, list)
    ):
        raise BadConfiguration("`name` (a key name) and `[[log]]` tables are expected, nothing else")
    known: dict[str, list[Verifier]] = {}
    for log in logs:
        vkeys = log.get("vkeys") if isinstance(log, dict) else None
        if not isinstance(vkeys, list) or not vkeys or log.keys() != {"vkeys"}:
            raise BadConfiguration("each [[log]] has `vkeys`, a list of verifier keys, nothing else")
        keys = [_log_key(vkey) for vkey in vkeys]
        origin = keys[0].name
        if origin in known or any(key.name != origin for key in keys):
            raise BadConfiguration(f"{origin}: one [[log]] for each origin, with its own keys alone")
        known[origin] = keys
    return name, known


def _log_key(vkey: object) -> Verifier:
    try:
        key = Verifier.parse(str(vkey))
    except BadKey as error:
        raise BadConfiguration(f"a log's key that can't be read: {error.message}") from error
    if key.algorithm not in (ED25519, ML_DSA_44):
        raise BadConfiguration(f"{key.name}: a log signs with Ed25519 (0x01) or ML-DSA-44 (0x06)")
    return key


def open_witness(configuration: Path, directory: Path) -> Witness:
    """The witness of this configuration and directory. BadConfiguration, Damaged or OSError otherwise."""
    name, logs = read_configuration(configuration.read_text(encoding="utf-8"))
    cosigner, tree = keys_of(directory, name)
    memory = Memory(directory)
    for origin in logs:
        memory.held(origin)
    return Witness(logs, memory, cosigner, tree)


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM; 1 where it can't start."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        witness = open_witness(options.config, options.data)
    except (BadConfiguration, Damaged, OSError, UnicodeDecodeError) as error:
        print(f"authsvc witness: {error}", file=sys.stderr)
        return 1
    for vkey in witness.vkeys:
        print(vkey, flush=True)
    config = uvicorn.Config(
        witness,
        host=options.host,
        port=options.port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        backlog=BACKLOG,
    )
    server = uvicorn.Server(config)
    # The server hands a signal on when it has finished; the process is to end with a status of its own.
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    server.run()
    return 0 if server.started else 1
