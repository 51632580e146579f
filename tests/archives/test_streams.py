"""Single compressed streams: the whole of them, several in a row, cut, damaged, and too much."""

import bz2
import gzip
import hashlib
import io
import lzma
import random
import struct
import zlib

import pytest
import zstandard

from threadcommons.archives.unpack import DICTIONARY

from .hostile import dictionary_of_4_gib
from .making import COMPRESS, Item, Part, tar_of, zip_of, zstd_frame

RANDOM = random.Random(7)
POSTS = b"".join(b'{"id": %d, "text": "%d"}\n' % (n, RANDOM.getrandbits(200)) for n in range(9000))
SKIPPABLE = b"\x53\x2a\x4d\x18" + struct.pack("<L", 3) + b"any"

streams = pytest.mark.parametrize("how", COMPRESS)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def partial(how, data):
    """As much of a cut stream as comes out, found out byte by byte."""
    decoder = {"gzip": lambda: zlib.decompressobj(31), "xz": lzma.LZMADecompressor, "bzip2": bz2.BZ2Decompressor,
               "zstd": lambda: zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()}[how]()  # fmt: skip
    return b"".join(decoder.decompress(data[n : n + 1]) for n in range(len(data)))


@streams
@pytest.mark.parametrize("data", [POSTS, b"", b"\n", bytes(3 << 20)], ids=["many", "none", "one", "zeros"])
def test_a_stream_is_one_member(looked, how, data):
    packed = COMPRESS[how](data)
    found = looked(packed, [], name="RC_2025-01.any")
    (member,) = found.survey.members
    assert (member.name, member.size, member.sha256, member.stored) == ("RC_2025-01", len(data), sha256(data), len(packed))
    assert [(layer.suffix, layer.size, layer.sha256, layer.records) for layer in found.survey.layers] == [("", len(packed), sha256(packed), ())]
    assert found.contents() == {"RC_2025-01": data}


@streams
def test_streams_in_a_row_are_one(looked, how):
    parts = [POSTS[:10], b"", POSTS[10:99999], POSTS[99999:]]
    found = looked(b"".join(map(COMPRESS[how], parts)))
    assert found.contents() == {"export": POSTS}
    assert found.records == []


@streams
def test_very_many_streams_in_a_row(looked, how):
    assert looked(COMPRESS[how](b"x") * 3000).contents() == {"export": b"x" * 3000}


@streams
def test_zeros_may_pad_a_stream(looked, how):
    packed = COMPRESS[how](POSTS)
    assert looked(packed + bytes(100_000)).contents() == {"export": POSTS}
    found = looked(packed + bytes(4000) + packed)
    assert (found.contents(), found.records) == ({"export": POSTS * 2}, [])


@streams
def test_bytes_after_a_stream_are_told(looked, how):
    packed = COMPRESS[how](POSTS)
    found = looked(packed + bytes(70_000) + b"<html>hidden")
    assert found.contents() == {"export": POSTS}
    assert (found.codes, found.spans) == (["unlisted"], [(len(packed) + 70_000, 12)])


@streams
@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
def test_a_cut_stream_keeps_what_comes_out(looked, how, share):
    packed = COMPRESS[how](POSTS)
    cut = packed[: int(len(packed) * share)]
    found = looked(cut)
    assert (found.codes, found.spans) == (["truncated"], [(0, len(cut))])
    assert found.survey.refusal.code == "container.truncated"
    assert b"".join(found.contents().values()) == partial(how, cut)
    assert POSTS.startswith(partial(how, cut))


@streams
def test_a_stream_cut_anywhere_is_known_for_it(looked, how):
    packed = COMPRESS[how](POSTS[:300])
    for cut in range(14, len(packed)):
        found = looked(packed[:cut])
        assert found.codes == ["truncated"], cut
        assert b"".join(found.contents().values()) == partial(how, packed[:cut])


