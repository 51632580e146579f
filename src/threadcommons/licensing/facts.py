"""What is known of each licence: one row of `facts.csv` per identifier.

The columns are described in `facts.schema.json`. Class, duties and card entry are derived from a row and
stored nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final, Literal, cast

from .tables import rows_of

NOASSERTION: Final = "NOASSERTION"
PLATFORM_TERMS: Final = "LicenseRef-platform-terms-only"

#: Column of facts.csv -> the duty that "yes" in it means.
_DUTY_COLUMNS: Final = (
    ("attribution", "attribution"),
    ("notice", "notice"),
    ("noncommercial", "noncommercial"),
    ("no_derivatives", "no-derivatives"),
    ("use_limited", "use-limited"),
)
_SHARE_ALIKE: Final = "share-alike:"


@dataclass(frozen=True)
class Fact:
    """One licence, mark or value, as `facts.csv` states it."""

    spdx: str
    name: str
    family: str
    version: str
    port: str
    #: `-or-later`: the reader may choose a later version.
    later: bool
    #: licence: can be granted; mark: states a fact and grants nothing; value: stands where there is no
    #: licence.
    kind: Literal["licence", "mark", "value"]
    scope: Literal["content", "database", "software"]
    #: Whether it licenses the posts themselves, and not only the database that they stand in.
    contents: bool
    #: Of what share-alike is asked: "no", "works", "databases", "data" or "software".
    share_alike: str
    #: Everything that is asked: attribution, notice, noncommercial, no-derivatives, use-limited, share-
    #: alike:<what>.
    duties: frozenset[str]
    #: Whether a database made of a substantial part of a source database must carry this licence.
    database_layer: bool
    #: Open Definition: yes, no, not-reviewed, not-listed.
    od: str
    #: Id in a dataset card; "other" where the Hub has none.
    hub: str
    #: When it was published: a date or its beginning (2007-02, 2009); "" where not checked.
    since: str
    #: File in texts/ without ending; "" where there is none.
    text: str
    url: str
    source: str

    @cached_property
    def number(self) -> tuple[int, ...]:
        """The version as numbers, so that 2.10 comes after 2.9; empty when there is none."""
        return tuple(int(part) for part in self.version.split(".") if part)


@cache
def facts() -> dict[str, Fact]:
    """All facts by SPDX id, in the order of the table."""
    return {row["spdx"]: _fact(row) for row in rows_of("facts.csv")}


def fact(spdx: str) -> Fact | None:
    """What is known of an id; None when it is not listed. An exception after WITH changes nothing here."""
    return facts().get(spdx.partition(" WITH ")[0])


@cache
def grantable() -> frozenset[str]:
    """Ids under which something can be released: licences, not marks and not values."""
    return frozenset(spdx for spdx, known in facts().items() if known.kind == "licence")


@cache
def values() -> tuple[str, ...]:
    """The values that stand where there is no licence, the more final one later."""
    return tuple(spdx for spdx, known in facts().items() if known.kind == "value")


def _fact(row: dict[str, str]) -> Fact:
    return Fact(
        spdx=row["spdx"],
        name=row["name"],
        family=row["family"],
        version=row["version"],
        port=row["port"],
        later=row["later"] == "yes",
        kind=cast("Literal['licence', 'mark', 'value']", row["kind"]),
        scope=cast("Literal['content', 'database', 'software']", row["scope"]),
        contents=row["contents"] == "yes",
        share_alike=row["share_alike"],
        duties=_duties(row),
        database_layer=row["database_layer"] == "yes",
        od=row["od"],
        hub=row["hub"],
        since=row["since"],
        text=row["text"],
        url=row["url"],
        source=row["source"],
    )


def _duties(row: dict[str, str]) -> frozenset[str]:
    asked = {duty for column, duty in _DUTY_COLUMNS if row[column] == "yes"}
    shared = set() if row["share_alike"] == "no" else {_SHARE_ALIKE + row["share_alike"]}
    return frozenset(asked | shared)
