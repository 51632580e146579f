"""Loads every config of a release with old and new `datasets`, each in an environment of its own.

    python scripts/load_matrix.py RELEASE [LABEL...]

The old environments are dated: `datasets` with the libraries of its own time, because an old reader of new
files is what breaks. `newest` takes whatever a user would get today. The environments stay in build/.cache/
and are used again. Needs Python 3.11 or 3.12, because the old libraries have no wheels for later ones.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / "build" / ".cache" / "load-matrix"

PIP = ("-m", "pip", "install", "-qq", "--disable-pip-version-check", "--only-binary", ":all:")

MATRIX: dict[str, tuple[str, ...]] = {
    "2.21": (
        "datasets==2.21.0",
        "pyarrow==15.0.2",
        "numpy==1.26.4",
        "pandas==2.2.2",
        "huggingface_hub==0.24.6",
        "fsspec==2024.6.1",
    ),
    "3.6": (
        "datasets==3.6.0",
        "pyarrow==20.0.0",
        "numpy==2.2.6",
        "pandas==2.2.3",
        "huggingface_hub==0.31.4",
        "fsspec==2025.3.0",
    ),
    "4.0": (
        "datasets==4.0.0",
        "pyarrow==21.0.0",
        "numpy==2.3.1",
        "pandas==2.3.1",
        "huggingface_hub==0.33.4",
        "fsspec==2025.3.0",
    ),
    "newest": ("datasets",),
}


def environment(label: str) -> Path:
    """Gives the interpreter of one environment, made anew when its pins have changed."""
    folder = CACHE / label
    stamp = folder / f".{hashlib.sha256(repr(MATRIX[label]).encode()).hexdigest()[:16]}"
    interpreter = folder / "bin" / "python"
    if label == "newest" or not stamp.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True, symlinks=True)
        subprocess.run([interpreter, *PIP, *MATRIX[label]], check=True)
        stamp.touch()
    return interpreter


def loads(label: str, release: str) -> bool:
    """Says whether all of the release loads in one environment; what it printed is the reason."""
    print(f"== datasets {label}", flush=True)
    try:
        subprocess.run([environment(label), ROOT / "scripts" / "load_every_config.py", release], check=True)
    except subprocess.CalledProcessError as failure:
        print(f"failed: {' '.join(map(str, failure.cmd[1:3]))} ended with {failure.returncode}")
        return False
    return True


def main(arguments: list[str]) -> int:
    """Returns the exit code: 0 every environment loads everything, 1 one does not, 2 wrong usage."""
    if not arguments or not set(arguments[1:]) <= set(MATRIX):
        print(f"usage: load_matrix.py RELEASE [{' '.join(MATRIX)}]", file=sys.stderr)
        return 2
    release, *labels = arguments
    outcome = {label: loads(label, release) for label in labels or MATRIX}
    print("\n".join(f"{label:>8}  {'loads' if good else 'FAILS'}" for label, good in outcome.items()))
    return 0 if all(outcome.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
