"""The command line in a package of its own."""

import os
import subprocess
import sys

import pytest

from threadcommons.cli import run
from threadcommons.contributions import init


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A new dataset package, which is the current folder."""
    folder = tmp_path / "package"
    init(folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def command(capsys):
    """Runs a command in this process: (exit code, stdout, stderr)."""

    def call(*arguments):
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return (code, *capsys.readouterr())

    return call


@pytest.fixture
def process():
    """Runs a command in a process of its own."""

    def call(*arguments, **settings):
        line = [sys.executable, "-m", "threadcommons", *map(str, arguments)]
        env = {**os.environ, **settings.pop("env", {})}
        return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False, env=env, **settings)

    return call
