"""The dataset card: front matter and prose from the manifest, with places that belong to people.

A hand-written part stands between two marker lines and stays byte for byte when the card is written again.
In a release the parts come with the manifest (`card`), so the card of a release needs nothing but its
manifest.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from ..errors import BadUsage
from ..findings import codes
from .cite import bibtex, text
from .frontmatter import front_matter
from .markdown import Raw, fill
from .metadata import bytes_of, languages, metadata
from .terms import TABLE, address_of, collection, duties_of, ids_of, licences_of, outlets, texts_of
from .words import ASKS, AUTHOR_POLICIES, DUPLICATES, DUTIES, FATES, HAND_WRITTEN, LIMITS, SPLITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..manifest import Manifest
    from .words import Duty

Facts = dict[str, Any]

_BEGIN: Final = "<!-- hand-written: {} -->\n"
_END: Final = "<!-- end -->"
_MARKER: Final = re.compile(r"^<!-- (?:hand-written: ([^\n]*?)|end) -->[ \t]*(?:\r?\n|\Z)", re.MULTILINE)

#: Longest tables on the card, in rows; the manifest and the files have the rest.
_SHOWN: Final = 40
_SHOWN_VALUES: Final = 12


def card(manifest: Manifest) -> bytes:
    """README.md of a release: the card with the hand-written parts that came with its manifest."""
    return render_card(manifest, manifest.facts.get("card", {})).encode()


def render_card(manifest: Manifest, hand_written: Mapping[str, str]) -> str:
    """The card as text. `hand_written` is part -> Markdown, each part empty or ended by a line feed.

    Raises BadUsage for a part that the card has no place for or that would break out of its markers.
    """
    for name, part in hand_written.items():
        _check_part(name, part)
    body = fill("card.md", **_view(manifest), hand_written=lambda name: _fenced(name, hand_written.get(name, "")))
    return f"{front_matter(metadata(manifest))}\n{body}"


def hand_written_parts(card_text: str) -> dict[str, str]:
    """The hand-written parts of a card, by name, byte for byte.

    Raises BadUsage when the markers do not pair up, because writing the card again would lose somebody's
    words.
    """
    parts: dict[str, str] = {}
    name: str | None = None
    start = 0
    for marker in _MARKER.finditer(card_text):
        opened = marker[1]
        if (opened is None) == (name is None) or opened in parts:
            raise BadUsage(
                f"a marker of a hand-written part is out of place: {marker[0].strip()}",
                where=f"line {card_text.count(chr(10), 0, marker.start()) + 1}",
                hint="each part has one line that opens it and one that ends it",
            )
        if name is not None:
            parts[name] = card_text[start : marker.start()]
        name, start = opened, marker.end()
    if name is not None:
        raise BadUsage(f"the hand-written part {name!r} has no end", hint=f"add the line {_END}")
    return parts


def licence_table(manifest: Manifest) -> bytes:
    """LICENSES.md: which licences occur, what each asks, how many rows stand under it."""
    return fill("licenses.md", **_view(manifest)).encode()


def _check_part(name: str, part: str) -> None:
    where = f"hand-written part {name!r}"
    if name not in HAND_WRITTEN:
        raise BadUsage("the card has no place for it", where=where, hint=f"its places are {', '.join(HAND_WRITTEN)}")
    if _MARKER.search(part):
        raise BadUsage("it holds a line that is a marker", where=where, hint="word that line differently")
    if part and not part.endswith("\n"):
        raise BadUsage("its last line is not ended", where=where, hint="end it with a line feed")


def _fenced(name: str, part: str) -> Raw:
    return Raw(_BEGIN.format(name) + part + _END)


def _view(manifest: Manifest) -> Facts:
    """All that the templates print: the manifest's facts, and what follows from them."""
    licences = manifest["by_license"]
    return {
        **manifest.facts,
        "private": manifest.facts.get("private", False),
        "root_digest": manifest.root_digest,
        "languages": languages(manifest),
        "licences": licences,
        "in_force": licences_of(manifest),
        "asks": {entry["license"]: _asks(entry) for entry in licences},
        "ids_of": ids_of,
        "address_of": address_of,
        "texts_of": lambda expression: texts_of(manifest, expression),
        "closures": [
            (name, entry, outlets(entry), collection(entry)) for name, entry in sorted(manifest["closure"].items())
        ],
        "duties": _duties(manifest),
        "licence_table": TABLE,
        "fate_meanings": [(fate, manifest["fates"].get(fate, 0), meaning) for fate, meaning in FATES.items()],
        "author_policy": AUTHOR_POLICIES[manifest["authors"]["policy"]],
        "lost_key": not manifest["authors"].get("durable", True),
        "left_in": sorted({*_left_in(manifest["judged"]["privacy"])}),
        "duplicates": _duplicates(manifest["judged"]["dedup"]),
        "splits": _splits(manifest["judged"]["splits"]),
        "flag_means": _flag_means,
        "limits": LIMITS,
        "machine_rows": sum(entry["rows"] for entry in manifest["generators"]),
        "file_bytes": sum(file["bytes"] for file in manifest["files"]),
        "export_bytes": sum(export["bytes"] for export in manifest["exports"]),
        "bytes_of": lambda paths: bytes_of(manifest, paths),
        "loading": [_loading(config) for config in manifest["configs"]],
        "dictionaries": _dictionaries(manifest),
        "bibtex": Raw(bibtex(manifest)),
        "citation": text(manifest).strip(),
        "shown": _SHOWN,
        "commonest": _commonest,
        "reason": _reasons().get,
    }


