"""Long runs share the small package of tests/build, and one that is large enough to keep several processes busy."""

import pytest

from threadcommons.engine.local import LIGHT

from ..build.conftest import Package, package, post, small

__all__ = ["Package", "heavy", "package", "small"]


@pytest.fixture
def heavy(small):
    """The small package with posts so long that the engine does not take the work for light; then it starts processes."""
    small.recipe("record_bytes = 4096", "record_bytes = 1000000")
    for name in ("long", "longer"):
        posts = [post(f"{name}-{number}", f"{name} {number} " * 20_000, parent=f"{name}-{number - 1}") for number in range(1, 26)]
        small.source(name, posts)
    assert sum(path.stat().st_size for path in small.root.rglob("posts.jsonl")) > LIGHT
    return small
