"""One home for every setting, everything in the wheel, and imports that run downwards only."""

from __future__ import annotations

import ast
import configparser
import email
import importlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatch
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path

import pytest

import normalizer
from normalizer.names.tables import default_seeds

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "normalizer"
SEEDS = ROOT / "seeds"

# Rooms from the ground up; each may use those below it. A new room is put in its place here.
ROOMS = [
    "errors",
    "locking",
    "sources",
    "shipped",
    "annotation",
    "odds",
    "settings",
    "rewrite",
    "decide",
    "names",
    "glitches",
    "pipeline",
    "indexing",
    "documents",
    "report",
    "review",
    "export",
    "corpus",
    "replay",
    "stream",
    "integrations",
    "cli",
    "__main__",
]
# How tables were made; not read at run time.
NOT_SHIPPED = {"recipes"}
HEAVY = {"torch", "transformers", "numpy", "onnxruntime", "pyarrow", "ray", "pyspark"}


@pytest.fixture(scope="module")
def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", "utf-8")
    return parser


# -- setup.cfg -------------------------------------------------------------------------------


def test_the_version_stands_in_one_place(setup: configparser.ConfigParser) -> None:
    assert setup["metadata"]["version"] == "attr: normalizer.__version__"
    places = [*PACKAGE.rglob("*.py"), ROOT / "setup.cfg", ROOT / "pyproject.toml"]
    assert [
        path for path in places if f'"{normalizer.__version__}"' in path.read_text("utf-8")
    ] == [PACKAGE / "__init__.py"]


def test_pyproject_leaves_the_metadata_to_setup_cfg() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert set(table) == {"build-system", "tool"}
    assert set(table["tool"]) == {"ruff"}


def folders_beside(setup: configparser.ConfigParser) -> dict[str, Path]:
    """Packages that lie beside ``normalizer/`` and ship inside it, with their folders."""
    lines = setup["options"]["package_dir"].strip().splitlines()
    pairs = (line.partition("=") for line in lines)
    return {package.strip(): ROOT / folder.strip() for package, _, folder in pairs}


def test_every_package_is_listed(setup: configparser.ConfigParser) -> None:
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("__init__.py")}
    listed = set(setup["options"]["packages"].split())
    beside = folders_beside(setup)
    assert beside["normalizer.seeds"] == SEEDS
    assert listed == found | set(beside)
    assert all((folder / "__init__.py").is_file() for folder in beside.values())


