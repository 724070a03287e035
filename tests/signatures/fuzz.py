"""Coverage-guided fuzzing: `python -m tests.signatures.fuzz TARGET SECONDS`, with the targets of `fuzzing.py`.

It needs `atheris`, Google's fuzzer for Python, which is in no lock (it has wheels for Linux on x86-64 alone). The run
ends at the first input on which a target raises, or that takes 10 seconds or a gigabyte.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["signatures"]):
    from tests.signatures.fuzzing import feed, make_seeds


def main() -> None:
    name, seconds = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(make_seeds()[name]):
            (Path(corpus) / str(number)).write_bytes(seed)
        bounds = ["-timeout=10", "-rss_limit_mb=1024", "-max_len=8192", f"-max_total_time={seconds}"]
        atheris.Setup([sys.argv[0], corpus, *bounds], lambda data: feed(name, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
