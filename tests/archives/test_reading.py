"""The second pass gives what the survey digested, or says that the file was changed."""

import hashlib
import io
import os
from dataclasses import replace

import pytest

from threadcommons import archives
from threadcommons.archives import reading
from threadcommons.errors import BadContainer, UnsafeFile

from .conftest import survey_here
from .making import COMPRESS, NUMBERS, Item, Part, tar_of, zip_of

TEXTS = {f"{n}.jsonl": b'{"id": %d}\n' % n * (20_000 * n) for n in range(5)}


def zipped(method):
    return zip_of([Part(name, data, method=method) for name, data in TEXTS.items()])


TAR = tar_of([Item(name, data) for name, data in TEXTS.items()])
CONTAINERS = {
    **{f"zip {method}": zipped(method) for method in NUMBERS},
    "tar": TAR,
    **{f"tar.{how}": pack(TAR) for how, pack in COMPRESS.items()},
}
STREAMS = {how: pack(TEXTS["3.jsonl"]) for how, pack in COMPRESS.items()}


@pytest.fixture(params=CONTAINERS)
def container(request, looked):
    return looked(CONTAINERS[request.param])


def test_each_member_can_be_opened_alone(container):
    found = {}
    for member in reversed(container.survey.members):
        with archives.open_member(container.path, member) as stream:
            found[member.name] = stream.read()
            assert stream.read(1) == b""
        assert stream.closed
    assert found == TEXTS


def test_members_come_in_their_order_whatever_is_asked_for(container):
    asked = [member for member in reversed(container.survey.members) if member.name != "2.jsonl"]
    found = {member.name: stream.read() for member, stream in archives.iter_members(container.path, asked)}
    assert list(found) == ["0.jsonl", "1.jsonl", "3.jsonl", "4.jsonl"]
    assert found == {name: TEXTS[name] for name in found}


def test_members_need_not_be_read_to_the_end(container):
    found = {member.name: stream.read(11) for member, stream in archives.iter_members(container.path, container.survey.members)}
    assert found == {name: data[:11] for name, data in TEXTS.items()}


@pytest.mark.parametrize("count", [1, 7, 4096, 1 << 20])
def test_streams_read_as_files_do(container, count):
    member = container.survey.members[-1]
    pieces = []
    with archives.open_member(container.path, member) as stream:
        while piece := stream.read(count):
            pieces.append(piece)
            if len(pieces) > 5000:
                break
    data = b"".join(pieces)
    assert data == TEXTS[member.name][: len(data)]
    assert {len(piece) for piece in pieces[:-1]} <= {count}


def test_lines_can_be_read(container):
    with archives.open_member(container.path, container.survey.members[1]) as stream:
        assert sum(1 for _ in io.TextIOWrapper(stream)) == 20_000


@pytest.mark.parametrize("how", COMPRESS)
def test_a_compressed_tar_is_decompressed_once(looked, how, monkeypatch):
    container = looked(CONTAINERS[f"tar.{how}"])
    gone, reading_on = [0], reading.unpacked

    def counted(*given):
        for piece in reading_on(*given):
            gone[0] += len(piece)
            yield piece

    monkeypatch.setattr(reading, "unpacked", counted)
    for member, stream in archives.iter_members(container.path, container.survey.members):
        assert len(stream.read()) == member.size
    assert 0 < gone[0] <= len(TAR)


def test_only_the_bytes_of_a_member_are_read_from_a_zip(looked, monkeypatch):
    container = looked(zipped("stored"))
    member = container.survey.members[2]
    spans = []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda handle, count, at: spans.append((at, at + count)) or pread(handle, count, at))
    with archives.open_member(container.path, member) as stream:
        stream.read()
    inside = [span for span in spans if span[0] >= member.layer_offset and span[1] <= member.layer_offset + member.stored]
    assert [span for span in spans if span not in inside] == [(0, archives.HEAD)]


# -- a file that was changed ----------------------------------------------------------------------


def read(path, member):
    with archives.open_member(path, member) as stream:
        return stream.read()


@pytest.mark.parametrize("name", [*CONTAINERS, *STREAMS])
def test_another_file_in_its_place_is_noticed(looked, name):
    container = looked((CONTAINERS | STREAMS)[name])
    member = container.survey.members[-1]
    assert read(container.path, member)
    whole = container.path.read_bytes()
    for other in (b"", b"{}\n" * 99, COMPRESS["gzip"](b"x"), whole[: len(whole) // 2], whole[: len(whole) // 2] * 2):
        container.path.write_bytes(other)
        with pytest.raises(BadContainer, match="begin anew"):
            read(container.path, member)


CHANGES = [{"size": 3}, {"size": 10**9}, {"sha256": "0" * 64}, {"stored": 5}, {"layer_offset": 3}, {"layer_offset": 10**12}]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        *((name, change) for name in ("zip stored", "zip deflate", "tar", "tar.zstd") for change in CHANGES),
        ("zip stored", {"method": "none"}),
        ("zip stored", {"method": "deflate"}),
        ("tar.zstd", {"layer": ""}),
        ("tar", {"layer": archives.INNER}),
    ],
)
def test_a_member_that_was_not_surveyed_like_this_is_noticed(looked, name, change):
    container = looked(CONTAINERS[name])
    with pytest.raises(BadContainer):
        read(container.path, replace(container.survey.members[-1], **change))


def test_never_more_comes_out_than_was_surveyed(tmp_path):
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(COMPRESS["gzip"](b"small" * 1_000_000))
    (member,) = survey_here(path).members
    smaller = replace(member, size=5, sha256=hashlib.sha256(b"small").hexdigest())
    assert read(path, smaller) == b"small"
    came = []
    with pytest.raises(BadContainer), archives.open_member(path, replace(smaller, sha256=member.sha256)) as stream:
        came.append(stream.read(1))
    assert came == []


def test_what_was_saved_of_a_cut_stream_can_be_read(looked):
    data = os.urandom(1 << 20)
    container = looked(COMPRESS["gzip"](data)[: 1 << 19])
    saved = read(container.path, container.survey.members[0])
    assert 500_000 < len(saved) < 1 << 19
    assert data.startswith(saved)


def test_links_are_not_followed(looked, tmp_path):
    container = looked(CONTAINERS["tar"])
    link = tmp_path / "link"
    link.symlink_to(container.path)
    with pytest.raises(UnsafeFile):
        read(link, container.survey.members[0])
