"""One of the processes of `log-append.postgres`. Arguments: URL, folder of keys and fence, writers, seconds."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

import uvloop

from authsvc.store.postgres import open_postgres
from bench.log import append, open_shared


async def main(url: str, folder: Path, writers: int, seconds: float) -> None:
    store = await open_postgres(url)
    writer = await open_shared(store, folder)
    cpu = time.process_time()
    _, taken = await append(writer, writers, seconds)
    cpu = time.process_time() - cpu
    print(json.dumps({"records": len(taken), "p50": statistics.median(taken), "cpu": cpu}), flush=True)
    await writer.log.close()
    await store.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
