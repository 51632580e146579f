"""Every byte of a container, whole or damaged, belongs to a member, to a record, or to the framing; once."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadcommons import archives

from .conftest import Looked, survey_here
from .making import COMPRESS, NUMBERS, Item, Part, long_name, pax, tar_of, zip_of

names = st.sampled_from(["a.jsonl", "b.jsonl", "dir/c.jsonl", "private.js", "../up.jsonl", "é.jsonl", "dir/", "/abs.jsonl", "x\ny.jsonl"])
texts = st.integers(0, 400).map(lambda count: random.Random(count).randbytes(count * 7))

parts = st.builds(
    Part, names, texts, st.sampled_from(list(NUMBERS)), flags=st.sampled_from([0, 0, 0, 1, 8]), mode=st.sampled_from([0o100644, 0o100644, 0, 0o120777]),
    large=st.booleans(), after=st.sampled_from([b"", b"", b"PK\7\x08" + bytes(12), b"a" * 40]), crc=st.sampled_from([None, None, 5]),
)  # fmt: skip
zips = st.builds(zip_of, st.lists(parts, max_size=6), large=st.booleans(), before=st.sampled_from([b"", b"", b"PK\3\4"]), gap=st.sampled_from([b"", b"gap"]))

ahead = st.lists(st.sampled_from([pax(path="pax.jsonl"), pax(mtime="1"), pax(kind=b"g", comment="x"), long_name("long" * 40)]), max_size=2)
items = st.builds(Item, names, texts, st.sampled_from([b"0", b"0", b"\0", b"2", b"5", b"S", b"Z"]), before=ahead)
tars = st.builds(tar_of, st.lists(items, max_size=6), end=st.sampled_from([b"", bytes(1024), bytes(1024) + b"x"]))
packed = st.builds(lambda how, data: COMPRESS[how](data), st.sampled_from(list(COMPRESS)), tars | texts)
containers = zips | tars | packed

often = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
ASKED = [r".*\.jsonl"]


def covered(found):
    """How often each byte of the outermost layer is spoken of, framing not counted."""
    layer = found.survey.layers[0]
    times = bytearray(layer.size)
    spans = [(record.offset, record.length) for record in layer.records]
    spans += [(member.layer_offset, member.stored) for member in found.survey.members if member.layer == layer.suffix]
    for offset, length in spans:
        for at in range(offset, offset + length):
            times[at] += 1
    return times


def looked_at(tmp_path, data):
    path = tmp_path / "export.bin"
    path.write_bytes(data)
    return Looked(path, survey_here(path, ASKED)) if archives.kind(data[: archives.HEAD]) else None


@often
@given(st.lists(parts, min_size=1, max_size=6))
def test_each_member_of_a_zip_has_one_fate(tmp_path, some):
    found = looked_at(tmp_path, zip_of(some))
    told = [member.name for member in found.survey.members] + [name for code, name in found.records if code != "unlisted"]
    folders = [part for part in some if part.name == "dir/" and not part.data and part.mode != 0o120777]
    shown = [part.name.replace("\n", "\\n") for part in some if part not in folders]
    assert sorted(told) == sorted(shown)
    assert max(covered(found), default=0) <= 1


@often
@given(st.lists(st.builds(Item, names, texts, st.sampled_from([b"0", b"\0", b"Z"])), min_size=1, max_size=6))
def test_each_member_of_a_tar_has_one_fate(tmp_path, some):
    found = looked_at(tmp_path, tar_of(some))
    told = [member.name for member in found.survey.members] + [name for _, name in found.records]
    folders = [item for item in some if item.name == "dir/" and not item.data and item.kind != b"Z"]
    assert sorted(told) == sorted(item.name.replace("\n", "\\n") for item in some if item not in folders)
    data = found.path.read_bytes()
    spoken = covered(found)
    assert set(spoken) <= {0, 1}
    for item in some:
        if item.data and item not in folders:
            at = data.index(item.data)
            assert set(spoken[at : at + len(item.data)]) == {1}


@often
@given(containers)
def test_whatever_is_made_adds_up_and_can_be_read(tmp_path, data):
    found = looked_at(tmp_path, data)
    if found is None:  # nothing is in it: a tar of its end alone, or a zip of its end alone behind something else
        assert not data.strip(b"\0x") or (b"PK\5\6" in data and b"PK\3\4" not in data)
        return
    contents = found.contents()
    assert max(covered(found), default=0) <= 1
    assert len(contents) == len(found.survey.members)
    assert all(name.endswith(".jsonl") for name in contents) or found.survey.kind in COMPRESS


@often
@given(containers, st.lists(st.tuples(st.integers(0, 1 << 30), st.integers(1, 255)), max_size=4), st.integers(0, 1 << 30) | st.none())
def test_damage_is_told_and_nothing_breaks(tmp_path, data, flips, cut):
    damaged = bytearray(data)
    for at, mask in flips:
        if damaged:
            damaged[at % len(damaged)] ^= mask
    found = looked_at(tmp_path, bytes(damaged if cut is None else damaged[: cut % (len(damaged) + 1)]))
    if found:
        # What of a stream can be read is a member, and the same bytes are a record that says what is wrong with them.
        assert max(covered(found), default=0) <= (2 if found.survey.kind in COMPRESS else 1)
        assert found.contents().keys() == set(found.names)


@pytest.mark.parametrize("how", COMPRESS)
def test_one_flipped_bit_in_a_compressed_stream_is_never_silent(looked, how):
    """Where the format has a checksum; a flip in what nobody reads (a time, a name) may pass."""
    data = random.Random(3).randbytes(40) + bytes(60)
    packed = COMPRESS[how](data)
    for at in range(len(packed) * 8):
        flipped = bytearray(packed)
        flipped[at // 8] ^= 1 << at % 8
        if archives.kind(bytes(flipped[: archives.HEAD])):
            found = looked(bytes(flipped))
            assert found.codes or found.contents() == {"export": data}, at
