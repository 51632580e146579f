"""Items inside JSON documents: where each lies, in order, and what a document that is none comes to."""

import msgspec
import pytest

from threadcommons.model import Limits
from threadcommons.sources import lines
from threadcommons.sources.base import spans
from threadcommons.sources.documents import Item, cut_document, cut_documents, cut_json_lines


class Box(msgspec.Struct):
    first: list[msgspec.Raw] = []
    second: list[msgspec.Raw] = []


def find(view):
    found = msgspec.json.decode(view, type=Box)
    return [Item(raw, "second") for raw in found.second] + [Item(raw, "first") for raw in found.first]


def pieces(data, cut=cut_document, **more):
    (part,) = cut(data, 0, len(data), Limits(), find, **more)
    assert part.unaccounted() == 0
    places = zip(part.offsets.tolist(), part.lengths.tolist(), strict=True)
    return [data[at : at + size] for at, size in places], list(part.hints), part.refused


@pytest.mark.parametrize(
    "document",
    [b'{"first":[1, {"a":2}],"second":["x"]}', b'{"second":["x"],"first":[1, {"a":2}]}', b'{"first":[9],"second":["x"],"first":[1, {"a":2}]}'],
)
def test_items_come_in_the_order_of_their_bytes_whatever_the_order_of_keys(document):
    found, hints, refused = pieces(b" \r\n" + document + b"\n")
    assert sorted(found) == sorted([b"1", b'{"a":2}', b'"x"'])
    assert [document.find(piece) for piece in found] == sorted(document.find(piece) for piece in found)
    assert dict(zip(found, hints, strict=True)) == {b"1": "first", b'{"a":2}': "first", b'"x"': "second"}
    assert refused == {}


@pytest.mark.parametrize(("document", "code"), [(b'{"first":[1', "record.truncated"), (b'{"first":5}', "record.not-this-format"), (b"x", "record.json-syntax"), (b"{\xff", "record.invalid-utf8")])
def test_a_document_that_is_none_is_one_record_with_a_reason(document, code):
    found, _, refused = pieces(document)
    assert found == [document]
    assert [one.code for one in refused.values()] == [code]


def test_lines_are_documents_of_their_own():
    found, hints, refused = pieces(b'{"first":[1]}\n{"second":[2,3]}\n{}\n', cut_documents)
    assert (found, hints[:3]) == ([b"1", b"2", b"3", b"{}"], ["first", "second", "second"])
    assert [one.code for one in refused.values()] == ["record.not-a-post"]


@pytest.mark.parametrize("places", [[(6, 2), (2, 2)], [(2, 5), (4, 2)], [(2, 2), (2, 2)], [(8, 4)]])
def test_records_out_of_order_or_over_each_other_are_found_out(places):
    assert spans(0, 10, places, b"0123456789", {}).unaccounted() > 0


NESTED = [b"[" * 3 + b"]" * 3, b"[" * 4 + b"]" * 4, b'{"a":' * 4 + b"1" + b"}" * 4, b"[[],[],[],[],[]]", b'["[[[[[["]', b"[" * 9, b"1", b"[{[{"]
DEEP = [False, True, True, False, False, True, False, True]


@pytest.mark.parametrize("per_batch", [1, 3, 100])
def test_lines_that_nest_too_deep_are_refused_and_no_others(per_batch, monkeypatch):
    monkeypatch.setattr(lines, "BATCH_RECORDS", per_batch)
    data, found = b" \n".join([*NESTED, b"[" * 70]), []
    for part in cut_json_lines(data, 0, len(data), Limits(record_bytes=60, depth=3)):
        assert part.unaccounted() == 0
        found += [part.refused[index].code if index in part.refused else None for index in range(len(part))]
    assert found == [*("record.too-deep" if deep else None for deep in DEEP), "record.too-long"]


def test_items_that_nest_too_deep_or_are_too_long_are_refused_and_no_others():
    nested = [one for one in NESTED if one.count(b"[") == one.count(b"]") or b'"' in one]
    data = b'{"first":[' + b" , ".join([*nested, b"[" * 3 + b" " * 90 + b"]" * 3]) + b"]}"
    (part,) = cut_document(data, 0, len(data), Limits(record_bytes=60, depth=3), find)
    assert part.unaccounted() == 0
    deep = [DEEP[NESTED.index(one)] for one in nested]
    assert [part.refused[index].code if index in part.refused else None for index in range(len(part))] == [
        *("record.too-deep" if one else None for one in deep),
        "record.too-long",
    ]
