"""The contract: JSON Schema files in, everything else derived from them.

`declare` finds and reads the files; `arrow` turns them into Arrow schemas, `features` into what `datasets`
reads, `contract` into a pandera table contract; `judge` checks records, in bulk and with explanations, and
`codes` says which finding a fault is. `columns` judges whole columns at once; it is loaded when `certain` is
asked for, because it brings polars.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .arrow import arrow_schema, columns_of
from .codes import code_for
from .contract import contract_failures
from .declare import SCHEMAS, schema, schema_bytes, schema_digest
from .features import features_metadata, features_yaml, with_features
from .judge import Fault, Judge, explain, judge

if TYPE_CHECKING:
    from .columns import certain

__all__ = [
    "SCHEMAS",
    "Fault",
    "Judge",
    "arrow_schema",
    "certain",
    "code_for",
    "columns_of",
    "contract_failures",
    "explain",
    "features_metadata",
    "features_yaml",
    "judge",
    "schema",
    "schema_bytes",
    "schema_digest",
    "with_features",
]


def __getattr__(name: str) -> Any:
    if name != "certain":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(".columns", __name__).certain
