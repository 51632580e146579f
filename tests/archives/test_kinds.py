"""A container is known by its first bytes, and no text is taken for one."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadcommons.archives import HEAD, kind
from threadcommons.archives.kinds import is_tar_header

from .making import COMPRESS, Item, Part, header, tar_of, zip_of, zstd_frame

POSTS = b'{"id": 1}\n' * 100


@pytest.mark.parametrize("name", COMPRESS)
@pytest.mark.parametrize("data", [POSTS, b""], ids=["some", "none"])
def test_streams_are_known(name, data):
    assert kind(COMPRESS[name](data)[:HEAD]) == name


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (zip_of([Part("a", POSTS)]), "zip"),
        (zip_of([]), "zip"),
        (b"PK\7\x08" + zip_of([Part("a", POSTS)]), "zip"),
        (tar_of([Item("a", POSTS)]), "tar"),
        (tar_of([Item("a", POSTS, magic=b"ustar  \0")]), "tar"),
        (tar_of([Item("a", POSTS, magic=bytes(8))]), "tar"),
        (zstd_frame([(0, 0, b"")]), "zstd"),
        (b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + zstd_frame([(0, 0, b"")]), "zstd"),
    ],
)
def test_containers_are_known(data, known):
    assert kind(data[:HEAD]) == known


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tars_of_the_standard_library_are_known(form):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        tar.addfile(tarfile.TarInfo("é" * 40))
    assert kind(out.getvalue()[:HEAD]) == "tar"


def test_a_checksum_over_signed_characters_is_one():
    item = Item("é", POSTS)
    block = bytearray(header(item))
    block[148:156] = b" " * 8
    signed = sum(byte - 256 if byte > 127 else byte for byte in block)
    assert signed != sum(block)
    assert is_tar_header(header(Item("é", POSTS, checksum=signed)))
    assert not is_tar_header(header(Item("é", POSTS, checksum=signed + 1)))


@pytest.mark.parametrize(
    "text",
    [b"", b"BZh9 is how it begins\n", b"BZh", b"PK", b"PK is short for player killer", b"\x1f\x8b", bytes(10240), b"{}\n" * 400, b"From a@b.c\n" * 99],
)
def test_texts_are_no_containers(text):
    assert kind(text[:HEAD]) is None


@given(st.text(min_size=1, max_size=600))
def test_no_text_is_a_container(text):
    assert kind(text.encode()[:HEAD]) in (None, "zip")  # "PK\3\4" can be written in UTF-8


@given(st.binary(max_size=HEAD))
def test_any_bytes_have_an_answer(data):
    assert kind(data) in (None, "zip", "tar", *COMPRESS)


def test_shared_exports_are_known(exports):
    found = {path.name: kind(path.read_bytes()[:HEAD]) for path in sorted(exports.rglob("*")) if path.is_file()}
    known = {name: what for name, what in found.items() if what}
    by_name = {".zip": "zip", ".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}
    assert known == {name: by_name[name[name.rindex(".") :]] for name in found if name.endswith(tuple(by_name))}
