from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from huggingface_hub import DatasetCard
from hypothesis import given
from hypothesis import strategies as st

from threadcommons.describe import hand_written_parts, read_front_matter, render, render_card
from threadcommons.describe.metadata import metadata, size_category
from threadcommons.describe.terms import hub_license, licences_of
from threadcommons.describe.words import AUTHOR_POLICIES, DUTIES, FATES, HAND_WRITTEN
from threadcommons.errors import BadRelease, BadUsage
from threadcommons.manifest import Manifest, manifest_of
from threadcommons.model import FATES as ALL_FATES

Facts = dict[str, Any]


def front_of(manifest: Manifest) -> Facts:
    return read_front_matter(render(manifest)["README.md"].decode())


# Front matter


def test_three_readers_agree_on_the_front_matter(release: Any) -> None:
    card = (release.folder / "README.md").read_text(encoding="utf-8")
    strict = read_front_matter(card)
    assert strict == yaml.safe_load(card.split("---\n")[1]) == metadata(release.manifest)
    assert DatasetCard(card).data.to_dict() == strict


def test_configs_and_dataset_info_name_the_same_configs(release: Any) -> None:
    front = front_of(release.manifest)
    names = [config["config_name"] for config in front["configs"]]
    assert names == [info["config_name"] for info in front["dataset_info"]]
    assert names == [config["name"] for config in release.manifest["configs"]]
    assert [config["config_name"] for config in front["configs"] if config.get("default")] == ["posts"]


def test_each_config_carries_version_and_content_digest(release: Any) -> None:
    for config in front_of(release.manifest)["configs"]:
        assert config["version"] == release.manifest.version
        assert config["description"] == f"sha256:{release.manifest['content_digest']}"
        assert all(set(entry) == {"split", "path"} for entry in config["data_files"])


def test_sizes_are_sums_of_the_manifest(release: Any) -> None:
    sizes = {file["path"]: file for file in release.manifest["files"]}
    for config, info in zip(release.manifest["configs"], front_of(release.manifest)["dataset_info"], strict=True):
        paths = [path for split in config["splits"] for path in split["files"]]
        assert info["download_size"] == sum((release.folder / path).stat().st_size for path in paths)
        assert info["dataset_size"] == sum(sizes[path]["num_bytes"] for path in paths)
        assert [split["num_examples"] for split in info["splits"]] == [split["rows"] for split in config["splits"]]


def test_what_is_not_true_is_not_said(small: Facts) -> None:
    for entry in small["by_language"]:
        entry["lang"] = None
    del small["dataset"]["tasks"], small["dataset"]["keywords"]
    small.update({"labels": [], "generators": []})
    front = front_of(manifest_of(small))
    assert {"language", "multilinguality", "task_categories"}.isdisjoint(front)
    assert front["annotations_creators"] == ["no-annotation"]
    assert front["language_creators"] == ["found"]


@pytest.mark.parametrize(
    ("rows", "word"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**12 - 1, "100B<n<1T"), (10**12, "n>1T")],
)
def test_size_categories_are_the_hubs(rows: int, word: str) -> None:
    assert size_category(rows) == word


# Licence keys


def licensed(facts: Facts, published: list[str], annotated: str | None, withheld: int) -> Manifest:
    for entry in facts["by_license"]:
        entry["published"] = 2 if entry["license"] in published else 0
    facts["by_license"].append(
        {"license": "CC-BY-SA-2.5", "name": "old", "class": "reciprocal", "hub": None, "rows": 0, "url": None,
         "published": 2 if "CC-BY-SA-2.5" in published else 0, "duties": [], "text_file": "LICENSES/CC-BY-SA-2.5.txt"}
    )  # fmt: skip
    facts["by_license"].append(
        {"license": "CC-BY-NC-4.0", "name": "nc", "class": "noncommercial", "hub": "cc-by-nc-4.0", "rows": 0, "url": None,
         "published": 2 if "CC-BY-NC-4.0" in published else 0, "duties": [], "text_file": None}
    )  # fmt: skip
    facts["documents"].append({"path": "LICENSES/CC-BY-SA-2.5.txt", "bytes": 1, "sha256": "0" * 64})
    for source in facts["by_source"]:
        source["annotations"] = {"license": annotated, "by": "us"} if annotated else None
    facts["counts"]["withheld"] = withheld
    return manifest_of(facts)


