import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from threadcommons.schema import SCHEMAS, declare, schema, schema_bytes, schema_digest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_bytes_are_those_of_the_file(name):
    assert schema_bytes(name) == (ROOT / "schema" / f"{name}.schema.json").read_bytes()
    assert schema(name)["properties"]


def test_an_unknown_schema_is_no_file():
    with pytest.raises(FileNotFoundError):
        schema_bytes("nobody")


def test_one_digest_over_all_of_them():
    inner = ",".join(f'"{name}":"{hashlib.sha256(schema_bytes(name)).hexdigest()}"' for name in sorted(SCHEMAS))
    assert schema_digest() == hashlib.sha256(f"{{{inner}}}".encode()).hexdigest()


def test_the_digest_sees_a_single_byte(monkeypatch):
    before = schema_digest()
    changed = {name: schema_bytes(name) for name in SCHEMAS}
    changed["row"] = changed["row"].replace(b"Row", b"Raw", 1)
    monkeypatch.setattr(declare, "schema_bytes", changed.__getitem__)
    assert schema_digest.__wrapped__() != before


def test_a_wheel_carries_the_same_bytes_inside_the_package(tmp_path):
    """As `pyproject.toml` lays it out: the files lie in the package, and there is no checkout around it."""
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted((ROOT / "src" / "threadcommons").glob("*.py")):
            packed.write(path, f"threadcommons/{path.name}")
        for path in sorted((ROOT / "src" / "threadcommons" / "schema").glob("*.py")):
            packed.write(path, f"threadcommons/schema/{path.name}")
        for path in sorted((ROOT / "schema").glob("*.schema.json")):
            packed.write(path, f"threadcommons/schema/files/{path.name}")
    told = subprocess.run(
        [sys.executable, "-c", "from threadcommons.schema import schema_digest; print(schema_digest())"],
        env={"PYTHONPATH": str(archive)}, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.strip() == schema_digest()
