"""From the exchange to the files of a release and the manifest that states them."""

from __future__ import annotations

import shutil
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

from ..conversation import HELD_OUT, TRAIN
from ..digest import sha256
from ..engine import Task
from ..engine.marks import mark
from ..errors import BadSources, Unbalanced
from ..files import fsync_file
from ..memory import give_back
from ..provenance import PROOF, from_hex, rows_digest
from ..schema import arrow_schema
from ..writer import sharded, write_canonical
from .facts import published_of, state
from .licences import documents_of, license_addresses
from .numbers import listed, places
from .outputs import DRAFTS, as_column
from .tables import evidence_table, ledger_tables
from .tasks import code_digest
from .write_task import ASSIGNMENT, FILE, WITNESS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Protocol

    from numpy.typing import NDArray

    from ..engine import Receipt
    from ..manifest import Manifest
    from ..recipe import Recipe
    from .exchange import Exchanged
    from .making import Making

    Numbers = NDArray[np.int64]

    class Run(Protocol):
        """What has tasks done."""

        def __call__(self, tasks: Sequence[Task], arrived: Callable[[Receipt], None], /) -> list[Receipt]:
            """Receipts in order of the tasks; `arrived` gets each when it is there."""
            ...

    class Written(Protocol):
        """Who wants to know which data files stand."""

        def __call__(
            self,
            path: Path,
            stated: dict[str, Any],
            publish: dict[str, Any],
            /,
            *,
            private: bool,
            witness: str | None = None,
        ) -> None:
            """The file at `path` is finished; what the manifest will say of it, and of what is published.

            `witness` is that of its rows (see `provenance`), where their digests were taken as they were written.
            """
            ...


#: The only split of tables that are no examples.
SPLIT: Final = TRAIN
SPLITS: Final = (TRAIN, *HELD_OUT)
#: Conversations are wide; a row group of them must stay far below what viewers can decode.
CONVERSATIONS_PER_GROUP: Final = 1000


@dataclass(frozen=True)
class Shard:
    """One data file to be: its config, folder below data/, and which of all rows go into it, in order."""

    config: str
    folder: str
    number: int
    count: int
    places: Numbers
    split: str = SPLIT

    @property
    def path(self) -> str:
        """Name within the release."""
        return f"data/{self.folder}/{self.split}-{self.number:05d}-of-{self.count:05d}.parquet"


def untold(
    _path: Path, _stated: dict[str, Any], _publish: dict[str, Any], /, *, private: bool, witness: str | None = None
) -> None:
    """Nobody wants to know that a data file stands."""
    del private, witness


def assemble(making: Making, staged: Path, run: Run, written: Written) -> Manifest:
    """Write all data files and documents below `staged`, with `run` doing the tasks, and state them.

    `written` is told of each data file as soon as it stands, with what the manifest will say of it and of what is
    published.
    """
    exchanged, recipe = making.exchanged, making.recipe
    if exchanged.rows.is_empty():
        raise BadSources("not one record became a row", where="raw/", hint="run threadcommons check to see why")
    shards = [
        *_post_shards(exchanged),
        *_conversation_shards(exchanged, recipe),
        *_credit_shards(exchanged, recipe),
    ]
    with ThreadPoolExecutor(2) as several:  # to copy, write and hash needs no Python
        tasks = list(several.map(lambda shard: _task(shard, making, staged), shards))
    give_back()  # to wait for the tasks takes long, and no memory
    homes = {task.digest: shard for task, shard in zip(tasks, shards, strict=True)}
    stood: dict[str, dict[str, Any]] = {}
    kept: list[Future[None]] = []
    # While others write the shards, small tables are written, and what stands is made durable before the commit asks.
    with ThreadPoolExecutor(1) as durable, ThreadPoolExecutor(1) as beside:

        def stands(entry: dict[str, Any], witness: str | None = None) -> dict[str, Any]:
            path, publish = staged / entry["path"], published_of(recipe)
            kept.append(durable.submit(fsync_file, path))
            written(path, entry, publish, private=making.plan.private, witness=witness)
            return entry

        def arrived(receipt: Receipt) -> None:
            shard = homes[receipt.digest]
            stood[receipt.digest] = stands(_placed(staged, shard, receipt), receipt.facts.get(WITNESS))

        small = beside.submit(lambda: [stands(entry) for entry in _small_tables(making, staged)])
        done = run(tasks, arrived)
    for one in kept:  # an error of the disk is told once
        one.result()
    files = [stood[task.digest] for task in tasks] + small.result()
    posts = [shard for shard in shards if shard.config == "posts"]
    ids = exchanged.rows["id"].to_numpy()[np.concatenate([shard.places for shard in posts])]
    proof = _proof([staged / shard.path for shard in posts], ids)
    documents = [_document(staged, name, data) for name, data in _papers(making, staged, files)]
    shutil.rmtree(_work(staged))
    seen = [receipt.facts for shard, receipt in zip(shards, done, strict=True) if shard.config == "posts"]
    manifest = state(making, files, documents, seen, exchanged.findings | _lacking(done), proof)
    _same_sums(manifest)
    return manifest


