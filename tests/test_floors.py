"""Modules import from floors below them, and siblings on floors 2 and 3 leave each other alone.

Every file is parsed and none is run, so an import counts wherever it stands: at the top, inside a function, or under
TYPE_CHECKING.
"""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "threadcommons"

#: Each part of the package and its floor. `api` and `cli` share the top one, in this order.
FLOORS = {
    **dict.fromkeys(("errors", "findings", "model", "digest", "files", "kernels", "memory", "sha256", "sha256_loop", "texts", "archives"), 0.0),
    **dict.fromkeys(("schema", "recipe", "manifest", "ledger", "report"), 1.0),
    **dict.fromkeys(("sources", "licensing", "provenance", "privacy", "quality"), 2.0),
    **dict.fromkeys(("dedup", "conversation", "writer", "engine"), 2.0),
    **dict.fromkeys(("build", "contributions", "release", "describe", "publish"), 3.0),
    "api": 4.0,
    "cli": 4.5,
    "__main__": 5.0,
}

#: On these floors a part imports from below only; on the others, parts of one floor may import each other.
APART = (2.0, 3.0)

#: What anybody may take from the package itself. Everything else behind that door is the top floor's.
AT_THE_DOOR = ("__version__",)

#: Only the command line prints, exits and knows the libraries for it.
ONLY_CLI = ("click", "rich")
SPEAKING = ("print", "input", "exit", "quit", "sys.exit", "sys.stdout.write", "sys.stderr.write")


@dataclass(frozen=True, order=True)
class Import:
    """One import of something of ours: where it stands, the importing part, the dotted name imported.

    A lazy one is not run when the file is loaded: it stands inside a function or is for types only.
    """

    where: str
    line: int
    part: str
    name: str
    lazy: bool

    def __str__(self):
        return f"{self.where}:{self.line} imports {self.name}"


# Parsed once: no package changes while the tests run, and each twin has a folder of its own.
@cache
def trees(root):
    """(path below `root`, parsed file) of all files of a package."""
    paths = sorted(root.rglob("*.py"))
    return [(path.relative_to(root), ast.parse(path.read_bytes())) for path in paths]


def part_of(path):
    """The part that a file belongs to; the package's own `__init__.py` is part `__init__`."""
    return path.parts[0].removesuffix(".py")


def names_in(node, package, root_name):
    """Dotted names of all that one statement or call imports; relative ones made whole."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package[: len(package) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        # `from . import x` names a part; `from .x import y` names x, and what y is does not matter here.
        inner = base == root_name or (node.level and not node.module)
        yield from (f"{base}.{alias.name}" for alias in node.names) if inner else (base,)
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        name = node.args[0].value
        if called in ("import_module", "__import__") and isinstance(name, str):
            yield ".".join(package) + name if name.startswith(".") else name


def is_lazy(node):
    """Whether what stands inside is not run when the file is loaded."""
    for_types = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
    return for_types or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


@cache
def imports(root):
    """All imports of the package's own parts, in all of its files."""
    return tuple(_imports(root))


def _imports(root):
    for path, tree in trees(root):
        package = [root.name, *path.parent.parts]
        later = {id(inner) for node in ast.walk(tree) if is_lazy(node) for inner in ast.walk(node)}
        for node in ast.walk(tree):
            for name in names_in(node, package, root.name):
                if name.split(".")[0] == root.name:
                    yield Import(path.as_posix(), node.lineno, part_of(path), name, id(node) in later)


def complaint(found, floors):
    """What is wrong with one import, or None."""
    target = found.name.split(".")[1] if "." in found.name else ""
    if found.part == "__init__":
        return None if found.lazy or target in AT_THE_DOOR else f"{found} while it is loaded"
    if target == found.part or target in AT_THE_DOOR:
        return None
    if target not in floors:
        return f"{found} through the front door"
    here, there = floors[found.part], floors[target]
    if there > here:
        return f"{found}, which is above it"
    return f"{found}, which stands beside it" if there == here and here in APART else None


def complaints(root, floors):
    """All that is wrong in a package."""
    parts = sorted({part_of(path) for path, _ in trees(root)} - {"__init__"})
    homeless = [f"{part} has no floor" for part in parts if part not in floors]
    known = [found for found in sorted(imports(root)) if found.part in floors or found.part == "__init__"]
    return homeless + [told for told in (complaint(found, floors) for found in known) if told]


def cycles(root):
    """Groups of modules that import each other when they are loaded."""
    modules = {".".join([root.name, *path.with_suffix("").parts]).removesuffix(".__init__") for path, _ in trees(root)}
    graph = {module: set() for module in modules}
    for found in imports(root):
        importer = ".".join([root.name, *Path(found.where).with_suffix("").parts]).removesuffix(".__init__")
        target = found.name if found.name in modules else found.name.rpartition(".")[0]
        # A package that loads its own modules is no cycle, as long as they do not ask it for something back.
        if not found.lazy and target in modules and target != importer:
            graph[importer].add(target)
    return [sorted(group) for group in strongly_connected(graph) if len(group) > 1]


def strongly_connected(graph):
    """Groups of nodes that can reach each other."""
    reach = {node: reachable(graph, node) for node in graph}
    groups = {frozenset({node} | {other for other in reach[node] if node in reach[other]}) for node in graph}
    return sorted(groups, key=sorted)


def reachable(graph, start):
    seen, waiting = set(), [start]
    while waiting:
        fresh = graph[waiting.pop()] - seen
        seen |= fresh
        waiting += fresh
    return seen


