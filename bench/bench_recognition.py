"""How well files are recognised by their content: `python bench/bench_recognition.py`.

Two hundred wrong or misnamed files, made from a seed (`tests/sources/wrong_files.py`), and every file of the shared
exports, where they lie beside the repository. A guess is wrong when it names a format that the file is not; what
nobody knows is counted by itself. No peer is measured: no library that reads these formats tells them apart.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.sources.wrong_files import wrong_files  # noqa: E402  (found once the repository is on the path)

from threadcommons.sources import recognise  # noqa: E402  (beside the one above)

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPORTS: Final = ROOT.parent / "shared" / "exports"
#: Folder of the shared exports -> the format of what is in it, and patterns of the files that are exports of it.
OF_FOLDER: Final = {
    "bluesky": ("bluesky", "*/*.json", "*/*.car"),
    "convokit": ("convokit", "*/utterances.jsonl"),
    "copied-thread": ("thread-text", "thread.txt"),
    "discord": ("discord", "*.json"),
    "discourse": ("discourse", "*/*.json"),
    "generic": ("table", "posts.*"),
    "github": ("github", "*.json", "backup/*/*.json"),
    "gitter": ("gitter", "*.tsv"),
    "hn": ("hackernews", "*.json*", "firebase/*.json"),
    "irc": ("irc", "*/*.ascii.txt", "*/*.annotation.txt"),
    "jetstream": ("jetstream", "*.jsonl"),
    "lemmy": ("lemmy", "*/*.json"),
    "mastodon-api": ("mastodon-api", "*/*.json", "*/*.yaml"),
    "mastodon-archive": ("mastodon-archive", "*.tar.gz", "actor.*.json", "archive/outbox.json", "archive/actor.json"),
    "mbox": ("mbox", "*.mbox", "2*.txt", "*.gz"),
    "openai-messages": ("chat", "*.json*"),
    "pushshift": ("reddit", "R*"),
    "sgd": ("sgd", "*.json"),
    "sharegpt": ("chat", "*.json"),
    "slack": ("slack", "*.zip", "archive/channels.json", "archive/users.json", "archive/[gbm]*/2024*.json"),
    "stackexchange": ("stackexchange", "*/*.xml"),
    "telegram": ("telegram", "*.json"),
    "topical-chat": ("topical-chat", "*.json"),
    "wikiconv": ("wikiconv", "*.jsonl"),
    "x-archive": ("x-archive", "*.zip", "*/data/manifest.js", "*/data/tweet*.js", "*/data/acc*.js", "old-2014/**/*.*"),
    "x-v1.1": ("x-v1", "*/*.json"),
    "x-v2": ("x-api", "*.jsonl"),
    "zulip": ("zulip", "zulip_json/*/*.json"),
}


def verdict(found: set[str], right: set[str]) -> str:
    """What a guess is worth: right, don't know, or wrong."""
    return "don't know" if not found else "right" if found <= right else "wrong"


def guessed(path: Path) -> set[str]:
    """The formats that a file is taken for."""
    return {reader.name for reader, _ in recognise(path)}


def of_shared() -> Iterator[tuple[str, str, str]]:
    """What it is, its name, and the verdict, for each shared export."""
    for folder, (format_, *patterns) in OF_FOLDER.items():
        for path in sorted({path for pattern in patterns for path in (EXPORTS / folder).glob(pattern)}):
            yield format_, path.name, verdict(guessed(path), {format_})


def of_wrong() -> Iterator[tuple[str, str, str]]:
    """The same for the wrong and misnamed files; what is wrong with them is after the last comma."""
    with tempfile.TemporaryDirectory() as folder:
        for number, wrong in enumerate(wrong_files()):
            path = Path(folder, str(number), wrong.name)
            path.parent.mkdir()
            path.write_bytes(wrong.data)
            what = wrong.what.partition(", ")[2] or wrong.what
            yield what, f"{wrong.name} ({wrong.what})", verdict(guessed(path), set(wrong.allowed))


def table(title: str, outcomes: list[tuple[str, str, str]]) -> None:
    """One Markdown table: a line for each kind, and all of them together."""
    columns = ("right", "don't know", "wrong")
    print(f"\n| {title} | files | {' | '.join(columns)} |\n|---|--:|--:|--:|--:|")
    kinds = list(dict.fromkeys(kind for kind, _, _ in outcomes))
    for kind in [*sorted(kinds), None]:
        some = Counter(verdict_ for kind_, _, verdict_ in outcomes if kind in {kind_, None})
        print(f"| {kind or '**all**'} | {some.total()} | {' | '.join(str(some[column]) for column in columns)} |")
    for _, name, verdict_ in outcomes:
        if verdict_ == "wrong":
            print(f"\nWRONG: {name}")


def main() -> None:
    """Print both tables."""
    print(f"threadcommons {version('threadcommons')}, Python {sys.version.split()[0]}")
    table("wrong or misnamed files", list(of_wrong()))
    if EXPORTS.is_dir():
        table("shared exports", list(of_shared()))
    else:
        print("\nThe shared exports are not beside this repository.")


if __name__ == "__main__":
    main()
