"""Makes the labelled set: `python bench/privacy_set.py` writes bench/data/privacy.jsonl anew, the same bytes each time.

One post a line: `lang`, `part` (`dev`, at which the rules were made, or `held-out`, made of other sentences and only
measured) and `parts`, whose texts follow one another. A part is a text, or a list of a kind and the pieces of an
identifier of that kind. So a span is where it is by construction, and no whole secret stands in the file.
"""

from __future__ import annotations

import json
import random
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import re2
from privacy_numbers import SLOTS
from privacy_values import MAKERS

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE: Final = Path(__file__).parent
SET: Final = HERE / "data" / "privacy.jsonl"
SENTENCES: Final = HERE / "data" / "privacy"
LANGUAGES: Final = ("de", "en", "es", "fr", "it", "nl", "pt")
PER_LANGUAGE: Final = 500
SEED: Final = 20261128
SLOT: Final = re2.compile(r"\{([a-z0-9_]+)\}")
#: How often each kind is carried.
WEIGHTS: Final = {
    "email": 26, "phone": 24, "phone_bare": 7, "ip": 15, "iban": 9, "card": 8, "secret": 11, "national_id": 6,
}  # fmt: skip
#: Lines as they stand in code, tables and signatures of any language.
LINES: Final = {
    "email": (
        "    maintainer = '{email}'", "| Robin | {email} | 3 |", "-- \nRobin\n{email}\n{phone_bare}",
        "From: Kim <{email}>\nTo: <{email}>", "* {email}",
    ),
    "phone": ("| Kim | tel: {phone} |", "\u260e {phone}", "Tel: {phone}\nFax: {phone}"),
    "phone_bare": ("* {phone_bare}", "({phone_bare})"),
    "ip": (
        "`{ip}`", "```\nping {ip}\n```", "* {ip}, {ip}",
        "{ip} - - [10/Oct/2021:13:55:36 +0000] 'GET /index.html HTTP/1.1' 200 2326",
    ),
    "iban": ("| IBAN | {iban} |",),
    "card": ("> {card}",),
    "secret": ("```\n{secret}\n```", "    {secret}"),
    "national_id": ("* {national_id}",),
}  # fmt: skip
CODE: Final = (
    "    for i in range({smallnum}):\n        total += prices[i] * {percent}",
    "```\ngit checkout {hash}\nnpm i {npm}\n```",
    "| {year} | {bignum} | {percent} |\n| {year} | {bignum} | {percent} |",
    "SELECT * FROM posts WHERE id = {snowflake} AND day > '{date}';",
    "0000010: {mac} {mac} {hexcolor}",
    "const x = [{smallnum}, {smallnum}, {smallnum}]; // {url}",
    "@dataclass(frozen=True)\nclass A{smallnum}:\n    size: int = {smallnum}",
    "x = w.T @ q.transpose({smallnum}) + b.sum()",
    "E = {smallnum}.{smallnum}e-{smallnum2} \u00b1 {percent}",
    "{time} {score} {time} {score}",
)
STARTS: Final = ("", "", "", "", "> ", "* ", "@kettle99 ", "1. ", "\u2013 ")
ENDS: Final = ("", "", "", "", " \U0001f642", " :-)", "!!", "\n\nEdit: typo", " \u2026")
#: Shares of posts: without identifiers, with lines instead of a sentence, with a hard negative beside.
BARE: Final = 0.35
IN_LINES: Final = 0.2
BESIDE: Final = 0.15
#: Shares of posts without identifiers: of small talk only, of code.
TALK: Final = 0.1
IN_CODE: Final = 0.22


def sentences(lang: str) -> dict[str, Any]:
    """All sentences of a language."""
    return tomllib.loads((SENTENCES / f"{lang}.toml").read_text(encoding="utf-8"))


def halves(some: list[str] | tuple[str, ...], part: str) -> list[str]:
    """Every other sentence for tuning, the rest held out; a lone one serves both."""
    return list(some) if len(some) == 1 else list(some[part == "held-out" :: 2])


def worded(chance: random.Random, template: str, lang: str) -> Iterator[tuple[str, str]]:
    """A template with its slots filled, as (kind or "", text)."""
    end = 0
    for slot in SLOT.finditer(template):
        yield "", template[end : slot.start()]
        name, end = slot.group(1), slot.end()
        if name in MAKERS:
            yield from MAKERS[name](chance, lang)
        else:
            yield "", SLOTS[name](chance, lang)
    yield "", template[end:]


