"""The shape of the package: who may import whom, and how long things may be."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "consentkit"
MODULES = sorted(PACKAGE.rglob("*.py"))

#: Each layer may import from those above it; units of one layer not from each other.
#: What reads ``consent.toml`` is one unit in several modules, all named ``policy_*``.
LAYERS: list[set[str]] = [
    {"errors", "canonical", "regime"},
    {"policy"},
    {"catalogue"},
    {"policy_file"},
    {"consent", "peer_cookies", "vendor_signals"},
    {"cookie"},
    {"once"},
    {"plurals"},
    {"texts"},
    {"notice"},
    {"enforce", "log"},
]
FLASK_LAYER = len(LAYERS)
WEB_FRAMEWORK = {"flask", "werkzeug", "jinja2", "click", "blinker"}
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40
VAGUE = ("util", "helper", "manager", "misc", "common")


def _name(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


def _unit(module: Path) -> str:
    """Get the part of the package that a module belongs to."""
    first = module.relative_to(PACKAGE).parts[0]
    name = first.removesuffix(".py")
    return "policy_file" if name.startswith("policy_") else name


def _layer(unit: str) -> int:
    for number, units in enumerate(LAYERS):
        if unit in units:
            return number
    return FLASK_LAYER


def _imports(module: Path) -> list[str]:
    """Get the absolute names of all modules that a module imports from."""
    package = ("consentkit", *module.relative_to(PACKAGE).parts[:-1])
    found: list[str] = []
    for node in ast.walk(ast.parse(module.read_bytes())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else ()
            origin = ".".join((*base, *filter(None, [node.module])))
            found += [f"{origin}.{alias.name}" for alias in node.names]
    return found


def _internal_units(module: Path) -> set[str]:
    names = [name.split(".") for name in _imports(module)]
    inside = {name[1] for name in names if name[0] == "consentkit" and len(name) > 1}
    units = {_unit(PACKAGE / name) for name in inside if _is_module(name)}
    return units - {_unit(module)}


def _is_module(unit: str) -> bool:
    return (PACKAGE / f"{unit}.py").exists() or (PACKAGE / unit).is_dir()


def _functions(module: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(ast.parse(module.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Get a function's lines without those of its docstring."""
    start, end = function.lineno, function.end_lineno or function.lineno
    docstring = 0
    if ast.get_docstring(function) is not None:
        first = function.body[0]
        docstring = (first.end_lineno or first.lineno) - first.lineno + 1
    return end - start + 1 - docstring


CORE = [module for module in MODULES if _layer(_unit(module)) < FLASK_LAYER]


@pytest.mark.parametrize("module", CORE, ids=_name)
def test_imports_point_downwards(module: Path) -> None:
    layer = _layer(_unit(module))
    upwards = {unit for unit in _internal_units(module) if _layer(unit) >= layer}
    assert not upwards


@pytest.mark.parametrize("module", CORE, ids=_name)
def test_the_core_knows_no_web_framework(module: Path) -> None:
    roots = {name.split(".")[0] for name in _imports(module)}
    assert not roots & WEB_FRAMEWORK


def test_every_layer_exists() -> None:
    named = set().union(*LAYERS)
    assert {unit for unit in named if not _is_module(unit)} == set()


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_modules_are_short(module: Path) -> None:
    lines = module.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_MODULE


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_functions_are_short(module: Path) -> None:
    long = {
        f.name: _length(f) for f in _functions(module) if _length(f) > LONGEST_FUNCTION
    }
    assert long == {}


def test_most_functions_are_very_short() -> None:
    lengths = [_length(f) for module in MODULES for f in _functions(module)]
    assert statistics.median(lengths) < 10


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_names_say_something(module: Path) -> None:
    assert not [word for word in VAGUE if word in module.stem]


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_what_is_public_is_documented(module: Path) -> None:
    tree = ast.parse(module.read_bytes())
    assert ast.get_docstring(tree) is not None
    silent = [node.name for node in _public(tree) if ast.get_docstring(node) is None]
    assert silent == []


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _public(scope: ast.Module | ast.ClassDef) -> list[Definition]:
    found: list[Definition] = []
    for node in scope.body:
        if not isinstance(node, Definition) or node.name.startswith("_"):
            continue
        found.append(node)
        if isinstance(node, ast.ClassDef):
            found += _public(node)
    return found
