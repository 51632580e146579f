"""One digest over twelve builds: workers, hash seeds, time zones, locales and folders do not matter."""

import pytest

from .trials import digests

WORKERS = (1, 2, 8)
SURROUNDINGS = (
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "4711", "TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "umask": 0o077},
)
PLACES = ("out", "an other/out put")


@pytest.mark.stress
def test_one_digest_over_twelve_builds(heavy, tmp_path):
    found = digests(heavy, tmp_path, WORKERS, SURROUNDINGS, PLACES)
    print(f"\n{len(set(found))} digest over {len(found)} builds")
    assert len(found) == 12
    assert len(set(found)) == 1
