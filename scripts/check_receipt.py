"""Compares the manifest of the release just built with the committed receipt: same digest, or exit 1.

The manifest names the digest of every file in the release, so equal manifests mean equal releases. The
receipt is taken from the commit, not from the working tree, where a build may just have written it.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys

from release_folder import ROOT, receipt_file, release_folder


def committed(name: str) -> bytes | None:
    """Gives a file as the current commit holds it, or nothing when it does not."""
    shown = subprocess.run(["git", "show", f"HEAD:{name}"], cwd=ROOT, capture_output=True, check=False)
    return shown.stdout if shown.returncode == 0 else None


def main() -> int:
    """Returns the exit code: 0 equal, 1 different, 3 one of the two is missing."""
    receipt, manifest = receipt_file(), release_folder() / "manifest.json"
    receipt_name, manifest_name = (path.relative_to(ROOT).as_posix() for path in (receipt, manifest))
    promised = committed(receipt_name)
    if promised is None or not manifest.is_file():
        missing = f"{receipt_name} in this commit" if promised is None else manifest_name
        print(f"error: there is no {missing}; `make build` writes it", file=sys.stderr)
        return 3
    built = manifest.read_bytes()
    for data, name in ((built, manifest_name), (promised, f"HEAD:{receipt_name}")):
        print(f"{hashlib.sha256(data).hexdigest()}  {name}")
    if built == promised:
        return 0
    print("error: the rebuilt release is not the one whose receipt is committed", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
