"""`./dev demo`: the main job on one fresh machine, told step by step over real HTTP; ends by itself."""

import argparse
import asyncio
import logging
import shutil
import socket
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import httpx2

from authsvc import app, cases
from authsvc.cli_evidence import verify_eds
from authsvc.client import Client
from authsvc.clock import SystemClock, rfc3339
from authsvc.evidence import words_findings
from authsvc.evidence.package_check import check
from authsvc.evidence.trust import Trust, print_trust
from authsvc.evidence.verdict import Verdict
from authsvc.sandbox import notaries, seed
from authsvc.sandbox.browser import Browser
from authsvc.sandbox.narrator import Narrator
from authsvc.sandbox.relying_party import RelyingPartyClient
from authsvc.sandbox.story import Story
from authsvc.sandbox.transport import tls
from authsvc.service import Service
from authsvc.serving import serve
from authsvc.settings import Settings
from authsvc.store import anchors
from authsvc.web.sandbox import decisions

LOCALES = ("kk", "ru", "en")
REQUEST = "Определение суда от 24.11.2026 по делу № 2-1147: истребовать доказательства.\n".encode()


def main(arguments: list[str] | None = None) -> int:
    """Tell the story; 0 when everything in it held."""
    parser = argparse.ArgumentParser(prog="./dev demo", description="The main job, told step by step.")
    parser.add_argument("--out", type=Path, default=Path("demo-out"), metavar="DIR")
    parser.add_argument("--lang", choices=LOCALES, default="en")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    out: Path = options.out
    shutil.rmtree(out / "data", ignore_errors=True)
    (out / "data.fence.json").unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_tell(out, Narrator(options.lang)))


async def _tell(out: Path, narrator: Narrator) -> int:
    listener = socket.create_server(("127.0.0.1", 0))
    settings = seed.settings_of(_absolute(out) / "data", listener.getsockname()[1])
    narrator.plain(narrator.say("test"))
    narrator.chapter("1")
    await seed.make(settings, _absolute(out) / "data")
    world = seed.load(_absolute(out) / "data")
    witnesses = notaries.connect(settings, _absolute(out) / "data")
    async with app.opened(settings, channels=world.channels, http=witnesses) as svc:
        trust = await cases.trust_of(svc)
        narrator.line("1.keys", origin=trust.origin)
        narrator.line("1.genesis", genesis=trust.genesis)
        acts, package = await _serve_and_tell(svc, settings, world, narrator, listener)
    return _show_court(out, narrator, package, trust, len(acts))


async def _serve_and_tell(
    svc: Service, settings: Settings, world: seed.World, narrator: Narrator, listener: socket.socket
) -> tuple[list[str], bytes]:
    """Run the service and walk through it; the acts of the case and the court's package."""
    stop, listening = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(
        serve(
            svc,
            routes=[*world.phones.routes(), *world.stampers.routes(), *decisions.ROUTES],
            ready=listening.set,
            listener=listener,
            stop=stop,
        )
    )
    client = world.clients["basic"]
    bank = RelyingPartyClient(settings.issuer, client["client_id"], client["client_secret"])
    trust = print_trust(await cases.trust_of(svc))
    http = httpx2.AsyncClient(verify=tls())
    asking = Client(settings.issuer, client["client_id"], client["client_secret"], trust, http)
    browser = Browser(settings.issuer, narrator.locale)
    try:
        await listening.wait()
        story = Story(settings.issuer, str(svc.log.signers.log.verifier), world, narrator, bank, asking)
        tokens = await story.log_in(browser)
        await story.confirm(browser, tokens.claims["sub"])
        await story.verify()
        await story.look_from_outside()
        narrator.chapter("6")
        case = cases.Case(acts=tuple(story.told.acts), recipient="Сот / суд / court", ground="2-1147", request=REQUEST)
        package = await cases.export_case(svc, case)
        await _tell_time(svc, narrator)
        return story.told.acts, package
    finally:
        await browser.close()
        await bank.close()
        await http.aclose()
        stop.set()
        await serving


async def _tell_time(svc: Service, narrator: Narrator) -> None:
    """The newest anchor: which tree the authorities have stamped, and when."""
    newest = await anchors.newest(svc.store)
    if newest is None:
        raise RuntimeError("no time stamp authority of the sandbox has answered")
    count = len(await anchors.all_between(svc.store, newest.size, newest.size + 1))
    narrator.line("6.anchored", size=newest.size, time=rfc3339(newest.stamped_at), count=count)


def _show_court(out: Path, narrator: Narrator, package: bytes, trust: Trust, acts: int) -> int:
    """Write the package and the trust file apart, check both a true and a falsified copy offline."""
    (out / "court-package.zip").write_bytes(package)
    (out / "trust.json").write_bytes(print_trust(trust))
    verdict = _judge(package, trust)
    falsified = _judge(_flip_one_bit(package), trust)
    count = len(verdict.records)
    narrator.line("6.package", path=out / "court-package.zip", records=count, trust=out / "trust.json")
    where = next((place for record in falsified.records for place in record.where if record.code != "VALID"), "?")
    narrator.line("6.flipped", verdict=falsified.code, where=where)
    narrator.plain(f"   {words_findings.TEST.say(narrator.locale)}")
    narrator.line("6.verdict", verdict=verdict.sentence.say(narrator.locale))
    narrator.chapter("7")
    command = f"./dev run authsvc evidence check {out}/court-package.zip --trust {out}/trust.json"
    narrator.line("7.report", path=out / "court-package.zip")
    narrator.line("7.check", command=command)
    narrator.line("7.up", command=f"./dev up --data {out}/data")
    return 0 if verdict.code == "VALID" and falsified.code == "INVALID" and acts else 1


def _judge(package: bytes, trust: Trust) -> Verdict:
    return check(package, trust, (), at=SystemClock().now(), verify_eds=verify_eds)


def _flip_one_bit(package: bytes) -> bytes:
    """The same package with one bit of its third record changed, put together anew, all else as it was."""

    copy = BytesIO()
    with ZipFile(BytesIO(package)) as source, ZipFile(copy, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == "records/0003.note":
                at = data.index(b'"time":"') + 20
                data = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            target.writestr(info, data, compress_type=info.compress_type)
    return copy.getvalue()


def _absolute(path: Path) -> Path:
    return path.resolve()


if __name__ == "__main__":
    sys.exit(main())