def _small_tables(making: Making, staged: Path) -> list[dict[str, Any]]:
    evidence = evidence_table(making.plan.sources, making.exchanged.evidence, making.recipe.rules)
    most = making.recipe.shard_rows
    tables: dict[str, Sequence[Callable[[], pa.Table]]] = {
        "ledger": ledger_tables(making.exchanged, most),
        "evidence": [partial(evidence.slice, start, most) for start in range(0, evidence.num_rows, most)],
    }
    return [file for config, parts in tables.items() for file in _table_files(staged, config, parts, making.recipe)]


def _proof(paths: Sequence[Path], ids: Numbers) -> str:
    """The rows digest, from the digests as they stand in the files, in order of id over all of them.

    `ids` are the numbers of all rows in these files, one file after the other.
    """
    found = np.concatenate([from_hex(pl.read_parquet(path, columns=[PROOF])[PROOF]) for path in paths])
    order = np.argsort(ids)
    return rows_digest(found[order[at : at + _SPELT]].tobytes().hex() for at in range(0, len(order), _SPELT))


#: How many digests are spelt at a time.
_SPELT: Final = 1 << 16


def _lacking(done: Sequence[Receipt]) -> dict[str, int]:
    """How many credits lack an element, by code."""
    lacks: Counter[str] = Counter()
    for receipt in done:
        lacks.update(receipt.facts.get("lacks", {}))
    return dict(sorted(lacks.items()))


def _post_shards(exchanged: Exchanged) -> list[Shard]:
    rows = exchanged.rows.select("folder", "split", "shard", "shards").with_row_index("row")
    groups = rows.group_by("folder", "split", "shard").agg(pl.col("row"), pl.col("shards").first())
    named = groups.with_columns(pl.col("folder", "split").cast(pl.String)).sort("folder", "split", "shard")
    return [
        Shard("posts", f"posts/{folder}", number, count, np.sort(places), split)
        for (folder, split, number, count), places in zip(
            named.select("folder", "split", "shard", "shards").iter_rows(),
            map(pl.Series.to_numpy, named["row"]),
            strict=True,
        )
    ]


def _conversation_shards(exchanged: Exchanged, recipe: Recipe) -> list[Shard]:
    """Whole conversations of which at least one post is published."""
    rows = exchanged.rows
    conversations = rows["conversation_id"].to_numpy()
    told = np.zeros(len(exchanged.names), dtype=bool)
    told[conversations[(rows["release"] == "published").to_numpy()]] = True
    order = np.argsort(
        (conversations.astype(np.uint64) << np.uint64(32)) | rows["position"].to_numpy().astype(np.uint64)
    )
    whole = order[told[conversations[order]]]
    splits = {split: (rows["split"] == split).to_numpy()[whole] for split in SPLITS}
    return [
        shard
        for split, mine in splits.items()
        for shard in _hashed("conversations", exchanged, "conversation_id", whole[mine], recipe, split)
    ]


def _credit_shards(exchanged: Exchanged, recipe: Recipe) -> list[Shard]:
    """Published rows whose licence asks for credit."""
    ids = exchanged.rows["id"].to_numpy()
    asking = np.flatnonzero(exchanged.rows["credit"].to_numpy())
    return _hashed("credits", exchanged, "id", asking[np.argsort(ids[asking])], recipe)


