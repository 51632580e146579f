"""A copied thread: posts, answers and repeats are told apart by what stands there, and every byte belongs somewhere."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.model import Export, Limits
from threadcommons.sources import READERS, read, recognise
from threadcommons.sources.base import BOM, Head

READER = READERS["thread-text"]
SYNTHETIC = Path(__file__).resolve().parents[2].parent / "shared" / "exports" / "copied-thread" / "thread.txt"
thorough = settings(max_examples=300, deadline=None, database=None, derandomize=True)

THREAD = """\
A kettle that sings should choose its tune.
It is only fair.

@kettle I disagree, mine only knows one
and it is a march.
@kettle @march Then teach it another.
A kettle is not a choir.

A kettle is not a choir.
@choir Neither is this thread.

"""


def read_thread(data, folder, limits=None, **options):
    """(text of the record, code or post) for each record of a thread."""
    path = folder / "thread.txt"
    path.write_bytes(data)
    export = Export("kettle", "thread.txt", path, sha256(data).hexdigest(), len(data))
    context = READER.context(export, [export], options) if data else None
    (batch,) = read(READER, data, 0, len(data), context, limits or Limits())
    assert batch.cut.unaccounted() == 0
    assert batch.posts.num_rows + len(batch.refused) == len(batch.cut)
    posts = dict(zip(batch.posts["record"].to_pylist(), batch.posts.to_pylist(), strict=True))
    spans = zip(batch.cut.offsets.tolist(), batch.cut.lengths.tolist(), strict=True)
    return [(data[offset : offset + length], posts.get(n) or batch.refused[n]) for n, (offset, length) in enumerate(spans)]


def test_posts_answers_and_repeats(tmp_path):
    data = THREAD.encode()
    own = sha256(data).hexdigest()[:32]
    found = read_thread(data, tmp_path)
    told = [(text.decode().split("\n")[0][:18], getattr(one, "fate", None) or one["kind"]) for text, one in found]
    assert told == [
        ("A kettle that sing", "post"), ("@kettle I disagree", "reply"), ("@kettle @march The", "reply"),
        ("A kettle is not a ", "post"), ("A kettle is not a ", "duplicate"), ("@choir Neither is ", "reply"),
    ]  # fmt: skip
    posts = [one for _, one in found if isinstance(one, dict)]
    assert posts[1]["text"] == "@kettle I disagree, mine only knows one\nand it is a march."
    assert [post["parent_state"] for post in posts] == ["root", "unknown", "unknown", "unknown", "unknown"]
    assert {post["conversation"] for post in posts} == {f"{own}@0"}
    assert found[4][1].of == f"{own}@{data.index(b'A kettle is not')}"


def test_a_post_right_before_a_repeat_quotes_it(tmp_path):
    data = b"Old words.\n\nLook at this again:\n\nOld words.\n"
    found = [one for _, one in read_thread(data, tmp_path) if isinstance(one, dict)]
    assert [(post["kind"], post["quoted"]) for post in found] == [("post", None), ("quote", f"{sha256(data).hexdigest()[:32]}@0")]


CASES = {
    "nothing": (b"", []),
    "blanks": (b" \n\r\n\t\n", []),
    "a BOM alone": (BOM, []),
    "one word": (b"soup", [b"soup"]),
    "a BOM": (BOM + b"soup\n\nbread", [b"soup", b"bread"]),
    "CRLF": (b"soup\r\nand more\r\n\r\nbread\r\n", [b"soup\r\nand more", b"bread"]),
    "no last newline": (b"soup\n\nbread", [b"soup", b"bread"]),
    "blanks around": (b"  soup  \n  more\t\n \nbread ", [b"soup  \n  more", b"bread"]),
    "many empty lines": (b"soup\n\n\n\n\nbread", [b"soup", b"bread"]),
    "a mention within": (b"soup\nfor @you alone", [b"soup\nfor @you alone"]),
    "a mention begins": (b"soup\n@you and bread", [b"soup", b"@you and bread"]),
    "an address is no mention": (b"soup\n@you.", [b"soup\n@you."]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_records(data, expected, tmp_path):
    assert [text for text, _ in read_thread(data, tmp_path)] == expected


@pytest.mark.parametrize("text", ["🏳️‍🌈 é\u2028\x85\x0b\x1f", "x\ufeff", "a\r\nb", "“so”", "e\u0301"])
def test_text_is_exact(text, tmp_path):
    ((_, post),) = read_thread(text.encode(), tmp_path)
    assert post["text"] == text


@pytest.mark.parametrize(("data", "code"), [(b"so\xffup", "record.invalid-utf8"), (b"so\0up", "record.nul"), (b"x" * 101, "record.too-long")])
def test_what_cannot_be_read_is_refused_alone(data, code, tmp_path):
    found = read_thread(b"before\n\n" + data + b"\n\nafter", tmp_path, Limits(record_bytes=100))
    assert [getattr(one, "code", None) for _, one in found] == [None, code, None]


def test_words_of_the_platform_are_named_by_their_lines(tmp_path):
    data = b"2 replies\n\nsoup\n\nShow more\n\nShow more\n"
    told = [getattr(one, "code", None) for _, one in read_thread(data, tmp_path, notices=[1, 5, 99, 2])]
    assert told == ["record.notice", None, "record.notice", ""]


@thorough
@given(st.one_of(
    st.binary(max_size=150),
    st.lists(st.sampled_from([b"\n", b"\n\n", b"\r\n", b" ", b"@a ", b"@", b"soup", b"soup\n", b"a\n\n", b"\xff", b"\0", BOM]), max_size=40).map(b"".join),
))  # fmt: skip
def test_any_bytes_are_accounted_for(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    found = read_thread(data, folder)
    assert b"".join(b"".join(text.split()) for text, _ in found) == b"".join(data.removeprefix(BOM).split())


@pytest.mark.parametrize("block", [b"soup\n", b"soup\n\n", b"@a soup\n", b"a\nb\n"])
def test_a_thread_of_nothing_but_repeats_is_read_in_one_go(block, tmp_path):
    found = read_thread(block * 20_000, tmp_path)
    assert len(found) == 20_000 * len(block.split(b"\n")[:-1]) - 20_000 * block.endswith(b"\n\n")


# -- real threads -------------------------------------------------------------------------------------------------


def test_the_founding_thread_is_read_without_any_help(founding):
    data = founding.path.read_bytes()
    context = READER.context(founding, [founding], {"notices": [1, 2, 56]})
    (batch,) = read(READER, data, 0, len(data), context, Limits())
    assert batch.cut.unaccounted() == 0
    assert {refusal.code for refusal in batch.refused.values()} <= {"", "record.notice"}
    kinds = set(batch.posts["kind"].to_pylist())
    assert {"post", "reply"} <= kinds


def test_it_is_recognised(founding):
    assert "thread-text" in [reader.name for reader, _ in recognise(founding.path)]


@pytest.mark.skipif(not SYNTHETIC.exists(), reason="the synthetic thread lies outside the repository")
def test_a_thread_with_names_and_times_does_no_harm(tmp_path):
    found = read_thread(SYNTHETIC.read_bytes(), tmp_path)
    assert len(found) > 10
    assert sum(getattr(one, "fate", None) == "duplicate" for _, one in found) >= 2


@pytest.mark.parametrize("data", [b"", b"\n\n", b"{}", b"[1]", b"<posts>", b"just prose.\n\nand more of it.\n", b"@a x\n\n@b y\n\0", b"@a x\n@b y\n", b"@a x\n\n\xff@b y"])
def test_other_files_are_not_taken_for_threads(data):
    assert READER.recognise(Head("thread.txt", data, len(data))) is None
