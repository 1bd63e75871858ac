"""Which peers can be measured: those that are asked for, or installed beside this package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable

from bench.sides.all_sides import PEERS

_LOOK = """\
import importlib.util, sys
try:
    found = importlib.util.find_spec(sys.argv[1])
except ModuleNotFoundError:
    found = None
sys.exit(found is None)
"""


def found_peers(asked: Iterable[str], *, are_all: bool, tell: Callable[[str], None]) -> dict[str, str]:
    """The Python of each peer that is there; `asked` are names, each with a Python of its own behind `=` or not.

    `are_all`: look for those that are not asked for too. `tell` hears of each that is not there.
    """
    pythons = dict.fromkeys(PEERS, sys.executable) if are_all else {}
    for text in asked:
        name, _, python = text.partition("=")
        pythons[name] = python or sys.executable
    found = {}
    for name, python in pythons.items():
        if _has(python, PEERS[name][1]):
            found[name] = python
        else:
            tell(f"{name}: not installed, left out")
    return found


def _has(python: str, module: str) -> bool:
    try:
        done = subprocess.run([python, "-c", _LOOK, module], check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0
