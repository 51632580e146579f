"""add: bring an export in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import api
from ..files import shown
from .group import Command, json_option, root_option
from .output import note, say, say_json, working

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..contributions import Added
    from ..findings import Finding


def _options(_ctx: click.Context, _option: click.Parameter, given: Sequence[str]) -> dict[str, Any]:
    """`KEY=VALUE`, where VALUE is TOML, or text when it is not."""
    options: dict[str, Any] = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE")
        options[key] = _value(value)
    return options


def _value(written: str) -> Any:
    """A value of TOML, or text when it is none."""
    import tomllib  # only needed when an option is given

    try:
        return tomllib.loads(f"value = {written}")["value"]
    except tomllib.TOMLDecodeError:
        return written


@click.command(cls=Command)
@click.argument(
    "exports", metavar="EXPORT...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
@click.option("--source", required=True, metavar="NAME", help="The folder below raw/ (a-z 0-9 . _ -).")
@click.option("--format", "format_", metavar="NAME", help="The reader; found by the content by default.")
@click.option("--title", help="What it is, in a few words.")
@click.option("--platform", help="Where the conversation took place; the first part of every id.")
@click.option("--lang", help="Language of posts that do not say, ISO 639.")
@click.option("--license", metavar="SPDX", help="Licence of posts that state none themselves.")
@click.option("--stated-by", metavar="WHO", help="Who states that licence.")
@click.option(
    "--author",
    "authors",
    metavar="NAME",
    multiple=True,
    help="Whose own posts it covers, as the export names them; '*' for all. Can be given several times.",
)
@click.option("--evidence-url", metavar="URL", help="Where it can be read.")
@click.option(
    "--evidence-file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A captured copy of the statement.",
)
@click.option(
    "--sign-off", metavar="'NAME <CONTACT>'", help="Your sign-off; what it attests is written beside it."
)
@click.option("--retrieved-at", metavar="TIME", help="When the export was made, RFC 3339.")
@click.option("--origin", help="Where the export came from.")
@click.option(
    "--option",
    "options",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_options,
    help="An option of the reader; VALUE is TOML or text.",
)
@click.option(
    "--map",
    "mapping",
    metavar="FIELD=COLUMN",
    multiple=True,
    callback=_options,
    help="What a column of a table is: text=body, or a part of a rule, created_at.zone=UTC.",
)
@click.option(
    "--pointers-only",
    is_flag=True,
    help="Keep places and digests and not a word: for text that nobody licensed.",
)
@json_option
@root_option
def command(
    *,
    exports: tuple[Path, ...],
    source: str,
    format_: str | None,
    pointers_only: bool,
    as_json: bool,
    root: Path | None,
    **answers: Any,
) -> Sequence[Finding]:
    r"""Put exports under raw/ and write what is known of them.

    EXPORT is a file or a folder of files; what is known goes into raw/NAME/source.toml. Files are copied byte
    for byte and never overwritten. The format, and what the columns of a table are, is found by looking at the
    content. What nobody says is asked for at a terminal; else it stays in source.toml, to be filled in.

    Example:
      threadcommons add posts.jsonl --source my-thread --platform forum --title "A thread on clocks" \
        --license CC-BY-4.0 --stated-by "the forum" --evidence-url https://example.org/terms

    Example, text that nobody licensed:
      threadcommons add thread.txt --source copied --platform copied-thread --pointers-only
    """
    said = {key: value for key, value in answers.items() if value}
    if sys.stdin.isatty() and not as_json:
        said |= _asked(said, root, source)
        said |= _asked_of_columns(said, root, source, exports, format_)
    with working("adding"):
        added = api.add(list(exports), source, root=root, format=format_, stored=not pointers_only, **said)
    if as_json:
        say_json("added", _plain(added))
    else:
        _tell(added)
    return () if added.done else added.findings


def _asked(said: dict[str, Any], root: Path | None, source: str) -> dict[str, str]:
    """What a person at the terminal adds to the answers.

    Nothing is asked about a source that is there already.
    """
    from ..contributions import QUESTIONS

    if (api.package(root) / "raw" / source / "source.toml").exists():
        return {}
    found: dict[str, str] = {}
    for question in QUESTIONS:
        needless = question.answer in said or (question.after and question.after not in {**said, **found})
        answer = (
            "" if needless else click.prompt(question.words, default="", show_default=False, err=True).strip()
        )
        found |= {question.answer: answer} if answer else {}
    return found


def _asked_of_columns(
    said: dict[str, Any], root: Path | None, source: str, exports: Sequence[Path], format_: str | None
) -> dict[str, Any]:
    """What a person says about the columns of a table that a look at it does not tell. Nothing stays a question."""
    from ..contributions import Answers, open_questions, pick, proposal_of

    picked = pick(exports, source, format_)
    if picked.format is None or (api.package(root) / "raw" / source / "source.toml").exists():
        return {}
    answers = Answers(**said)
    look = proposal_of(picked.format, picked.files.values(), answers.options)
    found: dict[str, dict[str, Any]] = {"options": {}, "mapping": {}}
    for question in open_questions(answers, look):
        answer = click.prompt(question["ask"], default="", show_default=False, err=True).strip()
        of_reader = question["key"].startswith("reader.")
        key = question["key"].removeprefix("reader.")
        found["options" if of_reader else "mapping"] |= {key: _value(answer)} if answer else {}
    return {kind: {**said.get(kind, {}), **more} for kind, more in found.items() if more}


def _tell(added: Added) -> None:
    from ..report import as_text

    name = f"raw/{added.folder.name}"
    if not added.done:
        say(as_text(added.findings).rstrip("\n"))
        return
    for export in added.exports:
        say(f"added {name}/{shown(export)} as {added.format}: {shown(added.reasons.get(export, ''))}")
    for export in added.already:
        say(f"{name}/{shown(export)} was there already")
    for left in added.left_out:
        note(f"left out, because no reader knows it: {left}")
    for conclusion in added.concluded:
        note(f"concluded from a look at it: {shown(conclusion)}")
    if added.unread:
        note(f"columns that the mapping does not read: {shown(', '.join(added.unread))}")
    if added.findings:
        say(f"\nstill open in {name}/source.toml:\n")
        say(as_text(added.findings).rstrip("\n"))
    say(f"next: threadcommons check {name}")


def _plain(added: Added) -> dict[str, Any]:
    return {
        "source": added.folder.name,
        "reader": added.format,
        "reasons": dict(added.reasons),
        "exports": list(added.exports),
        "already": list(added.already),
        "left_out": list(added.left_out),
        "concluded": list(added.concluded),
        "unread": list(added.unread),
        "findings": [finding.as_dict() for finding in added.findings],
    }