MIXED = {"license": "other", "license_name": "mixed-open", "license_link": "LICENSES.md"}
CASES = {
    "one": (["CC-BY-4.0"], None, 0, {"license": "cc-by-4.0"}),
    "one, with withheld rows": (["CC-BY-4.0"], "CC-BY-4.0", 3, {"license": "cc-by-4.0"}),
    "two": (["CC-BY-4.0", "CC0-1.0"], None, 0, {"license": ["cc-by-4.0", "cc0-1.0"]}),
    "two, with withheld rows": (["CC-BY-4.0", "CC0-1.0"], None, 1, MIXED),
    "annotations are stricter": (["CC0-1.0"], "CC-BY-SA-4.0", 0, {"license": ["cc-by-sa-4.0", "cc0-1.0"]}),
    "annotations are stricter, withheld": (["CC0-1.0"], "CC-BY-SA-4.0", 1, MIXED),
    "annotations unknown": (["CC0-1.0"], "Unheard-Of", 0, {**MIXED, "license_name": "mixed"}),
    "one that the Hub has no id for": (
        ["CC-BY-SA-2.5"], None, 0,
        {"license": "other", "license_name": "cc-by-sa-2.5", "license_link": "LICENSES/CC-BY-SA-2.5.txt"},
    ),
    "with one that the Hub has no id for": (["CC-BY-SA-2.5", "CC0-1.0"], None, 0, MIXED),
    "not open": (["CC-BY-NC-4.0", "CC0-1.0"], None, 1, {**MIXED, "license_name": "mixed"}),
    "nothing": ([], None, 4, {"license": "unknown"}),
}  # fmt: skip


@pytest.mark.parametrize(("published", "annotated", "withheld", "expected"), CASES.values(), ids=CASES)
def test_the_hub_is_never_told_anything_looser(
    small: Facts, published: list[str], annotated: str | None, withheld: int, expected: Facts
) -> None:
    manifest = licensed(small, published, annotated, withheld)
    assert hub_license(manifest) == expected
    front = front_of(manifest)
    assert {key: value for key, value in front.items() if key.startswith("license")} == expected


@given(
    st.sets(st.sampled_from(["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-SA-2.5", "CC-BY-NC-4.0"])),
    st.integers(0, 2),
)
def test_a_hub_id_stands_for_every_licence_in_force(published: set[str], withheld: int) -> None:
    hubs = {
        "CC0-1.0": "cc0-1.0",
        "CC-BY-4.0": "cc-by-4.0",
        "CC-BY-SA-4.0": "cc-by-sa-4.0",
        "CC-BY-NC-4.0": "cc-by-nc-4.0",
    }
    entries = [
        {"license": name, "hub": hubs.get(name), "class": "permissive", "published": 1, "text_file": None, "url": None}
        for name in sorted(published)
    ]
    manifest = Manifest(
        {"by_license": entries, "by_source": [], "counts": {"withheld": withheld}, "documents": []}, b""
    )
    said = hub_license(manifest)["license"]
    if said not in ("other", "unknown"):
        listed = said if isinstance(said, list) else [said]
        assert set(listed) == {hubs.get(name) for name in published}
    assert [entry["license"] for entry in licences_of(manifest)] == sorted(published)


@pytest.mark.parametrize("hub", [None, "", "other", "unknown"])
def test_no_hub_id_is_no_hub_id(small: Facts, hub: str | None) -> None:
    for entry in small["by_license"]:
        entry["hub"] = hub
    assert hub_license(manifest_of(small)) == MIXED


def test_a_duty_without_words_is_refused(small: Facts) -> None:
    small["by_license"][0]["duties"] = ["sacrifice"]
    with pytest.raises(BadRelease, match="sacrifice"):
        render(manifest_of(small))


@pytest.mark.parametrize("duty", sorted(DUTIES))
def test_every_duty_is_put_in_words(small: Facts, duty: str) -> None:
    small["by_license"][0]["duties"] = [duty]
    card = render(manifest_of(small))["README.md"].decode()
    assert DUTIES[duty].sentence in card
    assert f"| {DUTIES[duty].short} |" in card


# Body


def numbers_in(facts: Any) -> set[int]:
    if isinstance(facts, dict):
        return set().union(*map(numbers_in, facts.values())) if facts else set()
    if isinstance(facts, list):
        return set().union(*map(numbers_in, facts)) if facts else set()
    return {facts} if isinstance(facts, int) else set()


def test_every_number_in_a_table_is_one_of_the_manifest(release: Any) -> None:
    body = (release.folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)[2]
    cells = [cell.strip() for line in body.splitlines() if line.startswith("| ") for cell in line.split("|")]
    said = {int(cell.replace(",", "")) for cell in cells if re.fullmatch(r"[0-9,]+", cell)}
    paths = {split["name"]: split["files"] for config in release.manifest["configs"] for split in config["splits"]}
    sums = {
        sum(file["bytes"] for file in release.manifest["files"] if file["path"] in split["files"])
        for config in release.manifest["configs"]
        for split in config["splits"]
    }
    assert paths
    assert len(said) > 15
    assert said <= numbers_in(release.manifest.facts) | sums


