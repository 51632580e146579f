"""Forty bombs and thirty escapes, made anew each time, byte for byte the same.

A bomb is (function that gives its bytes, the expected code). An escape is (function, what becomes of its members: codes
of those that are refused, names of those that are read as they are).
"""

import bz2
import gzip
import lzma
import struct
import zlib
from functools import cache

import zstandard

from .making import Item, Part, deflated, header, long_name, padded, pax, tar_of, zip_of, zstd_frame

MIB = 1 << 20
ASKED = [r".*\.jsonl?", r".*/?passwd"]


@cache
def zeros(size):
    return bytes(size)


@cache
def squeezed(how, mib):
    """So many mebibytes of zeros, compressed; bzip2 by repeating one stream, which is far quicker to make."""
    if how == "bzip2":
        return bz2.compress(zeros(32 * MIB)) * (mib // 32)
    data = zeros(mib * MIB)
    how_to = {
        "deflate": deflated,
        "gzip": lambda data: gzip.compress(data, mtime=0),
        "xz": lambda data: lzma.compress(data, preset=0),
        "zstd": lambda data: zstandard.ZstdCompressor(write_content_size=False).compress(data),
    }
    return how_to[how](data)


def raw_lzma(mib):
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2, "mode": lzma.MODE_FAST, "mf": lzma.MF_HC3}]
    return b"\x09\x04\x05\x00\x5d" + struct.pack("<L", 1 << 16) + lzma.compress(zeros(mib * MIB), lzma.FORMAT_RAW, filters=filters)


def flat(method, packed, *, mib, told=None):
    """A zip with one member of zeros, whose size is told truly or not."""
    part = Part("posts.jsonl", method=method, packed=packed, size=mib * MIB if told is None else told, crc=0)
    return zip_of([part])


def one_kernel_many_times():
    """Every line of the directory leads to the same bytes."""
    kernel = {"method": "deflate", "packed": squeezed("deflate", 32), "size": 32 * MIB, "crc": zlib.crc32(zeros(32 * MIB))}
    return zip_of([Part("0.jsonl", **kernel), *[Part("0.jsonl", **kernel, offset=0)] * 500])


def quoted_overlap(count=200):
    """Each member quotes the local header of the next in a stored block and runs on into its data."""
    kernel = squeezed("deflate", 16)
    names = [b"%d.jsonl" % n for n in range(count)]
    body, bodies, sizes = kernel, [], []
    size = 16 * MIB
    for name in reversed(names):
        bodies.append(body)
        sizes.append(size)
        local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 33, 0, len(body), size, len(name), 0) + name
        body = b"\x00" + struct.pack("<2H", len(local), len(local) ^ 0xFFFF) + local + body
        size += len(local)
    whole = body[5:]
    starts = [len(whole) - len(b) - 30 - len(n) for b, n in zip(reversed(bodies), names, strict=True)]
    parts = [
        Part(name, method="deflate", packed=packed, size=size, offset=start, crc=0)
        for name, packed, size, start in zip(names, reversed(bodies), reversed(sizes), starts, strict=True)
    ]
    return zip_of(parts, before=whole)


def into_the_directory():
    """A member that claims the directory, and so the whole file, as its data."""
    return zip_of([Part("self.jsonl", b"x" * 100, packed_size=200, size=200)])


def nested(depth=60):
    """A zip in a zip in a zip; nobody follows."""
    inner = flat("deflate", squeezed("deflate", 32), mib=32)
    for level in range(depth):
        inner = zip_of([Part(f"{level}.zip", inner, method="deflate")])
    return inner


def names_of(count):
    return [Part(f"{n}.jsonl") for n in range(count)]


