"""Zips: what is asked for is read, what is refused has a code, and no byte is left out."""

import io
import struct
import zipfile

import pytest

from threadcommons.archives import zips

from .making import NUMBERS, PACK, Part, deflated, zip_of

POSTS = b'{"id": 1, "text": "as it came"}\n' * 300


@pytest.mark.parametrize("method", NUMBERS)
def test_each_method_is_read(looked, method):
    found = looked(zip_of([Part("a.jsonl", POSTS, method=method), Part("empty", b"", method=method)]))
    assert found.contents() == {"a.jsonl": POSTS, "empty": b""}
    assert found.records == []


def test_lzma_without_a_mark_of_its_end_is_read(looked):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as written:
        written.writestr("a.jsonl", POSTS)
    data = bytearray(out.getvalue())
    assert looked(bytes(data)).contents() == {"a.jsonl": POSTS}


def test_zips_of_the_standard_library_are_read(looked):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("data/é.js", POSTS)
        written.mkdir("data/folder")
        with written.open("data/streamed.js", "w", force_zip64=True) as stream:
            stream.write(POSTS)
    found = looked(out.getvalue())
    assert found.contents() == {"data/é.js": POSTS, "data/streamed.js": POSTS}
    assert found.records == []


def test_sizes_told_after_the_data_are_framing(looked):
    after = b"PK\7\x08" + bytes(12)
    found = looked(zip_of([Part("a", POSTS, flags=8, after=after), Part("b", POSTS)]))
    assert (found.names, found.records) == (["a", "b"], [])


@pytest.mark.parametrize("large", [True, False])
def test_the_end_for_large_files_is_read(looked, large):
    found = looked(zip_of([Part("a", POSTS, large=large), Part("b", POSTS)], large=True))
    assert found.contents() == {"a": POSTS, "b": POSTS}


def test_an_empty_zip_holds_nothing(looked):
    found = looked(zip_of([]))
    assert (found.names, found.records, found.survey.kind) == ([], [], "zip")


# -- what is not asked for ------------------------------------------------------------------------


def test_only_what_is_asked_for_is_opened(looked, monkeypatch):
    opened = []
    reading = zips.unpacked
    monkeypatch.setattr(zips, "unpacked", lambda method, source, window: opened.append(source) or reading(method, source, window))
    parts = [Part("data/tweets.js", POSTS), Part("data/direct-messages.js", b"private"), Part("data/tweets.js.bak", b"x"), Part("x/data/tweets.js", b"x")]
    found = looked(zip_of(parts), [r"data/tweets\.js"])
    assert found.names == ["data/tweets.js"]
    assert found.records == [("not-opened", part.name) for part in parts[1:]]
    assert len(opened) == 1


def test_what_is_not_asked_for_may_be_anything(looked):
    parts = [Part("a", b"?" * 9, method="deflate", packed=b"\xff" * 9, crc=1), Part("b", POSTS, flags=1), Part("c", POSTS, number=99)]
    found = looked(zip_of([*parts, Part("posts", POSTS)]), ["posts"])
    assert found.names == ["posts"]
    assert found.codes == ["not-opened"] * 3
    assert {record.fate for record in found.survey.layers[0].records} == {"excluded"}


def test_records_are_the_data_and_nothing_else(looked):
    data = zip_of([Part("a", b"A" * 50), Part("b", b"B" * 70), Part("c", b"")])
    found = looked(data, [])
    assert [data[offset : offset + length] for offset, length in found.spans[:2]] == [b"A" * 50, b"B" * 70]
    offset, length = found.spans[2]
    assert data[offset : offset + length].startswith(b"PK\1\2")
    assert data[offset : offset + length].endswith(b"c")


def test_no_detail_repeats_a_name(looked):
    found = looked(zip_of([Part("PRIVATE", POSTS), Part("../PRIVATE", POSTS), Part("PRIVATE", POSTS)]), ["x"])
    assert [record.detail for record in found.survey.layers[0].records if "PRIVATE" in record.detail] == []


# -- what is refused ------------------------------------------------------------------------------

