"""What a recipe promises of licences: kept, or nothing is built and the error says which rows and what to change."""

import pytest

from threadcommons import api, licensing
from threadcommons.build import promises
from threadcommons.errors import BadRecipe, BrokenPromise
from threadcommons.licensing import closing
from threadcommons.manifest import manifest_of
from threadcommons.release.opened import open_release
from threadcommons.release.promised import promise_faults
from threadcommons.release.tables import examine

from .licensed import EVERY, OPEN, Package, post


@pytest.fixture
def package(tmp_path):
    """Posts of three classes in two conversations, and one post that nobody may sell."""
    made = Package(tmp_path / "package")
    made.source(
        "talk",
        [
            post("a", "CC0-1.0", conversation="one"),
            post("b", "CC-BY-4.0", conversation="one"),
            post("c", "CC-BY-SA-4.0", conversation="two"),
            post("d", "CC-BY-SA-3.0", conversation="two"),
            post("n", "CC-BY-NC-4.0", conversation="three"),
        ],
    )
    return made


def promised(lines, classes=OPEN):
    return {"classes": classes, "publish": f"[publish.promise]\n{lines}"}


def test_every_release_promises_a_collection(package):
    manifest = package.build().manifest
    assert manifest["publish"] == {"classes": list(OPEN), "promise": {"posts": "collection"}, "choices": {}}
    assert manifest["closure"]["posts"]["collection"] == {"publishable": True, "database_license": "CC-BY-SA-4.0"}
    assert set(manifest["closure"]) == {"posts", "public_domain", "permissive", "reciprocal", "conversations"}


def test_a_row_that_the_recipe_does_not_publish_is_counted_and_breaks_nothing(package):
    package.recipe(**promised('posts = "CC-BY-SA-4.0"'))
    manifest = package.build().manifest
    assert manifest["codes"] == {"license.class-not-published": 1}
    assert manifest["closure"]["posts"]["adaptation"] == {"allowed": ["CC-BY-SA-4.0"], "conflict": None}


def test_a_planted_row_breaks_the_promise_by_name_and_nothing_is_built(package):
    package.recipe(**promised('posts = "CC-BY-SA-4.0"', EVERY))
    with pytest.raises(BrokenPromise) as refused:
        package.build()
    said = str(refused.value)
    assert said.startswith("publish.promise.posts: closure.promise-not-kept: 1 row under CC-BY-NC-4.0")
    assert "talk:n" in said
    assert "leave the classes noncommercial out of this config" in said
    assert "promise only a collection" in said
    assert not package.release.exists()
    assert not list((package.root / "build/manifests").glob("*"))


@pytest.mark.parametrize(
    ("lines", "classes", "named"),
    [
        ('reciprocal = "CC-BY-SA-3.0"', OPEN, "talk:c"),
        ('permissive = "CC0-1.0"', OPEN, "talk:b"),
        ('noncommercial = "CC-BY-4.0"', EVERY, "talk:n"),
        ('conversations = "CC-BY-4.0"', OPEN, "talk:two"),
        ('conversations = "CC-BY-SA-4.0"', EVERY, "talk:three"),
        ('posts = "CC-BY-4.0"', OPEN, "talk:c"),
    ],
)
def test_each_config_has_its_own_promise(package, lines, classes, named):
    package.recipe(**promised(lines, classes))
    with pytest.raises(BrokenPromise, match=named) as refused:
        package.build()
    assert refused.value.where == f"publish.promise.{lines.split(' ')[0]}"
    assert refused.value.hint


@pytest.mark.parametrize(
    ("lines", "classes"),
    [
        ('reciprocal = "CC-BY-SA-4.0"\nposts = "collection"', EVERY),
        ('permissive = "CC-BY-SA-4.0"\npublic_domain = "MIT"', OPEN),
        ('conversations = "CC-BY-SA-4.0"', OPEN),
        ('noncommercial = "CC-BY-NC-SA-4.0"\nconversations = "collection"', EVERY),
        ('noderivatives = "CC0-1.0"', EVERY),
    ],
)
def test_a_promise_that_is_kept_stands_in_manifest_and_card(package, lines, classes):
    package.recipe(**promised(lines, classes))
    built = package.build()
    stated = dict(line.replace('"', "").split(" = ") for line in lines.split("\n"))
    assert built.manifest["publish"]["promise"] == {"posts": "collection"} | stated
    card = (built.path / "README.md").read_text()
    promise_table = card.split("What the release promises")[1].split("\n## ")[0]
    assert promise_table.count("\n| `") == len(built.manifest["publish"]["promise"])
    assert all(value in promise_table for value in stated.values())
    assert api.verify(built.path) == []


