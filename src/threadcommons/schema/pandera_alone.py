"""Pandera without what else its import does; it takes more than half a second, so whoever needs it imports this late.

It sets variables for Spark. One of them, PYARROW_IGNORE_TIMEZONE, makes pyarrow drop the time zone of every
timestamp inside a list or struct that it gives to pandas, in the whole process and in all that it starts.

Polars is not asked anything: processes divide that have imported this (`threadcommons.engine.nursery`).
"""

import os
from typing import Final

from ..memory import collector_paused

_FOR_SPARK: Final = {"PYARROW_IGNORE_TIMEZONE", "SPARK_LOCAL_IP"} - os.environ.keys()
try:
    with collector_paused():
        from pandera.backends.polars.register import register_polars_backends
        from pandera.errors import SchemaErrors
        from pandera.polars import Check, DataFrameSchema

        # The first frame would make it import as much again: now, so that it need not while rows wait.
        register_polars_backends()
finally:
    for _name in _FOR_SPARK & os.environ.keys():
        del os.environ[_name]

__all__ = ["Check", "DataFrameSchema", "SchemaErrors"]
