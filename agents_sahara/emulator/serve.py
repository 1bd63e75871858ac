"""Run the gateway until someone stops it: what `agents-sahara local` does."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from agents_sahara.emulator.catalog_file import read_catalog
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script_file import read_script

DEFAULT_PORT = 8321
_LOOK_EVERY_S = 1.0
"""On Windows a signal is only seen between two waits."""


def log_to_stderr(line: str) -> None:
    """One line, at once."""
    print(line, file=sys.stderr, flush=True)


def serve(
    *,
    port: int = DEFAULT_PORT,
    catalog: Path | None = None,
    script: Path | None = None,
    backend: str | None = None,
    backend_model: str | None = None,
    backend_key_env: str | None = None,
    allow_remote_backend: bool = False,
    log: Callable[[str], None] = log_to_stderr,
) -> signal.Signals:
    """Serve until SIGINT (Ctrl-C) or SIGTERM, and say which it was; every event is one line of `log`.

    Raises:
        SpecError: the catalog or the script file is wrong; with every finding.
        ValueError: the backend is no address, or not one that was allowed.
        OSError: the port is taken.
    """
    gateway = LocalGateway(
        catalog=None if catalog is None else read_catalog(catalog),
        script=() if script is None else read_script(script),
        backend=backend,
        backend_model=backend_model,
        backend_key_env=backend_key_env,
        allow_remote_backend=allow_remote_backend,
        keep_calls=False,
        port=port,
        log=log,
    )
    with _stopping() as stopping, gateway:
        while not stopping.event.wait(_LOOK_EVERY_S):
            pass
    log("stopped")
    return stopping.by


@dataclass(slots=True)
class _Stopping:
    event: threading.Event = field(default_factory=threading.Event)
    by: signal.Signals = signal.SIGTERM

    def note(self, number: int, _: FrameType | None) -> None:
        self.by = signal.Signals(number)
        self.event.set()


@contextmanager
def _stopping() -> Iterator[_Stopping]:
    """What SIGINT and SIGTERM set. Only the main thread can listen to them."""
    stopping = _Stopping()
    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stopping.note) for number in signals]
    try:
        yield stopping
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
