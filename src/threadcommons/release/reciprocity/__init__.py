"""Does a derived dataset honour what it took from a release?

The parts, in the order of work:

* `derived`: a stranger's dataset, opened with care (`reading` parses its rows in a process of its own);
* `papers`: what it states as a whole, licences and names;
* `offered`: the release's texts, and how each can be recognised;
* `taken`: which of them are there, with the evidence;
* `seen`: what stands around them there;
* `relation`: how a stated licence goes with a row's;
* `judgement`: the duties, one by one, as data (its words are in reasons.toml);
* `report`: the outcome as a value, and in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import licensing
from .derived import USUAL, Limits, open_derived
from .judgement import judge
from .offered import open_offered
from .report import Compared, Reciprocity
from .taken import EVIDENCE, RULE, Rule, find_taken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Compared", "Limits", "Reciprocity", "Rule", "reciprocity"]


def reciprocity(
    derived: Path,
    release: Path,
    *,
    text: Sequence[str] = (),
    limits: Limits = USUAL,
    rule: Rule = RULE,
) -> Reciprocity:
    """Compare a derived dataset with a release and judge whether it honours what it took.

    `derived` is a Parquet, JSON Lines, JSON, CSV or TSV file, or a folder of such files, with or without the card of a
    Hub repository. `text` names the columns that hold its texts; without it, names and looks tell.

    Raises BadRelease, NotFound when there is nothing to read in `derived`, BadDerived when it cannot be read, and
    TooLarge beyond `limits`.
    """
    offered = open_offered(release)
    opened = open_derived(derived, text, limits)
    taken = find_taken(offered, opened, rule)
    licenses = taken.rows.join(offered.rows, on="row")["license"].value_counts().sort("license")
    kinds = dict(taken.rows["evidence"].value_counts().iter_rows())
    counts = tuple((str(name), int(rows)) for name, rows in licenses.iter_rows())
    return Reciprocity(
        compared=Compared(
            derived=opened.name,
            files=tuple(file.name for file in opened.files),
            rows=opened.rows,
            statements=opened.papers.statements,
            unread=opened.unread,
            dataset=str(offered.manifest["dataset"]["title"]),
            version=offered.manifest.version,
            root_digest=offered.manifest.root_digest,
            offered=len(offered.rows),
        ),
        evidence=tuple((kind, kinds.get(number, 0)) for number, kind in enumerate(EVIDENCE)),
        licenses=counts,
        free=sum(rows for name, rows in counts if not licensing.duties(name)),
        mentioned=len(taken.mentioned),
        short=taken.short,
        certain=taken.certain,
        judgements=judge(offered, opened, taken),
    )
