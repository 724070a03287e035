"""The evidence log as C2SP tlog-tiles serve it: checkpoint, hash tiles, entry bundles, verifier key.

Tiles are immutable, the checkpoint is not cached. A malformed path is 400, a tile that no signed tree had is 404.
"""

import orjson
from starlette.responses import PlainTextResponse, Response

from authsvc.errors import NotFound
from authsvc.evidence.errors import BadTile
from authsvc.evidence.merkle import SHA256
from authsvc.evidence.tiles import ENTRIES, HEIGHT, WIDTH, Tile, bundle, parse_path
from authsvc.service import Service
from authsvc.store import evidence as rows

IMMUTABLE = "public, max-age=31536000, immutable"
OCTETS = "application/octet-stream"
LARGEST_TREE = 2**63
"""Entries that no log reaches: beyond it an index is no column's value (and C2SP tlog-checkpoint has no size)."""


async def checkpoint(svc: Service) -> Response:
    """The newest published checkpoint that met the quorum of witnesses, with every line that it has."""
    note = await svc.publishing.served()
    if note is None:
        raise NotFound("no checkpoint yet")
    return Response(note, media_type="text/plain; charset=utf-8", headers={"cache-control": "no-cache"})


async def vkey(svc: Service) -> Response:
    """The log's Ed25519 verifier key, as signed-note writes it."""
    return PlainTextResponse(f"{svc.log.signers.log.verifier}\n", headers={"cache-control": "no-cache"})


async def genesis(svc: Service) -> Response:
    """The first entry, which binds the issuers' keys and names the receipt keys; anybody may read it."""
    first = await rows.entries_between(svc.store, 0, 1)
    if not first:
        raise NotFound("no entry yet")
    return Response(first[0].body, media_type="text/plain; charset=utf-8", headers={"cache-control": IMMUTABLE})


async def receipt_keys(svc: Service) -> Response:
    """The keys of receipts as a JWK set; a key's thumbprint stands in genesis or a `key` record: that makes it ours."""
    keys = {"keys": [{**key.jwk, "alg": "ES256", "kid": key.kid, "use": "sig"} for key in svc.log.receipt_keys()]}
    return Response(orjson.dumps(keys), media_type="application/jwk-set+json", headers={"cache-control": "no-cache"})


async def tile(svc: Service, path: str) -> Response:
    """A hash tile or entry bundle by its path, `tile/<L>/<N>[.p/<W>]`."""
    try:
        wanted = parse_path(path)
    except BadTile as error:
        return PlainTextResponse(f"{error.message}\n", 400)
    data = None
    if wanted.n * WIDTH << HEIGHT * max(wanted.level, 0) < LARGEST_TREE:
        data = await _bundle(svc, wanted) if wanted.level == ENTRIES else await _hashes(svc, wanted)
    if data is None:
        return PlainTextResponse("no such tile\n", 404, headers={"cache-control": "no-cache"})
    return Response(data, media_type=OCTETS, headers={"cache-control": IMMUTABLE})


async def _hashes(svc: Service, wanted: Tile) -> bytes | None:
    found = await rows.read_tile(svc.store, wanted.level, wanted.n)
    if found is None or found.width < wanted.width or not await _published(svc, wanted):
        return None
    return found.data[: wanted.width * SHA256.size]


async def _bundle(svc: Service, wanted: Tile) -> bytes | None:
    if not svc.settings.log_entries_public:
        return None
    start = wanted.n * WIDTH
    entries = await rows.entries_between(svc.store, start, start + wanted.width)
    if len(entries) < wanted.width or not await _published(svc, wanted):
        return None
    return bundle([entry.body for entry in entries])


async def _published(svc: Service, wanted: Tile) -> bool:
    """Whether some signed tree had this tile at this width. A full tile is in every tree from then on."""
    if wanted.width == WIDTH:
        return True
    hashes = wanted.n * WIDTH + wanted.width
    shift = HEIGHT * max(wanted.level, 0)
    return await rows.was_published(svc.store, hashes << shift, ((hashes + 1) << shift) - 1)