def talk(root):
    """Where something other than the command line prints, exits, or imports what only the command line needs."""
    for path, tree in trees(root):
        if part_of(path) in ("cli", "__main__"):
            continue
        for node in ast.walk(tree):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if called in SPEAKING:
                yield f"{path.as_posix()}:{node.lineno} calls {called}"
            yield from (
                f"{path.as_posix()}:{node.lineno} imports {name}"
                for name in names_in(node, ["x"], "x")
                if name.split(".")[0] in ONLY_CLI
            )


# -- the package itself ---------------------------------------------------------------------------


def test_every_import_points_down():
    assert complaints(PACKAGE, FLOORS) == []


def test_the_test_sees_the_package():
    seen = {(found.part, found.name.split(".")[1]) for found in imports(PACKAGE) if "." in found.name}
    assert {("schema", "digest"), ("report", "findings"), ("files", "errors")} <= seen


def test_every_floor_that_the_design_names_is_there():
    present = {part_of(path) for path, _ in trees(PACKAGE)}
    assert {"errors", "schema", "sources", "writer", "engine", "build", "describe", "cli"} <= present


def test_no_modules_import_each_other():
    assert cycles(PACKAGE) == []


def test_only_the_command_line_prints_and_exits():
    assert list(talk(PACKAGE)) == []


def test_nothing_below_is_loaded_by_the_package_itself(tmp_path):
    """`import threadcommons` must be cheap: the library's verbs come when they are called."""
    assert [str(found) for found in imports(PACKAGE) if found.part == "__init__" and not found.lazy] == []
    types_only = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .api import build"
    assert [found.lazy for found in imports(grown(tmp_path, __init__=types_only)) if found.part == "__init__"] == [True]


# -- broken twins ---------------------------------------------------------------------------------

TWIN = {"low": 0.0, "mid": 1.0, "left": 2.0, "right": 2.0, "top": 3.0, "api": 4.0, "cli": 4.5}


INSIDE = {"left": "left/__init__.py", "inner": "left/inner.py"}


def grown(folder, **files):
    """A package in which nothing is wrong, with `files` beside or instead of its own."""
    good = {
        "__init__": "def __getattr__(name):\n    from . import api\n    return getattr(api, name)\n__version__ = '1'",
        "low": "import json",
        "mid": "from .low import x\nfrom . import __version__",
        "left": "from ..mid import y\nfrom .inner import z",
        "inner": "from ..low import x",
        "right": "import twin.low as low",
        "top": "from . import left, right",
        "api": "from . import top",
        "cli": "from . import api\nprint(api)",
    }
    for name, text in (good | files).items():
        path = folder / "twin" / INSIDE.get(name, f"{name}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "twin"


def test_the_good_twin_is_good(tmp_path):
    root = grown(tmp_path)
    assert complaints(root, TWIN) == []
    assert cycles(root) == []
    assert list(talk(root)) == []


BROKEN = {
    "upwards": ({"low": "import json\nfrom .mid import y"}, "low.py:2 imports twin.mid, which is above it"),
    "upwards by its whole name": ({"low": "import twin.mid"}, "low.py:1 imports twin.mid, which is above it"),
    "upwards from the package": ({"low": "from twin import mid"}, "low.py:1 imports twin.mid, which is above it"),
    "upwards inside a function": (
        {"mid": "def f():\n    from .top import x"},
        "mid.py:2 imports twin.top, which is above it",
    ),
    "upwards for types only": (
        {"mid": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .left import T"},
        "mid.py:3 imports twin.left, which is above it",
    ),
    "upwards by a call": (
        {"mid": "import importlib\nimportlib.import_module('twin.top')"},
        "mid.py:2 imports twin.top, which is above it",
    ),
    "upwards by the oldest call": ({"mid": "__import__('twin.top')"}, "mid.py:1 imports twin.top, which is above it"),
    "upwards from deep inside": (
        {"inner": "from ..top import x"},
        "left/inner.py:1 imports twin.top, which is above it",
    ),
    "sideways": ({"right": "from .left import z"}, "right.py:1 imports twin.left, which stands beside it"),
    "sideways from deep inside": (
        {"inner": "from .. import right"},
        "left/inner.py:1 imports twin.right, which stands beside it",
    ),
    "the library asks the command line": ({"api": "from . import cli"}, "api.py:1 imports twin.cli, which is above it"),
    "the whole package": ({"inner": "import twin"}, "left/inner.py:1 imports twin through the front door"),
    "a verb from the package": (
        {"right": "from twin import build"},
        "right.py:1 imports twin.build through the front door",
    ),
    "loaded too early": ({"__init__": "from . import api"}, "__init__.py:1 imports twin.api while it is loaded"),
    "a part without a floor": ({"attic": "import json"}, "attic has no floor"),
}


@pytest.mark.parametrize(("files", "told"), BROKEN.values(), ids=BROKEN)
def test_a_broken_twin_is_reported(files, told, tmp_path):
    assert complaints(grown(tmp_path, **files), TWIN) == [told]


def test_modules_that_import_each_other_are_reported(tmp_path):
    root = grown(tmp_path, low="from .low2 import x", low2="from .low3 import x", low3="from . import low")
    assert cycles(root) == [["twin.low", "twin.low2", "twin.low3"]]


def test_a_module_that_asks_its_own_package_back_is_reported(tmp_path):
    assert cycles(grown(tmp_path, inner="from . import y")) == [["twin.left", "twin.left.inner"]]


@pytest.mark.parametrize(
    "text", ["print(1)", "import sys\nsys.exit(1)", "import click", "def f():\n    from rich.table import Table"]
)
def test_talk_below_the_command_line_is_reported(text, tmp_path):
    assert len(list(talk(grown(tmp_path, mid=text)))) == 1
