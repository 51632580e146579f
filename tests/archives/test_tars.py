"""Tars: ustar, pax and GNU, plain or compressed; what could be read in two ways is not read."""

import io
import tarfile

import pytest

from threadcommons.archives import INNER

from .making import COMPRESS, Item, header, long_name, padded, pax, tar_of

POSTS = b'{"id": 1, "text": "as it came"}\n' * 300


@pytest.fixture(params=["plain", *COMPRESS])
def taped(request, looked):
    """Like `looked`, for a tar that is also compressed in all ways."""
    pack = COMPRESS.get(request.param, bytes)
    return lambda data, *asked, **named: looked(pack(data), *asked, **named)


def of_the_standard_library(form, *infos):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, data in infos:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tars_of_the_standard_library_are_read(taped, form):
    names = ["a.jsonl", "é/b", "d/" * 70 + "c", "./empty"]
    found = taped(of_the_standard_library(form, *((name, POSTS if name != "./empty" else b"") for name in names)))
    assert found.contents() == {name: POSTS if name != "./empty" else b"" for name in names}
    assert found.records == []


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_read(taped, form):
    assert taped(of_the_standard_library(form, ("n" * 200, POSTS))).contents() == {"n" * 200: POSTS}


@pytest.mark.parametrize(
    "item",
    [
        Item("a", POSTS),
        Item("a", POSTS, kind=b"\0"),
        Item("a", POSTS, kind=b"7"),
        Item("a", POSTS, magic=bytes(8)),
        Item("a", POSTS, magic=b"ustar  \0"),
        Item("a", POSTS, size=b" " + b"%o" % len(POSTS) + b" "),
        Item("a", POSTS, size=b"\x80" + len(POSTS).to_bytes(11)),
        Item("wrong", POSTS, before=[pax(path="a", mtime="1.5")]),
        Item("wrong", POSTS, size=0, before=[pax(path="a", size=len(POSTS))]),
        Item("wrong", POSTS, before=[long_name("a")]),
        Item("wrong", POSTS, before=[long_name("wrong too"), long_name("link", b"K"), pax(path="a")]),
        Item("a", POSTS, before=[pax(kind=b"g", comment="an id of a commit")]),
    ],
)
def test_ways_to_say_the_same(taped, item):
    assert taped(tar_of([item])).contents() == {"a": POSTS}


def test_where_things_are(looked):
    data = tar_of([Item("a", POSTS), Item("b", b"B" * 700), Item("folder/", kind=b"5"), Item("c")])
    found = looked(data, ["a"])
    assert [(member.name, member.layer, data[member.layer_offset :][: member.stored]) for member in found.survey.members] == [("a", "", POSTS)]
    assert found.records == [("not-opened", "b"), ("not-opened", "c")]
    (start, length), (empty, block) = found.spans
    assert data[start : start + length] == b"B" * 700
    assert data[empty : empty + block] == header(Item("c"))


@pytest.mark.parametrize("how", COMPRESS)
def test_a_compressed_tar_has_two_layers(looked, how):
    data = tar_of([Item("a", POSTS), Item("b", b"B" * 700)])
    found = looked(COMPRESS[how](data), ["a"])
    assert found.survey.kind == f"tar.{how}"
    assert [(layer.suffix, layer.size, len(layer.records)) for layer in found.survey.layers] == [("", found.path.stat().st_size, 0), (INNER, len(data), 1)]
    assert [(member.layer, data[member.layer_offset :][: member.stored]) for member in found.survey.members] == [(INNER, POSTS)]


# -- what is refused ------------------------------------------------------------------------------

REFUSED = {
    "hard link": (Item("bad", kind=b"1", link="before"), "not-a-file"),
    "link": (Item("bad", kind=b"2", link="/etc/passwd"), "not-a-file"),
    "device": (Item("bad", kind=b"3"), "not-a-file"),
    "block device": (Item("bad", kind=b"4"), "not-a-file"),
    "pipe": (Item("bad", kind=b"6"), "not-a-file"),
    "sparse": (Item("bad", POSTS, kind=b"S", magic=b"ustar  \0"), "not-a-file"),
    "sparse by pax": (Item("bad", POSTS, before=[pax(**{"GNU.sparse.major": 1, "GNU.sparse.realsize": 1 << 40})]), "not-a-file"),
    "of another type": (Item("bad", POSTS, kind=b"Z"), "not-a-file"),
    "of many volumes": (Item("bad", POSTS, kind=b"M"), "not-a-file"),
    "name in no encoding": (Item(b"bad\xff", POSTS), "unsafe-name"),
    "name in no encoding by pax": (Item("bad", POSTS, before=[pax(path=b"\xff")]), "unsafe-name"),
    "long name with NUL": (Item("bad", POSTS, before=[long_name("a\0b")]), "unsafe-name"),
    "folder upwards": (Item("../", kind=b"5"), "unsafe-name"),
    "twice": (Item("before", POSTS), "duplicate-name"),
}


@pytest.mark.parametrize(("item", "code"), REFUSED.values(), ids=REFUSED)
def test_a_bad_member_is_refused_and_the_others_are_read(taped, item, code):
    found = taped(tar_of([Item("before", POSTS), item, Item("after", POSTS)]))
    assert found.names == ["before", "after"]
    assert found.codes == [code]


