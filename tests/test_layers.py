"""The house: a room may import only the rooms that its row names."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "agents_sahara"

SMALL = {"types", "diagnostics", "errors"}
STUDY = SMALL | {"source", "spec", "graph", "checks", "trust"}
UTILITIES = SMALL | {"settings", "events", "retry"}

ALLOWED: dict[str, set[str]] = {
    "types": set(),
    "diagnostics": {"types"},
    "errors": {"types", "diagnostics"},
    "events": SMALL,
    "retry": SMALL,
    "settings": SMALL,
    "source": SMALL,
    "expressions": set(),
    "trust": SMALL | {"settings"},
    "spec": SMALL | {"source", "expressions"},
    "graph": STUDY - {"checks"} | {"settings", "expressions"},
    "checks": STUDY - {"trust"},
    "loader": STUDY,
    "clients": SMALL | {"settings"},
    "catalog": SMALL | {"settings", "clients"},
    "pricing": SMALL,
    "usage": SMALL | {"events"},
    "routing": UTILITIES | {"clients", "catalog", "usage"},
    "tools": SMALL | {"settings", "clients", "events", "graph", "routing", "trust", "usage"},
    "guardrails": SMALL | {"events", "expressions", "graph", "routing", "usage", "tools", "trust"},
    "compiler": UTILITIES - {"events"}
    | {"graph", "clients", "routing", "usage", "pricing", "tools", "guardrails"},
    "sessions": SMALL | {"graph"},
    "tracing": SMALL | {"events", "graph", "settings", "usage"},
    "runner": UTILITIES
    | {
        "graph",
        "clients",
        "routing",
        "tracing",
        "usage",
        "tools",
        "compiler",
        "sessions",
        "guardrails",
        "expressions",
    },
    "notebook": SMALL,
    "langchain": SMALL | {"settings", "clients"},
    "emulator": SMALL | {"source"},
    "testing": SMALL | {"emulator"},
}
"""The doors `cli` and the front door `__init__` may open every room; no room imports a door."""

DOORS = {"cli", "__init__", "__main__"}


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield _room(path), path


def _imported_rooms(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            names = (
                [f"agents_sahara.{alias.name}" for alias in node.names]
                if module == "agents_sahara"
                else [module]
            )
        for name in names:
            if name.startswith("agents_sahara."):
                yield name.split(".")[1]


def test_every_room_has_a_row() -> None:
    assert {room for room, _ in _modules()} - DOORS <= set(ALLOWED)


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_no_row_allows_what_its_room_does_not_use(room: str) -> None:
    used = {name for owner, path in _modules() if owner == room for name in _imported_rooms(path)}
    assert ALLOWED[room] - used - SMALL == set()


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_a_room_imports_only_what_its_row_names(room: str) -> None:
    for owner, path in _modules():
        if owner == room:
            strangers = set(_imported_rooms(path)) - ALLOWED[room] - {room}
            assert not strangers, f"{path.relative_to(PACKAGE)} imports {sorted(strangers)}"


def _imported_files(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("agents_sahara"):
            place = PACKAGE.parent.joinpath(*str(node.module).split("."))
            for name in (place, *(place / alias.name for alias in node.names)):
                if (file := name.with_suffix(".py")).exists():
                    yield file


def test_no_files_import_each_other_in_a_circle() -> None:
    left = {path: set(_imported_files(path)) for _, path in _modules()}
    while done := {path for path, wanted in left.items() if not wanted & left.keys()}:
        for path in done:
            del left[path]
    assert sorted(str(path.relative_to(PACKAGE)) for path in left) == []


def test_no_file_is_longer_than_400_lines() -> None:
    long = {
        str(path.relative_to(PACKAGE)): count
        for _, path in _modules()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_the_study_loads_neither_the_sdk_nor_the_network() -> None:
    code = (
        "import sys, agents_sahara.loader\n"
        "print(sorted({'agents', 'openai', 'httpx2', 'uvicorn', 'starlette', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