def around(chance: random.Random, core: list[tuple[str, str]], filler: list[str]) -> list[tuple[str, str]]:
    """A post: the core between sentences about something else."""
    before, after = (chance.sample(filler, chance.choice((0, 0, 1, 1, 2))) for _ in range(2))
    gap = chance.choice((" ", " ", "\n", "\n\n"))
    start = gap.join(before) + (gap if before else "")
    end = (gap if after else "") + gap.join(after)
    return [("", chance.choice(STARTS) + start), *core, ("", end + chance.choice(ENDS))]


def carried(chance: random.Random, told: dict[str, Any], lang: str, part: str) -> list[tuple[str, str]]:
    """A post that carries at least one identifier."""
    kind = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    carriers = told["carriers"].get(kind, told["carriers"]["phone"])
    lines = chance.random() < IN_LINES
    template = chance.choice(halves(LINES[kind] if lines else carriers, part))
    core = [*worded(chance, template, lang)]
    if lines:
        core = [("", "\n"), *core, ("", "\n")]
    if chance.random() < BESIDE:
        core += [("", " "), *worded(chance, chance.choice(halves(told["negative"], part)), lang)]
    return around(chance, core, told["filler"])


def clean(chance: random.Random, told: dict[str, Any], lang: str, negatives: list[str]) -> list[tuple[str, str]]:
    """A post without any identifier, mostly with something that looks like one."""
    style = chance.random()
    if style < TALK:
        return around(chance, [("", chance.choice(told["filler"]))], told["filler"])
    if style < IN_CODE:
        return around(chance, [("", "\n"), *worded(chance, chance.choice(CODE), lang), ("", "\n")], told["filler"])
    cores = [[*worded(chance, one, lang)] for one in chance.sample(negatives, chance.choice((1, 1, 2)))]
    return around(chance, [part for core in cores for part in (*core, ("", " "))], told["filler"])


def merged(parts: list[tuple[str, str]], chance: random.Random) -> list[Any]:
    """Parts as they stand in the file: texts joined, identifiers in two pieces."""
    out: list[Any] = [""]
    for kind, text in parts:
        if not kind:
            if not isinstance(out[-1], str):
                out.append("")
            out[-1] += text
            continue
        cut = chance.randint(1, min(4, len(text) - 1)) if kind == "secret" else len(text)
        out.append([kind, *(piece for piece in (text[:cut], text[cut:]) if piece)])
    return [part for part in out if part]


def labelled() -> Iterator[dict[str, Any]]:
    """The posts of the set."""
    chance = random.Random(SEED)  # noqa: S311  (the same posts each time)
    for lang in LANGUAGES:
        told = sentences(lang)
        for number in range(PER_LANGUAGE):
            part = "held-out" if number % 2 else "dev"
            bare = chance.random() < BARE
            parts = (
                clean(chance, told, lang, halves(told["negative"], part))
                if bare
                else carried(chance, told, lang, part)
            )
            yield {"lang": lang, "part": part, "parts": merged(parts, chance)}


def negatives(count: int, seed: int = SEED + 1) -> Iterator[str]:
    """Posts without any identifier, made from all sentences of all languages."""
    chance = random.Random(seed)  # noqa: S311  (the same posts each time)
    told = {lang: sentences(lang) for lang in LANGUAGES}
    for _ in range(count):
        lang = chance.choice(LANGUAGES)
        yield "".join(text for _kind, text in clean(chance, told[lang], lang, told[lang]["negative"]))


def read() -> list[dict[str, Any]]:
    """The set as checked in: `lang`, `part`, `text` and `spans` of (kind, start, length) in code points."""
    posts = []
    for line in SET.read_text(encoding="utf-8").split("\n")[:-1]:
        post = json.loads(line)
        text, spans = "", []
        for part in post["parts"]:
            if isinstance(part, str):
                text += part
                continue
            kind, *pieces = part
            whole = "".join(pieces)
            spans.append((kind, len(text), len(whole)))
            text += whole
        posts.append({"lang": post["lang"], "part": post["part"], "text": text, "spans": spans})
    return posts


def main() -> int:
    """Writes the set."""
    lines = [json.dumps(post, ensure_ascii=False) for post in labelled()]
    SET.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{len(lines)} posts in {SET.relative_to(HERE.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
