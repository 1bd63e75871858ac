"""Find the module and the function that a team file names; called only where the operator has said yes.

A module is found where Python finds it, or beside the team file. One that is only beside the team file is imported
under a package of that folder, so that two teams may each have a `tools.py`; the folder is never put on `sys.path`.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from agents_sahara.tools.marking import MarkKind, is_marked
from agents_sahara.trust.places import known_place, place_beside

_PREFIX = "_agents_sahara_beside_"


class ModuleProblem(Exception):  # noqa: N818  told as a finding
    """Why a module or its function cannot be used, and what to do about it."""

    def __init__(self, rule: str, message: str, mend: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.mend = mend


def load_function(module: str, function: str, folder: Path | None, kind: MarkKind = "tool") -> FunctionType:
    """The marked function.

    Raises:
        ModuleProblem: there is none, or it is not clear which is meant.
    """
    loaded = _load(module, folder)
    found = vars(loaded).get(function)
    if found is None:
        near = ", ".join(sorted(name for name, value in vars(loaded).items() if is_marked(value, kind)))
        mend = f"its marked functions: {near}" if near else f"mark one with @agents_sahara.{kind}"
        raise ModuleProblem("bad-function", f"the module {module!r} has no {function!r}", mend)
    if not isinstance(found, FunctionType) or not is_marked(found, kind):
        message = f"{function!r} of {module!r} is not marked as a {kind}"
        mend = f"put @agents_sahara.{kind} above the function, over all other decorators"
        raise ModuleProblem("bad-function", message, mend)
    if found.__module__ != loaded.__name__:
        message = f"{function!r} of {module!r} comes from the module {found.__module__!r}"
        mend = f"name that module, and let the operator allow it: {found.__module__}:{found.__name__}"
        raise ModuleProblem("bad-function", message, mend)
    return found


def _load(name: str, folder: Path | None) -> ModuleType:
    top = name.partition(".")[0]
    known, own = known_place(top), place_beside(top, folder)
    if own is not None and known is not None and known != own:
        message = f"there are two modules {top!r}: {own} beside the team file, and {known}"
        raise ModuleProblem("bad-module", message, "rename the one beside the team file")
    is_beside = known is None and own is not None
    shown = f"{_package(folder)}.{name}" if is_beside and folder is not None else name
    try:
        return importlib.import_module(shown)
    except (Exception, SystemExit) as error:
        raise _problem(name, error, folder) from error


def _problem(name: str, error: BaseException, folder: Path | None) -> ModuleProblem:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing is not None and (missing == name or missing.endswith(f".{name}")):
        message = f"there is no module {name!r}"
        mend = "put it beside the team file, or install it where this Python finds it"
        return ModuleProblem("bad-module", message, mend)
    message = f"the module {name!r} cannot be imported: {type(error).__name__}: {error}"
    if missing is not None and place_beside(missing.partition(".")[0], folder) is not None:
        return ModuleProblem("bad-module", message, f"inside of it, write `from . import {missing}`")
    return ModuleProblem("bad-module", message, "mend the module")


def _package(folder: Path | None) -> str:
    """The package that stands for a folder with team files."""
    place = str(Path(folder or ".").resolve())
    name = f"{_PREFIX}{hashlib.sha256(place.encode()).hexdigest()[:16]}"
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    if name not in sys.modules:
        package = ModuleType(name, f"Modules beside the team files in {place}.")
        package.__path__ = [place]
        sys.modules[name] = package
    return name


class _FromSource(SourceFileLoader):
    """Compiles the source each time: what lies compiled beside it could say something else, and came with it."""

    def path_stats(self, path: str) -> Mapping[str, Any]:
        """None, so that nothing compiled is read or written."""
        raise OSError(path)


class _Finder:
    """Finds the modules beside team files, and no others."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As Python finds it, to be read from its source."""
        if not name.startswith(_PREFIX) or path is None:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is not None and type(found.loader) is SourceFileLoader:
            found.loader = _FromSource(found.loader.name, found.loader.path)
        return found


_FINDER = _Finder()
