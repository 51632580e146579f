"""Thousands of damaged containers: none breaks a reader, and what is said of each adds up."""

import random

import pytest

from threadcommons import archives

from ..archives.conftest import Looked, survey_here
from ..archives.making import COMPRESS, NUMBERS, Item, Part, long_name, pax, tar_of, zip_of
from .damage import mutated_container

INPUTS = 2_000
RANDOM = random.Random(20261123)
TEXTS = [b"".join(b'{"id": %d, "text": "%x"}\n' % (n, RANDOM.getrandbits(128)) for n in range(count)) for count in (0, 1, 40, 400)]
ZIP = zip_of([Part(f"{method}-{n}.jsonl", text, method=method) for method in NUMBERS for n, text in enumerate(TEXTS)], large=True)
TAR = tar_of([Item(f"{n}.jsonl", text, before=ahead) for n, text in enumerate(TEXTS) for ahead in ([], [pax(path=f"pax-{n}.jsonl")], [long_name(f"long-{n}.jsonl")])])
SEEDS = {
    "zip": ZIP,
    "tar": TAR,
    **{how: pack(TEXTS[3]) * 2 for how, pack in COMPRESS.items()},
    **{f"tar.{how}": pack(TAR) for how, pack in COMPRESS.items()},
}


@pytest.mark.stress
@pytest.mark.parametrize("name", SEEDS)
def test_damaged_containers_neither_break_a_reader_nor_lose_a_byte(name, tmp_path):
    chance = random.Random(f"{name} 7")
    path = tmp_path / "export.bin"
    count = {"looked at": 0, "refused whole": 0, "members read": 0, "records": 0}
    for _ in range(INPUTS):
        path.write_bytes(mutated_container(SEEDS[name], chance)[0])
        if not archives.kind(path.read_bytes()[: archives.HEAD]):
            continue
        found = Looked(path, survey_here(path, [r".*\.jsonl"]))
        count["looked at"] += 1
        count["members read"] += len(found.contents())
        count["records"] += len(found.records)
        count["refused whole"] += found.survey.refusal is not None and not found.survey.members
    print(f"\n{name}: {INPUTS} damaged, 0 broke a reader, {count}")
    assert count["looked at"] > INPUTS // 2
    assert count["members read"]
    assert count["records"]
