"""Sets up `.venv`: `python setup_env.py run` for using the tool, `... dev` for working on it.

Three layers, each with a stamp that names a digest of all that decides its content: what runs, what tests,
and the project itself. A layer whose stamp is there is done, so a second run starts no pip. Nothing is
installed yet when this runs, so it uses the standard library alone.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
INTERPRETER = VENV / "bin" / "python"

# Every package is in a lock file, so pip has nothing to resolve (--no-deps); so are the build back ends, and
# it needs no isolated environment. Bytecode is left to the first import: most modules are never imported.
QUIET = ("-qq", "--no-input", "--disable-pip-version-check")
PIP = ("-m", "pip", "install", *QUIET, "--no-deps", "--no-compile")
LOCKED = ("--require-hashes", "--no-build-isolation")


class Layer(NamedTuple):
    """What pip is asked to install, call by call, and the files that decide the result."""

    name: str
    purpose: str
    calls: tuple[tuple[str, ...], ...]
    inputs: tuple[str, ...]


def locked(*names: str) -> tuple[tuple[str, ...], ...]:
    """Gives one pip call per lock file, in order."""
    return tuple((*LOCKED, "-r", f"requirements/{name}.txt") for name in names)


RUN = Layer(
    "run", "what the tool needs", locked("build", "run"), ("requirements/build.txt", "requirements/run.txt")
)
DEV = Layer("dev", "what tests and checks need", locked("dev"), (*RUN.inputs, "requirements/dev.txt"))
PROJECT = Layer("project", "the project", (("--no-build-isolation", "--editable", "."),), ("pyproject.toml",))
WANTED = {"run": (RUN, PROJECT), "dev": (RUN, DEV, PROJECT)}


#: Loops are compiled once and kept; better now than in the first build.
READERS = ("html_layout", "html_scan", "json_columns", "json_sound", "line_scan", "row_cells")
PARTS = ("build.gathering", "dedup", "privacy", "provenance", "quality", "sha256")
COMPILED = (*PARTS, *(f"sources.{name}" for name in READERS))
KERNELS = f"""
from importlib import import_module
for name in {COMPILED}:
    import_module(f"threadcommons.{{name}}").compile_all()
"""


def stamp_of(layer: Layer) -> Path:
    """Names the stamp of a layer; another lock, Python or place of the checkout gives another name."""
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}\n{PIP}{layer.calls}\n".encode())
    for name in layer.inputs:
        digest.update((ROOT / name).read_bytes())
    return VENV / f".{layer.name}-{digest.hexdigest()[:16]}"


def is_stale(layer: Layer) -> bool:
    """Says whether the environment holds this layer from other locks, so that old packages may linger."""
    return any(stamp != stamp_of(layer) for stamp in VENV.glob(f".{layer.name}-*"))


def create() -> None:
    """Makes an empty environment in place of whatever is there."""
    shutil.rmtree(VENV, ignore_errors=True)
    venv.create(VENV, with_pip=True, symlinks=True)


def install(layer: Layer) -> None:
    """Runs the pip calls of a layer and stamps it when all went well."""
    print(f"setup: installing {layer.purpose} into .venv", file=sys.stderr, flush=True)
    for call in layer.calls:
        subprocess.run([INTERPRETER, *PIP, *call], cwd=ROOT, check=True)
    for old in VENV.glob(f".{layer.name}-*"):
        old.unlink()
    stamp_of(layer).touch()


def set_up(kind: str) -> None:
    """Brings the environment to the wanted kind; does nothing where it already is."""
    if not stamp_of(RUN).exists() or is_stale(DEV) or not INTERPRETER.exists():
        create()
    lacking = [layer for layer in WANTED[kind] if not stamp_of(layer).exists()]
    for layer in lacking:
        install(layer)
    if lacking:
        subprocess.run([INTERPRETER, "-c", KERNELS], cwd=ROOT, check=True)


def main(arguments: list[str]) -> int:
    """Returns the exit code: 0 done, 2 wrong usage or pip could not install, 130 interrupted."""
    if len(arguments) != 1 or arguments[0] not in WANTED:
        print(f"usage: setup_env.py {'|'.join(WANTED)}", file=sys.stderr)
        return 2
    try:
        set_up(arguments[0])
    except subprocess.CalledProcessError as failure:
        print(
            f"error: pip stopped with exit code {failure.returncode}; its reason stands above.\n"
            "  It needs a package index or a folder of wheels; pip's own configuration names them.\n"
            "  The next try begins this step anew.",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("setup: interrupted; the next try begins this step anew", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
