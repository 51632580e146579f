"""What became of a record: an answer from the ledger."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from ..errors import NotFound
from ..files import shown
from ..findings import codes
from ..quality import explain, rules_of
from .opened import open_release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .opened import Release

Answer = dict[str, Any]

_PLACE: Final = re.compile(r"(?P<file>.+):(?P<offset>[0-9]{1,18})", re.DOTALL)
_LEDGER: Final = (
    "source",
    "file",
    "offset",
    "length",
    "gap_framing",
    "gap_blank",
    "fate",
    "id",
    "of",
    "code",
    "pointer",
    "detail",
)
_ROWS: Final = (
    "id", "url", "native_id", "parent_id", "parent_state", "license", "license_basis", "license_evidence",
    "merged_from", "modified", "redactions", "quality_flags",
)  # fmt: skip
#: How many exports a hint names.
_TOLD: Final = 3


def why(release: Path, what: str) -> list[Answer]:
    """What became of a record.

    `what` is the id of a row, the address of a post, an id of its platform, or a byte of an export as
    `FILE:OFFSET` or `SOURCE/FILE:OFFSET`.

    One entry for each record that is meant, in order of place: `kind` ("record", "framing" or "blank"),
    `source`, `file`, `offset`, `length`; for a record its `fate`, its `id`, for a duplicate `of` (the row
    that stands for it), the `code` of what was left out with what it `means` and what to do (`todo`), the
    `pointer` to the fault, the `detail` of what was measured; for a row its `license`, `license_basis`,
    `license_evidence`, `url`, its `parent_id` and where that is (`parent_state`), the ids `merged_from`, whether it
    was `modified` and how often each kind of personal data was `redacted` in its text, its `quality_flags`, and as
    `measured` what each of them means, with the measure beside its threshold. What does not apply is left out.

    Raises NotFound, and BadRelease for a release that cannot be read.
    """
    opened = open_release(release)
    ledger, rows = opened.frame("ledger", _LEDGER), opened.frame("posts", _ROWS)
    for look in _LOOKS:
        if answers := look(opened, ledger, rows, what):
            return [_measured(opened, answer) for answer in answers]
    raise NotFound(f"nothing here is called {shown(what)}", where=release.name, hint=_hint(opened))


def _hint(release: Release) -> str:
    files = [f"{export['source']}/{export['file']}" for export in release.manifest["exports"]]
    more = f" and {len(files) - _TOLD} more" if len(files) > _TOLD else ""
    told = ", ".join(map(shown, files[:_TOLD]))
    return f"name an id, the address of a post, or FILE:OFFSET with one of {told}{more}"


def _by_name(_: Release, ledger: pl.DataFrame, rows: pl.DataFrame, what: str) -> list[Answer]:
    """By the id of a row, its address, or what its platform calls it: in an id, that follows the first colon."""
    native = pl.col("id").str.splitn(":", 2).struct.field("field_1") == what
    called = rows.filter((pl.col("id") == what) | (pl.col("url") == what) | (pl.col("native_id") == what))[
        "id"
    ]
    meant = pl.col("id").is_in(called.implode()) | (pl.col("id") == what) | native
    return _answers(ledger.filter(meant.fill_null(value=False)), rows)


def _by_place(release: Release, ledger: pl.DataFrame, rows: pl.DataFrame, what: str) -> list[Answer]:
    """By a byte of an export, with or without the source before its name."""
    place = _PLACE.fullmatch(what)
    if place is None:
        return []
    exports = [
        export
        for export in release.manifest["exports"]
        if place["file"] in (export["file"], f"{export['source']}/{export['file']}")
    ]
    answers = [_at(export, ledger, rows, int(place["offset"])) for export in exports]
    if exports and not any(answers):
        raise NotFound(
            f"the export ends before byte {place['offset']}",
            where=shown(place["file"]),
            hint=", ".join(_size(export) for export in exports[:_TOLD]),
        )
    return [entry for found in answers for entry in found]


def _size(export: dict[str, Any]) -> str:
    return f"{shown(export['source'])}/{shown(export['file'])} has {export['bytes']} bytes"


_LOOKS: Final[tuple[Callable[[Release, pl.DataFrame, pl.DataFrame, str], list[Answer]], ...]] = (
    _by_name,
    _by_place,
)


def _at(export: dict[str, Any], ledger: pl.DataFrame, rows: pl.DataFrame, offset: int) -> list[Answer]:
    """What a byte belongs to: a record, or the gap before the next one or after the last."""
    mine = ledger.filter((pl.col("source") == export["source"]) & (pl.col("file") == export["file"])).sort(
        "offset"
    )
    after = mine.filter(pl.col("offset") + pl.col("length") > offset)
    if len(after) and after["offset"][0] <= offset:
        return _answers(after.head(1), rows)
    if offset >= export["bytes"]:
        return []
    before = mine.filter(pl.col("offset") + pl.col("length") <= offset)
    start = int((before["offset"] + before["length"])[-1]) if len(before) else 0
    stop = int(after["offset"][0]) if len(after) else export["bytes"]
    framing, blank = (int(after[name][0]) if len(after) else export[tail] for name, tail in _GAPS)
    kind = "blank" if not framing else "framing" if not blank else "framing and blank"
    place = {"source": export["source"], "file": export["file"], "offset": start, "length": stop - start}
    return [{"kind": kind, **place, "framing": framing, "blank": blank, "means": _GAP_MEANS}]


_GAPS: Final = (("gap_framing", "tail_framing"), ("gap_blank", "tail_blank"))
_GAP_MEANS: Final = (
    "These bytes belong to no record: they are marks of the format and white space between records."
)


def _measured(release: Release, answer: Answer) -> Answer:
    """The answer with what its flags say: the text is measured anew, under the rules of the release."""
    if not answer.get("quality_flags"):
        return answer
    row = release.frame("posts", ("id", "text", "lang")).filter(pl.col("id") == answer["id"])
    rules = rules_of(release.manifest["judged"]["quality"], answer["source"])
    told = {
        met.code: f"{met.means} ({met.measure} {met.measured:g}, {met.side} {met.threshold:g})"
        for met in explain(row["text"], rules, row["lang"])[0]
    }
    known = codes()
    said = {flag: known[flag].means for flag in answer["quality_flags"] if flag in known}
    return {**answer, "measured": {flag: {**said, **told}.get(flag, "") for flag in answer["quality_flags"]}}


def _answers(entries: pl.DataFrame, rows: pl.DataFrame) -> list[Answer]:
    joined = entries.drop("gap_framing", "gap_blank").join(rows, on="id", how="left", maintain_order="left")
    return [_answer(entry) for entry in joined.sort("source", "file", "offset").iter_rows(named=True)]


def _answer(entry: dict[str, Any]) -> Answer:
    """One entry of the ledger with what its code means; the columns of a row only for what became one.

    Of what was taken out the kinds are counted: the row has the places.
    """
    kept = (
        entry
        if entry["fate"] in ("row", "withheld")
        else {name: value for name, value in entry.items() if name in _LEDGER}
    )
    reason = codes().get(entry["code"] or "")
    said = {"means": reason.means, "todo": reason.todo} if reason else {}
    redacted = Counter(one["kind"] for one in kept.pop("redactions", None) or ())
    return {
        "kind": "record",
        **{name: value for name, value in kept.items() if value not in (None, []) and value is not False},
        **({"redacted": dict(sorted(redacted.items()))} if redacted else {}),
        **said,
    }
