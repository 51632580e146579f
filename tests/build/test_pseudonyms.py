"""Pseudonyms of authors, through real builds: the same with one key, names nowhere, the key in no byte and no message."""

import json
import os
import re
import subprocess
import sys

import polars as pl
import pytest

from threadcommons import api
from threadcommons.build import columns, keys
from threadcommons.errors import BadUsage, VersionExists
from threadcommons.privacy import Key, pseudonyms

from .conftest import Package, post
from .test_build import digests, everything
from .test_words import careless, rows_of

KEY = "".join(f"{(73 * number + 41) % 256:02x}" for number in range(32))
OTHER = "".join(f"{(91 * number + 7) % 256:02x}" for number in range(32))
#: Names that no licence here demands to be told, and those that one does.
UNTOLD = ("Una Untold", "Hugo Withheld", "una-account", "Rhea Holder")
CREDITED = "Cora Credited"
PSEUDONYM = re.compile(r"user-[a-z2-7]{16}")
TALK = [
    post("u1", "Which way to the well?", author={"name": "Una Untold", "url": "https://example.org/una-account"}),
    post("u2", "Past the mill and over the bridge, as they say.", author={"name": "Una Untold"}, parent="u1"),
    post("o1", "Somebody else says something here.", author={"name": "Otto Other"}, parent="u1"),
    post("n1", "Nobody says this."),
    post("c1", "Credit where a licence demands it.", "CC-BY-4.0", author={"name": CREDITED}),
    post("c2", "The same voice where none is asked for.", author={"name": "Cora Elsewhere"}),
    post("r1", "A record that says who holds it.", author={"name": "Rhea Holder"}, rights_holder="Rhea Holder", attribution="by Rhea Holder"),
    post("h1", "Words that nobody licensed.", None, author={"name": "Hugo Withheld"}),
]
ELSEWHERE = [post("e1", "The same name on another platform.", author={"name": "Una Untold"})]


def package_of(root, policy="pseudonym", version="1.0.0"):
    package = Package(root)
    package.recipe('policy = "credit"', f'policy = "{policy}"')
    package.recipe('version = "1.0.0"', f'version = "{version}"')
    package.source("talk", TALK, '[license]\nrights_holder = "The well keepers"')
    package.source("elsewhere", ELSEWHERE)
    return package


def key_file(folder, digits=KEY):
    path = folder / "author.key"
    path.write_text(f"{digits}\n")
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pseudonyms")
    package = package_of(folder / "package")
    return package, package.build(workers=1, author_key=key_file(folder)), folder / "author.key"


def authors(package):
    return {name: row["author"] for name, row in rows_of(package).items()}


# -- the same author, the same pseudonym ---------------------------------------------------------------------------


def one_author_has_one_pseudonym(found):
    assert all(PSEUDONYM.fullmatch(found[name]) for name in ("u1", "u2", "o1", "c2", "e1"))
    assert found["u1"] == found["u2"]
    assert len({found[name] for name in ("u1", "o1", "c2", "e1")}) == 4, "one name on two platforms is two people"
    assert (found["n1"], found["h1"], found["c1"]) == (None, None, CREDITED)


def test_one_author_has_one_pseudonym(built):
    one_author_has_one_pseudonym(authors(built[0]))


def test_pseudonyms_of_a_post_instead_of_a_person_are_caught(tmp_path, monkeypatch):
    monkeypatch.setattr(columns, "_who", lambda: pl.col("native_id"))
    package = package_of(tmp_path / "package")
    careless(package)
    with pytest.raises(AssertionError):
        one_author_has_one_pseudonym(authors(package))


def test_the_key_alone_decides_across_builds(built, tmp_path):
    """Another package, more posts, another version: with the key an author keeps the pseudonym, with another loses it."""
    package = package_of(tmp_path / "package", version="1.1.0")
    package.source("more", [post("m1", "One more.", author={"name": "Mia More"})])
    package.version = "1.1.0"
    package.build(workers=1, author_key=key_file(tmp_path))
    table = pl.read_parquet(sorted((package.root / "build/out/1.1.0").glob("data/posts/**/*.parquet")))
    again = dict(table.select("native_id", "author").iter_rows())
    assert {name: again[name] for name in authors(built[0])} == authors(built[0])
    package.build(workers=1, version="1.2.0", author_key=key_file(tmp_path, OTHER))
    table = pl.read_parquet(sorted((package.root / "build/out/1.2.0").glob("data/posts/**/*.parquet")))
    other = dict(table.select("native_id", "author").iter_rows())
    assert not {other[name] for name in ("u1", "o1", "c2", "e1")} & set(again.values())
    assert other["c1"] == CREDITED


