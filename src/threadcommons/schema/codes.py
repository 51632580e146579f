"""From a fault under a schema to the code of a finding.

A post has a code for each kind of fault, because its faults are counted by code. Whoever writes `source.toml`
or the recipe by hand is better served by few codes and a precise detail. A broken pointer is a broken
pointer, and a table of ours that breaks its own schema breaks the contract.
"""

from __future__ import annotations

from typing import Final

#: Schemas whose every fault has the same code.
_ONE_CODE: Final = {"pointer": "pointer.syntax"}
#: Schemas of tables that we write; a fault in one is ours.
_OURS: Final = "release.contract"
#: Schemas of files that people write by hand, and the kinds with a code there; all others are bad values.
_BY_HAND: Final = ("source", "recipe")
_KINDS_BY_HAND: Final = ("missing-key", "unknown-key", "wrong-type")


def code_for(schema_name: str, kind: str) -> str:
    """The code in `findings.toml` for a fault of `kind` (see `judge.KEYWORD_CODES`) under a schema."""
    if schema_name == "post":
        return f"post.{kind}"
    if schema_name in _BY_HAND:
        return f"source.{kind}" if kind in _KINDS_BY_HAND else "source.bad-value"
    return _ONE_CODE.get(schema_name, _OURS)
