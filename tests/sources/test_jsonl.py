"""Canonical posts: strict JSON, one policy for what parsers disagree about, and a code for every refusal."""

import json
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.findings import codes
from threadcommons.model import Limits
from threadcommons.sources import READERS, read
from threadcommons.sources.base import BLANK, BOM, Head, Refusal, judged
from threadcommons.sources.json_columns import compile_all
from threadcommons.sources.recognising import head_of

from .reading import accounted

compile_all()  # so that few records are read as many are

READER = READERS["jsonl"]
SUITE = Path(__file__).resolve().parents[2].parent / "shared" / "suites" / "json-test-suite" / "test_parsing"
needs_suite = pytest.mark.skipif(not SUITE.is_dir(), reason="the JSON suite lies outside the repository")
thorough = settings(max_examples=300, deadline=None, database=None, derandomize=True)

POST = {"kind": "post", "markup": "plain", "text": "Soup."}


def line(**more):
    return json.dumps(POST | more, ensure_ascii=False).encode()


def with_member(member):
    """A post with one more member, as bytes: what no JSON library would write."""
    return line()[:-1] + b", " + member + b"}"


def outcomes(data, limits=None):
    """What became of each record of a file, in order: the code of a refusal, or "post"."""
    found = []
    for batch in accounted(READER, data, limits=limits):
        found += [batch.refused[index].code if index in batch.refused else "post" for index in range(len(batch.cut))]
    return found


def code(record):
    outcome = judged(READER.parse(record, 0, None))
    return outcome.code if isinstance(outcome, Refusal) else "post"


# -- codes --------------------------------------------------------------------------------------------------------

EXAMPLES = {
    "record.invalid-utf8": [b'{"text": "\xff"}', b'{"text": "\xc0\xaf"}', b'{"text": "\xed\xa0\x80"}', b'{"text": "gr\xfc\xdf"}', b'"\xf4\x90\x80\x80"'],
    "record.nul": [b"\0", line()[:-2] + b"\0" + b'"}', '{"text": "x"}'.encode("utf-16-le")],
    "record.json-syntax": [b"soup", b"{'kind': 'post'}", line() + b",", line() + line(), b"}", b'{"a": 01}', b'{"a": .5}', b'{"a" 1}', b"\xef\xbb\xbfx"],
    "record.not-object": [b"[]", b'"text"', b"12", b"null", b"true", json.dumps([POST]).encode()],
    "record.duplicate-key": [
        with_member(b'"text": "other"'),
        with_member(b'"text": "Soup."'),
        with_member(b'"\\u0074ext": "other"'),
        with_member(b'"author": {"name": "a", "name": "b"}'),
        with_member(b'"labels": [{"name": "a", "value": "", "annotator": "a", "method": "m", "value": ""}]'),
        with_member(b'"license": "CC0-1.0", "license" : "MIT"'),
        with_member(b'"gist": "a\\":", "gist": "b\\":"'),
    ],
    "record.not-finite": [with_member(b'"x": NaN'), with_member(b'"x": Infinity'), with_member(b'"x": -Infinity'), with_member(b'"x": 1e999'), with_member(b'"x": -1e999')],
    "record.big-integer": [
        with_member(b'"x": 9007199254740993'), with_member(b'"x": -9007199254740993'), with_member(b'"x": 18446744073709551616'),
        with_member(b'"x": ' + b"9" * 5_000), with_member(b'"x": [{"y": 1e300}]'), with_member(b'"x": 9007199254740993.0'),
    ],
    "record.lone-surrogate": [with_member(b'"gist": "\\ud800"'), with_member(b'"gist": "\\udc00\\ud800"'), with_member(b'"gist": "\\uD83Dx"'), with_member(b'"\\udfff": 1')],
    "record.too-long": [line(text="x" * 2_000)],
    "record.too-deep": [b"[" * 40 + b"]" * 40, b'{"a":' * 33 + b"1" + b"}" * 33, b"[" * 100_000, b'[{"":' * 50_000],
    "record.truncated": [b"{", line()[:-1], line()[:-4], b'{"text": "Sou', b'{"kind": "post", ', b'{"text"'],
    "post.missing-key": [b"{}", b'{"kind": "post", "markup": "plain"}'],
    "post.unknown-key": [line(texts="x"), line(author={"name": "a", "mail": "b"})],
    "post.wrong-type": [line(text=5), line(text=None), line(links="https://example.org"), line(author="Ada"), with_member(b'"title": 1.5')],
    "post.not-in-list": [line(kind="toot"), line(markup="latex")],
    "post.too-short": [line(gist=""), line(author={"name": ""})],
    "post.too-long": [line(title="x" * 1_025)],
    "post.bad-pattern": [line(native_id="a b"), line(native_id=""), line(lang="german"), line(parent="a\nb")],
    "post.bad-format": [line(created_at="2024-02-30T00:00:00Z")],
    "post.too-many": [line(links=["x"] * 1_001)],
    "post.repeated-item": [line(wishes=["no-training", "no-training"])],
    "post.digest-differs": [line(text_sha256="0" * 64), line(text_sha256=sha256(b"soup").hexdigest())],
}  # fmt: skip
LIMITS = Limits(record_bytes=1_500, depth=32)
#: Too large for the limit above on purpose: they are about something else.
AT_LARGE = {"post.too-many": Limits(), "record.big-integer": Limits(), "record.too-deep": Limits(depth=32)}


