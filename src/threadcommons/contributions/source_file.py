"""source.toml as people want to find it: what is known is filled in, all else is ready as a comment."""

from __future__ import annotations

from typing import Any, Final

from ..schema import schema
from .toml import block, name, pair

_HEAD: Final = """\
# What one contribution is, where it came from, and under which licence its posts stand.
# To fill in a key, take away the # before it; `threadcommons check` says what is wrong or missing.

"""
#: Tables that only some formats have a use for.
_WHERE_FILLED: Final = ("mapping",)
_BLANK: Final[dict[str, Any]] = {"array": [], "integer": 0, "boolean": False}


def written(table: dict[str, Any]) -> str:
    """The whole file for `table`, whose keys are those of schema/source.schema.json.

    Raises BadUsage for what TOML cannot hold.
    """
    node = schema("source")
    lines = [_HEAD, *_pairs(node, table, wanted=True)]
    for key, child in _tables(node).items():
        if key in table or key not in _WHERE_FILLED:
            lines += ["\n", *_table(key, child, table.get(key), needed=key in node["required"])]
    return "".join(lines)


def appended(text: str, exports: list[dict[str, Any]]) -> str:
    """`text` of an existing file, byte for byte, with more exports behind it."""
    end = "" if text.endswith("\n") else "\n"
    return text + end + "".join("\n" + block("[[export]]", export) for export in exports)


def _is_table(node: dict[str, Any]) -> bool:
    kinds = (node.get("type"), node.get("items", {}).get("type"))
    return kinds[0] == "object" or kinds == ("array", "object")


def _tables(node: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {key: child for key, child in node.get("properties", {}).items() if _is_table(child)}


def _table(path: str, node: dict[str, Any], value: Any, *, needed: bool) -> list[str]:
    """A table below `[path]`, or each of a list below `[[path]]`, the first with keys to fill."""
    single = node["type"] == "object"
    header, item = (f"[{path}]", node) if single else (f"[[{path}]]", node["items"])
    values = value if isinstance(value, list) else [value] if value is not None else []
    lines = [f"# {'NEEDED: ' if needed and not values else ''}{node['description']}\n"]
    for number, filled in enumerate(values or [None]):
        lines += ["\n"] if number else []
        lines += [f"{header}\n" if filled is not None else f"# {header}\n"]
        lines += _inside(path, item, filled or {}, wanted=filled is not None, to_fill=number == 0)
    return lines


def _inside(
    path: str, node: dict[str, Any], filled: dict[str, Any], *, wanted: bool, to_fill: bool
) -> list[str]:
    if "properties" not in node or not to_fill:
        return [f"{pair(key, value)}\n" for key, value in filled.items()]
    lines = _pairs(node, filled, wanted=wanted)
    for key, child in _tables(node).items():
        lines += ["\n", *_table(f"{path}.{name(key)}", child, filled.get(key), needed=False)]
    return lines


def _pairs(node: dict[str, Any], values: dict[str, Any], *, wanted: bool) -> list[str]:
    """The keys of a table that are no tables: filled, or as comments with what they mean."""
    plain = {key: child for key, child in node["properties"].items() if not _is_table(child)}
    return [
        f"{pair(key, values[key])}\n"
        if key in values
        else _to_fill(key, child, needed=wanted and key in node["required"])
        for key, child in plain.items()
    ]


def _to_fill(key: str, node: dict[str, Any], *, needed: bool) -> str:
    kind = node.get("type", "")
    blank = node.get("default", _BLANK.get(kind if isinstance(kind, str) else "", ""))
    values = f" One of: {', '.join(node['enum'])}." if "enum" in node else ""
    return f"# {pair(key, blank)}  # {'NEEDED: ' if needed else ''}{node['description']}{values}\n"
