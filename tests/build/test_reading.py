"""How exports are read must not show: not in how many pieces, not in which batches, and hardly whether they are here at all."""

import json
import weakref
from collections import Counter

import polars as pl
import pyarrow as pa
import pytest

from threadcommons import api
from threadcommons.build import read_task, write_task
from threadcommons.digest import sha256
from threadcommons.errors import BadSources
from threadcommons.release import opened, tables
from threadcommons.sources import lines, rows

from .conftest import ROOMY, Package, post

THREAD = b"""\
A kettle that sings should choose its tune.

@kettle I disagree, mine only knows a march.
@kettle @march Then teach it another.

A kettle that sings should choose its tune.
2 more replies
"""


def talk():
    """An export with all that can stand between records: a BOM, blank lines, CR LF, and no line feed at the end."""
    posts = [json.dumps(post(f"p{number}", f"Remark {number}. " * (number % 9 + 1), parent=f"p{number - 1}" if number % 5 else None)).replace(', "parent": null', "") for number in range(60)]
    posts[7:7] = ["", "  \t", "{broken", "\r"]
    posts[30] = posts[29]
    posts += ["\n" * 40, posts[0].replace("Remark", "Other words:")]
    return b"\xef\xbb\xbf" + "\n".join(posts).encode().replace(b"Remark 4", b"Remark \xff") + b"\r\n\r\n" + b'{"cut'


def table(cells):
    return "<row " + " ".join(f'{name}="{value}"' for name, value in cells.items()) + " />"


def site():
    """A dump whose comments answer posts of the other file, with users in a third."""
    when = {"CreationDate": "2020-05-06T07:08:09.000", "ContentLicense": "CC BY-SA 4.0"}
    posts = [table({"Id": n, "PostTypeId": 2 if n % 3 else 1, "ParentId": n - n % 3 or 3, "OwnerUserId": n % 4, "Body": f"&lt;p&gt;Soup {n}&lt;/p&gt;", **when}) for n in range(3, 30)]
    comments = [table({"Id": n, "PostId": n % 27 + 3, "UserId": n % 4, "Text": f"More soup {n}", **when}) for n in range(20)]
    users = [table({"Id": n, "DisplayName": f"Cook {n}", "AboutMe": "PRIVATE"}) for n in range(4)]
    return {
        f"{name}.xml": f'<?xml version="1.0" encoding="utf-8"?>\r\n<{name.lower()}>\r\n'.encode() + "\r\n  ".join(some).encode() + f"\r\n</{name.lower()}>\r\n".encode()
        for name, some in {"Posts": posts, "Comments": comments, "Users": users}.items()
    }


def fill(package):
    package.declare("talk", {"posts.jsonl": talk(), "later.jsonl": b"\n".join(talk().split(b"\n")[3:9])})
    package.declare("site", site(), '[reader]\nsite = "soup.example.org"', "stackexchange")
    return package