@pytest.mark.parametrize(("expected", "record"), [(name, record) for name, some in EXAMPLES.items() for record in some], ids=lambda value: str(value)[:40])
def test_each_code_has_its_examples_and_spoils_no_neighbour(expected, record):
    data = b"\n".join([line(native_id="before"), record, line(native_id="after")])
    assert outcomes(data, AT_LARGE.get(expected, LIMITS)) == ["post", expected, "post"]


def test_all_codes_of_posts_have_an_example_and_all_exist():
    assert EXAMPLES.keys() <= codes().keys()
    elsewhere = {"post.out-of-range"}  # no number in the schema
    assert {name for name in codes() if name.startswith("post.")} - EXAMPLES.keys() <= elsewhere


GOOD = [
    line(), line(text=""), line(text="\x00\x1f\u2028\ufeff"), line(text='":{}[]\\ "a":'), line(native_id="é"), line(text="🏳️‍🌈"),
    with_member(b'"gist": "\\ud83c\\udf72"'), with_member(b'"gist": "\\u0000"'), b"  " + line() + b"\t",
    with_member(b'"text_sha256": "' + sha256(b"Soup.").hexdigest().encode() + b'"'), line(title="[" * 1_000),
]  # fmt: skip


@pytest.mark.parametrize("record", GOOD)
def test_what_is_unusual_but_right_is_a_post(record):
    assert outcomes(record) == ["post"]


def test_details_tell_places_and_never_the_words_of_a_post():
    for some in EXAMPLES.values():
        for record in some:
            outcome = judged(READER.parse(record.replace(b"Soup.", b"TELLTALE"), 0, None))
            assert isinstance(outcome, Refusal) or record in EXAMPLES["record.too-long"] + EXAMPLES["record.too-deep"]
            if isinstance(outcome, Refusal):
                assert "TELLTALE" not in outcome.detail
                assert "Sou" not in outcome.detail


def test_a_duplicate_key_is_pointed_at():
    outcome = READER.parse(b'{"a/b~": 1, "a/b~": 2}', 0, None)
    assert (outcome.code, outcome.pointer) == ("record.duplicate-key", "/a~1b~0")


# -- numbers and depth --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [4, 64, 512])
def test_depth_is_counted_outside_of_text_and_to_the_level(depth):
    for begin, end in ((b"[", b"]"), (b'{"a":', b"}")):
        fits = with_member(b'"x": ' + begin * (depth - 1) + b'"' + b"[{" * 600 + b'"' + end * (depth - 1))
        over = with_member(b'"x": ' + begin * depth + b'""' + end * depth)
        assert outcomes(fits, Limits(depth=depth)) == ["post.unknown-key"]
        assert outcomes(over, Limits(depth=depth)) == ["record.too-deep"]


