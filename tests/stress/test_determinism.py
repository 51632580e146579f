"""One digest over twelve builds: workers, hash seeds, time zones, locales and folders do not matter."""

import hashlib
import itertools
import os
import shutil
import subprocess
import sys

import pytest

WORKERS = (1, 2, 8)
SETTINGS = (("0", "UTC", "C"), ("4711", "Asia/Kathmandu", "tr_TR.UTF-8"))
FOLDERS = ("out", "an other/out put")


@pytest.mark.stress
def test_one_digest_over_twelve_builds(small, tmp_path):
    digests = set()
    for workers, (seed, zone, locale), folder in itertools.product(WORKERS, SETTINGS, FOLDERS):
        out = tmp_path / folder
        shutil.rmtree(small.root / "build/.cache", ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        line = [sys.executable, "-m", "threadcommons", "build", "--root", str(small.root), "--out", str(out)]
        subprocess.run([*line, "--workers", str(workers)], env=env, check=True, capture_output=True)
        tree = sorted(path for path in (out / "1.0.0").rglob("*") if path.is_file())
        named = [(path.relative_to(out).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()) for path in tree]
        digests.add(hashlib.sha256(str(named).encode()).hexdigest())
    assert len(digests) == 1
    print(f"{len(digests)} digest over {len(WORKERS) * len(SETTINGS) * len(FOLDERS)} builds")
