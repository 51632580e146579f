"""Containers of tests are looked at in this process, where a fault of ours is seen as one."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from threadcommons import archives
from threadcommons.archives.kinds import HEAD, kind
from threadcommons.archives.looking import look
from threadcommons.archives.rules import Rules

EXPORTS = Path(__file__).resolve().parents[2].parent / "shared" / "exports"


@dataclass
class Looked:
    """A container on disk and its survey, with shorter words for what tests ask of them."""

    path: Path
    survey: archives.Survey

    @property
    def names(self):
        return [member.name for member in self.survey.members]

    @property
    def records(self):
        return [(record.code.removeprefix("container."), record.name) for layer in self.survey.layers for record in layer.records]

    @property
    def codes(self):
        return [code for code, _ in self.records]

    @property
    def spans(self):
        return [(record.offset, record.length) for layer in self.survey.layers for record in layer.records]

    def contents(self):
        return {member.name: stream.read() for member, stream in archives.iter_members(self.path, self.survey.members)}


def survey_here(path, opens=(".*",), limits=archives.DEFAULT, *, streams=True):
    """`archives.survey`, without a process of its own."""
    handle = os.open(path, os.O_RDONLY)
    try:
        rules = Rules(list(opens), limits, streams=streams)
        found = look(handle, os.fstat(handle).st_size, kind(os.pread(handle, HEAD, 0)), path.stem, rules)
    finally:
        os.close(handle)
    assert archives.from_dict(found.as_dict()) == found  # it adds up, and survives its journey
    return found


@pytest.fixture
def looked(tmp_path):
    """A function from the bytes of a container to what is found in it."""

    def look_at(data, opens=(".*",), *, streams=True, name="export.bin", **limits):
        path = tmp_path / name
        path.write_bytes(data)
        return Looked(path, survey_here(path, opens, replace(archives.DEFAULT, **limits), streams=streams))

    return look_at


@pytest.fixture(scope="session")
def exports():
    if not EXPORTS.is_dir():
        pytest.skip("the shared exports are not here")
    return EXPORTS
