"""What can be wrong with a licence, a wish, a credit or a promise: a table of codes, and a value.

A problem is a value. Nothing in this package raises because of the data; the callers turn problems into
findings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, NamedTuple

Severity = Literal["error", "warning", "note"]


class Kind(NamedTuple):
    """One kind of problem: a stable code, what it means, what to do, and how much it weighs.

    `error`: the text stays withheld, or the promise is broken. `warning`: a person should look. `note`: a
    decision of the rules that needs no correction.
    """

    code: str
    means: str
    todo: str
    severity: Severity = "error"


PROBLEMS: Final[tuple[Kind, ...]] = (
    Kind(
        "license.missing",
        "Nobody states a licence.",
        "State one with evidence; until then only pointers go out.",
        "note",
    ),
    Kind(
        "license.too-long",
        "The licence statement is longer than any expression.",
        "Write an SPDX expression.",
    ),
    Kind(
        "license.not-an-expression",
        "The statement is prose or broken syntax.",
        "Write an SPDX expression, such as CC-BY-SA-4.0.",
    ),
    Kind(
        "license.unknown-id",
        "No licence has this name or address.",
        "Write an SPDX id; `threadcommons licenses` lists them.",
    ),
    Kind(
        "license.not-listed",
        "A valid SPDX id whose duties are not in the table of facts.",
        "Choose a listed licence, or add a row to facts.csv.",
    ),
    Kind(
        "license.no-version",
        "A family of licences without a version.",
        "Write the version too: CC-BY-SA-4.0, not CC-BY-SA.",
    ),
    Kind(
        "license.unknown-exception",
        "What follows WITH is not an SPDX exception.",
        "Write the exception's SPDX id.",
    ),
    Kind(
        "license.value-in-expression",
        "NOASSERTION or NONE stands inside a larger expression.",
        "Write it alone, or leave it out.",
    ),
    Kind(
        "license.too-complex",
        "The expression has too many alternatives to judge.",
        "Write a simpler expression.",
    ),
    Kind(
        "license.bad-choice",
        "The stated choice does not satisfy the expression.",
        "Choose among the alternatives that it offers.",
    ),
    Kind(
        "license.choice-not-stated",
        "The expression offers a choice and none is stated; all alternatives are taken to apply.",
        "State the choice.",
        "warning",
    ),
    Kind(
        "license.deprecated-id",
        "A deprecated spelling of an SPDX id; it was normalised.",
        "Write the current id.",
        "note",
    ),
    Kind(
        "license.other-spelling",
        "Not an SPDX id, but a known name or address of one; it was normalised.",
        "Write the SPDX id.",
        "note",
    ),
    Kind(
        "license.later-than-post",
        "The licence is younger than the post and its last known edit.",
        "Check the date and the licence; give the date of the edit that republished the post.",
        "warning",
    ),
    Kind(
        "license.conflict",
        "Statements contradict each other; all of them are taken to apply.",
        "Correct the one that is wrong.",
        "warning",
    ),
    Kind(
        "license.conflict-unresolved",
        "Statements contradict each other and no licence satisfies all of them.",
        "Find out which one holds, and remove or correct the others.",
    ),
    Kind(
        "license.contents-not-covered",
        "The licence covers a database but not the posts in it.",
        "Name the licence of the posts too, such as ODbL-1.0 AND LicenseRef-DbCL-1.0.",
    ),
    Kind(
        "license.database-declaration",
        "The source's declaration covers its database, not its posts.",
        'Declare a licence for the posts, with scope = "posts".',
    ),
    Kind(
        "license.source-without-evidence",
        "The source declares a licence and gives no evidence.",
        "Add [[license.evidence]]: who said so, where, and the captured statement.",
    ),
    Kind(
        "license.platform-refuses",
        "The platform gives nobody else a licence.",
        "Bring the author's own statement; until then only pointers go out.",
        "note",
    ),
    Kind(
        "license.not-for-platform",
        "On this platform a statement of this kind proves nothing.",
        "Bring one of a kind that the rule pack accepts.",
    ),
    Kind(
        "license.no-rule-for-date",
        "The platform's licence depends on the date, and the post's date is unknown or not covered.",
        "Give the date of the post, or the licence of the record.",
    ),
    Kind(
        "license.class-not-published",
        "The recipe does not publish this licence class.",
        "Add the class to publish.classes, or leave it: pointers go out.",
        "note",
    ),
    Kind(
        "license.text-missing",
        "The full text of the licence is not at hand.",
        "Put the official text into LICENSES/.",
        "warning",
    ),
    Kind(
        "wish.honoured",
        "The author or source asks not to be used in this way.",
        "Nothing; the text stays withheld.",
        "note",
    ),
    Kind(
        "wish.unknown",
        "A wish that no table knows; it is taken as a refusal.",
        "Correct it, or add it to wishes.toml.",
        "warning",
    ),
    Kind(
        "rules.bad-pack",
        "A rule pack cannot be used.",
        "Correct it after rules/pack.schema.json.",
    ),
    Kind(
        "rules.overlap",
        "Two rules of a pack cover the same day, or two packs the same platform.",
        "Let each day have one rule.",
    ),
    Kind(
        "closure.unknown-licence",
        "Published rows have no known licence.",
        "Withhold them, or find their licence.",
    ),
    Kind(
        "closure.contents-not-covered",
        "Published rows are licensed as part of a database only.",
        "Withhold them, or name the licence of their contents.",
    ),
    Kind(
        "closure.database-layer",
        "Two source databases each demand that this database carries their own licence.",
        "Publish their rows in separate configs.",
    ),
    Kind(
        "closure.no-common-licence",
        "There is no licence under which something made from all rows may be released.",
        "Split the rows as shown, or promise a collection.",
    ),
    Kind(
        "closure.promise-not-kept",
        "Rows may not go into something released under the promised licence.",
        "Take the rows out of the config, or change the promise.",
    ),
    Kind(
        "closure.promise-unknown",
        "The promise is neither `collection` nor one licence that can be granted.",
        "Write collection, or one SPDX id.",
    ),
    Kind(
        "credit.no-creator",
        "The licence asks to name the creator, and none is known.",
        "Give the author of the post.",
    ),
    Kind(
        "credit.no-creator-link",
        "The creator's page is not known.",
        "Give the author's URL.",
        "warning",
    ),
    Kind(
        "credit.no-title",
        "The post has no title to name.",
        "Give the title of the post or of its thread.",
        "warning",
    ),
    Kind(
        "credit.no-source-link",
        "The licence asks for a link to the post, and none is known.",
        "Give the URL of the post.",
    ),
    Kind(
        "credit.no-license-link",
        "The licence has no known address.",
        "Name a listed licence.",
    ),
    Kind(
        "credit.no-change-notice",
        "The text was changed and nothing says how.",
        "State the change.",
    ),
)


@cache
def kind_of(code: str) -> Kind:
    """The entry of PROBLEMS for a code. Raises KeyError for a code that is not in the table."""
    for kind in PROBLEMS:
        if kind.code == code:
            return kind
    raise KeyError(code)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what was found; where rows are meant, how many, and the ids of a few.

    `advice` says what to do in this case; where it is empty, the general advice of the table holds.
    """

    code: str
    found: str = ""
    advice: str = ""
    rows: int = 0
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """A code that is not in the table is a mistake of ours. Raises KeyError."""
        kind_of(self.code)

    @property
    def severity(self) -> Severity:
        """How much it weighs; see Kind."""
        return kind_of(self.code).severity

    @property
    def means(self) -> str:
        """What is wrong, in general."""
        return kind_of(self.code).means

    @property
    def todo(self) -> str:
        """What to do, or what to write instead."""
        return self.advice or kind_of(self.code).todo