REFUSED = {
    "encrypted": (Part("a", POSTS, flags=1), "encrypted"),
    "strongly encrypted": (Part("a", POSTS, flags=0x40), "encrypted"),
    "AES": (Part("a", POSTS, flags=1, number=99), "encrypted"),
    "deflate64": (Part("a", POSTS, number=9), "unsupported-method"),
    "shorter than told": (Part("a", POSTS, size=len(POSTS) + 1), "wrong-size"),
    "longer than told": (Part("a", POSTS, size=len(POSTS) - 1), "wrong-size"),
    "shorter than told, packed": (Part("a", POSTS, method="deflate", size=len(POSTS) + 1), "wrong-size"),
    "longer than told, packed": (Part("a", POSTS, method="deflate", size=len(POSTS) - 1), "wrong-size"),
    "longer than told, lzma": (Part("a", POSTS, method="lzma", size=len(POSTS) - 1), "wrong-size"),
    "bytes after its end": (Part("a", POSTS, method="deflate", packed=deflated(POSTS) + b"hidden"), "wrong-size"),
    "bytes after its end, zstd": (Part("a", POSTS, method="zstd", packed=PACK["zstd"](POSTS) + b"hidden"), "wrong-size"),
    "cut": (Part("a", POSTS, method="deflate", packed=deflated(POSTS)[:-5]), "truncated"),
    "cut, lzma": (Part("a", POSTS, method="lzma", packed=PACK["lzma"](POSTS)[:20]), "wrong-size"),
    "no deflate": (Part("a", POSTS, method="deflate", packed=b"\xff" * 40), "damaged"),
    "no bzip2": (Part("a", POSTS, method="bzip2", packed=b"\xff" * 40), "damaged"),
    "no lzma": (Part("a", POSTS, method="lzma", packed=b"\xff" * 40), "damaged"),
    "no properties of lzma": (Part("a", POSTS, method="lzma", packed=b"\x09\x04\x05\x00\xff" + bytes(40)), "damaged"),
    "impossible properties of lzma": (Part("a", POSTS, method="lzma", packed=b"\x09\x04\x05\x00\x2c" + bytes(40)), "damaged"),
    "too short for lzma": (Part("a", POSTS, method="lzma", packed=b"\x09\x04"), "truncated"),
    "no zstd": (Part("a", POSTS, method="zstd", packed=b"\xff" * 40), "wrong-size"),
    "another checksum": (Part("a", POSTS, method="deflate", crc=1), "wrong-checksum"),
    "link": (Part("a", POSTS, mode=0o120777), "not-a-file"),
    "pipe": (Part("a", POSTS, mode=0o010644), "not-a-file"),
    "folder with data": (Part("a/", POSTS), "not-a-file"),
    "name in no encoding": (Part(b"a\xff", POSTS, flags=0x800), "unsafe-name"),
}


@pytest.mark.parametrize(("part", "code"), REFUSED.values(), ids=REFUSED)
def test_a_bad_member_is_refused_and_the_others_are_read(looked, part, code):
    found = looked(zip_of([Part("before", POSTS), part, Part("after", POSTS)]))
    assert found.names == ["before", "after"]
    assert found.codes == [code]
    assert found.survey.layers[0].records[0].fate == "quarantined"


def test_a_dictionary_beyond_the_limit_is_refused_before_the_system_has_to(looked):
    found = looked(zip_of([Part("a", POSTS, method="lzma", packed=b"\x09\x04\x05\x00\x5d\xff\xff\xff\xff" + bytes(99))]))
    assert (found.codes, found.survey.refusal) == (["memory"], None)


def test_what_is_told_to_be_a_bomb_is_not_tried_and_does_not_spoil_the_rest(looked):
    bombs = [Part(f"bomb-{n}", bytes(2 << 20), method="deflate") for n in range(9)]
    found = looked(zip_of([*bombs, Part("good", POSTS)]), free=1 << 20)
    assert (found.names, found.codes) == (["good"], ["bomb"] * 9)


def test_rights_written_on_other_systems_are_not_types(looked):
    assert looked(zip_of([Part("a", POSTS, mode=0o120777, system=0)])).names == ["a"]


def test_a_name_without_its_flag_is_read_as_utf_8_or_in_the_old_code_page(looked):
    found = looked(zip_of([Part("é".encode(), POSTS), Part(b"caf\x82", POSTS)]).replace(struct.pack("<2H", 20, 0x800), struct.pack("<2H", 20, 0)))
    assert found.names == ["é", "café"]


def test_the_first_of_a_name_is_read(looked):
    found = looked(zip_of([Part("a", b"1"), Part("b", b"2"), Part("a", b"3"), Part("a", b"4")]))
    assert found.contents() == {"a": b"1", "b": b"2"}
    assert found.codes == ["duplicate-name"] * 2


def test_members_that_share_bytes_are_one_record(looked):
    inside = Part("inner", b"gotcha", offset=0, local_name=b"inner")
    whole = zip_of([Part("inner", b"gotcha")])[: 30 + 5 + 6]
    data = zip_of([Part("before", POSTS), Part("outer", whole), Part("inner", b"gotcha", offset=30 + 6 + len(POSTS) + 30 + 5), Part("after", POSTS)])
    found = looked(data)
    assert inside.offset == 0
    assert found.names == ["before", "after"]
    assert found.records == [("overlap", "outer")]
    offset, length = found.spans[0]
    assert data[offset : offset + length].startswith(b"PK\3\4")
    assert data[offset : offset + length].endswith(b"gotcha")


