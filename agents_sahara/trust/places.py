"""Where the modules that a team file names would come from; nothing is imported to find out."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def known_place(top: str) -> Path | None:
    """The file or folder of the module where Python finds it by itself."""
    loaded = sys.modules.get(top)
    if loaded is None:
        try:
            spec = importlib.util.find_spec(top)
        except (ImportError, ValueError):
            return None
        if spec is None:
            return None
        places = list(spec.submodule_search_locations or ())
        origin = spec.origin if spec.has_location else None
    else:
        origin, places = getattr(loaded, "__file__", None), list(getattr(loaded, "__path__", ()))
    where = origin or (places[0] if places else None)
    return Path(where).resolve() if where else Path(f"<{top}>")


def place_beside(top: str, folder: Path | None) -> Path | None:
    """The file or folder of that name beside the team file; one that a link leads out of it does not count."""
    if folder is None:
        return None
    root = folder.resolve()
    for path in (root / top / "__init__.py", root / f"{top}.py", root / top):
        is_there = path.is_dir() if path.name == top else path.is_file()
        if is_there and path.resolve().is_relative_to(root):
            return path.resolve()
    return None