def test_with_the_key_a_build_has_the_same_bytes(built, tmp_path):
    package = package_of(tmp_path / "package")
    assert digests(package.build(workers=1, author_key=key_file(tmp_path)).path) == digests(built[1].path)


# -- names ---------------------------------------------------------------------------------------------------------


def nobody_is_named_without_need(release):
    seen = everything(release)
    for name in UNTOLD:
        assert name.encode() not in seen, name
    assert CREDITED.encode() in seen
    assert b"The well keepers" in seen, "what a source declares of all its posts is nobody's handle"


def test_names_stand_nowhere_where_no_licence_demands_them(built):
    nobody_is_named_without_need(built[1].path)


@pytest.mark.parametrize("fault", ["pseudonym", "holder"])
def test_a_name_that_is_let_through_is_caught(tmp_path, monkeypatch, fault):
    """The broken twins: a pseudonym that is the name itself, and a record's word on its holder that is always told."""
    package = package_of(tmp_path / "package")
    if fault == "pseudonym":
        monkeypatch.setattr(columns, "pseudonym", lambda names, _key, _platform: names)
    else:
        right = columns._stated
        monkeypatch.setattr(columns, "_stated", lambda column, claims, _told: right(column, claims, pl.lit(value=True)))
    release = careless(package).path
    with pytest.raises(AssertionError):
        nobody_is_named_without_need(release)


def test_where_nobody_is_to_be_named_nobody_has_a_pseudonym(tmp_path):
    package = package_of(tmp_path / "package", "none")
    release = package.build(workers=1, author_key=None).path
    assert set(authors(package).values()) == {None}
    assert b"Rhea Holder" not in everything(release)
    assert b"user-" not in everything(release)


# -- the key -------------------------------------------------------------------------------------------------------


def the_key_stands_nowhere(package, *outside):
    """Neither its bytes nor its digits are in any file of the package: release, cache, cost, receipts."""
    seen = b"".join(path.read_bytes() for path in package.root.rglob("*") if path.is_file())
    seen += everything(package.root / "build/out/1.0.0") + "".join(outside).encode()
    for shown in (bytes.fromhex(KEY), KEY.encode(), KEY.upper().encode()):
        assert shown not in seen


def test_the_key_is_in_no_byte_of_release_and_cache(built):
    the_key_stands_nowhere(built[0], repr(built[1]), str(built[1].manifest.facts))
    assert built[1].manifest["authors"] == {"policy": "pseudonym", "key": Key(bytes.fromhex(KEY), durable=True).fingerprint, "durable": True}


@pytest.mark.parametrize("leak", ["fingerprint", "task"])
def test_a_key_that_is_written_down_is_caught(tmp_path, monkeypatch, leak):
    if leak == "fingerprint":
        monkeypatch.setattr(Key, "fingerprint", property(lambda self: self.secret.hex()))
    else:
        right = columns.withholding
        monkeypatch.setattr(columns, "withholding", lambda: {**right(), "reason": pl.lit(KEY)})
    package = package_of(tmp_path / "package")
    monkeypatch.setattr("threadcommons.build.run.author_key_of", lambda *_: (pseudonyms.Key(bytes.fromhex(KEY), durable=True), []))
    careless(package)
    with pytest.raises(AssertionError):
        the_key_stands_nowhere(package)


@pytest.mark.parametrize(("digits", "where"), [(KEY[:32], "outside"), (KEY + "zz", "outside"), (KEY, "inside"), ("ab" * 32, "outside")])
def test_no_message_about_a_key_shows_it(tmp_path, digits, where):
    package = package_of(tmp_path / "package")
    path = key_file(package.root if where == "inside" else tmp_path, digits)
    with pytest.raises(BadUsage) as told:
        package.build(workers=1, author_key=path)
    assert digits[:16] not in f"{told.value} {told.value!r}"
    assert not (package.root / "build/out/1.0.0").exists()