def shipped(folder: Path) -> list[Path]:
    """Every file of a package that should be in the wheel."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix != ".pyc"
        and path.name[0] != "."
        and not NOT_SHIPPED & set(path.relative_to(folder).parts)
    ]


def matched(path: Path, folder: Path, globs: list[str]) -> bool:
    parts = path.relative_to(folder).parts
    return any(
        len(glob.split("/")) == len(parts) and all(map(fnmatch, parts, glob.split("/")))
        for glob in globs
    )


def test_every_file_that_is_no_module_is_package_data(setup: configparser.ConfigParser) -> None:
    for package, folder in {"normalizer": PACKAGE, **folders_beside(setup)}.items():
        globs = [glob.strip() for glob in setup["options.package_data"][package].split(",")]
        files = [path for path in shipped(folder) if path.suffix != ".py"]
        assert files
        assert [str(path) for path in files if not matched(path, folder, globs)] == []


def test_the_entry_point_leads_to_the_program(setup: configparser.ConfigParser) -> None:
    (line,) = setup["options.entry_points"]["console_scripts"].strip().splitlines()
    name, _, target = line.partition(" = ")
    module, _, function = target.partition(":")
    assert name == "normalizer"
    assert callable(getattr(importlib.import_module(module), function))


def test_the_tables_are_found() -> None:
    assert default_seeds().samefile(SEEDS) or (default_seeds() / "sources.toml").is_file()


@pytest.mark.skipif(
    int(version("setuptools").partition(".")[0]) < 77, reason="the build needs setuptools 77"
)
def test_the_wheel_holds_everything_and_nothing_else(
    tmp_path: Path, setup: configparser.ConfigParser
) -> None:
    source = tmp_path / "source"
    skipped = shutil.ignore_patterns(
        ".*", "__pycache__", "*.egg-info", "build", "dist", "bench", "tests", "out"
    )
    shutil.copytree(ROOT, source, ignore=skipped)
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=source, check=True, capture_output=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        about = email.message_from_bytes(archive.read(metadata))
    expected = {
        "/".join((*package.split("."), *path.relative_to(folder).parts))
        for package, folder in {"normalizer": PACKAGE, **folders_beside(setup)}.items()
        for path in shipped(folder)
    }
    assert names == expected
    assert about["Version"] == normalizer.__version__


# -- what a call loads -----------------------------------------------------------------------


def loaded(*args: str, cache: Path, folder: Path) -> set[str]:
    """Modules in memory after one call of the program."""
    code = (
        "import json, sys\n"
        "from normalizer.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit:\n    pass\n"
        "print(json.dumps(list(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env=os.environ | {"XDG_CACHE_HOME": str(cache)},
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_version_costs_next_to_nothing(tmp_path: Path) -> None:
    modules = loaded("--version", cache=tmp_path, folder=tmp_path)
    assert "normalizer.cli" in modules
    assert not modules & (HEAVY | {"sqlite3", "multiprocessing", "concurrent.futures"})
    assert not {one for one in modules if one.startswith("normalizer.names")}


def test_a_check_loads_no_framework(tmp_path: Path, tiny_seeds: Path) -> None:
    (tmp_path / "a.txt").write_text("Vladimir Poutine came.", "utf-8")
    args = ["check", "a.txt", "--seeds", str(tiny_seeds)]
    modules = loaded(*args, cache=tmp_path / "cache", folder=tmp_path)
    assert "normalizer.pipeline" in modules
    assert not modules & HEAVY


# -- imports ---------------------------------------------------------------------------------


def modules() -> dict[str, ast.Module]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
        for path in PACKAGE.rglob("*.py")
    }


MODULES = modules()


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported anywhere, late imports and those for types included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where they lead"
            assert node.module
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module


def ours(name: str) -> set[str]:
    return {one for one in imported(MODULES[name]) if one.startswith("normalizer.")}


def room(name: str) -> str:
    return name.split(".")[1]


NAMES = sorted(set(MODULES) - {"normalizer.__init__"})


def test_every_room_has_its_place() -> None:
    assert {room(name) for name in NAMES} <= set(ROOMS)


@pytest.mark.parametrize("name", NAMES)
def test_imports_run_downwards(name: str) -> None:
    own = ROOMS.index(room(name))
    above = {one for one in ours(name) if ROOMS.index(room(one)) > own}
    assert above == set()


def test_no_module_imports_itself_by_a_detour() -> None:
    # Raises CycleError, with the circle in it.
    order = list(TopologicalSorter({name: ours(name) for name in NAMES}).static_order())
    assert set(NAMES) <= set(order)


def test_the_records_import_nothing_of_ours() -> None:
    assert ours("normalizer.annotation") == set()


def test_nothing_imports_the_command_line() -> None:
    users = {name for name in NAMES if "normalizer.cli" in ours(name)}
    assert users == {"normalizer.__main__"}


def test_frameworks_are_imported_beside_the_models_only() -> None:
    users = {
        framework: {
            name.rpartition(".")[2]
            for name, tree in MODULES.items()
            if framework in {one.partition(".")[0] for one in imported(tree)}
        }
        for framework in ("torch", "transformers")
    }
    assert users["transformers"] == {"transformers_weights"}
    assert users["torch"] == {"opening", "llama", "torch_network", "transformers_weights"}


LIBRARY = [name for name in NAMES if room(name) not in ("cli", "__main__", "integrations")]


@pytest.mark.parametrize("name", LIBRARY)
def test_the_library_prints_nothing_and_reads_no_environment(name: str) -> None:
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("print", "input"), node.lineno
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("environ", "getenv"), node.lineno


@pytest.mark.parametrize("name", NAMES)
def test_no_exception_is_caught_without_a_name(name: str) -> None:
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else ""
            raises = any(isinstance(one, ast.Raise) for one in ast.walk(node))
            assert caught, node.lineno
            assert raises or caught not in ("Exception", "BaseException"), node.lineno