def test_many_brackets_side_by_side_are_not_deep():
    label = {"name": "a", "value": "b", "annotator": "c", "method": "d"}
    assert outcomes(line(labels=[label] * 90), Limits(depth=4)) == ["post"]
    assert outcomes(with_member(b'"x": [' + b"[]," * 1_000 + b"[]]"), Limits(depth=4)) == ["post.unknown-key"]


@pytest.mark.parametrize("depth", [513, 900, 990, 1_020, 1_100, 100_000])
@pytest.mark.parametrize("key", [b"x", b"labels", b"author"])
def test_a_record_that_is_read_without_being_cut_first_is_refused_all_the_same(depth, key):
    for begin, end in ((b"[", b"]"), (b'{"a":', b"}")):
        assert code(with_member(b'"' + key + b'": ' + begin * depth + b"1.5" + end * depth)) == "record.too-deep"


def test_the_answer_does_not_depend_on_how_deep_the_caller_is():
    record = with_member(b'"x": ' + b"[" * 511 + b"1.5" + b"]" * 511)

    def from_below(levels):
        return code(record) if levels == 0 else from_below(levels - 1)

    assert {from_below(levels) for levels in range(0, sys.getrecursionlimit() // 4, 25)} == {"post.unknown-key"}


@thorough
@given(st.integers(-(10**25), 10**25))
def test_whole_numbers_are_kept_exactly_or_refused(number):
    record = with_member(b'"x": %d' % number)
    assert code(record) == ("post.unknown-key" if abs(number) <= 2**53 else "record.big-integer")


# -- any bytes ----------------------------------------------------------------------------------------------------


def each_line_has_an_outcome(data):
    """Lines of blanks are none; the mark that may stand before a text is none of its first line."""
    told = outcomes(data)
    lines = data.removeprefix(BOM).split(b"\n")
    assert len(told) == sum(bool(line.strip(BLANK)) for line in lines)
    assert {*told} <= {"post", *codes()}


@thorough
@given(st.binary(max_size=200))
def test_any_bytes_are_accounted_for(data):
    each_line_has_an_outcome(data)


@thorough
@given(st.lists(st.sampled_from([b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\", b"\n", b"\\ud800", b"1e5", b"null", b"kind", b"\0", b"\xff", line()]), max_size=40))
def test_so_are_bytes_that_look_like_json(parts):
    each_line_has_an_outcome(b"".join(parts))


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)),
    max_leaves=15,
)


@thorough
@given(st.dictionaries(st.text(max_size=5), json_values, max_size=5))
def test_objects_without_doubtful_places_are_read_as_any_parser_reads_them(value):
    assert READER.parse(json.dumps(value).encode(), 0, None) == value
    assert READER.parse(json.dumps(value, ensure_ascii=False).encode(), 0, None) == value


@thorough
@given(st.text(max_size=60))
def test_text_is_exact(text):
    for record in (line(text=text), json.dumps(POST | {"text": text}).encode()):
        (batch,) = read(READER, record, 0, len(record), None, Limits())
        assert batch.posts["text"].to_pylist() == [text]


# -- other people's cases -----------------------------------------------------------------------------------------

#: What we do with what the standard leaves open.
OPEN = {
    "record.not-finite": {
        "i_number_huge_exp", "i_number_neg_int_huge_exp", "i_number_pos_double_huge_exp", "i_number_real_neg_overflow",
        "i_number_real_pos_overflow",
    },
    "record.lone-surrogate": {
        "i_object_key_lone_2nd_surrogate", "i_string_1st_surrogate_but_2nd_missing", "i_string_1st_valid_surrogate_2nd_invalid",
        "i_string_incomplete_surrogate_and_escape_valid", "i_string_incomplete_surrogate_pair", "i_string_incomplete_surrogates_escape_valid",
        "i_string_invalid_lonely_surrogate", "i_string_invalid_surrogate", "i_string_inverted_surrogates_U+1D11E",
        "i_string_lone_second_surrogate",
    },
    "record.invalid-utf8": {
        "i_string_UTF-8_invalid_sequence", "i_string_UTF8_surrogate_U+D800", "i_string_invalid_utf-8", "i_string_iso_latin_1",
        "i_string_lone_utf8_continuation_byte", "i_string_not_in_unicode_range", "i_string_overlong_sequence_2_bytes",
        "i_string_overlong_sequence_6_bytes", "i_string_overlong_sequence_6_bytes_null", "i_string_truncated-utf-8",
    },
    "record.nul": {"i_string_UTF-16LE_with_BOM", "i_string_utf16BE_no_BOM", "i_string_utf16LE_no_BOM"},
    "record.too-deep": {"i_structure_500_nested_arrays"},
    # JSON that is understood, but no object, or not the object that a post is. A BOM may stand before the first record.
    "record.not-object": {
        "i_number_double_huge_neg_exp", "i_number_real_underflow", "i_number_too_big_neg_int", "i_number_too_big_pos_int",
        "i_number_very_big_negative_int",
    },
    "post.missing-key": {"i_structure_UTF-8_BOM_empty_object"},
}  # fmt: skip


def cases(kind):
    return {path.stem: path.read_bytes() for path in sorted(SUITE.glob(f"{kind}_*.json"))}


@needs_suite
def test_what_is_no_json_is_refused_with_a_code():
    refused = {name: code(data) for name, data in cases("n").items()}
    assert len(refused) == 188
    wrong = {name: found for name, found in refused.items() if not found.startswith("record.")}
    assert wrong == {}
    assert all("post" not in outcomes(data) for data in cases("n").values())


@needs_suite
def test_what_is_json_is_understood_and_refused_only_for_not_being_a_post():
    found = {name: code(data) for name, data in cases("y").items()}
    assert len(found) == 95
    policy = {"y_object_duplicated_key": "record.duplicate-key", "y_object_duplicated_key_and_value": "record.duplicate-key",
              "y_object_extreme_numbers": "record.big-integer"}  # fmt: skip
    assert {name: found[name] for name in policy} == policy
    others = {name: told for name, told in found.items() if name not in policy}
    assert {name: told for name, told in others.items() if told != "record.not-object" and not told.startswith("post.")} == {}
    objects = {name for name, data in cases("y").items() if isinstance(json.loads(data), dict)}
    assert objects - policy.keys() == {name for name, told in others.items() if told.startswith("post.")}


@needs_suite
def test_what_the_standard_leaves_open_is_settled_in_a_table():
    found = {name: outcomes(data)[0] for name, data in cases("i").items()}
    assert len(found) == 35
    assert found == {name: told for told, names in OPEN.items() for name in names}


@needs_suite
def test_as_the_value_of_a_field_they_fare_no_better():
    for name, data in cases("n").items():
        found = code(b'{"kind": "post", "markup": "plain", "text": "x", "labels": ' + data + b"}")
        assert found != "post", name
    for name, data in cases("y").items():
        found = code(b'{"kind": "post", "markup": "plain", "text": "x", "more": ' + data + b"}")
        assert found.startswith("post.") or found in {"record.duplicate-key", "record.big-integer"}, name


# -- recognising --------------------------------------------------------------------------------------------------


def recognised(data, name="export.txt"):
    return READER.recognise(Head(name, data, len(data)))


def test_a_file_is_known_by_its_first_line():
    assert recognised(line() + b"\n")
    assert recognised(b"\xef\xbb\xbf\r\n" + line() + b"\r\n" + b"broken")
    assert recognised(b'{"kind": "post", "markup": "plain", "native_id": "1"}')


LONG = line(text="long " * 30_000)


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r\n\n"])
def test_a_first_post_longer_than_the_look_leaves_the_last_one_to_tell(tmp_path, tail):
    path = tmp_path / "export.bin"
    for last, known in ((line(), True), (LONG, False), (b'{"kind": "pos', False), (b'{"role": "user"}', False)):
        path.write_bytes(LONG + b"\n" + last + tail)
        assert (READER.recognise(head_of(path)) is not None) == known
    path.write_bytes(b"{" + b" " * 100_000 + line()[1:] + tail)
    assert READER.recognise(head_of(path)) is None, "one record, of which neither end says what it is"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"soup", b'{"kind": "post"}', b'{"text": "a", "role": "user"}', b"[" * 60_000, b"\xff"])
def test_other_files_are_not_taken_for_ours(data):
    assert recognised(data, "posts.jsonl") is None