def command(package, *more, **surroundings):
    line = [sys.executable, "-m", "threadcommons", *more, "--root", str(package.root)]
    return subprocess.run(line, env=os.environ | surroundings, capture_output=True, text=True, check=False)


def test_the_command_says_nothing_of_the_key_and_takes_it_from_the_surroundings(built, tmp_path):
    package = package_of(tmp_path / "package")
    inside = key_file(package.root)
    refused = command(package, "build", "--debug", "--workers", "1", "--author-key", str(inside))
    inside.unlink()
    done = command(package, "build", "--workers", "1", "--json", THREADCOMMONS_AUTHOR_KEY=str(key_file(tmp_path)))
    assert (refused.returncode, done.returncode) == (2, 0), done.stderr
    assert "Traceback" in refused.stderr
    the_key_stands_nowhere(package, *(told for run in (refused, done) for told in (run.stdout, run.stderr)))
    assert authors(package) == authors(built[0])


def test_without_a_key_one_is_drawn_for_the_build_and_the_manifest_says_that_it_is_lost(tmp_path):
    one, two = (package_of(tmp_path / name / "package") for name in ("one", "two"))
    facts = [package.build(workers=1).manifest["authors"] for package in (one, two)]
    assert [fact["durable"] for fact in facts] == [False, False]
    assert facts[0]["key"] != facts[1]["key"]
    one_author_has_one_pseudonym(authors(one))
    assert authors(one)["u1"] != authors(two)["u1"]


@pytest.mark.parametrize(("mode", "codes"), [(None, ["privacy.key-lost"]), (0o644, ["privacy.key-exposed"]), (0o600, [])])
def test_who_builds_is_told_what_is_wrong_with_the_key(tmp_path, mode, codes):
    package = package_of(tmp_path / "package")
    key = []
    if mode is not None:
        key_file(tmp_path).chmod(mode)
        key = ["--author-key", str(tmp_path / "author.key")]
    told = command(package, "build", "--workers", "1", *key)
    assert (told.returncode, re.findall(r"privacy\.[a-z-]+", told.stdout)) == (0, codes), told.stderr
    assert ("What to do" in told.stdout) == bool(codes)
    made = command(package, "build", "--workers", "1", "--json", *key) if key else None
    assert made is None or [one["code"] for one in json.loads(made.stdout)["findings"]] == codes


def test_a_second_build_without_a_key_says_that_the_pseudonyms_differ(tmp_path):
    package = package_of(tmp_path / "package")
    package.build(workers=1)
    with pytest.raises(VersionExists) as told:
        package.build(workers=1)
    assert "--author-key" in told.value.hint


def test_a_key_that_is_not_drawn_is_caught(tmp_path, monkeypatch):
    """The broken twin: a key that everybody knows would make all that the test above looks for the same."""
    monkeypatch.setattr(keys, "random_key", lambda: Key(bytes(range(32)), durable=False))
    one, two = (package_of(tmp_path / name / "package") for name in ("one", "two"))
    facts = [careless(package).manifest["authors"] for package in (one, two)]
    assert facts[0]["key"] == facts[1]["key"]
    assert authors(one)["u1"] == authors(two)["u1"]


def test_other_policies_need_no_key(tmp_path):
    package = package_of(tmp_path / "package", "credit")
    assert package.build(workers=1).manifest["authors"] == {"policy": "credit"}


# -- trace ---------------------------------------------------------------------------------------------------------


def test_who_has_the_key_can_compare_a_pseudonym_and_nobody_else(built):
    package, made, key = built
    for id_ in package.table()["id"]:
        found = api.trace(made.path, id_, root=package.root, author_key=key)
        assert (found.verdict, dict(found.unknown)) == ("same", {}), id_
    without = api.trace(made.path, "talk:u1", root=package.root)
    assert (without.verdict, dict(without.unknown)) == ("same", {"author": "the key of pseudonyms"})
    assert dict(api.trace(made.path, "talk:c1", root=package.root).unknown) == {}


def test_the_wrong_key_does_not_fit(built, tmp_path):
    package, made, _ = built
    found = api.trace(made.path, "talk:u1", root=package.root, author_key=key_file(tmp_path, OTHER))
    assert found.verdict == "differs"
    assert "author" in found.differing
