"""One release for all of these tests, and datasets derived from it."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

# The maker of derived datasets is used by the benchmark too, so it is a module and no fixture.
sys.path.insert(0, str(Path(__file__).parent))

from derivatives import Plan, Post, make_derived, make_posts, make_release, write

from threadcommons.release.reciprocity import Reciprocity, derived, reading, reciprocity

if TYPE_CHECKING:
    from collections.abc import Callable

POSTS = 600


@dataclass(frozen=True)
class World:
    """Invented posts and the release that was made of them."""

    posts: list[Post]
    release: Path

    def of(self, license_: str, count: int, skip: int = 0) -> list[Post]:
        """Posts under a licence that are long enough to count, and begin like no other."""
        begins = Counter(post.text.words[:20] for post in self.posts)
        long = [post for post in self.posts if post.license == license_ and len(post.text.words) > 40]
        return [post for post in long if begins[post.text.words[:20]] == 1][skip : skip + count]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    posts = make_posts(POSTS)
    return World(posts, make_release(tmp_path_factory.mktemp("square") / "package", posts))


@pytest.fixture
def derive(world: World, tmp_path: Path) -> Callable[..., tuple[Path, Any]]:
    """Makes a derived dataset after a plan; its folder, and what it really took."""

    def make(plan: Plan) -> tuple[Path, Any]:
        folder = tmp_path / f"{plan.situation}-{plan.overlap}-{plan.edits}-{plan.shape}"
        return folder, make_derived(folder, world.posts, plan)

    return make


def read_here(job: reading.Job, _limits: Any) -> None:
    """What the process that reads strangers' rows does, without that process and its limits: our own rows need neither."""
    Path(job.out, reading.REPORT).write_bytes(orjson.dumps({"files": reading.read_all(job)}))


@pytest.fixture
def compare(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Reciprocity]:
    """Compares rows that a test makes up, with a card and other papers beside them, with the release."""
    monkeypatch.setattr(derived, "_run", read_here)

    def judged(
        rows: list[dict[str, Any]],
        *,
        card: str | None = None,
        shape: str = "jsonl",
        papers: dict[str, str] | None = None,
    ) -> Reciprocity:
        folder = tmp_path / "theirs"
        shutil.rmtree(folder, ignore_errors=True)
        write(folder, rows, shape, card)
        for name, text in (papers or {}).items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        return reciprocity(folder, world.release)

    return judged
