"""Pandera without what else its import does; it takes more than a second, so whoever needs it imports this late.

It sets variables for Spark. One of them, PYARROW_IGNORE_TIMEZONE, makes pyarrow drop the time zone of every
timestamp inside a list or struct that it gives to pandas, in the whole process and in all that it starts.

It makes some hundred thousand objects that stay, and the collector of cycles would look again and again which of them
could go: a fifth of the time. So it waits until they are there.
"""

import gc
import os
from typing import Final

_FOR_SPARK: Final = {"PYARROW_IGNORE_TIMEZONE", "SPARK_LOCAL_IP"} - os.environ.keys()
_COLLECTING: Final = gc.isenabled()
gc.disable()
try:
    import polars as pl
    from pandera.errors import SchemaErrors
    from pandera.polars import Check, DataFrameSchema

    # The first frame makes it import as much again: now, so that it need not while rows wait.
    DataFrameSchema({}).validate(pl.DataFrame())
finally:
    for _name in _FOR_SPARK & os.environ.keys():
        del os.environ[_name]
    if _COLLECTING:
        gc.enable()

__all__ = ["Check", "DataFrameSchema", "SchemaErrors"]