def test_the_map_of_a_sparse_file_is_passed_over(taped):
    block = bytearray(512)
    block[504] = 1
    sparse = header(Item("bad", size=len(POSTS), kind=b"S", magic=b"ustar  \0", patch={482: b"\1"})) + bytes(block) + bytes(512) + padded(POSTS)
    found = taped(tar_of([Item("before", POSTS)], end=b"") + sparse + tar_of([Item("after", POSTS)]))
    assert (found.names, found.codes) == (["before", "after"], ["not-a-file"])


#: From such a header on, nobody can say what follows.
LOST = {
    "no header": b"\1" * 512,
    "another checksum": header(Item("bad", POSTS, checksum=1)) + padded(POSTS),
    "no number": header(Item("bad", POSTS, size=b"12 34")) + padded(POSTS),
    "below zero": header(Item("bad", POSTS, size=b"\xff" * 12)) + padded(POSTS),
    "link with data": header(Item("bad", POSTS, kind=b"2")) + padded(POSTS),
    "hard link with data": header(Item("bad", POSTS, kind=b"1")) + padded(POSTS),
    "folder with data": header(Item("bad/", POSTS, kind=b"5")) + padded(POSTS),
    "link with data by pax": tar_of([Item("bad", POSTS, kind=b"1", size=0, before=[pax(size=len(POSTS))])], end=b""),
    "two pax headers": tar_of([Item("bad", POSTS, before=[pax(path="x"), pax(path="y")])], end=b""),
    "two long names": tar_of([Item("bad", POSTS, before=[long_name("x"), long_name("y")])], end=b""),
    "two names in one pax header": tar_of([Item("bad", before=[Item("x", pax(path="x").data + pax(path="y").data, kind=b"x")])], end=b""),
    "one size for all": tar_of([Item("bad", POSTS, before=[pax(kind=b"g", size=3)])], end=b""),
    "one name for all": tar_of([Item("bad", POSTS, before=[pax(kind=b"g", path="x")])], end=b""),
    "no pax header": tar_of([Item("bad", before=[Item("x", b"hello", kind=b"x")])], end=b""),
    "pax without a key": tar_of([Item("bad", before=[Item("x", b"6 abc\n", kind=b"x")])], end=b""),
    "pax with a length beyond": tar_of([Item("bad", before=[Item("x", b"60 a=b\n", kind=b"x")])], end=b""),
    "pax with a length of zero": tar_of([Item("bad", before=[Item("x", b"0 a=b\n", kind=b"x")])], end=b""),
    "pax with a length before": tar_of([Item("bad", before=[Item("x", b"3 a=b\n", kind=b"x")])], end=b""),
    "pax with no number": tar_of([Item("bad", before=[pax(size="many")])], end=b""),
    "a mark of the end after a pax header": header(pax(path="x")) + padded(pax(path="x").data) + bytes(512),
}


@pytest.mark.parametrize("bad", LOST.values(), ids=LOST)
def test_after_damage_the_rest_is_one_record(taped, bad):
    before = tar_of([Item("before", POSTS)], end=b"")
    data = before + bad + tar_of([Item("after", POSTS)])
    found = taped(data)
    assert (found.names, found.codes) == (["before"], ["damaged"])
    assert found.spans == [(len(before), len(data) - len(before))]


# -- the end --------------------------------------------------------------------------------------

WHOLE = tar_of([Item("a", POSTS), Item("b", POSTS)])
SECOND = 512 + len(padded(POSTS))


@pytest.mark.parametrize("end", [b"", bytes(512), bytes(1024), bytes(10240)])
def test_a_tar_may_end_as_programs_end_them(taped, end):
    found = taped(tar_of([Item("a", POSTS)], end=end))
    assert (found.names, found.records) == (["a"], [])


def test_bytes_after_the_end_are_told(taped):
    found = taped(WHOLE + bytes(5000) + b"hidden")
    assert (found.names, found.codes, found.spans) == (["a", "b"], ["unlisted"], [(len(WHOLE) + 5000, 6)])


def test_a_second_tar_after_the_first_is_told(taped):
    found = taped(WHOLE + WHOLE)
    assert (found.names, found.codes, found.spans) == (["a", "b"], ["unlisted"], [(len(WHOLE), len(WHOLE))])


@pytest.mark.parametrize("cut", [SECOND + 1, SECOND + 511, SECOND + 512, SECOND + 513, SECOND + 512 + len(POSTS) - 1])
def test_a_cut_tar_keeps_what_is_whole(taped, cut):
    found = taped(WHOLE[:cut])
    start = SECOND + 512 if cut > SECOND + 512 else SECOND
    assert (found.names, found.codes, found.spans) == (["a"], ["truncated"], [(start, cut - start)])


def test_only_the_padding_may_be_missing(taped):
    found = taped(WHOLE[: SECOND + 512 + len(POSTS)])
    assert (found.names, found.records) == (["a", "b"], [])


def test_a_member_that_claims_more_than_there_is_takes_the_rest(taped):
    found = taped(tar_of([Item("a", POSTS), Item("b", POSTS, size=1 << 40)]), ["a"])
    assert (found.names, found.codes) == (["a"], ["truncated"])
