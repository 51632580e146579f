"""text-dedup: near-duplicates alone, by its own command, which takes all processors.

1. read: what is JSON, written as JSON lines again, since its loader stops at a bad line; this is not its own work
2. near: `python -m text_dedup.minhash`, 128 permutations, 16 bands of 8, shingles of 3 words, its faster hash; it drops
   what has fewer than 3 words by its own count, and pairs are not compared
3. write: Parquet, with the default of `datasets`

It checks no schema, takes no measures and looks for nothing personal. Exact duplicates go with the near ones.
"""

from __future__ import annotations

import subprocess
import sys

import orjson
from datasets import load_from_disk
from told import Told, asked

OPTIONS = (
    *("--column", "text", "--batch_size", "10000", "--num_perm", "128", "--b", "16", "--r", "8"),
    *("--ngram", "3", "--min_length", "3", "--hash_func", "xxh3", "--hash_bits", "32", "--split", "train"),
)


def main() -> None:
    """Runs the command between a reader and a writer."""
    path, _schema, folder = asked()
    told = Told(("text-dedup", "datasets", "pyarrow"))
    whole, kept = folder / "whole.jsonl", folder / "kept"
    with told.step("read"):
        told.kept["read"] = 0
        with path.open("rb") as lines, whole.open("wb") as out:
            for line in lines:
                try:
                    post = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                out.write(orjson.dumps(post, option=orjson.OPT_APPEND_NEWLINE))
                told.kept["read"] += 1
    with told.step("near"):
        command = [sys.executable, "-m", "text_dedup.minhash", "--path", "json", "--data_files", str(whole)]
        command += ["--cache_dir", str(folder / "cache"), "--output", str(kept), *OPTIONS]
        # The command reports on stdout, which is ours here.
        subprocess.run(command, check=True, stdout=sys.stderr)
    with told.step("write"):
        posts = load_from_disk(str(kept))
        posts.to_parquet(str(folder / "posts.parquet"))
    told.kept["near"] = told.kept["write"] = posts.num_rows
    told.say()


if __name__ == "__main__":
    main()
