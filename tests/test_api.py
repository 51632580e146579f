"""The library: its verbs are there, cost nothing until used, and do what their examples say."""

import doctest
import importlib
import importlib.resources
import inspect
import os
import shutil
import subprocess
import sys

import pytest

import threadcommons as tc
from threadcommons import api
from threadcommons.cli.group import COMMANDS
from threadcommons.contributions import init
from threadcommons.engine import nursery


def test_every_verb_of_the_command_line_is_one_of_the_library():
    assert set(COMMANDS) <= set(tc.__all__)
    assert set(tc.__all__) <= set(dir(tc))
    for name in tc.__all__:
        assert callable(getattr(tc, name))


def test_the_version_is_that_of_the_package():
    assert tc.__version__.count(".") == 2


def test_what_is_no_verb_is_no_attribute():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = tc.nonsense


HEAVY = ("pyarrow", "polars", "numpy", "datasets", "jsonschema", "click", "threadcommons.api")


def test_importing_the_package_loads_nothing():
    code = f"import sys, threadcommons; print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    "before",
    ["", "import threadcommons.build", "from threadcommons.build import plan", "import threadcommons.build.run as run"],
)
def test_the_verb_build_and_the_subpackage_of_that_name_live_together(before, tmp_path):
    """Whether the verb was run is told by its own error, which takes no time: there is nothing to build."""
    code = f"""
{before}
import sys, threadcommons as tc
from threadcommons.errors import NoPackage
for attempt in range(2):
    try:
        tc.build(root=sys.argv[1])
    except NoPackage:
        print("called")
    import threadcommons.build.run
    from threadcommons.build import Built
    assert threadcommons.build.run.Built is Built
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["called", "called"]


#: A script as people write it, without a guard around what it does.
SCRIPT = """
import sys, threadcommons as tc
built = tc.build(root=sys.argv[1], workers=2)
print(built.manifest["counts"]["published"], built.made)
print([name for name in ("pandera", "jsonschema", "datasets", "huggingface_hub") if name in sys.modules])
"""


def test_a_plain_script_builds_once_and_another_process_brings_what_judges_the_tables(tmp_path):
    """Importing pandera takes longer than all the rest; it happens while the script reads and writes."""
    folder = tmp_path / "package"
    init(folder, name="my-dataset")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, script, folder], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["3 True", "[]"]
    assert done.stderr == ""


def test_subpackages_that_are_no_verbs_are_attributes_as_ever():
    sources = importlib.import_module("threadcommons.sources")
    assert tc.sources is sources


def examples():
    """The examples in the docstrings of all verbs; every verb has one."""
    finder = doctest.DocTestFinder(recurse=False)
    for name in tc.__all__:
        verb = getattr(api, name)
        (test,) = finder.find(verb, name, globs={"tc": tc})
        yield test


def test_every_verb_has_an_example_and_says_its_types():
    assert [test.name for test in examples()] == tc.__all__
    for test in examples():
        assert test.examples, test.name
        signature = inspect.signature(getattr(api, test.name))
        assert signature.return_annotation is not inspect.Signature.empty, test.name


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    init(folder, name="my-dataset")
    tc.build(root=folder)
    pack = importlib.resources.files("threadcommons.licensing").joinpath("rules/stackexchange.toml")
    (folder / "stackexchange.toml").write_bytes(pack.read_bytes())
    return folder


@pytest.mark.parametrize("test", list(examples()), ids=lambda test: test.name)
def test_the_examples_come_out_as_written(test, built, tmp_path, monkeypatch):
    monkeypatch.chdir(shutil.copytree(built, tmp_path / "package"))
    told = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=told.append)
    assert result.failed == 0, "".join(told)


def test_an_answer_that_nobody_asks_for_is_refused(built):
    with pytest.raises(TypeError, match="licence"):
        tc.add(built / "raw/first-thread/posts.jsonl", "other", root=built, licence="CC0-1.0")


# -- what processes divide with -----------------------------------------------------------------------------------

#: Loads what a build has loaded ahead, then says how many threads there are that answer questions for polars.
THREADS = """
import sys
from pathlib import Path
from threadcommons import api
from threadcommons.engine.worker import import_all, prove
import_all([*api._READING, *api._WRITING])
def working():
    return sum(path.read_text().startswith("polars-0") for path in Path("/proc/self/task").glob("*/comm"))
before = working()
prove()
print("threadcommons.dedup.scan" in sys.modules, "pandera" in sys.modules, before, working())
"""


@pytest.mark.skipif(not nursery.POSSIBLE, reason="no process divides here")
def test_nothing_that_is_loaded_ahead_asks_polars():
    surroundings = os.environ | {"POLARS_MAX_THREADS": "1"}
    line = [sys.executable, "-c", THREADS]
    said = subprocess.run(line, capture_output=True, text=True, check=True, timeout=120, env=surroundings)
    assert said.stdout.split() == ["True", "True", "0", "1"]


@pytest.mark.parametrize("name", sorted({*api._READING, *api._WRITING}))
def test_what_is_loaded_ahead_is_there(name):
    module, _, function = name.partition(":")
    assert callable(getattr(importlib.import_module(module), function)) if function else importlib.import_module(module)


#: Makes a package, builds it, and says which of the libraries were loaded that take longest.
BUILDS = """
import sys
import threadcommons as tc
tc.init(sys.argv[1], name="my-dataset")
tc.build(root=sys.argv[1], workers=2)
print({"pandas", "pandera"} & sys.modules.keys())
"""


def test_who_plans_and_exchanges_loads_neither_pandas_nor_pandera(tmp_path):
    line = [sys.executable, "-c", BUILDS, str(tmp_path / "package")]
    assert subprocess.run(line, capture_output=True, text=True, check=True, timeout=120).stdout == "set()\n"