def _left_in(privacy: Facts) -> list[str]:
    """Kinds of personal data that some policy leaves in texts."""
    policies = [privacy["all"], *privacy["sources"].values()]
    return [kind.replace("_", " ") for policy in policies for kind, action in policy.items() if action != "redact"]


def _duplicates(policy: Facts) -> str:
    return DUPLICATES[f"{policy['exact']}_{policy['near']}"].format(**policy)


def _splits(shares: Mapping[str, int]) -> str:
    held_out = {name: shares.get(name, 0) / 100 for name in ("validation", "test")}
    return SPLITS["some" if any(held_out.values()) else "none"].format(**held_out)


def _flag_means(flag: str) -> str:
    """What a code in `quality_flags` means: those of rules of quality stand in the table below their group."""
    return _reasons().get(flag) or _reasons().get(f"quality.{flag}", "")


@cache
def _reasons() -> dict[str, str]:
    """What the codes of faults and of licences mean, for people."""
    return {name: code.means for name, code in codes().items()}


def _duties(manifest: Manifest) -> list[Duty]:
    """Every duty that some row of the release brings, once."""
    asked = {duty.name for entry in licences_of(manifest) for duty in duties_of(entry)}
    return [duty for name, duty in DUTIES.items() if name in asked]


def _asks(entry: Facts) -> str:
    """What a licence asks in a few words. Where nothing is known, nothing is granted."""
    if entry["class"] in ASKS:
        return ASKS[entry["class"]]
    return ", ".join(duty.short for duty in duties_of(entry)) or ASKS["other"]


def _loading(config: Facts) -> Raw:
    """One line of Python. Names are written as literals in ASCII, so that none can end the code block."""
    name, splits = config["name"], config["splits"]
    variable = re.sub(r"\W", "_", name, flags=re.ASCII)
    only = f", split={json.dumps(splits[0]['name'])}" if len(splits) == 1 else ""
    rows = sum(split["rows"] for split in splits)
    noun = "row" if rows == 1 else "rows"
    return Raw(f"{variable} = load_dataset(release, {json.dumps(name)}{only})  # {rows:,} {noun}")


def _dictionaries(manifest: Manifest) -> list[Facts]:
    """One column dictionary per schema, with the configs that follow it."""
    found: dict[str, Facts] = {}
    for config in manifest["configs"]:
        entry = found.setdefault(config["schema"], {"configs": [], "columns": config["columns"]})
        entry["configs"].append(config["name"])
    return list(found.values())


def _commonest(values: Mapping[str, int]) -> list[tuple[str, int]]:
    """The values that most rows have, in a fixed order."""
    return sorted(values.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN_VALUES]