@pytest.mark.parametrize("config", ["recipocal", "noncommercial", "credits", "ledger"])
def test_a_promise_of_something_that_is_not_published_is_refused(package, config):
    package.recipe(**promised(f'{config} = "CC-BY-4.0"'))
    with pytest.raises(BadRecipe, match=f"publish.promise.{config}.*there is posts, conversations, public_domain"):
        package.build()


@pytest.mark.parametrize("promise", ["CC-BY", "CC-BY-4.0 OR MIT", "CC-PDM-1.0", "yes", "NOASSERTION"])
def test_a_promise_that_says_nothing_is_refused(package, promise):
    package.recipe(**promised(f'posts = "{promise}"'))
    with pytest.raises(BrokenPromise, match=r"closure\.promise-unknown"):
        package.build()


def test_two_databases_that_exclude_each_other_are_never_published_together(package):
    package.source("map", [post("m", "ODbL-1.0 AND LicenseRef-DbCL-1.0")])
    with pytest.raises(BrokenPromise, match=r"closure\.database-layer.*CC-BY-SA-4.0 and ODbL-1.0.*sources\.exclude"):
        package.build()


def test_a_conversation_counts_as_one_document(package):
    closure = package.build().manifest["closure"]["conversations"]
    assert [(entry["license"], entry["rows"]) for entry in closure["licenses"]] == [
        ("CC-BY-4.0", 1),
        ("CC-BY-SA-3.0 AND CC-BY-SA-4.0", 1),
    ]
    assert closure["adaptation"]["allowed"] == ["CC-BY-SA-4.0"]


def test_a_choice_that_the_recipe_states_is_kept_and_stated(package):
    offer = "CC-BY-NC-4.0 OR CC-BY-SA-4.0"
    package.source("offer", [post("o", "CC-BY-SA-4.0 OR CC-BY-NC-4.0")])
    assert package.build().manifest["codes"] == {"license.class-not-published": 2}
    package.recipe(publish=f'[publish.choices]\n"{offer}" = "CC-BY-SA-4.0"\n[publish.promise]\nposts = "CC-BY-SA-4.0"')
    manifest = package.build(version="1.0.1").manifest
    assert manifest["publish"]["choices"] == {offer: "CC-BY-SA-4.0"}
    entry = next(one for one in manifest["by_license"] if one["license"] == offer)
    assert (entry["class"], entry["published"]) == ("reciprocal", 1)
    assert "license.choice-not-stated" not in package.codes()


@pytest.mark.parametrize(
    ("offer", "choice"),
    [("CC-BY-NC-4.0 OR CC-BY-SA-4.0", "CC0-1.0"), ("CC-BY-SA-4.0 OR CC-BY-NC-4.0", "CC-BY-SA-4.0"), ("MIT", "MIT")],
)
def test_a_choice_that_nobody_offers_is_refused(package, offer, choice):
    package.recipe(publish=f'[publish.choices]\n"{offer}" = "{choice}"')
    with pytest.raises(BadRecipe, match=r"license\.bad-choice"):
        package.build()


# -- broken twins --------------------------------------------------------------------------------------------------


def test_a_forged_promise_is_seen_in_the_rows(package):
    package.recipe(EVERY)
    release = open_release(package.build().path)
    forged = manifest_of({**release.manifest.facts, "publish": {"promise": {"posts": "CC-BY-SA-4.0"}, "choices": {}}})
    frames = examine(release).frames
    assert list(promise_faults(release.manifest, frames)) == []
    (fault,) = promise_faults(forged, frames)
    assert (fault.code, fault.place.pointer) == ("closure.promise-not-kept", "/publish/promise/posts")
    assert "talk:n" in fault.detail


def test_a_build_that_does_not_ask_is_caught_by_its_own_verification(package, monkeypatch):
    package.recipe(**promised('posts = "CC-BY-SA-4.0"', EVERY))
    monkeypatch.setattr(promises, "_keep", lambda *_: None)
    with pytest.raises(Exception, match=r"closure\.promise-not-kept"):
        package.build()


def test_closures_do_not_depend_on_the_order_of_rows(package):
    package.recipe(EVERY)
    package.build()
    rows = package.table()
    whole = closing.closures_of(rows)
    assert closing.closures_of(rows.reverse()) == whole == closing.closures_of(rows.sample(fraction=1.0, shuffle=True, seed=5))
    apart = [closing.closures_of(part)["posts"] for part in (rows[:2], rows[2:])]
    assert licensing.merge(*apart) == whole["posts"]