def many_members_tar(count=100_000):
    """Only headers, packed so well that they are a bomb as well as too many; numbered by turns."""
    return b"".join(header(Item(f"{n % 977}.jsonl")) for n in range(977)) * (count // 977 + 1)


def many_global_headers(count=70_000):
    """Each with another comment, so that they do not pack so well that they are a bomb already."""
    return b"".join(header(item) + padded(item.data) for item in (pax(kind=b"g", comment=f"{n * 7919 % 99991:05}" * 9) for n in range(count)))


def tar_headed(**told):
    """A tar whose first header tells something of what follows, and then a little."""
    return tar_of([Item("posts.jsonl", b"{}\n" * 100, **told)])


def endless(item, count):
    return (header(item) + padded(item.data)) * count + bytes(1024)


def zeros_in_tar(mib):
    return header(Item("posts.jsonl", size=mib * MIB)) + zeros(mib * MIB) + bytes(1024)


@cache
def tar_squeezed(how):
    tar = zeros_in_tar(96)
    return {"gzip": lambda: gzip.compress(tar, 6, mtime=0), "xz": lambda: lzma.compress(tar, preset=0),
            "bzip2": lambda: bz2.compress(tar, 9), "zstd": lambda: zstandard.ZstdCompressor().compress(tar)}[how]()  # fmt: skip


def rle(count, *, window):
    """Blocks of 4 bytes that give 128 KiB each."""
    return zstd_frame([(1, 128 << 10, b"\0")] * count, window=window)


def dictionary_of_4_gib():
    """An xz whose filter asks for the largest dictionary there is."""
    good = lzma.compress(b"{}", preset=0)
    block = bytearray(good[12:24])
    at = bytes(block).index(b"\x21\x01") + 2
    block[at] = 40
    block[8:12] = struct.pack("<L", zlib.crc32(bytes(block[:8])))
    return good[:12] + bytes(block) + good[24:]


def sparse_without_end():
    """A sparse file whose map of holes never ends."""
    block = bytearray(512)
    block[504] = 1
    return header(Item("posts.jsonl", kind=b"S", magic=b"ustar  \0", patch={482: b"\1"})) + bytes(block) * 40_000


def lies_64(**told):
    return zip_of([Part("posts.jsonl", b"{}\n", large=True, **told)])


BOMBS = {
    # zip
    "zip deflate": (lambda: flat("deflate", squeezed("deflate", 96), mib=96), "container.bomb"),
    "zip deflate, told as small": (lambda: flat("deflate", squeezed("deflate", 96), mib=96, told=1000), "container.wrong-size"),
    "zip deflate, told as allowed": (lambda: flat("deflate", squeezed("deflate", 96), mib=96, told=64 * MIB), "container.bomb"),
    "zip bzip2": (lambda: flat("bzip2", squeezed("bzip2", 128), mib=128), "container.bomb"),
    "zip lzma": (lambda: flat("lzma", raw_lzma(96), mib=96), "container.bomb"),
    "zip xz": (lambda: flat("xz", squeezed("xz", 96), mib=96), "container.bomb"),
    "zip zstd": (lambda: flat("zstd", squeezed("zstd", 256), mib=256), "container.bomb"),
    "zip zstd, told as small": (lambda: flat("zstd", squeezed("zstd", 256), mib=256, told=4096), "container.wrong-size"),
    "zip of many allowed ones": (lambda: zip_of([Part(f"{n}.jsonl", method="deflate", packed=squeezed("deflate", 32), size=32 * MIB, crc=zlib.crc32(zeros(32 * MIB))) for n in range(40)]), "container.bomb"),
    "zip with one kernel": (one_kernel_many_times, "container.overlap"),
    "zip with quoted headers": (quoted_overlap, "container.overlap"),
    "zip that holds itself": (into_the_directory, "container.overlap"),
    "zip in zip in zip": (nested, "container.not-opened"),
    "zip of 100,000": (lambda: zip_of(names_of(100_000)), "container.too-many-members"),
    "zip of 100,000, told as one": (lambda: zip_of(names_of(100_000), count=1), "container.too-many-members"),
    "zip with endless names": (lambda: zip_of([Part(b"%06d" % n + b"a" * 60_000) for n in range(600)]), "container.too-large"),
    "zip of 2^60 bytes": (lambda: lies_64(size=1 << 60), "container.too-large"),
    "zip with a directory of 3 GB": (lambda: zip_of(names_of(3), directory_size=3 << 30), "container.too-large"),
    "zip lzma, dictionary of 4 GiB": (lambda: flat("lzma", b"\x09\x04\x05\x00\x5d\xff\xff\xff\xff" + bytes(99), mib=1), "container.memory"),
    "zip zstd, window of 2 GiB": (lambda: flat("zstd", rle(8, window=168), mib=1), "container.memory"),
    # tar
    "tar of 8 GiB": (lambda: tar_headed(size=8**11 - 1), "container.truncated"),
    "tar of 2^87 bytes": (lambda: tar_headed(size=b"\x80" + b"\x7f" * 11), "container.truncated"),
    "tar with a pax header of 8 GiB": (lambda: endless(Item("x", kind=b"x", size=8**11 - 1), 9), "container.too-large"),
    "tar with a pax size of 10^23": (lambda: tar_of([Item("posts.jsonl", b"{}\n", before=[pax(size=10**23)])]), "container.truncated"),
    "tar with a long name of 8 GiB": (lambda: endless(Item("x", kind=b"L", size=8**11 - 1), 9), "container.too-large"),
    "tar with endless long names": (lambda: endless(long_name("a" * 2000), 2000), "container.damaged"),
    "tar.gz with endless global headers": (lambda: gzip.compress(many_global_headers(), 1, mtime=0), "container.too-many-members"),
    "tar.gz of 100,000": (lambda: gzip.compress(many_members_tar(), 6, mtime=0), "container.too-many-members"),
    "tar with endless holes": (sparse_without_end, "container.truncated"),
    "tar.gz of zeros": (lambda: tar_squeezed("gzip"), "container.bomb"),
    "tar.bz2 of zeros": (lambda: tar_squeezed("bzip2"), "container.bomb"),
    "tar.xz of zeros": (lambda: tar_squeezed("xz"), "container.bomb"),
    "tar.zst of zeros": (lambda: tar_squeezed("zstd"), "container.bomb"),
    # streams
    "gzip": (lambda: squeezed("gzip", 96), "container.bomb"),
    "gzip of many members": (lambda: gzip.compress(zeros(MIB), mtime=0) * 256, "container.bomb"),
    "bzip2, 256 MiB": (lambda: squeezed("bzip2", 256), "container.bomb"),
    "xz": (lambda: squeezed("xz", 96), "container.bomb"),
    "xz, dictionary of 4 GiB": (dictionary_of_4_gib, "container.memory"),
    "zstd, 256 MiB from 8 KiB, window of 2 GiB": (lambda: rle(2048, window=168), "container.bomb"),
    "zstd, window of 3.75 TiB": (lambda: rle(8, window=255), "container.memory"),
}


def both(name, **told):
    """A zip with a member of this name, and one whose name is harmless."""
    return zip_of([Part(name, b"gotcha\n", **told), Part("good.jsonl", b"{}\n")])


def taped(*items):
    """A tar of some items, and one whose name is harmless."""
    return tar_of([*items, Item("good.jsonl", b"{}\n")])


def long_chain():
    """Folders and links so deep that the resolved path grows too long to be checked, then a file through them."""
    step, items, path = "d" * 200, [], ""
    for letter in "abcdefghijklmnop":
        items += [Item(path + step, kind=b"5"), Item(path + letter, kind=b"2", link=step)]
        path += f"{letter}/"
    return taped(*items, Item(path + "l" * 54, kind=b"2", link="../" * 16), Item("escape", kind=b"2", link=f"{path}{'l' * 54}/.."),
                 Item("escape/passwd", b"gotcha\n"))  # fmt: skip


UNSAFE, LINK, TWICE = "container.unsafe-name", "container.not-a-file", "container.duplicate-name"

ESCAPES = {
    "zip: upwards": (lambda: both("../up.jsonl"), [UNSAFE], []),
    "zip: down and upwards": (lambda: both("a/../../up.jsonl"), [UNSAFE], []),
    "zip: absolute": (lambda: both("/tmp/abs.jsonl"), [UNSAFE], []),
    "zip: drive": (lambda: both("C:/w.jsonl"), [UNSAFE], []),
    "zip: drive without a slash": (lambda: both("c:w.jsonl"), [UNSAFE], []),
    "zip: share of a server": (lambda: both(r"\\server\share\w.jsonl"), [UNSAFE], []),
    "zip: the same with slashes": (lambda: both("//server/share/w.jsonl"), [UNSAFE], []),
    "zip: upwards by backslash": (lambda: both(r"..\up.jsonl"), [UNSAFE], []),
    "zip: NUL": (lambda: both("good.txt\0/../up.jsonl"), [UNSAFE], []),
    "zip: line end": (lambda: both("a\nb.jsonl"), [UNSAFE], []),
    "zip: bidi": (lambda: both("a\u202elnosj.exe"), [UNSAFE], []),
    "zip: too long": (lambda: both("a/" * 600 + "x.jsonl"), [UNSAFE], []),
    "zip: folder upwards": (lambda: zip_of([Part("../up/"), Part("good.jsonl", b"{}\n")]), [UNSAFE], []),
    "zip: link and through it": (lambda: zip_of([Part("etc.jsonl", b"/etc", mode=0o120777), Part("etc.jsonl/passwd", b"gotcha\n"), Part("good.jsonl", b"{}\n")]), [LINK], ["etc.jsonl/passwd"]),
    "zip: device": (lambda: both("sda.jsonl", mode=0o060644), [LINK], []),
    "zip: twice": (lambda: both("good.jsonl"), [TWICE], []),
    "zip: device of Windows": (lambda: both("con.jsonl"), [], ["con.jsonl"]),
    "zip: trailing dot and space": (lambda: zip_of([Part("good.jsonl", b"{}\n"), Part("good.jsonl/.", b"1"), Part("a ./x.jsonl", b"2")]), ["container.not-opened"], ["a ./x.jsonl"]),
    "zip: twins by case": (lambda: both("GOOD.jsonl"), [], ["GOOD.jsonl"]),
    "zip: twins by composition": (lambda: zip_of([Part("é.jsonl", b"1"), Part("e\u0301.jsonl", b"2"), Part("good.jsonl", b"{}\n")]), [], ["é.jsonl", "e\u0301.jsonl"]),
    "tar: upwards": (lambda: taped(Item("../up.jsonl", b"gotcha\n")), [UNSAFE], []),
    "tar: absolute": (lambda: taped(Item("/tmp/abs.jsonl", b"gotcha\n")), [UNSAFE], []),
    "tar: upwards by prefix": (lambda: taped(Item("up.jsonl", b"gotcha\n", prefix="..")), [UNSAFE], []),
    "tar: upwards by pax": (lambda: taped(Item("a.jsonl", b"gotcha\n", before=[pax(path="../up.jsonl")])), [UNSAFE], []),
    "tar: upwards by a long name": (lambda: taped(Item("a.jsonl", b"gotcha\n", before=[long_name("../up.jsonl")])), [UNSAFE], []),
    "tar: link and through it": (lambda: taped(Item("etc", kind=b"2", link="/etc"), Item("etc/passwd", b"gotcha\n")), [LINK], ["etc/passwd"]),
    "tar: hard link": (lambda: taped(Item("posts.jsonl", kind=b"1", link="/etc/passwd")), [LINK], []),
    "tar: links too deep to be resolved": (long_chain, [LINK] * 18, ["escape/passwd"]),
    "tar: device and pipe": (lambda: taped(Item("null.jsonl", kind=b"3"), Item("sda.jsonl", kind=b"4"), Item("pipe.jsonl", kind=b"6")), [LINK] * 3, []),
    "tar: link of pax": (lambda: taped(Item("a.jsonl", kind=b"2", before=[pax(linkpath="/etc/passwd", path="posts.jsonl")]), Item("a.jsonl", b"{}\n")), [LINK], ["a.jsonl"]),
}


def outcome(found):
    """(codes of what is refused, names of what is read) of a survey, both sorted."""
    return sorted({record.code for layer in found.layers for record in layer.records}), sorted(member.name for member in found.members)