# -- bytes that no line speaks of -----------------------------------------------------------------


def test_bytes_between_members_are_told(looked):
    found = looked(zip_of([Part("a", POSTS, after=b"hidden between"), Part("b", POSTS)], before=b"PK\3\4 an older member", gap=b"hidden after"))
    assert found.names == ["a", "b"]
    assert [(code, length) for (code, _), (_, length) in zip(found.records, found.spans, strict=True)] == [
        ("unlisted", 20), ("unlisted", 14), ("unlisted", 12),
    ]  # fmt: skip


def test_bytes_after_the_directory_are_told(looked):
    data = zip_of([Part("a", POSTS)])
    end = data.index(b"PK\5\6")
    found = looked(data[:end] + b"hidden" + data[end:])
    assert (found.codes, found.spans) == (["unlisted"], [(end, 6)])


# -- a zip as a whole -----------------------------------------------------------------------------

GOOD = zip_of([Part("a", POSTS), Part("b", POSTS, method="deflate")])
END = GOOD.index(b"PK\5\6")


def end_of(*fields, comment=b""):
    return struct.pack("<4s4H2LH", b"PK\5\6", *fields, len(comment)) + comment


WHOLE = {
    "cut": (GOOD[:-30], "truncated"),
    "half": (GOOD[: len(GOOD) // 2], "truncated"),
    "bytes after its end": (GOOD + b"x", "damaged"),
    "two ends": (zip_of([Part("a", POSTS)], comment=zip_of([])), "damaged"),
    "fewer told": (zip_of([Part("a"), Part("b")], count=1), "damaged"),
    "more told": (zip_of([Part("a"), Part("b")], count=3), "damaged"),
    "directory too long": (zip_of([Part("a")], directory_size=5000), "damaged"),
    "directory too short": (zip_of([Part("a"), Part("b")], directory_size=60), "damaged"),
    "second of two files": (GOOD[:END] + end_of(1, 1, 2, 2, 94, END - 94), "unsupported-method"),
    "directory elsewhere": (GOOD[:END] + end_of(0, 0, 2, 2, 94, 3), "damaged"),
    "a name longer than the directory": (GOOD[:END].replace(b"PK\1\2", b"PK\1\2", 1)[:-20] + end_of(0, 0, 2, 2, 74, END - 94), "damaged"),
    "large end that differs": (zip_of([Part("a")], large=True)[:-22] + end_of(0, 0, 2, 2, 47, 31), "damaged"),
    "large end elsewhere": (zip_of([Part("a")], large=True).replace(b"PK\6\6", b"PK\6\5"), "damaged"),
    "large size nowhere": (zip_of([Part("a", size=0xFFFFFFFF)]), "damaged"),
}


@pytest.mark.parametrize(("data", "code"), WHOLE.values(), ids=WHOLE)
def test_a_zip_that_can_be_read_in_two_ways_is_not_read(looked, data, code):
    found = looked(data)
    assert (found.names, found.codes, found.spans) == ([], [code], [(0, len(data))])
    assert found.survey.refusal.fate == "quarantined"


def test_lines_that_lead_nowhere_stand_for_their_members(looked):
    data = zip_of([Part("a", POSTS), Part("beyond", b"", offset=1 << 30), Part("inside", b"", offset=20)])
    found = looked(data)
    assert found.names == ["a"]
    assert found.records == [("damaged", "beyond"), ("damaged", "inside")]
    assert [data[offset : offset + 4] for offset, _ in found.spans] == [b"PK\1\2"] * 2


@pytest.mark.parametrize(
    "part",
    [Part("a", POSTS, local_name=b"b"), Part("a", POSTS, local_name=b"ab"), Part("a", POSTS, local_name=b"")],
)
def test_a_member_with_two_names_is_refused_with_its_bytes(looked, part):
    found = looked(zip_of([Part("before", POSTS), part, Part("after", POSTS)]))
    assert found.names == ["before", "after"]
    assert found.codes == ["unlisted", "damaged"]


@pytest.mark.parametrize("at", [6, 8], ids=["encryption", "method"])
def test_a_header_that_says_something_else_is_refused(looked, at):
    data = bytearray(zip_of([Part("a", POSTS)]))
    data[at] ^= 1
    assert looked(bytes(data)).codes == ["unlisted", "damaged"]


@pytest.mark.parametrize("missing", range(1, 23))
def test_a_zip_that_ends_within_its_end_is_refused(looked, missing):
    found = looked(zip_of([Part("a", b"soup")])[:-missing])
    assert found.survey.refusal is not None
    assert [code for code, _ in found.records] in (["truncated"], ["damaged"])
