"""`relicense`: what other rules would change is what a full rebuild with these rules changes."""

import json
import shutil

import polars as pl
import pytest

from threadcommons import api
from threadcommons.build.rejudge import JUDGED
from threadcommons.cli import run
from threadcommons.errors import BadRecipe, BadSources, BadUsage, NoPackage

from .licensed import Package, post

PACK = """\
id = "{id}"
version = "{version}"
title = "A pack of these tests"
platforms = {platforms}
accepts = ["record", "author", "platform"]
{rest}
"""
RULE = """\
[[rule]]
id = "{id}"
{when}
license = "{license}"
basis = "Said so."
evidence = "https://example.org/rules"
confidence = "inferred"
"""
REFUSAL = '[refusal]\nbasis = "No longer."\nevidence = "https://example.org/rules"\n'


def pack(id_, platforms, *rules, version="1", rest=""):
    lines = "".join(RULE.format(id=name, when=when, license=license_) for name, when, license_ in rules)
    return PACK.format(id=id_, version=version, platforms=json.dumps(platforms), rest=lines + rest)


#: What a maintainer could come to believe: other dates, a refusal, a grant, a mere new version, a stricter licence.
PACKS = {
    "dates": pack(
        "stackexchange", ["stackexchange"], ("old", 'until = "2016-12-31"', "CC-BY-SA-2.5"), ("new", 'from = "2017-01-01"', "CC-BY-SA-4.0")
    ),
    "refusal": pack("stackexchange", ["stackexchange"], rest=REFUSAL, version="9"),
    "version": pack(
        "stackexchange",
        ["stackexchange"],
        ("date-2.5", 'until = "2011-04-07"', "CC-BY-SA-2.5"),
        ("date-3.0", 'from = "2011-04-08"\nuntil = "2018-05-01"', "CC-BY-SA-3.0"),
        ("date-4.0", 'from = "2018-05-02"', "CC-BY-SA-4.0"),
        version="2",
    ),
    "grant": pack("board", ["board"], ("all", "", "CC-BY-4.0")),
    "strict": pack("board", ["board"], ("all", "", "CC-BY-NC-4.0")),
    "nothing": pack("elsewhere", ["elsewhere"], ("all", "", "CC0-1.0")),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A package with dated posts, quotes and repeats, and its release under the rules that ship with the tool."""
    package = Package(tmp_path_factory.mktemp("rules") / "package")
    dated = [post(f"s{year}", None, created_at=f"{year}-06-01T00:00:00Z") for year in range(2009, 2021)]
    field = post("f", "CC BY-SA 4.0", created_at="2019-01-01T00:00:00Z")
    quoting = post("q", "CC BY-SA 4.0", "s2012", created_at="2019-01-01T00:00:00Z")
    package.source("stackexchange", [*dated, field, quoting, {**dated[3], "license": "CC BY-SA 3.0"}])
    package.source("board", [post("b1", None), post("b2", "CC0-1.0", "b1"), post("b3", "CC0-1.0"), post("b4", "CC-BY-SA-4.0")])
    package.build()
    return package


def judgements(package, version):
    files = sorted((package.root / "build/out" / version).glob("data/posts/**/*.parquet"))
    rows = pl.concat([pl.read_parquet(path, columns=["id", *JUDGED]) for path in files])
    return {row.pop("id"): row for row in rows.to_dicts()}


@pytest.mark.parametrize("name", PACKS)
def test_the_list_of_changes_equals_that_of_a_full_rebuild(built, tmp_path, name):
    rules = tmp_path / f"{name}.toml"
    rules.write_text(PACKS[name])
    changes = api.relicense(built.release, [rules], root=built.root)
    built.recipe(rules={rules.name: PACKS[name]})
    try:
        built.build(out=tmp_path, version="1.0.0")
    finally:
        built.recipe()
    before = judgements(built, "1.0.0")
    rebuilt = [pl.read_parquet(path, columns=["id", *JUDGED]) for path in sorted((tmp_path / "1.0.0").glob("data/posts/**/*.parquet"))]
    after = {row.pop("id"): row for row in pl.concat(rebuilt).to_dicts()}
    wanted = [(id_, before[id_], after[id_]) for id_ in sorted(before) if before[id_] != after[id_]]
    assert [(change.id, change.before, change.after) for change in changes] == wanted
    assert bool(changes) == (name != "nothing")


def test_a_change_reaches_those_who_quote(built, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text(PACKS["refusal"])
    changed = {change.id: change.after for change in api.relicense(built.release, [rules], root=built.root)}
    assert changed["stackexchange:q"]["release"] == "withheld"
    assert "stackexchange:f" not in changed
    rules.write_text(PACKS["strict"])
    changed = {change.id: change.after for change in api.relicense(built.release, [rules], root=built.root)}
    assert changed["board:b3"] | {"share_alike": False} == changed["board:b3"]
    assert (changed["board:b3"]["license"], changed["board:b3"]["release"]) == ("CC-BY-NC-4.0", "withheld")


def test_the_rules_that_are_given_take_the_place_of_those_of_the_recipe(tmp_path):
    package = Package(tmp_path / "package")
    package.recipe(rules={"z-board.toml": PACKS["grant"]})
    package.source("board", [post("b", None)])
    package.build()
    assert package.rows()["b"]["license"] == "CC-BY-4.0"
    rules = tmp_path / "a.toml"
    rules.write_text(PACKS["strict"])
    (change,) = api.relicense(package.release, [rules], root=package.root)
    assert (change.before["license"], change.after["license"]) == ("CC-BY-4.0", "CC-BY-NC-4.0")


def test_nothing_is_written_and_the_release_is_found_in_its_package(built, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text(PACKS["dates"])
    before = {path: path.stat().st_mtime_ns for path in built.release.rglob("*")}
    assert api.relicense(built.release, [rules])
    assert {path: path.stat().st_mtime_ns for path in built.release.rglob("*")} == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id = ", r"rules\.bad-pack"),
        (PACKS["grant"].replace("CC-BY-4.0", "CC-BY"), r"rules\.bad-pack: .*CC-BY is no known licence"),
        (PACKS["grant"].replace('title = "A pack of these tests"\n', ""), r"rules\.bad-pack: .*'title' is missing"),
        (PACKS["grant"] + REFUSAL, r"rules\.bad-pack"),
        (PACKS["grant"] + RULE.format(id="again", when="", license="CC0-1.0"), r"rules\.overlap: board: all and again"),
        ('colour = "red"\n' + PACKS["grant"], r"rules\.bad-pack: .*colour"),
        (PACKS["grant"].replace("https://", "http://"), r"rules\.bad-pack"),
    ],
)
def test_a_pack_that_cannot_be_used_is_named_with_the_reason(built, tmp_path, text, says):
    rules = tmp_path / "rules.toml"
    rules.write_text(text)
    with pytest.raises(BadRecipe, match=rf"^rules\.toml: {says}") as refused:
        api.relicense(built.release, [rules], root=built.root)
    assert refused.value.hint


def test_a_pack_that_is_no_text_is_refused(built, tmp_path):
    (tmp_path / "rules.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadRecipe, match="not UTF-8"):
        api.relicense(built.release, [tmp_path / "rules.toml"], root=built.root)


def test_two_packs_about_one_platform_contradict_each_other(built, tmp_path):
    for name, id_ in (("a", "board"), ("b", "bored")):
        (tmp_path / f"{name}.toml").write_text(pack(id_, ["board"], ("all", "", "CC-BY-4.0")))
    with pytest.raises(BadRecipe, match=r"rules\.overlap: board and bored are both about board"):
        api.relicense(built.release, [tmp_path / "a.toml", tmp_path / "b.toml"], root=built.root)
    (tmp_path / "more").mkdir()
    (tmp_path / "more/a.toml").write_text(PACKS["nothing"])
    with pytest.raises(BadUsage, match="same file name"):
        api.relicense(built.release, [tmp_path / "a.toml", tmp_path / "more/a.toml"], root=built.root)


def test_a_release_of_other_exports_is_not_judged(tmp_path):
    package = Package(tmp_path / "package")
    package.source("board", [post("b", None)])
    package.build()
    package.source("board", [post("b", None), post("c", None)])
    (tmp_path / "rules.toml").write_text(PACKS["grant"])
    with pytest.raises(BadSources, match=r"built from another posts\.jsonl than is here"):
        api.relicense(package.release, [tmp_path / "rules.toml"])


# -- the command ---------------------------------------------------------------------------------------------------


def command(capsys, *arguments):
    code = run([str(argument) for argument in arguments])
    return code, capsys.readouterr().out


def test_the_command_prints_what_would_change(built, tmp_path, capsys):
    rules = tmp_path / "rules.toml"
    rules.write_text(PACKS["grant"])
    code, said = command(capsys, "relicense", built.release, "--rules", rules)
    assert code == 0
    assert "NOASSERTION, withheld" in said
    assert "board:b1: license NOASSERTION -> CC-BY-4.0" in said
    assert said.endswith("4 of 18 rows would change\n")
    code, said = command(capsys, "relicense", built.release, "--rules", rules, "--json", "--root", built.root)
    told = json.loads(said)
    assert (code, told["format"]) == (0, "threadcommons-relicensed/1")
    assert [change["id"] for change in told["changes"]] == ["board:b1", "board:b2", "board:b3", "board:b4"]


def test_the_command_says_when_nothing_would_change(built, tmp_path, capsys):
    rules = tmp_path / "rules.toml"
    rules.write_text(PACKS["nothing"])
    assert command(capsys, "relicense", built.release, "--rules", rules) == (0, "none of 18 rows would change\n")
    rules.write_text("nonsense")
    assert command(capsys, "relicense", built.release, "--rules", rules)[0] == 3
    assert command(capsys, "relicense", built.release)[0] == 2


def test_outside_of_its_package_a_release_cannot_be_judged(built, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.toml").write_text(PACKS["grant"])
    away = shutil.copytree(built.release, tmp_path / "away")
    with pytest.raises(NoPackage):
        api.relicense(away, ["rules.toml"])