def chains(package):
    """For each export: does the ledger lead from its first byte to its last without a gap or an overlap?"""
    manifest = json.loads((package.root / "build/out/1.0.0/manifest.json").read_bytes())
    ledger = package.table("ledger")
    for export in manifest["exports"]:
        at = 0
        for record in ledger.filter((pl.col("source") == export["source"]) & (pl.col("file") == export["file"])).sort("offset").to_dicts():
            at += record["gap_framing"] + record["gap_blank"]
            if record["offset"] != at:
                return f"{export['file']}: a record at {record['offset']}, expected at {at}"
            at += record["length"]
        if at + export["tail_framing"] + export["tail_blank"] != export["bytes"]:
            return f"{export['file']}: ends at {at} of {export['bytes']}"
    return None


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The package built with everything in one piece: (package, Built)."""
    package = fill(Package(tmp_path_factory.mktemp("whole") / "package", **ROOMY))
    return package, package.build(workers=1)


def test_the_ledger_leads_through_every_export_byte_by_byte(whole):
    package, built = whole
    assert chains(package) is None
    assert len(package.table("ledger")) == built.manifest["counts"]["records"] > 110


@pytest.mark.parametrize(("range_bytes", "batch_records"), [(400, 1), (2_000, 3)])
def test_neither_ranges_nor_batches_show_in_any_byte(whole, range_bytes, batch_records, tmp_path, monkeypatch):
    for module in (lines, rows):
        monkeypatch.setattr(module, "RANGE_BYTES", range_bytes)
        monkeypatch.setattr(module, "BATCH_RECORDS", batch_records)
    package = fill(Package(tmp_path / "package", **ROOMY))
    built = package.build(workers=1)
    assert chains(package) is None
    assert len(list((package.root / "build/.cache/tasks").iterdir())) > len(list((whole[0].root / "build/.cache/tasks").iterdir()))
    assert built.manifest["exports"] == whole[1].manifest["exports"]
    assert built.manifest.root_digest == whole[1].manifest.root_digest


@pytest.mark.parametrize("held", [1, 12])
def test_nor_does_how_much_is_held_at_once(held, tmp_path, monkeypatch):
    packages = [fill(Package(tmp_path / name, rows=60)) for name in ("at-once", "in-turns")]
    at_once = packages[0].build(workers=1)
    taken = []
    monkeypatch.setattr(write_task, "_taken", lambda some, *more, take=write_task._taken: taken.append(len(some)) or take(some, *more))
    for module, name, value in ((read_task, "_HELD", 1), (write_task, "_HELD", held), (write_task, "_AT_ONCE", 4)):
        monkeypatch.setattr(module, name, value)
    in_turns = packages[1].build(workers=1)
    assert taken.count(max(4, held)) > 2
    assert in_turns.manifest.root_digest == at_once.manifest.root_digest


def alone(monkeypatch, module, name):
    """Sees to it that no texts that a function of a module returned are there any more when it is called again."""
    made, function = [], getattr(module, name)

    def watched(*given):
        assert all(one() is None for one in made)
        found = function(*given)
        first = found[0] if isinstance(found, tuple) else getattr(found, "drafts", found)
        if "text" in (first.column_names if isinstance(first, pa.Table) else first.columns):
            made.append(weakref.ref(first))
        return found

    monkeypatch.setattr(module, name, watched)
    return made


def test_rows_are_gone_before_others_are_fetched(tmp_path, monkeypatch):
    package = fill(Package(tmp_path / "package", rows=60))
    for module, name, value in ((write_task, "_HELD", 8), (write_task, "_AT_ONCE", 4), (opened, "PIECE_ROWS", 4)):
        monkeypatch.setattr(module, name, value)
    made = [alone(monkeypatch, *where) for where in ((write_task, "_decided"), (write_task, "_taken"), (tables, "frame_of"))]
    package.build(workers=1)
    assert min(map(len, made)) > 4


def test_a_record_is_the_bytes_that_the_ledger_names(whole):
    package, _ = whole
    for row in package.table().to_dicts():
        data = (package.root / "raw" / row["source"] / row["source_file"]).read_bytes()
        record = data[row["source_offset"] : row["source_offset"] + row["source_length"]]
        assert row["source_sha256"] == sha256(data)
        if row["source"] == "talk":
            assert json.loads(record)["text"] == row["text"]
        else:
            assert record.startswith(b"<row ")
            assert record.endswith(b"/>")


def test_what_stands_only_in_the_table_of_users_is_not_there_and_names_are(whole):
    package, _ = whole
    rows_ = package.table().filter(pl.col("source") == "site")
    assert set(rows_["author"]) == {f"Cook {number}" for number in range(4)}
    assert "PRIVATE" not in str(rows_.to_dicts())


# -- the same id again --------------------------------------------------------------------------------------------


def test_the_first_of_two_posts_with_one_id_stands_and_order_is_that_of_sources_and_exports(package):
    once, other = post("x", "Said once."), post("x", "Said otherwise.")
    platform = 'lang = "en"'
    for name, some in (("b", [other]), ("a", [once, once])):
        package.source(name, some, platform)
    for name in "ab":  # two sources of one platform
        path = package.root / "raw" / name / "source.toml"
        path.write_text(path.read_text().replace(f'platform = "{name}"', 'platform = "square"'))
    built = package.build(workers=1)
    assert package.table()["text"].to_list() == ["Said once."]
    ledger = {(row["source"], row["offset"]): (row["fate"], row["code"], row["of"]) for row in package.table("ledger").to_dicts()}
    second = len(json.dumps(once)) + 1
    assert ledger == {
        ("a", 0): ("row", None, None), ("a", second): ("duplicate", None, "square:x"), ("b", 0): ("quarantined", "id.conflict", None),
    }  # fmt: skip
    assert built.manifest["fates"] == {"duplicate": 1, "quarantined": 1, "row": 1}


def test_counters_and_licences_do_not_make_another_post_and_the_licences_meet(package):
    label = {"name": "score", "value": "1", "annotator": "square", "method": "platform-counter"}
    package.source("a", [post("x", "Said.", "CC-BY-4.0", labels=[label]), post("x", "Said.", "CC-BY-SA-4.0"), post("y", "So?", "CC0-1.0"), post("y", "So?", None)])
    package.build(workers=1)
    found = {row["native_id"]: row for row in package.table().to_dicts()}
    assert found["x"]["license"] == "CC-BY-4.0 AND CC-BY-SA-4.0"
    assert found["x"]["labels"] == [label]
    assert (found["y"]["release"], found["y"]["text"]) == ("withheld", None)


def test_an_id_has_no_say_on_another_platform(package):
    for name in ("a", "b"):
        package.source(name, [post("x", f"Said on {name}.")])
    package.build(workers=1)
    assert package.table()["id"].sort().to_list() == ["a:x", "b:x"]


# -- an export that is not here -----------------------------------------------------------------------------------


def pointer(offset, length, what="post", **more):
    text = THREAD[offset : offset + length]
    told = {"kind": "post", "n_chars": len(text), "n_words": len(text.split())} if what == "post" else {}
    return {"offset": offset, "length": length, "what": what, "text_sha256": sha256(text)} | told | more


def places():
    found = {line: THREAD.index(line) for line in THREAD.split(b"\n") if line}
    first, disagree, teach, more = found.values()
    lengths = [len(line) for line in found]
    return [
        pointer(first, lengths[0], parent_state="root", gist="Kettles should be free."),
        pointer(disagree, lengths[1], parent=first, kind="reply", gist="Not this one."),
        pointer(teach, lengths[2], parent=disagree, kind="reply", gist="It can learn."),
        pointer(THREAD.rindex(b"A kettle"), lengths[0], "repeat", of=first),
        pointer(more, lengths[3], "notice"),
    ]


@pytest.fixture
def pointed(package):
    stands = b"".join(json.dumps(place).encode() + b"\n" for place in places())
    package.declare("kettle", {"thread.txt": THREAD}, 'lang = "en"', "thread-text", {"thread.txt": stands})
    package.source("talk", [post("a", "Tea?")])
    return package


def test_pointers_give_rows_without_words(pointed):
    built = pointed.build(workers=1)
    assert chains(pointed) is None
    assert built.manifest["fates"] == {"duplicate": 1, "excluded": 1, "row": 1, "withheld": 3}
    rows_ = pointed.table().filter(pl.col("source") == "kettle").sort("position").to_dicts()
    own = f"kettle:{sha256(THREAD)[:32]}@"
    assert [row["id"] for row in rows_] == [f"{own}{place['offset']}" for place in places()[:3]]
    assert [row["parent_state"] for row in rows_] == ["root", "withheld", "withheld"]
    assert [row["gist"] for row in rows_] == ["Kettles should be free.", "Not this one.", "It can learn."]
    assert rows_[0]["merged_from"] == [f"{own}{places()[3]['offset']}"]
    assert all(row["text"] is None for row in rows_)
    seen = b"".join(path.read_bytes() for path in built.path.rglob("*") if path.is_file())
    assert not any(line in seen for line in THREAD.split(b"\n") if line)


def test_a_build_with_the_export_at_hand_moves_no_post_and_changes_no_fate(pointed, tmp_path):
    public = pointed.build(workers=1)
    before = {row["id"]: row for row in pointed.table().to_dicts()}
    held = tmp_path / "held.txt"
    held.write_bytes(THREAD)
    copy = api.build(root=pointed.root, out=tmp_path / "mine", hydrate={"kettle": held})
    assert copy.manifest["private"]
    assert copy.manifest["fates"] == public.manifest["fates"]
    rows_ = {row["id"]: row for row in pl.read_parquet(sorted(copy.path.glob("data/posts/**/*.parquet"))).to_dicts()}
    assert rows_.keys() == before.keys()
    unchanged = ("text_sha256", "parent_id", "parent_state", "conversation_id", "position", "license", "gist", "n_chars", "n_words")
    for id_, row in rows_.items():
        assert {name: row[name] for name in unchanged} == {name: before[id_][name] for name in unchanged}


def test_another_file_in_its_place_is_refused(pointed, tmp_path):
    held = tmp_path / "held.txt"
    held.write_bytes(THREAD + b"\n")
    for source, words in (("kettle", "not the export"), ("talk", "not the export"), ("nobody", "no such source")):
        with pytest.raises(BadSources, match=words):
            api.build(root=pointed.root, out=tmp_path / "mine", hydrate={source: held})
    assert not (tmp_path / "mine" / "1.0.0").exists()


def test_a_fault_in_the_pointers_stops_the_build(pointed):
    path = pointed.root / "raw/kettle/thread.txt.pointers.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"of": 0', b'"of": 1'))
    with pytest.raises(BadSources, match="pointers"):
        pointed.build(workers=1)


# -- conversations ------------------------------------------------------------------------------------------------


def test_conversations_are_whole_and_in_reading_order(whole):
    package, _ = whole
    posts = {row["id"]: row for row in package.table().to_dicts()}
    found = package.table("conversations").to_dicts()
    assert sum(one["n_posts"] for one in found) == len(posts)
    for one in found:
        ids = [message["id"] for message in one["messages"]]
        assert [posts[id_]["position"] for id_ in ids] == list(range(one["n_posts"]))
        assert {posts[id_]["conversation_id"] for id_ in ids} == {one["conversation_id"]}
        assert [message["content"] for message in one["messages"]] == [posts[id_]["text"] for id_ in ids]
        assert all(ids.index(message["parent_id"]) < number for number, message in enumerate(one["messages"]) if message["parent_id"] in ids)
    assert max(Counter(row["conversation_id"] for row in posts.values()).values()) > 3
