"""`./dev up`: serve the sandbox on loopback until stopped, for a person with a browser."""

import argparse
import asyncio
import json
import logging
import sys
from pathlib import Path

import uvloop

from authsvc import app
from authsvc.errors import ConfigurationError
from authsvc.outside.http import Http
from authsvc.sandbox import notaries, seed
from authsvc.sandbox.relying_party import RelyingPartyClient
from authsvc.sandbox.seed import World
from authsvc.serving import serve as serve_site
from authsvc.settings import Settings
from authsvc.web.sandbox import decisions
from authsvc.web.sandbox.bank import CALLBACK, Bank


def main(arguments: list[str] | None = None) -> int:
    """Make the sandbox if the data directory is empty, then serve it; 0 after SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="./dev up", description="Serve the sandbox until stopped.")
    parser.add_argument("--port", type=int, default=seed.PORT, metavar="N")
    parser.add_argument("--data", type=Path, default=Path("sandbox-data"), metavar="DIR")
    parser.add_argument("--sandbox-file", type=Path, default=Path("sandbox.json"), metavar="F")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    data = options.data.resolve()
    settings = seed.settings_of(data, options.port)
    try:
        if not (data / "world.json").exists():
            print(f"making a new sandbox in {options.data}", flush=True)
            asyncio.run(seed.make(settings, data))
        uvloop.run(serve(settings, seed.load(data), notaries.connect(settings, data), options.sandbox_file))
    except ConfigurationError as error:
        print(f"./dev up: {error.message}", file=sys.stderr)
        return 1
    return 0


async def serve(settings: Settings, world: World, witnesses: Http, file: Path) -> None:
    """Serve this world until stopped; the sandbox file is written when the service listens."""
    async with app.opened(settings, channels=world.channels, http=witnesses) as svc:

        def announce() -> None:
            vkey = str(svc.log.signers.log.verifier)
            seed.write_private(file, json.dumps(world.sandbox_file(settings, vkey), ensure_ascii=False, indent=1))
            print(f"TEST sandbox: {settings.issuer}", flush=True)
            print(f"  sign in:  {settings.issuer}/login", flush=True)
            print(f"  phones:   {settings.issuer}/sandbox/phones", flush=True)
            print(f"  a bank:   {settings.issuer}/sandbox/bank  (sign in there, then confirm a payment)", flush=True)
            print(f"  logins, passwords, clients: {file}", flush=True)

        client = world.clients["basic"]
        bank = RelyingPartyClient(
            settings.issuer, client["client_id"], client["client_secret"], redirect=f"{settings.issuer}{CALLBACK}"
        )
        routes = [*world.phones.routes(), *world.stampers.routes(), *decisions.ROUTES, *Bank(bank).routes()]
        await serve_site(svc, routes=routes, ready=announce)
        await bank.close()


if __name__ == "__main__":
    sys.exit(main())