@streams
def test_one_of_several_streams_cut(looked, how):
    packed = COMPRESS[how](POSTS)
    found = looked(packed + packed[: len(packed) // 2])
    assert found.codes == ["truncated"]
    assert found.contents()["export"].startswith(POSTS)


@streams
def test_a_damaged_stream_is_refused(looked, how):
    packed = bytearray(COMPRESS[how](POSTS))
    for at in range(len(packed) // 2, len(packed) // 2 + 50):
        packed[at] ^= 0x5A
    found = looked(bytes(packed))
    assert found.names == []
    assert found.spans == [(0, len(packed))]
    assert found.codes[0] in {"damaged", "wrong-checksum"}


@pytest.mark.parametrize(("how", "at"), [("gzip", -8), ("zstd", -4)])
def test_a_wrong_checksum_is_called_so(looked, how, at):
    packed = bytearray(COMPRESS[how](POSTS))
    packed[at] ^= 1
    assert looked(bytes(packed)).codes == ["wrong-checksum"]


def test_a_wrong_size_in_gzip_is_called_so(looked):
    packed = bytearray(COMPRESS["gzip"](POSTS))
    packed[-4] ^= 1
    assert looked(bytes(packed)).codes == ["wrong-size"]


def test_the_name_inside_a_gzip_is_no_name(looked):
    out = io.BytesIO()
    with gzip.GzipFile("../../etc/passwd", "wb", fileobj=out, mtime=0) as stream:
        stream.write(POSTS)
    assert looked(out.getvalue(), name="posts.jsonl.gz").names == ["posts.jsonl"]


@streams
@pytest.mark.parametrize("inner", [zip_of([Part("a", POSTS)]), gzip.compress(POSTS, mtime=0)], ids=["zip", "gzip"])
def test_containers_inside_are_not_followed(looked, how, inner):
    found = looked(COMPRESS[how](inner))
    assert found.contents() == {"export": inner}
    assert len(found.survey.layers) == 1


@streams
def test_a_cut_compressed_tar_keeps_its_whole_members(looked, how):
    texts = {f"{n}": POSTS[60_000 * n :][:60_000] for n in range(9)}
    packed = COMPRESS[how](tar_of([Item(name, data) for name, data in texts.items()]))
    found = looked(packed[: len(packed) * 2 // 3])
    assert found.codes[0] == "truncated"
    assert [layer.suffix for layer in found.survey.layers] == ["", "!/"]
    assert 0 < len(found.names) < 9
    assert found.contents() == {name: texts[name] for name in found.names}


def test_a_dictionary_beyond_the_limit_is_refused_before_the_system_has_to(looked):
    found = looked(dictionary_of_4_gib())
    assert (found.codes, found.survey.refusal.detail) == (["memory"], f"a dictionary of more than {DICTIONARY} bytes")


# -- zstd, which is cut into blocks here ----------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 255, 256, 65791, 65792, 128 << 10, (128 << 10) + 1, 256 << 10, 1 << 20])
@pytest.mark.parametrize("options", [{}, {"write_checksum": True}, {"write_content_size": False}, {"level": 19}], ids=str)
def test_zstd_frames_of_all_headers(looked, size, options):
    data = (POSTS * 4)[:size]
    assert looked(zstandard.ZstdCompressor(**options).compress(data)).contents() == {"export": data}


@pytest.mark.parametrize("window_log", [10, 20, 27, 31])
def test_zstd_windows_up_to_2_gib_are_read(looked, window_log):
    parameters = zstandard.ZstdCompressionParameters(window_log=window_log, enable_ldm=True)
    coder = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    packed = coder.compress(POSTS) + coder.flush()
    assert zstandard.get_frame_parameters(packed).window_size == 1 << window_log
    assert looked(packed).contents() == {"export": POSTS}


def test_a_window_beyond_the_limit_is_refused(looked):
    assert looked(zstd_frame([(0, 1, b"x")], window=168)).names == ["export"]
    assert looked(zstd_frame([(0, 1, b"x")], window=169)).codes == ["memory"]
    single = zstd_frame([(0, 1, b"x")], flags=0xE0, size=(1 << 40).to_bytes(8, "little"))
    assert looked(single).codes == ["memory"]


def test_frames_to_be_skipped_are_skipped(looked):
    frame = COMPRESS["zstd"](POSTS)
    assert looked(SKIPPABLE + frame + SKIPPABLE * 2 + frame + SKIPPABLE).contents() == {"export": POSTS * 2}
    assert looked(frame + SKIPPABLE[:-1]).codes == ["truncated"]
    assert looked(SKIPPABLE).contents() == {"export": b""}


def test_all_kinds_of_blocks_are_read(looked):
    blocks = [(0, 5, b"plain"), (1, 70_000, b"r"), (0, 0, b""), (1, 0, b"x"), (0, 3, b"end")]
    assert looked(zstd_frame(blocks, window=88)).contents() == {"export": b"plain" + b"r" * 70_000 + b"end"}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (zstd_frame([(3, 1, b"x")]), "damaged"),
        (zstd_frame([(0, (128 << 10) + 1, bytes((128 << 10) + 1))], window=88), "damaged"),
        (zstd_frame([(1, (128 << 10) + 1, b"x")], window=88), "damaged"),
        (zstd_frame([(1, 2000, b"x")], window=0), "damaged"),
        (zstd_frame([(0, 1, b"x")], flags=0x08 | 0x20, size=b"\1"), "damaged"),
        (zstd_frame([(0, 1, b"x")], flags=0x20, size=b"\7"), "damaged"),
        (zstd_frame([(0, 1, b"x")], flags=0x20 | 1, size=b"\x09\1"), "unsupported-method"),
        (zstd_frame([(2, 3, b"\xff\xff\xff")]), "damaged"),
    ],
)
def test_bad_frames_are_refused(looked, frame, code):
    found = looked(frame)
    assert (found.names, found.codes) == ([], [code])


def test_a_dictionary_numbered_zero_is_none(looked):
    assert looked(zstd_frame([(0, 1, b"x")], flags=0x20 | 1, size=b"\0\1")).contents() == {"export": b"x"}


def test_shared_dumps_are_read(exports, looked):
    folder = exports / "pushshift"
    plain = {path.stem: path.read_bytes() for path in folder.glob("*.ndjson")}
    packed = [path for path in sorted(folder.iterdir()) if path.suffix in {".zst", ".bz2", ".xz"}]
    assert len(packed) == 6
    for path in packed:
        found = looked(path.read_bytes(), name=path.name)
        whole = "truncated" not in path.name
        assert found.codes == ([] if whole else ["truncated"])
        assert list(found.contents().values()) == ([plain[path.name.partition(".")[0]]] if whole else [])
