"""Recipe of the golden package: `python -m tests.vectors.evidence.make FOLDER` writes another one of its kind.

The kept files are never made again: packages of earlier releases have to verify for ever. `package.zip` has the
records of `tests/authsvc/evidence/court.py`, report.pdf and a seal by the test PKI; `trust.json` is what a court had
beforehand.
"""

import sys
from dataclasses import replace
from pathlib import Path

from authsvc.evidence.package import build
from authsvc.evidence.report_pdf import write_pdf
from authsvc.evidence.seal import seal_files
from authsvc.evidence.trust import print_trust
from tests.authsvc.evidence.samples import T0
from tests.authsvc.evidence.test_seal import CONTENTS, seal_key, trust


def main(folder: Path) -> None:
    """Write the two files."""
    package = build(CONTENTS, write_pdf=write_pdf, make_seal=lambda files: seal_files(files, seal_key("rsa"), at=T0))
    (folder / "package.zip").write_bytes(package)
    (folder / "trust.json").write_bytes(print_trust(replace(trust(), verifiers=None)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
