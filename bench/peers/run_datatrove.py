"""datatrove in its fastest configuration for these steps, one task for each file of the input, all at once.

1. read: JSON lines, a line that is no JSON is logged and left out
2. check: the schema of a post, by jsonschema-rs in the reader's adapter
3. measure: both Gopher filters with limits that no post reaches, for our rules flag and do not drop; words are cut at
   white space, since the default tokenizer triples the time
4. redact: e-mail addresses and IP addresses; it has nothing for telephone numbers
5. exact: whole texts, kept once
6. near: MinHash, 16 bands of 8, shingles of 3 words; one of each cluster is kept, pairs are not compared
7. write: Parquet with zstd, one explicit schema

Steps 1 to 4 run as one pipeline. Between pipelines documents are written as plain JSON lines, which is faster than its
Parquet.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson
import pyarrow as pa
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    ExactDedupFilter,
    ExactDedupSignature,
    ExactFindDedups,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.exact_dedup import ExactDedupConfig
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter
from datatrove.pipeline.formatters import PIIFormatter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter, ParquetWriter
from datatrove.utils.word_tokenizers import WordTokenizer
from told import Told, asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from datatrove.data import Document

MINHASH = MinhashConfig(n_grams=3, num_buckets=16, hashes_per_bucket=8)
NEVER = 1e9
LABEL = pa.struct([(name, pa.string()) for name in ("name", "value", "annotator", "method")])
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "text", "conversation", "parent", "parent_state", "kind", "title")),
        ("author", pa.struct([(name, pa.string()) for name in ("name", "id", "url")])),
        *((name, pa.string()) for name in ("markup", "lang", "created_at", "url", "license")),
        ("links", pa.list_(pa.string())),
        ("labels", pa.list_(LABEL)),
    ]
)


class Words(WordTokenizer):
    """Words are what stands between white space."""

    def word_tokenize(self, text: str) -> list[str]:
        """The words."""
        return text.split()

    def sent_tokenize(self, text: str) -> list[str]:
        """Nothing here asks for sentences."""
        raise NotImplementedError(text)

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        """Nothing here asks for spans."""
        raise NotImplementedError(text)


WORDS = Words()


def text_of(document: Document) -> str:
    """What is compared for exact duplicates; the annotation decides which hash is taken."""
    return document.text


def flat(_writer: Any, document: Document) -> dict:
    """A document as one flat row, without the copies of the default adapter."""
    return {"id": document.id, "text": document.text, **document.metadata}


@cache
def validator(path: str) -> jsonschema_rs.Draft202012Validator:
    """The schema of a post, compiled once in each task; a compiled one does not travel between processes."""
    return jsonschema_rs.validator_for(orjson.loads(Path(path).read_bytes()))


def checked(schema: str) -> Callable[[Any, dict, str, int], dict]:
    """An adapter that leaves out what the schema refuses: the reader skips a document without text."""

    def adapter(_reader: Any, data: dict, _path: str, _number: int) -> dict:
        if not validator(schema).is_valid(data):
            return {}
        return {"text": data.pop("text"), "id": data.pop("native_id"), "metadata": data}

    return adapter


def again(_reader: Any, data: dict, _path: str, _number: int) -> dict:
    """A document that this script wrote."""
    return {"text": data.pop("text"), "id": data.pop("id"), "metadata": data}


def measuring() -> list:
    """Every measure is taken and none drops a post."""
    quality = GopherQualityFilter(
        min_doc_words=1, max_doc_words=NEVER, min_avg_word_length=1, max_avg_word_length=NEVER,
        max_symbol_word_ratio=NEVER, max_bullet_lines_ratio=NEVER, max_ellipsis_lines_ratio=NEVER,
        max_non_alpha_words_ratio=-NEVER, min_stop_words=-1, language=WORDS,
    )  # fmt: skip
    repetition = GopherRepetitionFilter(
        dup_line_frac=NEVER, dup_para_frac=NEVER, dup_line_char_frac=NEVER, dup_para_char_frac=NEVER,
        top_n_grams=[(size, NEVER) for size in (2, 3, 4)], dup_n_grams=[(size, NEVER) for size in range(5, 11)],
        language=WORDS,
    )  # fmt: skip
    return [quality, repetition]


def main() -> None:
    """Runs the pipelines one after the other."""
    posts, schema, folder = asked()
    together = len(list(posts.iterdir()))
    told = Told(("datatrove", "jsonschema-rs", "pyarrow"))
    clean, same, near = str(folder / "clean"), str(folder / "same"), str(folder / "near")
    exact = ExactDedupConfig(content_getter=text_of)

    def run(step: str, pipeline: list, tasks: int = together) -> list:
        logs = str(folder / "logs" / f"{len(list((folder / 'logs').glob('*')))}")
        with told.step(step):
            executor = LocalPipelineExecutor(
                pipeline, tasks=tasks, workers=min(tasks, together), logging_dir=logs, start_method="fork"
            )
            return executor.run().stats

    done = run(
        "read, check, measure, redact",
        [
            JsonlReader(str(posts), adapter=checked(str(schema))),
            *measuring(),
            # One mark each: with the default, which alternates, copies of a post would differ from each other.
            PIIFormatter(only_remove_public_ips=False, email_replacement="[email]", ip_replacement="[ip]"),
            JsonlWriter(clean, compression=None, adapter=flat),
            ExactDedupSignature(f"{same}/signatures", exact),
        ],
    )
    told.kept["check"] = int(done[0]["documents"].total)
    told.kept["measure"] = int(done[2]["forwarded"].total)
    run("exact", [ExactFindDedups(f"{same}/signatures", f"{same}/found", exact)], 1)
    signature = MinhashDedupSignature(f"{near}/signatures", MINHASH, language=WORDS)
    done = run("near", [JsonlReader(clean, adapter=again), ExactDedupFilter(f"{same}/found", exact), signature])
    told.kept["exact"] = int(done[1]["forwarded"].total)
    run("near", [MinhashDedupBuckets(f"{near}/signatures", f"{near}/pairs", config=MINHASH)], MINHASH.num_buckets)
    run("near", [MinhashDedupCluster(f"{near}/pairs", f"{near}/remove", MINHASH)], 1)
    done = run(
        "write",
        [
            JsonlReader(clean, adapter=again),
            ExactDedupFilter(f"{same}/found", exact),
            MinhashDedupFilter(f"{near}/remove"),
            ParquetWriter(str(folder / "out"), compression="zstd", adapter=flat, schema=SCHEMA),
        ],
    )
    told.kept["near"] = told.kept["write"] = int(done[2]["forwarded"].total)
    told.say()


if __name__ == "__main__":
    main()