def _hashed(
    config: str, exchanged: Exchanged, column: str, places: Numbers, recipe: Recipe, split: str = SPLIT
) -> list[Shard]:
    """Rows divided by the hash of a column by which they are in order; all that share it stay together."""
    if not len(places):
        return []
    numbers = exchanged.rows[column].to_numpy()[places]
    fresh = np.concatenate([[True], numbers[1:] != numbers[:-1]])
    keys = numbers[fresh]
    rows_per_key = max(1, len(numbers) // len(keys))
    hashed = exchanged.hashes[keys] if exchanged.hashes is not None else np.zeros(len(keys), dtype=np.uint64)
    shards, count = sharded(hashed, max(1, recipe.shard_rows // rows_per_key))
    shard_of_row = shards[np.cumsum(fresh) - 1]
    return [Shard(config, config, number, count, places[shard_of_row == number], split) for number in range(count)]


_WRITERS: Final = {
    "posts": "threadcommons.build.write_task:write_posts",
    "conversations": "threadcommons.build.write_task:write_conversations",
    "credits": "threadcommons.build.write_task:write_credits",
}


#: By config, how many times faster a byte of a draft is written than one of an export is read.
_LIGHTER: Final = {"posts": 8, "conversations": 16, "credits": 40}


def _task(shard: Shard, making: Making, staged: Path) -> Task:
    """The task that writes a shard. Its assignment lies beside the staged release and is gone with it."""
    at = pl.Series(shard.places, dtype=pl.UInt32)
    rows = pl.DataFrame([making.exchanged.rows[name][at] for name in _ASSIGNED])
    used = np.unique(rows["task"].to_numpy()).tolist()
    drafts = [making.receipts[task] for task in used]
    path = _work(staged) / f"{shard.folder.replace('/', '-')}-{shard.split}-{shard.number}.arrow"
    _assign(rows, making.exchanged, used, path)
    conversations = shard.config == "conversations"
    params = {
        "row_group": CONVERSATIONS_PER_GROUP if conversations else making.recipe.row_group,
        "addresses": license_addresses(sorted(rows["license"].unique().cast(pl.String))),
        "drafts": [receipt.digest for receipt in drafts],
    }
    reads = {"assigned": mark(path)} | {
        f"drafts/{number}": receipt.outputs[DRAFTS]["mark"] for number, receipt in enumerate(drafts)
    }
    local = {"assigned": str(path), "drafts": [str(receipt.path(DRAFTS)) for receipt in drafts]}
    drafted = sum(receipt.outputs[DRAFTS]["bytes"] for receipt in drafts)
    weight = drafted * len(rows) // len(making.exchanged.rows) // _LIGHTER[shard.config]
    return Task(_WRITERS[shard.config], params, reads, code_digest(), local, weight)


#: Columns of an assignment: those that have ids, those that few rows have, and all that stands in the rows.
_NAMED: Final = ("conversation_id", "parent_id", "quoted_id")
_BESIDE: Final = ("merged_from", "flags", "also")
_ASSIGNED: Final = tuple(name for name in ("id", *ASSIGNMENT.names) if name not in _BESIDE)


def _assign(rows: pl.DataFrame, exchanged: Exchanged, used: Sequence[int], path: Path) -> None:
    """Write down which draft becomes which row; tasks are numbered among those that are used."""
    told = [exchanged.names.told(rows[name]) for name in _NAMED]
    at = places(rows["id"], exchanged.also["id"])
    columns = {
        **{column.name: column.to_arrow() for column in (*rows.get_columns(), *told)},
        "task": as_column(np.searchsorted(used, rows["task"].to_numpy())),
        "merged_from": listed(rows["id"], exchanged.merged),
        "flags": listed(rows["id"], exchanged.flags),
        "also": exchanged.also["also"][at].to_arrow(),
    }
    table = pa.table([columns[name] for name in ASSIGNMENT.names], ASSIGNMENT.names).cast(ASSIGNMENT).combine_chunks()
    with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, ASSIGNMENT) as writer:
        writer.write_table(table)


def _work(staged: Path) -> Path:
    path = staged / ".work"
    path.mkdir(exist_ok=True)
    return path


def _placed(staged: Path, shard: Shard, receipt: Receipt) -> dict[str, Any]:
    """Copy a written shard to its name in the release."""
    target = staged / shard.path
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(receipt.path(FILE), target)
    stated = {key: receipt.facts[key] for key in ("rows", "bytes", "sha256", "num_bytes")}
    return {"path": shard.path, **stated, "config": shard.config, "split": shard.split}


#: The order of the small tables.
_ORDERS: Final = {"ledger": ("source", "file", "offset"), "evidence": ("id",)}


def _table_files(
    staged: Path, config: str, tables: Sequence[Callable[[], pa.Table]], recipe: Recipe
) -> list[dict[str, Any]]:
    """A small table in files of at most `shard_rows` rows, in order."""
    count = len(tables)
    names = [f"data/{config}/{SPLIT}-{number:05d}-of-{count:05d}.parquet" for number in range(count)]
    (staged / "data" / config).mkdir(parents=True, exist_ok=True)
    parts = [
        write_canonical(
            [table()],
            staged / name,
            schema=arrow_schema(config),
            row_group=recipe.row_group,
            sorted_by=_ORDERS[config],
        )
        for table, name in zip(tables, names, strict=True)
    ]
    return [
        {"path": name, **asdict(part), "config": config, "split": SPLIT}
        for name, part in zip(names, parts, strict=True)
    ]


def _papers(making: Making, staged: Path, files: Sequence[dict[str, Any]]) -> list[tuple[str, bytes]]:
    """Licence texts and the notice, by name."""
    credits_ = [staged / file["path"] for file in files if file["config"] == "credits"]
    return sorted(documents_of(making.exchanged.rows, credits_, making.plan.sources).items())


def _document(staged: Path, name: str, data: bytes) -> dict[str, Any]:
    path = staged / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return {"path": name, "bytes": len(data), "sha256": sha256(data)}


def _same_sums(manifest: Manifest) -> None:
    """The conservation law, once more and over the stated numbers.

    Bytes and records of each export, rows of each file.
    """
    for export in manifest["exports"]:
        if export["record_bytes"] + export["framing_bytes"] + export["blank_bytes"] != export["bytes"]:
            raise Unbalanced(
                "its bytes do not add up",
                where=f"raw/{export['source']}",
                hint="report this fault of the reader",
            )
        if sum(export["fates"].values()) != export["records"]:
            raise Unbalanced(
                "its records do not all have one fate",
                where=f"raw/{export['source']}",
                hint="report this fault",
            )
    rows = sum(file["rows"] for file in manifest["files"] if file["config"] == "posts")
    counts = manifest["counts"]
    if not rows == counts["rows"] == counts["published"] + counts["withheld"]:
        raise Unbalanced("rows in files and rows in the ledger differ", where="data/posts", hint="report this fault")
