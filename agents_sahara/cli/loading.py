"""Loads what is heavy without looking for garbage meanwhile: imports leave almost none among very many objects.

In a process of the program's own, what was loaded is not looked at later either: one look at the SDK's objects takes
some 0.1 s, and there would be several, the last as the process ends.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_is_own_process = False


def own_process() -> None:
    """From now on this process is the program's own: nobody else's objects are in it."""
    global _is_own_process
    _is_own_process = True


@contextmanager
def without_collection() -> Iterator[None]:
    """No garbage collection inside; afterwards as before, but for what is there by then in a process of our own."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if _is_own_process:
            gc.freeze()
        if was_enabled:
            gc.enable()
