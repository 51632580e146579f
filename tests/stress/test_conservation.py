"""Every byte of every shared export, read by readers that know its format and by those that do not, belongs somewhere."""

import pytest

from threadcommons.sources import READERS

from .trials import EXPORTS, Balance, balance, readable

pytestmark = [
    pytest.mark.stress,
    pytest.mark.skipif(not EXPORTS.is_dir(), reason="the shared exports lie outside the repository"),
]


@pytest.mark.parametrize("name", READERS)
def test_no_byte_of_any_export_is_lost(name):
    total = Balance()
    for path in readable(name):
        found = balance(name, path)
        assert (found.lost_bytes, found.lost_records) == (0, 0), path.name
        total.add(found)
    print(f"\n{name}: {total.lost_bytes} of {total.bytes:,} bytes and {total.lost_records} of {total.records:,} records unaccounted in {total.files} files")
    assert total.files > 100
    assert total.records > 100, "a reader that cuts nothing loses nothing"
