"""A release whose digests, descriptions and bag agree with each other can still lie. Each lie has a code that it must get."""

from __future__ import annotations

import json
from functools import cache

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from threadcommons.digest import canonical_json, sha256_file
from threadcommons.manifest import manifest_of
from threadcommons.provenance import row_digests, rows_digest
from threadcommons.release import open_release, verify
from threadcommons.release.agree import table_faults
from threadcommons.release.balance import ledger_faults
from threadcommons.release.counts import COUNTED, count_faults
from threadcommons.release.shape import SHAPE
from threadcommons.release.tables import TABLES, examine
from threadcommons.schema import arrow_schema
from threadcommons.writer import write_canonical


def first_file(release, config, folder=""):
    stated = json.loads((release / "manifest.json").read_bytes())["files"]
    return next(file["path"] for file in stated if file["config"] == config and folder in file["path"])


@pytest.fixture
def rewrite(copy, restate):
    """Changes the rows of one file as a careful forger would: row digests, counts of files and rows digest follow."""

    def forge(config, change, folder="", proofs=True):
        path = first_file(copy, config, folder)
        schema, order = TABLES[config]
        frame = change(pl.from_arrow(pq.read_table(copy / path)))
        table = frame.to_arrow().cast(arrow_schema(schema))
        if config == "posts" and proofs:
            table = table.set_column(table.schema.get_field_index("row_sha256"), "row_sha256", row_digests(table))
        write_canonical([table], copy / path, schema=arrow_schema(schema), row_group=1000, sorted_by=order)
        files = json.loads((copy / "manifest.json").read_bytes())["files"]
        files = [file | {"rows": pq.read_metadata(copy / file["path"]).num_rows} for file in files]
        posts = pl.concat(
            pl.read_parquet(copy / file["path"], columns=["id", "row_sha256"])
            for file in files
            if file["config"] == "posts"
        )
        restate(copy, files=files, rows_digest=rows_digest(posts.sort("id")["row_sha256"]))
        return copy

    return forge


def codes_of(release, descriptions):
    return {finding.code for finding in verify(release, render=descriptions) if finding.severity == "error"}


def at(row, **values):
    """A change of single values of one row."""
    return lambda frame: frame.with_columns(
        **{
            name: pl.when(pl.int_range(pl.len()) == row)
            .then(pl.lit(value, dtype=frame.schema[name]))
            .otherwise(pl.col(name))
            for name, value in values.items()
        }
    )


def test_rewriting_without_a_change_is_no_lie(rewrite, descriptions):
    assert codes_of(rewrite("posts", lambda frame: frame), descriptions) == set()


