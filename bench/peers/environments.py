"""Environments of the peers: `python bench/peers/environments.py [NAME ...]` installs them, `... lock` pins them anew.

Each peer has an environment of its own under bench/.peers (ignored), made of `NAME.txt`: every package at one version
with the digests of its files. No index is named: pip takes it from its own configuration. `NAME.in` says what is
wanted and why, `NAME.without` which declared packages are left out. An environment whose lock has not changed is left
as it is.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
FOLDER: Final = HERE.parent / ".peers"
NAMES: Final = ("datatrove", "datasets", "text-dedup")
PIP: Final = ("-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check", "--no-deps")
UV: Final = Path(sys.executable).with_name("uv")
LOCK: Final = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--fork-strategy", "fewest"),
    *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
    *("--custom-compile-command", "python bench/peers/environments.py lock"),
)


def lock_of(name: str) -> Path:
    """The pinned packages of a peer."""
    return HERE / f"{name}.txt"


def stamp(name: str) -> Path:
    """A file that is there once this very lock has been installed with this very Python."""
    digest = hashlib.sha256(sys.version.encode() + lock_of(name).read_bytes()).hexdigest()
    return FOLDER / name / f".locked-{digest[:16]}"


def python_of(name: str) -> Path | None:
    """The peer's Python, or None when its environment is not there or of another lock."""
    return FOLDER / name / "bin" / "python" if stamp(name).exists() else None


def install(name: str) -> None:
    """Makes the environment of a peer. Raises CalledProcessError when pip cannot."""
    print(f"peers: installing {name}", file=sys.stderr, flush=True)
    shutil.rmtree(FOLDER / name, ignore_errors=True)
    venv.create(FOLDER / name, with_pip=True, symlinks=True)
    line = [FOLDER / name / "bin" / "python", *PIP, "--require-hashes", "-r", lock_of(name)]
    subprocess.run(line, check=True)
    stamp(name).touch()


def lock(name: str) -> None:
    """Writes the lock of a peer again; versions that still fit are kept."""
    without = HERE / f"{name}.without"
    override = ["--override", without.name] if without.exists() else []
    subprocess.run([UV, *LOCK, f"{name}.in", *override, "-o", lock_of(name).name], cwd=HERE, check=True)


def main(asked: list[str]) -> int:
    """Gives the exit code: 0 done, 1 not all could be installed, 2 wrong usage."""
    if asked == ["lock"]:
        for name in NAMES:
            lock(name)
        return 0
    if unknown := set(asked) - set(NAMES):
        print(f"no peer is called {min(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    failed = False
    for name in asked or NAMES:
        try:
            if python_of(name) is None:
                install(name)
        except subprocess.CalledProcessError as failure:
            print(f"peers: {name} is left out, pip stopped with exit code {failure.returncode}", file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