def change(path: list[Any], value: Any) -> Callable[[Facts], None]:
    def apply(facts: Facts) -> None:
        for key in path[:-1]:
            facts = facts[key]
        facts[path[-1]] = value

    return apply


@pytest.mark.parametrize(
    "path",
    [
        ["counts", "rows"], ["counts", "withheld"], ["counts", "records"], ["fates", "quarantined"], ["by_source", 0, "rows"],
        ["by_license", 0, "published"], ["by_language", 0, "rows"], ["by_year", 0, "rows"], ["generators", 0, "rows"],
        ["labels", 0, "values", "for"], ["configs", 0, "splits", 0, "rows"], ["configs", 0, "splits", 0, "num_bytes"],
        ["files", 0, "bytes"], ["codes", "record.json-syntax"],
    ],
    ids=lambda path: ".".join(map(str, path)),
)  # fmt: skip
def test_a_changed_count_changes_the_card(small: Facts, path: list[Any]) -> None:
    before = render(manifest_of(small))["README.md"].decode()
    change(path, 987_654)(small)
    after = render(manifest_of(small))["README.md"].decode()
    without_digests = [re.sub(r"[0-9a-f]{64}", "", text) for text in (before, after)]
    assert without_digests[0] != without_digests[1]


def test_loading_lines_name_every_config_and_no_more(release: Any) -> None:
    card = (release.folder / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", card, re.DOTALL)
    assert block
    loaded = re.findall(
        r'^(\w+) = load_dataset\(release, "(\w+)"(?:, split="(\w+)")?\)  # ([\d,]+) rows?$', block[1], re.MULTILINE
    )
    for (variable, name, split, rows), config in zip(loaded, release.manifest["configs"], strict=True):
        assert variable == name == config["name"]
        assert split in {"", config["splits"][0]["name"]}
        assert int(rows.replace(",", "")) == sum(part["rows"] for part in config["splits"])
    compile(block[1], "card", "exec")


def test_links_of_the_card_lead_to_files_of_the_release(release: Any) -> None:
    for name in ("README.md", "LICENSES.md"):
        targets = re.findall(r"\]\(<([^>]*)>\)", (release.folder / name).read_text(encoding="utf-8"))
        assert targets
        for target in targets:
            assert target.startswith("https://") or (release.folder / target).is_file()


def test_every_column_of_every_config_is_explained(release: Any) -> None:
    card = (release.folder / "README.md").read_text(encoding="utf-8")
    columns = card[card.index("## Columns") : card.index("## Check it")]
    for config in release.manifest["configs"]:
        assert f"`{config['name']}`" in columns
        for column in config["columns"]:
            assert f"| `{column['name']}` | `{column['type']}` |" in columns


def test_withheld_rows_and_private_copies_are_spoken_of_only_where_they_are(small: Facts) -> None:
    said = render(manifest_of(small))["README.md"].decode()
    assert "**Withheld rows**" in said
    assert "**Private copy.**" not in said
    small["counts"]["withheld"] = 0
    small["private"] = True
    said = render(manifest_of(small))["README.md"].decode()
    assert "**Withheld rows**" not in said
    assert "**Private copy.**" in said


def test_undisclosed_shows_and_silence_proves_nothing(small: Facts) -> None:
    small["generators"][0].update({"weights": "undisclosed", "model": None})
    said = render(manifest_of(small))["README.md"].decode()
    assert "| – | example provider | undisclosed | 1 |" in said
    small["generators"] = []
    assert "That does not prove that people wrote all of them." in render(manifest_of(small))["README.md"].decode()


@pytest.mark.parametrize("policy", ["credit", "none"])
def test_every_author_policy_says_that_the_data_are_not_anonymous(small: Facts, policy: str) -> None:
    small["authors"]["policy"] = policy
    assert "not anonymous" in AUTHOR_POLICIES[policy]
    assert AUTHOR_POLICIES[policy] in render(manifest_of(small))["README.md"].decode()


def test_every_fate_has_words_in_the_order_of_the_model() -> None:
    assert tuple(FATES) == ALL_FATES


def test_long_tables_are_cut_and_say_so(small: Facts) -> None:
    small["by_source"] = [{**small["by_source"][0], "source": f"source-{number:03}"} for number in range(100)]
    small["labels"][0]["values"] = {f"value {number:03}": 1 for number in range(100)}
    said = render(manifest_of(small))["README.md"].decode()
    assert "60 more sources stand in" in said
    assert "source-039" in said
    assert "source-040" not in said
    assert said.count("value 0") == 12


def test_no_filler_and_no_empty_heading(release: Any) -> None:
    card = (release.folder / "README.md").read_text(encoding="utf-8")
    assert not re.search(r"TODO|TBD|lorem|More Information Needed|\bNone\b|undefined", card)
    body = re.sub(r"<!-- .*? -->\n", "", card.split("---\n", 2)[2])
    assert not re.search(r"^(#+) .*\n+(?=\1 |\Z)", body, re.MULTILINE)
    assert "\n\n\n" not in card


# Hand-written parts


PARTS = st.dictionaries(
    st.sampled_from(sorted(HAND_WRITTEN)),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80).map(lambda text: f"{text}\n"),
)


