"""From columns to posts: the `[mapping]` of source.toml, understood once and applied to every record.

Each key is a field of a post, and its rule says where the value comes from: a column (alone, as text, or with changes),
a constant, or a template. What a mapping does not name is not read. Nothing is guessed: a cell that is not what its
rule says makes its record a quarantined one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from .base import Parsed, Refusal
from .fields import address, author, label, unescaped
from .html import to_text
from .moments import ISO, UNITS, Moments, bad_format, offset_of
from .strict_json import Why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .posts import Post

#: A record's values, whatever its layout keeps them in, and what takes one value out of it as text.
Row = Any
Take = "Callable[[Row], str | None]"
Rules = "Mapping[str, Any]"

#: Fields that take a value as it is; those of the second row take the prefix of ids as well.
PLAIN: Final = ("title", "license", "rights_holder", "attribution")
IDS: Final = ("native_id", "conversation", "parent", "quoted")
ADDRESSES: Final = ("url", "author_url")
TIMES: Final = ("created_at", "edited_at")
#: What a column of edits may have where no time is told: whether there was one. Reddit writes the time or `false`.
UNTOLD: Final = tuple(spelled(word) for word in ("false", "true") for spelled in (str, str.capitalize, str.upper))
FIELDS: Final = (*IDS, "author", "author_id", *ADDRESSES, "title", "text", "lang", "kind", *TIMES, *PLAIN[1:])

#: Conditions, in the order in which they are asked, and what becomes of a record that meets one.
LEFT_OUT: Final = {
    "deleted_if": Refusal("excluded", "record.deleted"),
    "opted_out_if": Refusal("excluded", "record.opted-out"),
    "others_words_if": Refusal("excluded", "record.others-words"),
    "notice_if": Refusal("excluded", "record.notice"),
}
#: The other way round: a record must meet one of these to be read at all.
PUBLIC: Final = "visibility_if"
_PRIVATE: Final = Refusal("excluded", "record.private")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
MACHINE: Final = "machine_if"
#: Keys on which the words of a post depend. No other may stand in a release: conditions can name people.
WORDS: Final = ("text", "markup", "unescape", "keep_quotes", "nulls")
CONDITIONS: Final = (*LEFT_OUT, PUBLIC, MACHINE)
#: What is said of a machine that nobody names.
UNDISCLOSED: Final = dict.fromkeys(
    ("model", "provider", "weights", "routing", "interventions", "access"), "undisclosed"
)
_LANGUAGE: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]*)?")
_QUOTES: Final = frozenset({"blockquote"})


@dataclass(frozen=True)
class Mapped:
    """A mapping, understood: what decides whether a record is read, and what each field takes from it."""

    left_out: tuple[tuple[Callable[[Row], bool], Refusal], ...]
    text: Callable[[Row], str | None]
    fields: tuple[tuple[str, Callable[[Row], Any]], ...]
    markup: str
    escaped: bool
    without: frozenset[str]
    #: What the state of a parent is where none is named.
    rootless: str

    def post(self, row: Row) -> Parsed:
        """One record as a post as claimed, or why it is none."""
        try:
            for meets, refusal in self.left_out:
                if meets(row):
                    return refusal
            text = self.text(row)
            post: Post = {key: value for key, take in self.fields if (value := take(row))}
        except Why as why:
            return why.refusal
        if text is None or not text.strip():
            return _NO_TEXT
        if "parent" not in post:
            post["parent_state"] = self.rootless
        post.setdefault("kind", "reply" if "parent" in post else "post")
        post["markup"] = self.markup
        post["text"] = unescaped(text) if self.escaped else text
        return self._plain(post) if self.markup == "html" else post

    def _plain(self, post: Post) -> Parsed:
        """A post in HTML as plain text, with the links and media that stand in it."""
        page = to_text(post["text"], without=self.without)
        found = {"links": list(page.links), "media": [*post.get("media", ()), *page.media]}
        post |= {"text": page.text, **{key: value for key, value in found.items() if value}}
        return post if page.text or page.links or page.media else _NO_TEXT


def mapped(rules: Mapping[str, Any], column: Callable[[str], Callable[[Row], str | None]]) -> Mapped:
    """A mapping with what its rules take; `column` gives the reading of one column, None standing for nothing there.

    The rules must be sound, see `unsound`.
    """
    nothing = frozenset(rules.get("nulls", ()))
    take = _Taker(column, nothing, rules.get("id_prefix", "")).take
    left_out = [(_any(rules[key], take), refusal) for key, refusal in LEFT_OUT.items() if key in rules]
    if PUBLIC in rules:
        public = _any(rules[PUBLIC], take)
        left_out.append((lambda row: not public(row), _PRIVATE))
    return Mapped(
        tuple(left_out),
        take("text", rules["text"]),
        tuple(_fields(rules, take)),
        rules.get("markup", "plain"),
        bool(rules.get("unescape")),
        frozenset() if rules.get("keep_quotes") else _QUOTES,
        "root" if "parent" in rules else "unknown",
    )


@dataclass(frozen=True)
class _Taker:
    """What every rule needs to know: how columns are read, which texts mean nothing, the prefix of ids."""

    column: Callable[[str], Callable[[Row], str | None]]
    nothing: frozenset[str]
    prefix: str

    def take(self, field: str, rule: Any) -> Callable[[Row], str | None]:
        """What takes the value of a field out of a row."""
        rule = {"column": rule} if isinstance(rule, str) else rule
        kind = next(kind for kind in _KINDS if kind in rule)
        taken = _KINDS[kind](self, rule, field)
        if field in TIMES:
            return _timed(taken, rule, field)
        return _then(self.prefix.__add__, taken) if field in IDS and self.prefix else taken

    def of_column(self, rule: Mapping[str, Any], _field: str) -> Callable[[Row], str | None]:
        nothing, other = self.nothing, {pair["from"]: pair["to"] for pair in rule.get("values", ())}
        read = self.column(rule["column"])
        some = _then(lambda value: None if value in nothing else value, read) if nothing else read
        return _then(lambda value: other.get(value, value), some) if other else some

    def of_constant(self, rule: Mapping[str, Any], _field: str) -> Callable[[Row], str | None]:
        constant = rule["constant"]
        return lambda _row: constant

    def of_template(self, rule: Mapping[str, Any], field: str) -> Callable[[Row], str | None]:
        pieces = [
            (literal, self.of_column({"column": name}, "") if name else None)
            for literal, name in pieces_of(rule["template"])
        ]
        escape: Callable[[str], str] = (lambda value: quote(value, safe="")) if field in ADDRESSES else str

        def fill(row: Row) -> str | None:
            parts = []
            for literal, read in pieces:
                value = read(row) if read else ""
                if value is None:
                    return None
                parts.append(literal + escape(value))
            return "".join(parts)

        return fill


#: Ways to say where a value comes from; a rule has exactly one of them.
_KINDS: Final[dict[str, Callable[[_Taker, Mapping[str, Any], str], Callable[[Row], str | None]]]] = {
    "column": _Taker.of_column,
    "constant": _Taker.of_constant,
    "template": _Taker.of_template,
}


def _timed(read: Callable[[Row], str | None], rule: Mapping[str, Any], field: str) -> Callable[[Row], str | None]:
    """The times of a column. What is there and is no time as declared makes the record a broken one."""
    moments, place = _moments(rule), _pointer(rule.get("column", field))
    untold = UNTOLD if field == "edited_at" else ()
    refusal = Refusal("quarantined", "record.bad-field", place, "no time of the forms that the mapping names")

    def at(text: str) -> str | None:
        found = moments.read(text)
        if found is None and text not in untold:
            raise Why(refusal)
        return found

    return _then(at, read)


def _moments(rule: Mapping[str, Any]) -> Moments:
    return Moments(rule.get("unit"), tuple(rule.get("formats", (ISO,))), rule.get("zone"))


def _pointer(column: str) -> str:
    return column if column.startswith("/") else "/" + column.replace("~", "~0").replace("/", "~1")


# --- Fields ---


def _fields(rules: Mapping[str, Any], take: Callable[[str, Any], Any]) -> Iterator[tuple[str, Callable[[Row], Any]]]:
    """The fields of a post beside its text, each with what makes its value; nothing stands for no value."""
    for key in (*IDS, *TIMES, *PLAIN, "kind"):
        if key in rules:
            yield key, take(key, rules[key])
    if "url" in rules:
        yield "url", _then(address, take("url", rules["url"]))
    if "lang" in rules:
        yield "lang", _then(_language, take("lang", rules["lang"]))
    parts = [take(key, rules[key]) if key in rules else _nothing for key in ("author", "author_id", "author_url")]
    if "author" in rules or "author_id" in rules:
        yield "author", lambda row: author(*(part(row) for part in parts))
    if "label" in rules:
        labels = [(rule, take("", rule["column"])) for rule in rules["label"]]
        yield "labels", lambda row: [_label(rule, value) for rule, read in labels if (value := read(row)) is not None]
    if "media" in rules:
        media = [
            (rule["type"], take("", rule["column"]), take("", rule["alt"]) if "alt" in rule else _nothing)
            for rule in rules["media"]
        ]
        yield "media", lambda row: [found for one in media if (found := _medium(row, *one))]
    if MACHINE in rules:
        machine = _any(rules[MACHINE], take)
        yield "generator", lambda row: UNDISCLOSED if machine(row) else None


def _medium(row: Row, kind: str, url: Callable[[Row], str | None], alt: Callable[[Row], str | None]) -> Any:
    address_ = url(row)
    return None if address_ is None else {"type": kind, "url": address_, "alt": alt(row)}


def _nothing(_row: Row) -> None:
    return None


def _then(change: Callable[[str], str | None], read: Callable[[Row], str | None]) -> Callable[[Row], str | None]:
    """The value that is read, changed where there is one."""
    return lambda row: None if (value := read(row)) is None else change(value)


def _language(text: str) -> str | None:
    """The language of a tag such as `pt-BR`, or None for what is no tag."""
    found = _LANGUAGE.fullmatch(text)
    return found[1].lower() if found else None


def _label(rule: Mapping[str, str], value: str) -> dict[str, str]:
    return label(rule["name"], value, rule.get("annotator", "export"), rule.get("method", "column"))


def _any(conditions: Sequence[Mapping[str, Any]], take: Callable[[str, Any], Any]) -> Callable[[Row], bool]:
    """Whether a row meets one of some conditions. Upper and lower case are the same."""
    tests = [(take("", condition["column"]), _test(condition)) for condition in conditions]
    return lambda row: any(test(read(row)) for read, test in tests)


def _test(condition: Mapping[str, Any]) -> Callable[[str | None], bool]:
    listed = frozenset(value.casefold() for value in condition.get("is", condition.get("is_not", ())))
    if "is" in condition:
        return lambda value: (value or "").casefold() in listed
    if "is_not" in condition:
        return lambda value: (value or "").casefold() not in listed
    filled = condition["filled"]
    return lambda value: (value is not None) == filled


# --- Soundness ---

_PIECE: Final = re.compile(r"(?P<literal>(?:[^{}]|\{\{|\}\})*+)(?:\{(?P<name>[^{}]+)\}|\Z)")


def pieces_of(template: str) -> list[tuple[str, str | None]]:
    """A template as (literal text, name of the column behind it). Raises ValueError for a brace that is not closed."""
    pieces, at = [], 0
    while at < len(template):
        found = _PIECE.match(template, at)
        if not found:
            raise ValueError(f"a brace stands alone at character {at}")
        pieces.append((found["literal"].replace("{{", "{").replace("}}", "}"), found["name"]))
        at = found.end()
    return pieces


def columns_of(rules: Mapping[str, Any]) -> list[str]:
    """The columns that sound rules name, in order of first appearance."""
    named: list[str] = []
    for key in FIELDS:
        rule = rules.get(key)
        if isinstance(rule, str):
            named.append(rule)
        elif rule:
            named += [rule["column"]] if "column" in rule else []
            named += [name for _, name in pieces_of(rule.get("template", "")) if name]
    for key in CONDITIONS:
        named += [condition["column"] for condition in rules.get(key, ())]
    for more in (*rules.get("label", ()), *rules.get("media", ())):
        named += [more[name] for name in ("column", "alt") if name in more]
    return list(dict.fromkeys(named))


def unsound(rules: Mapping[str, Any], columns: Sequence[str] | None) -> list[tuple[str, str]]:
    """What is wrong with a mapping that keeps the schema: (key, sentence). `columns` are those that there are."""
    found = [("text", "is needed: the column with the words of a post")] if "text" not in rules else []
    for key in FIELDS:
        if key in rules:
            found += [(key, why) for why in _unsound_rule(key, rules[key])]
    for key in CONDITIONS:
        for number, condition in enumerate(rules.get(key, ())):
            if sum(way in condition for way in ("is", "is_not", "filled")) != 1:
                found.append((f"{key}/{number}", "needs exactly one of is, is_not and filled"))
    if not found and columns is not None:
        missing = [name for name in columns_of(rules) if name not in columns]
        found += [("", f"there is no column {name!r}; there are {', '.join(columns)}") for name in missing]
    return found


def _unsound_rule(key: str, rule: Any) -> Iterator[str]:
    rule = {"column": rule} if isinstance(rule, str) else rule
    if sum(way in rule for way in _KINDS) != 1:
        yield f"needs exactly one of {', '.join(_KINDS)}"
    more = [name for name in ("unit", "formats", "zone") if name in rule]
    if more and key not in TIMES:
        yield f"{more[0]} is for times"
    if "unit" in rule and rule["unit"] not in UNITS:
        yield f"unit is one of {', '.join(UNITS)}"
    if "zone" in rule and offset_of(rule["zone"]) is None:
        yield "zone is UTC or an offset such as +01:00"
    yield from (f"{format_!r}: {why}" for format_ in rule.get("formats", ()) if (why := bad_format(format_)))
    try:
        pieces_of(rule.get("template", ""))
    except ValueError as error:
        yield str(error)
