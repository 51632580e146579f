"""Another floor: polars streams JSON lines to Parquet with zstd. It judges nothing and stops at a bad line."""

from __future__ import annotations

import polars as pl
from told import Told, asked


def main() -> None:
    """Copies."""
    posts, _schema, folder = asked()
    told = Told(("polars",))
    target = folder / "posts.parquet"
    with told.step("read"):
        pl.scan_ndjson(posts, infer_schema_length=None).sink_parquet(target, compression="zstd")
    told.kept["write"] = pl.scan_parquet(target).select(pl.len()).collect().item()
    told.say()


if __name__ == "__main__":
    main()