LIES = {
    "a text": ("posts", "permissive", at(0, text="what nobody wrote"), "release.row-digest"),
    "a digest of a text": ("posts", "permissive", at(0, text_sha256="0" * 64), "release.row-digest"),
    "two texts swapped": ("posts", "permissive", lambda f: f.with_columns(pl.col("text").reverse()), "release.row-digest"),
    "a looser licence": ("posts", "reciprocal", at(0, license="CC-BY-4.0"), "release.license"),
    "a looser licence, class and all": (
        "posts", "reciprocal", at(0, license="CC0-1.0", license_class="public-domain", share_alike=False), "release.license",
    ),
    "share-alike forgotten": ("posts", "reciprocal", at(0, share_alike=False), "release.license"),
    "a licence of the database alone": (
        "posts", "reciprocal", at(0, license="ODbL-1.0", license_class="reciprocal", share_alike=True), "release.license",
    ),
    "no evidence": ("posts", "permissive", at(0, license_evidence=None), "release.license"),
    "evidence that is nowhere": ("posts", "permissive", at(0, license_evidence="letters/word-of-mouth"), "release.license"),
    "a withheld text": ("posts", "withheld", at(0, text="words"), "release.license"),
    "a withheld row let go": ("posts", "withheld", at(0, release="published"), "release.license"),
    "an unlicensed text": ("posts", "withheld", at(0, release="published", text="words"), "release.license"),
    "words of a withheld row": (
        "posts", "permissive", at(0, kind="quote", quoted_id="post-office:p3"), "release.license",
    ),
    "a class that is none": ("posts", "permissive", at(0, license_class="free"), "release.license"),
    "a row too few": ("posts", "permissive", lambda f: f.head(-1), "release.ledger"),
    "a row twice": ("posts", "permissive", lambda f: pl.concat([f, f.tail(1)]), "release.ledger"),
    "a row of another place": ("posts", "permissive", at(0, source_offset=1), "release.ledger"),
    "a row of another export": ("posts", "permissive", at(0, source_sha256="0" * 64), "release.ledger"),
    "a row merged from nothing": ("posts", "permissive", at(0, merged_from=["x:1"], modified=True), "release.ledger"),
    "rows out of order": ("posts", "permissive", lambda f: f.reverse(), "release.contract"),
    "a contract broken": ("posts", "permissive", at(0, kind="shout"), "release.contract"),
    "another conversation": ("posts", "permissive", at(0, conversation_id="post-office:c9"), "release.disagree"),
    "a parent elsewhere": ("posts", "permissive", at(0, parent_state="deleted"), "release.disagree"),
    "a place in the row": ("posts", "permissive", at(0, position=7), "release.disagree"),
    "another language": ("posts", "permissive", at(0, lang="tl"), "release.count"),
    "another author": ("posts", "permissive", at(0, author="somebody else"), "release.disagree"),
    "an entry lost": ("ledger", "-00002", lambda f: f.filter(pl.col("fate") != "duplicate"), "release.ledger"),
    "an entry moved": ("ledger", "", at(3, offset=1), "release.ledger"),
    "a gap moved to its neighbour": (
        "ledger", "", lambda f: at(2, gap_blank=0)(at(1, gap_blank=2)(f)), "release.ledger",
    ),
    "a gap grown": ("ledger", "", at(3, gap_blank=9), "release.ledger"),
    "a fate changed": ("ledger", "", at(0, fate="withheld"), "release.ledger"),
    "a reason that is none": ("ledger", "-00002", lambda f: f.with_columns(code=pl.col("code").str.replace("id.conflict", "id.odd")), "release.ledger"),
    "a duplicate of nothing": ("ledger", "-00002", lambda f: f.with_columns(of=pl.col("of").str.replace("$", "0")), "release.ledger"),
    "a row behind another": ("ledger", "", at(0, of="post-office:p2"), "release.ledger"),
    "a duplicate of itself alone": (
        "ledger", "-00002", lambda f: f.with_columns(
            **{name: pl.when(pl.col("id") == pl.col("of")).then(pl.lit("x:1")).otherwise(pl.col(name)) for name in ("id", "of")}
        ), "release.ledger",
    ),
    "words in a conversation": (
        "conversations", "", lambda f: f.with_columns(title=pl.lit("What nobody asked")), "release.disagree",
    ),
    "a conversation under a looser licence": ("conversations", "", lambda f: f.with_columns(license=pl.lit("CC0-1.0")), "release.license"),
    "a conversation of a looser class": ("conversations", "", lambda f: f.with_columns(license_class=pl.lit("public-domain")), "release.license"),
    "a conversation that may become anything": (
        "conversations", "", lambda f: f.with_columns(adaptation_licenses=pl.lit(["CC0-1.0"])), "release.license",
    ),
    "a conversation too few": ("conversations", "", lambda f: f.head(-1), "release.disagree"),
    "a message too few": ("conversations", "", lambda f: f.with_columns(pl.col("messages").list.head(2)), "release.disagree"),
    "a credit too few": ("credits", "", lambda f: f.head(-1), "release.disagree"),
    "a credit for somebody else": ("credits", "", at(0, creator="nobody"), "release.disagree"),
    "evidence taken away": ("evidence", "", lambda f: f.filter(pl.col("kind") == "sign-off"), "release.license"),
    "another statement": ("evidence", "", lambda f: f.with_columns(sha256=pl.lit("0" * 64)), "release.disagree"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_in_the_rows_is_refused(rewrite, descriptions, lie):
    config, folder, change, code = LIES[lie]
    found = codes_of(rewrite(config, change, folder), descriptions)
    assert code in found, f"{lie}: {found}"


def test_a_stale_row_digest_is_refused(rewrite, descriptions):
    assert "release.row-digest" in codes_of(
        rewrite("posts", at(0, gist="ours"), "permissive", proofs=False), descriptions
    )


@pytest.fixture
def reshape(copy, restate):
    """Writes a file again in another form."""

    def forge(write, folder="permissive"):
        path = copy / first_file(copy, "posts", folder)
        write(pq.read_table(path), path)
        restate(copy)
        return copy

    return forge


SHAPES = {
    "no licence column": lambda t, p: pq.write_table(t.drop_columns(["license"]), p),
    "a column too many": lambda t, p: pq.write_table(t.append_column("extra", t["id"]), p),
    "no features": lambda t, p: pq.write_table(t.replace_schema_metadata(None), p),
    "another type": lambda t, p: pq.write_table(t.set_column(9, "position", t["position"].cast(pa.int32())), p),
    "large strings": lambda t, p: pq.write_table(t.set_column(0, "id", t["id"].cast(pa.large_string())), p),
    "columns in another order": lambda t, p: pq.write_table(t.select(t.column_names[::-1]), p),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_of_another_form_is_refused(reshape, descriptions, shape):
    assert "release.schema-differs" in codes_of(reshape(SHAPES[shape]), descriptions)


def test_what_is_no_parquet_file_is_refused(reshape, descriptions):
    assert "release.file-differs" in codes_of(
        reshape(lambda _, path: path.write_bytes(b"PAR1nothingPAR1")), descriptions
    )


def test_a_file_without_rows_is_refused(reshape, descriptions):
    found = codes_of(reshape(lambda table, path: pq.write_table(table.slice(0, 0), path)), descriptions)
    assert "release.count" in found


def test_a_damaged_page_is_refused_even_when_its_file_digest_is_forged(reshape, descriptions):
    def spoil(table, path):
        chunk = pq.read_metadata(path).row_group(0).column(table.schema.get_field_index("text"))
        data = bytearray(path.read_bytes())
        data[chunk.data_page_offset - chunk.total_compressed_size // 2] ^= 1
        path.write_bytes(data)

    assert "release.file-differs" in codes_of(reshape(spoil), descriptions)


def test_classes_that_the_recipe_does_not_publish_are_refused(copy, restate, descriptions):
    publish = open_release(copy).manifest["publish"] | {"classes": ["public-domain", "permissive"]}
    restate(copy, publish=publish)
    assert "release.license" in codes_of(copy, descriptions)


@pytest.fixture(scope="module")
def examined(package):
    release = open_release(package.release)
    return release.manifest, examine(release).frames


def leaves(value, path=()):
    """Paths of all whole numbers below a value."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for key, child in items for leaf in leaves(child, (*path, key))]
    return [path] if isinstance(value, int) and not isinstance(value, bool) else []


def changed(value, path):
    if not path:
        return value + 1
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = changed(value[path[0]], path[1:])
    return copied


@cache
def is_not_counted(path):
    """A circle that was cut leaves no trace to count."""
    return path[-1] == "conversation.cycle"


def test_every_number_of_the_manifest_is_counted_again(examined):
    manifest, frames = examined
    numbers = [path for path in leaves({key: manifest[key] for key in COUNTED}) if not is_not_counted(path)]
    assert len(numbers) >= 100
    for path in numbers:
        lying = type(manifest)(changed(manifest.facts, path), b"")
        assert list(count_faults(lying, frames)), f"nobody counts {path}"


def test_every_number_of_an_export_is_counted_again(examined):
    manifest, frames = examined
    for path in leaves({"exports": manifest["exports"]}):
        lying = type(manifest)(changed(manifest.facts, path), b"")
        assert list(ledger_faults(lying, frames)), f"nobody counts {path}"


def test_what_is_not_stated_at_all_is_missed(examined):
    manifest, frames = examined
    for key in COUNTED:
        facts = {
            name: value
            for name, value in manifest.facts.items()
            if name != key or name in ("configs", "by_source", "by_license", "warnings")
        }
        if key not in facts:
            assert list(count_faults(type(manifest)(facts, b""), frames)), f"{key} may be left out"


def test_the_truth_has_no_faults(examined):
    for faults in (ledger_faults, table_faults, count_faults):
        assert list(faults(*examined)) == []


def test_a_description_and_its_digest_changed_together_are_refused(copy, descriptions):
    """Against the bag alone the change agrees with itself; against the manifest it does not."""
    before = sha256_file(copy / "README.md")
    (copy / "README.md").write_text((copy / "README.md").read_text().replace("CC-BY-SA-4.0", "CC0-1.0"))
    tags = copy / "tagmanifest-sha256.txt"
    tags.write_text(tags.read_text().replace(before, sha256_file(copy / "README.md")))
    assert verify(copy) == []
    assert {"release.description", "release.bag"} == codes_of(copy, descriptions)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("bagit.txt", "1.0", "0.9"),
        ("bag-info.txt", "Payload-Oxum: ", "Payload-Oxum: 1"),
        ("bag-info.txt", "Payload-Oxum", "Payload-0xum"),
    ],
)
def test_a_bag_that_agrees_with_itself_must_still_be_ours(copy, name, old, new):
    before, tags = sha256_file(copy / name), copy / "tagmanifest-sha256.txt"
    (copy / name).write_text((copy / name).read_text().replace(old, new))
    tags.write_text(tags.read_text().replace(before, sha256_file(copy / name)))
    assert [(finding.code, finding.place.file) for finding in verify(copy)] == [("release.bag", name)]


def test_a_manifest_that_breaks_the_descriptions_is_a_finding(copy, descriptions, restate):
    facts = json.loads((copy / "manifest.json").read_bytes())
    (copy / "manifest.json").write_bytes(canonical_json({**facts, "authors": {"policy": "nobody's"}}) + b"\n")
    found = verify(copy, render=descriptions)
    assert ("release.description", "manifest.json") in {(one.code, one.place.file) for one in found}


def test_rows_stated_in_the_wrong_file_are_refused(copy, restate, descriptions):
    """The sums are right, and so are all rows; only the files have one row more and one less than stated."""
    files = json.loads((copy / "manifest.json").read_bytes())["files"]
    one, other = (file for file in files if file["path"].startswith("data/posts/withheld/"))
    one["rows"], other["rows"] = one["rows"] + 1, other["rows"] - 1
    restate(copy, files=files)
    assert codes_of(copy, descriptions) == {"release.count"}


def test_a_size_stated_wrongly_is_refused(copy, restate, descriptions):
    facts = json.loads((copy / "manifest.json").read_bytes())
    facts["documents"][0]["bytes"] += 1
    manifest = manifest_of(facts)
    for name, data in descriptions(manifest).items():
        (copy / name).write_bytes(data)
    assert codes_of(copy, descriptions) == {"release.count"}


def test_a_shape_that_the_checks_rely_on_is_asked_for_first(copy, restate):
    facts = json.loads((copy / "manifest.json").read_bytes())
    for key in SHAPE["required"]:
        without = {name: value for name, value in facts.items() if name != key}
        (copy / "manifest.json").write_bytes(canonical_json(without) + b"\n")
        assert {finding.code for finding in verify(copy)} == {"release.not-a-release"}, key
    for path in ("../outside.md", "/etc/hosts", "data/../x.txt", "a//b.txt", ".hidden.txt"):
        documents = [*facts["documents"], {"path": path, "bytes": 0, "sha256": "0" * 64}]
        (copy / "manifest.json").write_bytes(canonical_json({**facts, "documents": documents}) + b"\n")
        assert {finding.code for finding in verify(copy)} == {"release.not-a-release"}, path