@given(PARTS)
def test_hand_written_parts_come_back_byte_for_byte(parts: dict[str, str]) -> None:
    written = "".join(f"made\n<!-- hand-written: {name} -->\n{part}<!-- end -->\n" for name, part in parts.items())
    assert hand_written_parts(written) == parts


@pytest.mark.parametrize(
    "part", ["", "one line\n", "crlf\r\nand  spaces  \r\n", "# A heading\n\n```\n---\n```\n", "\n\n", "🍲 ü\n"]
)
def test_a_card_written_again_keeps_what_people_wrote(release: Any, part: str) -> None:
    card = render_card(release.manifest, dict.fromkeys(HAND_WRITTEN, part))
    again = render_card(release.manifest, hand_written_parts(card))
    assert again.encode() == card.encode()
    assert hand_written_parts(card) == dict.fromkeys(HAND_WRITTEN, part)


def test_every_part_has_its_place_in_the_card_even_when_nobody_wrote_it(release: Any) -> None:
    assert hand_written_parts(render_card(release.manifest, {})) == dict.fromkeys(HAND_WRITTEN, "")


def test_the_parts_travel_in_the_manifest(release: Any) -> None:
    card = (release.folder / "README.md").read_bytes().decode()
    assert hand_written_parts(card)["about"] == release.manifest["card"]["about"]
    assert render_card(release.manifest, hand_written_parts(card)) == card


@pytest.mark.parametrize(
    "card",
    [
        "<!-- hand-written: about -->\ntext\n",
        "<!-- end -->\n",
        "<!-- hand-written: about -->\n<!-- hand-written: uses -->\n<!-- end -->\n",
        "<!-- hand-written: about -->\n<!-- end -->\n<!-- hand-written: about -->\n<!-- end -->\n",
        "<!-- hand-written: about -->\n<!-- end -->\n<!-- end -->\n",
    ],
)
def test_markers_that_do_not_pair_up_are_refused_before_words_are_lost(card: str) -> None:
    with pytest.raises(BadUsage) as caught:
        hand_written_parts(card)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("unheard-of", "text\n"),
        ("about", "no end"),
        ("about", "a\n<!-- end -->\nb\n"),
        ("about", "<!-- hand-written: uses -->\n"),
    ],
)
def test_a_part_without_a_place_or_that_breaks_out_is_refused(release: Any, name: str, part: str) -> None:
    with pytest.raises(BadUsage):
        render_card(release.manifest, {name: part})


# What licences allow together


def test_a_closure_is_put_in_words(release: Any) -> None:
    card = (release.folder / "README.md").read_text(encoding="utf-8")
    assert (
        "| `posts` | 2 | nothing: CC-BY-SA-4.0, CC-BY-NC-SA-4.0 do not go together; take one licence at a time |"
        in card
    )
    assert "| `public_domain` | 2 | any of 20 known licences | each row keeps its licence |" in card
    assert "the database as a whole stands under CC-BY-SA-4.0 |" in card


def test_an_expression_is_linked_to_all_of_its_licences(small: Facts) -> None:
    entry = small["by_license"][0]
    entry.update({"license": "CC-BY-4.0 AND CC-BY-SA-4.0", "hub": "other", "text_file": "LICENSES/CC-BY-4.0.txt"})
    made = render(manifest_of(small))
    assert "| [CC-BY-4.0 AND CC-BY-SA-4.0](<LICENSES.md>) |" in made["README.md"].decode()
    table = made["LICENSES.md"].decode()
    (line,) = [line for line in table.splitlines() if " AND " in line]
    for name in ("CC-BY-4.0", "CC-BY-SA-4.0"):
        assert f"[{name}](<https://spdx.org/licenses/{name}>)" in line
        assert f"(<LICENSES/{name}.txt>)" in line


def test_no_licence_is_linked_to_nothing(release: Any) -> None:
    (line,) = [
        line
        for line in (release.folder / "LICENSES.md").read_text(encoding="utf-8").splitlines()
        if "NOASSERTION" in line
    ]
    assert "](" not in line


def test_a_licence_that_spdx_does_not_know_has_no_address(small: Facts) -> None:
    small["by_license"][0]["license"] = "LicenseRef-DbCL-1.0"
    made = render(manifest_of(small))
    assert "spdx.org/licenses/LicenseRef" not in b"".join(made.values()).decode()
    assert '"LicenseRef-DbCL-1.0"' in made["croissant.json"].decode()
