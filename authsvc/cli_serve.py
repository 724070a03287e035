"""`authsvc serve` and `authsvc worker`: the long-running processes; both end with 0 after SIGTERM."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from authsvc.settings import Settings

FAILED = 1
Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_commands(verbs: Verbs) -> None:
    """Both verbs."""
    text = "serve until SIGTERM; settings from AUTHSVC_* and the file that AUTHSVC_CONFIG names"
    serve = verbs.add_parser("serve", help=text, description=text)
    serve.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that share the port (PostgreSQL); default 1"
    )
    serve.set_defaults(run=_serve)
    text = "do the periodic work until SIGTERM: deliveries, expiry, anchoring, exports, retention (PostgreSQL)"
    worker = verbs.add_parser("worker", help=text, description=text)
    worker.set_defaults(run=_work)


def _serve(options: argparse.Namespace) -> int:
    import uvloop

    from authsvc import app
    from authsvc.errors import ConfigurationError

    settings = _begin()
    if options.workers < 1:
        raise ConfigurationError("--workers: at least one process")
    if options.workers == 1:
        uvloop.run(app.run(settings))
        return 0
    if "://" not in settings.database:
        raise ConfigurationError("--workers: several processes share a PostgreSQL database; SQLite serves from one")
    from authsvc import supervising

    listener = supervising.listen(settings.host, settings.port)
    return supervising.supervise(
        options.workers, listener, lambda number: uvloop.run(app.run(settings, listener, number, options.workers))
    )


def _work(options: argparse.Namespace) -> int:
    import uvloop

    from authsvc import app
    from authsvc.errors import ConfigurationError

    settings = _begin()
    if "://" not in settings.database:
        raise ConfigurationError("on SQLite `authsvc serve` does the periodic work itself; no worker is needed")
    uvloop.run(app.work(settings))
    return 0


def _begin() -> Settings:
    from authsvc import app, logs
    from authsvc.settings import load

    settings = load(os.environ)
    logs.install(settings.log_level, app.pseudonyms_of(settings))
    return settings
